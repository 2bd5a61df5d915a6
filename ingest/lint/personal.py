"""Find personal data in a text: numbers of persons, accounts, plates, telephones, mailboxes, names beside addresses.

Shape, check digits and the words beside it make a number one of a person: a date, a sum, a law and the number of a file
are none. What is found is never repeated whole. The patterns are data, `personal.yaml`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from ingest.lint import check_digits
from kb.notes.plain_yaml import read_data

_BEFORE, _AFTER, _RIGHT_BEFORE = 60, 25, 30
"""Signs of a text beside a number in which words are looked for that say what it is, or is not."""
_NOT_PLAIN: Final = re.compile(r"[\W_]")
_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True)
class Form:
    """One form of personal data; the head of `personal.yaml` says what its parts mean."""

    what: str
    hint: re.Pattern[str]
    pattern: re.Pattern[str]
    check: Callable[[str], bool]
    near: re.Pattern[str]
    unless: re.Pattern[str]

    def is_one(self, match: re.Match[str]) -> bool:
        """Return whether what a match of the pattern has found passes the check."""
        return self.check(_NOT_PLAIN.sub("", match[0]).upper())

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Yield what a text has of this form."""
        for match in self.pattern.finditer(text):
            start, end = match.span()
            beside = self.near.search(text, max(0, start - _BEFORE), start) or self.near.search(text, end, end + _AFTER)
            if beside and not self.unless.search(text, max(0, start - _RIGHT_BEFORE), start) and self.is_one(match):
                yield match


def find(text: str, *groups: str) -> Iterator[tuple[str, str, int]]:
    """Yield the personal data of a text: what it is, as it stands there, and where it begins; each once.

    groups: of `personal.yaml`: `identifying`, `mobiles`, `telephones`, `mailboxes`
    """
    plain = text.replace("\xa0", " ").replace("\u202f", " ").replace("\u2011", "-").replace("\u2013", "-")
    hinted: dict[re.Pattern[str], bool] = {}
    taken: set[int] = set()
    for form in (form for group in groups for form in _forms()[group]):
        if form.hint not in hinted:
            hinted[form.hint] = form.hint.search(plain) is not None
        for match in form.find(plain) if hinted[form.hint] else ():
            if taken.isdisjoint(range(*match.span())):
                taken.update(range(*match.span()))
                yield form.what, text[slice(*match.span())], match.start()


def masked(found: str) -> str:
    """Return what was found with dots instead of all letters and digits but the last two; a mailbox keeps its site."""
    number, at, site = found.partition("@")
    hidden = re.sub(r"[^\W_](?=(?:[\W_]*[^\W_]){2})", "•", number)
    return f"{hidden}{at}{site}"


def line(number: str) -> str:
    """Return the digits by which a telephone line is the same with and without its country: the last eight."""
    return re.sub(r"\D", "", number)[-8:]


def without_numbers(text: str) -> str:
    """Return a text with the numbers masked that are a person's by their check digits, whatever stands beside them."""
    for form in _forms()["identifying"]:

        def shown(match: re.Match[str], form: Form = form) -> str:
            return masked(match[0]) if form.is_one(match) else match[0]

        if form.check is not bool and form.hint.search(text):
            text = form.pattern.sub(shown, text)
    return text


def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = read_data("personal.yaml", "ingest.lint")
    return data


@cache
def _forms() -> Mapping[str, tuple[Form, ...]]:
    data = _data()
    hints = {name: re.compile(pattern) for name, pattern in data["hints"].items()}
    return {
        group: tuple(_form(entry, hints) for entry in data[group])
        for group in ("identifying", "mobiles", "telephones", "mailboxes")
    }


def _form(entry: Mapping[str, Any], hints: Mapping[str, re.Pattern[str]]) -> Form:
    if "lengths" in entry:
        pattern = _of_lengths(entry["lengths"])
    elif "shapes" in entry:
        pattern = _of_shapes(**{name: entry[name] for name in ("shapes", "letters", "between")})
    elif "providers" in entry:
        pattern = _at_providers(entry["providers"], entry["offices"])
    else:
        pattern = entry["pattern"]
    return Form(
        what=entry["what"],
        hint=hints[entry["hint"]],
        pattern=re.compile(pattern),
        check=getattr(check_digits, entry["check"]) if "check" in entry else bool,
        near=re.compile(entry.get("near", "")),
        unless=re.compile(entry["unless"]) if "unless" in entry else _NEVER,
    )


def _of_lengths(lengths: Mapping[str, int]) -> str:
    """Return a pattern of account numbers: a country, and as many signs as they have there."""
    countries: dict[int, list[str]] = {}
    for country, length in lengths.items():
        countries.setdefault(length, []).append(country)
    either = (
        rf"(?:{'|'.join(names)}) ?\d\d(?:[ \xa0.-]?[0-9A-Z]){{{length - 4}}}" for length, names in countries.items()
    )
    return rf"(?i:(?<!\w)(?=[A-Z]{{2}} ?\d\d)(?:{'|'.join(either)})(?!\w))"


def _of_shapes(shapes: str, letters: str, between: str) -> str:
    """Return a pattern of plates: `9-XXX-999`."""
    meaning = {"X": letters, "9": r"\d", "-": between}
    either = ("".join(meaning[sign] for sign in shape) for shape in shapes.split())
    return rf"(?<![\w-])(?:{'|'.join(either)})(?![\w-])"


def _at_providers(providers: str, offices: str) -> str:
    sites = "|".join(re.escape(site).replace(r"\*", r"[a-z]{2,3}(?:\.[a-z]{2})?") for site in providers.split())
    return rf"(?i:(?<![\w.+-])(?!(?:{'|'.join(offices.split())})@)[\w.+-]+@(?:{sites})(?![\w-]|\.\w))"


@cache
def titled() -> re.Pattern[str]:
    """Return the pattern of a name behind a title: `inspecteur Peeters`."""
    return re.compile(_data()["person"]["titles"])


@cache
def _address() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of an address, of a name that ends before it, and of words that no person's name has."""
    data = _data()["person"]
    street = f"(?:{'|'.join(data['streets'])})"
    none = rf"(?i:\b(?:{'|'.join(data['no_person'].split())}))"
    return re.compile(data["between"] + street), re.compile(data["name"]), re.compile(none)


def beside_addresses(text: str) -> Iterator[tuple[str, int]]:
    """Yield the names of persons that stand right before a street and its number, and where they begin."""
    address, name, no_person = _address()
    for beside in address.finditer(text):
        found = name.search(text, max(0, beside.start() - _BEFORE), beside.start())
        if found and not no_person.search(found[0]):
            yield found[0], found.start()
