"""A document → the body of a note: its blocks under the fixed headings, its title, and what front matter it tells.

Headings that are none of ours stay, a level below the fixed one before them. What stands before the first known heading
comes under the first fixed one. No words are lost but those of a heading that a fixed one replaces.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ingest.authoring.headings import Meant, meant
from ingest.documents.blocks import cleaned, header, seen, text, words
from ingest.documents.document import Document, Node, Stated
from kb.errors import DocumentError
from kb.notes.note import SECTIONS, Kind
from kb.text.language_guess import guess_language
from kb.text.languages import Language

_FIXED: Final = 2
_DEEPEST: Final = 6
_BELOW_ALL: Final = 7
"""The level of a paragraph that stands for a heading."""
_ENOUGH_TO_GUESS: Final = 20_000
_NO_TITLE: Final = re.compile(
    r"microsoft (?:word|powerpoint)\b.*|untitled.*|sans titre.*|naamloos.*|(?:document|doc|title|titel|titre)\W*\d*"
    r"|.*\.(?:docx?|odt|pdf|indd|rtf|html?)",
    re.IGNORECASE,
)
"""What programs write where nobody gave a title."""
_DATES: Final = {
    Language.FR: ("Le document dit de lui-même", "créé le", "modifié le"),
    Language.NL: ("Het document zegt van zichzelf", "gemaakt op", "gewijzigd op"),
    Language.EN: ("The document says of itself", "created", "changed"),
}
_AUTHOR: Final = {
    Language.FR: "Le document nomme comme auteur : {}. Une personne n'est pas un éditeur.",
    Language.NL: "Het document noemt als auteur: {}. Een persoon is geen uitgever.",
    Language.EN: "The document names as its author: {}. A person is no publisher.",
}
_DATED: Final = {Kind.PRACTICE: "started", Kind.STRATEGY: "adopted"}


@dataclass(frozen=True)
class Arranged:
    """What a note is begun with.

    blocks:  all fixed headings in the note's language, each with what belongs below it
    given:   values of fields
    remarks: field -> what an author should know who fills it in
    """

    title: str
    language: Language
    blocks: Sequence[Node]
    given: Mapping[str, Any]
    remarks: Mapping[str, str]


def arrange(document: Document, kind: Kind, language: Language | None, today: date) -> Arranged:
    """Raises DocumentError for a document without words, or in a language that cannot be told."""
    blocks = cleaned((*document.above, *document.blocks))
    told = words(blocks)
    if not told:
        raise DocumentError("There is no text in the document.", remedy="Pictures are not read.")
    language = language or guess_language(told[:_ENOUGH_TO_GUESS])
    if language is None:
        raise DocumentError("It is not clear in which language the document is.", remedy="Say it: `--lang nl`.")
    title, blocks = _titled(document, blocks, kind)
    stated = document.stated
    source = {"url": stated.url or None, "title": title, "publisher": seen(stated.publisher) or None}
    given = {"title": title, "draft": True, "licence": None}
    return Arranged(
        title,
        language,
        _under_fixed_headings(blocks, kind, language),
        {**given, "sources": [{**source, "accessed": today.isoformat()}]},
        {
            **({_DATED[kind]: dates} if (dates := _dates(stated, language)) else {}),
            **({"sources": _AUTHOR[language].format(author)} if (author := seen(stated.author)) else {}),
        },
    )


def _dates(stated: Stated, language: Language) -> str:
    says, created, changed = _DATES[language]
    days = [f"{word} {day}" for word, day in ((created, stated.created), (changed, stated.changed)) if day]
    return f"{says}: {', '.join(days)}." if days else ""


def _titled(document: Document, blocks: list[Node], kind: Kind) -> tuple[str, list[Node]]:
    """The title, and the blocks without it."""
    title = seen(words(document.titled))
    heads = [one for one in blocks if one["t"] == "Header"]
    unknown = [one for one in heads if not meant(words(one), kind)]
    if not title and unknown and unknown[0] is heads[0] and _is_title(heads, blocks):
        title = words(heads[0])
        blocks = [one for one in blocks if one is not heads[0]]
    if not title and not _NO_TITLE.fullmatch(seen(document.stated.title)):
        title = seen(document.stated.title)
    named = re.sub(r"[\W_]+", " ", document.name).strip() or document.name
    title = title or next(map(words, unknown), named)
    repeated = bool(blocks) and words(blocks[0]).casefold() == title.casefold()
    return title, blocks[1:] if repeated else blocks


def _is_title(heads: Sequence[Node], blocks: Sequence[Node]) -> bool:
    """Whether the first heading is above all others, or stands on top with another of its level right below."""
    first, *others = (int(one["c"][0]) for one in heads)
    on_top = blocks[0] is heads[0]
    if not others:
        return on_top or first == 1
    right_below = on_top and blocks[1] is heads[1] and min(others) == first
    return right_below or min(others) > first


def _under_fixed_headings(blocks: Sequence[Node], kind: Kind, language: Language) -> list[Node]:
    sections: dict[str, list[Node]] = {key: [] for key in SECTIONS[kind]}
    current = next(iter(sections))
    opened: set[str] = set()
    above: list[tuple[int, int]] = []  # level in the document and in the note, of the headings that hold this place
    for block in blocks:
        level, inlines = _heading(block)
        found = meant(words(inlines), kind) if inlines else None
        if block["t"] != "Header" and not _stands_for_heading(block, found):
            sections[current].append(block)
            continue
        above = [one for one in above if one[0] < level]
        if found and (found.exact or all(ours != _FIXED for _, ours in above)):
            current = found.key
            above = [(level, _FIXED)]
            again = current in opened and words(inlines) not in SECTIONS[kind][current].values()
            opened.add(current)
            sections[current] += [header(_FIXED + 1, inlines)] if again else _footnotes(inlines)
        elif block["t"] == "Header":
            ours = min(max((one[1] for one in above), default=_FIXED) + 1, _DEEPEST)
            above.append((level, ours))
            sections[current].append(header(ours, inlines))
        else:
            sections[current].append(block)
    return [
        one for key, names in SECTIONS[kind].items() for one in (header(_FIXED, text(names[language])), *sections[key])
    ]


def _heading(block: Node) -> tuple[int, Sequence[Node]]:
    """Level and words of a heading, or of a paragraph that may stand for one; no words where it cannot."""
    if block["t"] == "Header":
        return block["c"][0], block["c"][2]
    return _BELOW_ALL, block["c"] if block["t"] == "Para" and len(words(block)) < 80 else ()


def _stands_for_heading(block: Node, found: Meant | None) -> bool:
    """Whether a paragraph is a heading to whoever wrote it: a fixed one, or a known one that is bold throughout."""
    return found is not None and (found.exact or [one["t"] for one in block["c"]] == ["Strong"])


def _footnotes(inlines: Sequence[Node]) -> Iterator[Node]:
    """The footnotes of a heading that is replaced."""
    notes = [one for one in inlines if one["t"] == "Note"]
    if notes:
        yield {"t": "Para", "c": notes}
