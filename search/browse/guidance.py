"""How far the notes say what to do: law, contacts, steps, effects with figures, and what they leave open.

For those who look after notes. Counts the notes it is given, which are those the caller may see.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kb.notes.note import SECTIONS, Kind
from kb.notes.plain_yaml import read_data
from kb.text.figures import figures
from kb.text.languages import Language
from search.catalogue import Catalogue

FIELDS: Final = ("note_id", "kind", "language", "original", "status", "fields", "contacts", "markdown")
"""Fields of a version that are looked at."""
_PAST: Final = ("expired", "replaced", "repealed")
_STEP: Final = re.compile(r"^ {0,3}\d+[.)]\s", re.MULTILINE)
_POWER: Final = re.compile(rf"\]\((?:\.\./)*{Kind.POWER.folder}/")
_WORDS: Final[Mapping[str, Mapping[Language, re.Pattern[str]]]] = {
    name: {Language(tag): re.compile("|".join(words), re.IGNORECASE) for tag, words in of_languages.items()}
    for name, of_languages in read_data("guidance.yaml", "search.browse").items()
}


@dataclass(frozen=True)
class Guidance:
    """Numbers of notes, but for the first and the last two.

    contacts:     whom notes name
    operational:  practices that are operational; of these with_law: name a law or are linked with a power;
                  with_contact: name a contact; with_steps: have numbered steps
    effects:      practices of which an evaluation found an effect, with a figure
    not_found:    how often texts of a language say that something was not found or is not stated, but for the section
                  on limits
    unfollowed:   `practice/strategy` where a practice serves what is no longer in force, and neither a note nor the
                  strategy's text says what followed
    """

    contacts: int
    operational: int
    with_law: int
    with_contact: int
    with_steps: int
    effects: int
    not_found: Mapping[str, int]
    unfollowed: tuple[str, ...]


def guidance(versions: Iterable[Mapping[str, Any]], notes: Catalogue) -> Guidance:
    """Read `FIELDS` of the versions that a caller may see. notes: for the links between them"""
    contacts: set[str] = set()
    numbers: Counter[str] = Counter()
    not_found: Counter[str] = Counter()
    originals: dict[str, Mapping[str, Any]] = {}
    for version in versions:
        language = Language(version["language"])
        text = " ".join(_without_limits(version["markdown"], Kind(version["kind"]), language).split())
        not_found[language] += len(_WORDS["not_found"][language].findall(text))
        if version["language"] == version["original"]:
            originals[version["note_id"]] = version
    powers = {note_id for note_id, version in originals.items() if version["kind"] == Kind.POWER}
    for note_id, version in originals.items():
        fields = version["fields"]
        contacts.update(contact["id"] for contact in version["contacts"])
        if version["kind"] != Kind.PRACTICE:
            continue
        evaluations = fields["evidence"]["evaluations"] if fields["evidence"]["effect"] != "unknown" else ()
        numbers["effects"] += any(figures(evaluation["outcome"]) for evaluation in evaluations)
        if version["status"] == "operational":
            law = any("name" in law for law in fields["legal_basis"])
            linked = not powers.isdisjoint(notes.linked[note_id]) or _POWER.search(version["markdown"])
            numbers["operational"] += 1
            numbers["with_law"] += bool(law or linked)
            numbers["with_contact"] += bool(version["contacts"])
            numbers["with_steps"] += bool(_STEP.search(version["markdown"]))
    followed = {old for note_id in originals for old in notes[note_id].shared["replaces"]}
    followed |= {
        note_id
        for note_id, version in originals.items()
        if version["status"] not in _PAST
        or _WORDS["successor"][Language(version["original"])].search(version["markdown"])
    }
    return Guidance(
        contacts=len(contacts),
        **{name: numbers[name] for name in ("operational", "with_law", "with_contact", "with_steps", "effects")},
        not_found={language.value: not_found[language] for language in Language},
        unfollowed=tuple(
            f"{note_id}/{strategy}"
            for note_id in sorted(originals)
            for strategy in sorted(notes.implemented[note_id])
            if strategy in originals and strategy not in followed
        ),
    )


def _without_limits(markdown: str, kind: Kind, language: Language) -> str:
    """Return a text without the section on its limits, in which what was not found belongs."""
    heading = SECTIONS[kind].get("limits", {}).get(language)
    if heading is None:
        return markdown
    return re.sub(rf"^## {re.escape(heading)}\s*$.*?(?=^## |\Z)", "", markdown, flags=re.MULTILINE | re.DOTALL)
