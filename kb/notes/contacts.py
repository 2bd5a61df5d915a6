"""Contacts, `contacts/<any name>.yaml`: whom to reach, for what, how and when. Notes name them by id.

A wrong number does harm: each contact names the text that states it and the day on which somebody compared the two.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kb.issue import Issue
from kb.notes.faults import faults, reason
from kb.notes.front_matter import WEB_ADDRESS, FullDate, Slug, Source, Text
from kb.notes.plain_yaml import PlainYamlError, place_of, read_yaml, text_of
from kb.said import said
from kb.text.languages import Language


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class InLanguages(_Part):
    """A text in every language."""

    fr: Text
    nl: Text
    en: Text

    def __getitem__(self, language: Language) -> str:
        text: str = getattr(self, language.value)
        return text


_FORMS: Final[Mapping[str, str]] = {
    "phone": r"\+?\d[\d ()./-]*",
    "email": r"[^\s@]+@[^\s@]+\.[^\s@]+",
    "web": WEB_ADDRESS,
}
"""Type of a channel -> the form of its value: with a slip in it, it leads nowhere, or to somebody else."""


class Channel(_Part):
    """A way to reach somebody. value: a number, an address, or `route`: through whom, in words of `note`

    languages: the only ones in which it answers; none where it does in all that are usual
    """

    type: Literal["phone", "email", "web", "app", "chat", "address", "visit", "route"]
    value: Text | None = None
    note: InLanguages | None = None
    languages: tuple[Language, ...] = ()

    def is_for_others(self, reader: Language) -> bool:
        """Return whether it answers in other languages than the reader's only."""
        return bool(self.languages) and reader not in self.languages

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.type in _FORMS and not re.fullmatch(_FORMS[self.type], self.value or ""):
            form = "`{value}` reaches nobody by `{type}`"
            raise ValueError(said(form, value=self.value or "", type=self.type))
        if self.value is None and self.note is None:
            raise ValueError(said("`value` and `note` are both missing"))
        return self


ForWhom = Literal["public", "victims", "companies", "police", "prosecutors"]


class Contact(_Part):
    """A service that can be reached; never a person.

    for_whom: who may turn to it
    when:     what it is for; hours: when it answers; at_hand: what to have ready; then: what happens next
    known_as: names that everybody calls it by, in any language, of at most three words; no words of every day
    questions: to which it is the answer, as readers ask them, in any language
    checked:  the day on which it was compared with its sources
    """

    id: Slug
    name: InLanguages
    known_as: tuple[Text, ...] = ()
    countries: Annotated[tuple[str, ...], Field(min_length=1)]
    crime_types: Annotated[tuple[str, ...], Field(min_length=1)]
    for_whom: Annotated[tuple[ForWhom, ...], Field(min_length=1)]
    when: InLanguages
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    hours: InLanguages | None = None
    at_hand: InLanguages | None = None
    then: InLanguages | None = None
    questions: tuple[Text, ...] = ()
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    checked: FullDate

    def in_one_language(self, language: Language) -> dict[str, Any]:
        """Return what readers are told of it as plain data, its texts in one language.

        Channels that answer in other languages only come behind the others.
        """

        def in_language(value: Any) -> Any:
            if isinstance(value, list):
                return [in_language(each) for each in value]
            if not isinstance(value, dict):
                return value
            if value.keys() == InLanguages.model_fields.keys():
                return value[language.value]
            return {name: in_language(each) for name, each in value.items()}

        untold: Any = {"questions": True, "known_as": True, "channels": {"__all__": {"languages"}}}
        own_first = tuple(sorted(self.channels, key=lambda channel: channel.is_for_others(language)))
        ordered = self.model_copy(update={"channels": own_first})
        plain: dict[str, Any] = in_language(ordered.model_dump(mode="json", exclude_none=True, exclude=untold))
        return plain

    def purpose(self, language: Language) -> str:
        """Return who it is and what it is for, in one language: what questions find it by, beside its own."""
        return f"{self.name[language]}: {self.when[language]}"


OF_A_HIT: Final = 3
"""How many contacts a list shows of a note: one of each Benelux country, or so many of one that is asked about."""
_SHORT: Final = ("id", "name", "countries", "crime_types", "for_whom", "hours", "checked")


def short_contacts(contacts: Iterable[Contact], language: Language) -> list[dict[str, Any]]:
    """Return what lists show of a note's contacts, in one language: `_SHORT`, and the first `channel` of each.

    The first of each country comes before the second of any, because a playbook holds for several countries.
    """
    before = Counter[tuple[str, ...]]()
    ranked: list[tuple[int, Contact]] = []
    for contact in contacts:
        ranked.append((before[contact.countries], contact))
        before[contact.countries] += 1
    ranked.sort(key=lambda each: each[0])
    shown = [contact.in_one_language(language) for _, contact in ranked]
    return [
        {
            **{name: each.get(name) for name in _SHORT},
            "channel": {name: each["channels"][0].get(name) for name in ("type", "value", "note")},
        }
        for each in shown
    ]


def of_a_hit(contacts: Iterable[dict[str, Any]], countries: Collection[str] = ()) -> tuple[dict[str, Any], ...]:
    """Return the `OF_A_HIT` of `short_contacts` that a list shows.

    Where countries are asked about, their own contacts come first, then those that they share with others.
    """
    asked = frozenset(countries)

    def distance(contact: dict[str, Any]) -> int:
        return 0 if asked.issuperset(contact["countries"]) else 1 if asked.intersection(contact["countries"]) else 2

    return tuple(sorted(contacts, key=distance)[:OF_A_HIT])


@dataclass(frozen=True)
class ContactEntry:
    """A contact, the file it stands in as issues name it, and its first line there, 1-based."""

    contact: Contact
    path: str
    line: int


_REMEDY: Final = said("See `docs/notes.md` for the form of a contact.")


def read_contacts(data: bytes, path: str) -> tuple[tuple[ContactEntry, ...], tuple[Issue, ...]]:
    """Read one file of contacts: those without mistakes, and the mistakes of the others. path: as issues name it."""
    text = text_of(data, path, "KB119")
    if isinstance(text, Issue):
        return (), (text,)
    try:
        read, positions = read_yaml(text)
    except PlainYamlError as error:
        return (), (Issue(path, *error.position, "KB119", said("the file {reason}.", reason=error.message), _REMEDY),)
    if not isinstance(read, list):
        return (), (Issue(path, 1, 1, "KB119", said("the file is no list of contacts."), _REMEDY),)
    entries: list[ContactEntry] = []
    issues: list[Issue] = []
    for place, each in enumerate(read):
        try:
            entries.append(ContactEntry(Contact.model_validate(each), path, place_of((place,), positions)[0]))
        except ValidationError as error:
            name = each.get("id") if isinstance(each, dict) else place + 1
            for fault in faults(error):
                field = ".".join(map(str, fault["loc"]))
                form = "contact `{name}`, field `{field}`: {reason}."
                message = said(form, name=name, field=field, reason=reason(fault))
                issues.append(Issue(path, *place_of((place, *fault["loc"]), positions), "KB119", message, _REMEDY))
    return tuple(entries), tuple(issues)
