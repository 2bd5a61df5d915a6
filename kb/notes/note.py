"""A note: one practice, strategy document, power or playbook, in one or more languages.

What all languages share stands once, in `fields`; each language version has its own title, summary and text.
Every part knows the lines it came from, so that an issue or a passage can point at them.
"""

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from kb.notes.contacts import Contact
from kb.notes.front_matter import (
    CommonFields,
    Fields,
    LanguageFields,
    PlaybookFields,
    PowerFields,
    PracticeFields,
    StrategyFields,
    TranslationFields,
    TranslationInfo,
)
from kb.notes.plain_yaml import read_data
from kb.text.figures import figures
from kb.text.languages import Language
from kb.values import Immutable


class Kind(StrEnum):
    """What a note describes. The value is the singular; the folder is the plural."""

    PRACTICE = "practice"
    STRATEGY = "strategy"
    POWER = "power"
    PLAYBOOK = "playbook"

    @property
    def folder(self) -> str:
        """The folder of this kind under a content root."""
        return "strategies" if self is Kind.STRATEGY else f"{self}s"


KINDS: Final = {kind.folder: kind for kind in Kind}
FIELDS: Final[Mapping[Kind, type[Fields]]] = {
    Kind.PRACTICE: PracticeFields,
    Kind.STRATEGY: StrategyFields,
    Kind.POWER: PowerFields,
    Kind.PLAYBOOK: PlaybookFields,
}
"""Kind -> the front matter of its originals."""
_NOTE_LINK = re.compile(rf"({'|'.join(KINDS)})/([a-z0-9-]+)(?:/(?:(fr|nl|en)\.md)?)?")


def linked_note(kind: Kind, note_id: str, target: str) -> tuple[Kind, str, Language | None] | None:
    """Return kind, id and language of the note that a link in another leads to: `../be-baps/` or `../be-baps/fr.md`.

    kind, note_id: of the note the link stands in. None: the link leads somewhere else, or nowhere.
    """
    path = target.partition("#")[0]
    match = _NOTE_LINK.fullmatch(posixpath.normpath(posixpath.join(kind.folder, note_id, path))) if path else None
    if match is None or ":" in path:
        return None
    return KINDS[match[1]], match[2], Language(match[3]) if match[3] else None


_PICTURE: Final = re.compile(r"(?:\./)?([\w-]+(?:\.[\w-]+)*\.(?:png|jpe?g|gif|webp))", re.ASCII | re.IGNORECASE)


def local_picture(target: str) -> str | None:
    """Return the name of the file in the note's folder that a picture of its text shows; None: it shows another."""
    found = _PICTURE.fullmatch(target)
    return found[1] if found else None


SECTIONS: Final[Mapping[Kind, Mapping[str, Mapping[Language, str]]]] = {
    Kind(kind): {key: {Language(tag): name for tag, name in names.items()} for key, names in sections.items()}
    for kind, sections in read_data("sections.yaml").items()
}
"""The fixed second-level headings, in order: key -> heading per language. The key is the anchor in every language."""

REQUIRED_SECTIONS: Final = {
    Kind.PRACTICE: ("problem", "approach"),
    Kind.STRATEGY: ("purpose", "objectives"),
    Kind.POWER: ("allows", "legal-basis", "ordered-by"),
    Kind.PLAYBOOK: ("first-hour", "first-day", "first-week"),
}


@dataclass(frozen=True)
class Block:
    """A paragraph, list item, quotation or code block as plain text.

    lines:     first and last line in the file, 1-based, inclusive
    objective: the id of the objective this list item states (`… {#id}`), if any
    """

    text: str
    lines: tuple[int, int]
    objective: str | None = None


@dataclass(frozen=True)
class Section:
    """The text under one heading.

    path:   headings from the second level down to this one
    anchor: the key of a fixed heading, else a slug of the heading; unique within the note
    level:  2 for `##`, 3 for `###` and so on
    """

    path: tuple[str, ...]
    anchor: str
    level: int
    line: int
    blocks: tuple[Block, ...]

    @property
    def heading(self) -> str:
        """The section's own heading."""
        return self.path[-1] if self.path else ""


@dataclass(frozen=True)
class Link:
    """A link or picture in a body: where it points, the line it stands on, and its words.

    picture: whether it is one
    """

    target: str
    line: int
    words: str = ""
    picture: bool = False


def revision(title: str, summary: str, body: str) -> str:
    """Return 16 hex digits of a text, whatever blanks stand at the ends of its lines or around it."""
    body = "\n".join(line.rstrip() for line in body.strip().splitlines())
    return hashlib.sha256("\0".join((title, summary, body)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class LanguageVersion:
    """A note's text in one language. `translation` is None for the language it was written in."""

    language: Language
    path: str
    own: LanguageFields
    translation: TranslationInfo | None
    body: str
    body_line: int
    sections: tuple[Section, ...]
    links: tuple[Link, ...]

    @property
    def is_draft(self) -> bool:
        """Whether it is marked as a draft: an original, with all its note, or a translation alone."""
        return isinstance(self.own, CommonFields | TranslationFields) and self.own.draft

    @property
    def title(self) -> str:
        """Title in this language."""
        return self.own.title

    @property
    def summary(self) -> str:
        """Summary in this language."""
        return self.own.summary

    @property
    def revision(self) -> str:
        """What a translation was made from: 16 hex digits that change with title, summary and body."""
        return revision(self.title, self.summary, self.body)

    @cached_property
    def prose(self) -> str:
        """Summary and body as plain text, without addresses and marks."""
        return "\n".join([self.summary, *(block.text for section in self.sections for block in section.blocks)])

    @cached_property
    def figures(self) -> Mapping[str, str]:
        """The numbers of its prose, as `kb.text.figures` reads them."""
        return figures(self.prose)

    @property
    def objectives(self) -> dict[str, str]:
        """Objective id -> its words, from the list items of the body."""
        return {block.objective: block.text for section in self.sections for block in section.blocks if block.objective}


@dataclass(frozen=True)
class Note(Immutable):
    """One practice, strategy, power or playbook with all its language versions; `versions` always holds `original`.

    contacts: those that its fields name, as far as they are known
    """

    id: str
    kind: Kind
    fields: Fields
    original: Language
    versions: Mapping[Language, LanguageVersion]
    contacts: tuple[Contact, ...] = ()

    @property
    def languages(self) -> tuple[Language, ...]:
        """Languages it exists in, in the order fr, nl, en."""
        return tuple(language for language in Language if language in self.versions)

    @property
    def original_version(self) -> LanguageVersion:
        """The version the note was written in."""
        return self.versions[self.original]

    def is_stale(self, language: Language) -> bool:
        """Return whether this translation renders a text that has changed since."""
        info = self.versions[language].translation
        return info is not None and info.source_revision != self.original_version.revision

    @property
    def implements(self) -> tuple[str, ...]:
        """Strategies this note serves, each with `#objective` where one is named."""
        own = self.fields.implements if isinstance(self.fields, PracticeFields) else ()
        return (*own, *self._related("implements"))

    @property
    def counterparts(self) -> tuple[str, ...]:
        """Notes that this one names as its counterparts; the others need not name it."""
        return self._related("counterpart-of")

    @property
    def replaces(self) -> tuple[str, ...]:
        """Notes that this one stands in for; they need not name it."""
        own = self.fields.replaces if isinstance(self.fields, StrategyFields) else ()
        return (*own, *self._related("replaces"))

    def _related(self, rel: str) -> tuple[str, ...]:
        return tuple(link.id for link in self.fields.related if link.rel == rel)

    @property
    def linked(self) -> frozenset[str]:
        """Every note that the fields of this one name."""
        related = (link.id for link in self.fields.related)
        served = (strategy.partition("#")[0] for strategy in self.implements)
        replaced_by = self.fields.replaced_by if isinstance(self.fields, StrategyFields) else ()
        return frozenset((*related, *served, *self.replaces, *replaced_by))

    @cached_property
    def named(self) -> frozenset[str]:
        """Every other note that the fields or a text of this one name."""
        links = (link.target for version in self.versions.values() for link in version.links)
        targets = (linked_note(self.kind, self.id, target) for target in links)
        return self.linked | {target[1] for target in targets if target}

    def objective_texts(self, language: Language) -> dict[str, str]:
        """Return objective id -> words in this language, or in the original's where the version has none."""
        if not isinstance(self.fields, StrategyFields):
            return {}
        declared = {item.id: item.text for item in self.fields.objectives if item.text}
        return declared | self.original_version.objectives | self.versions[language].objectives
