"""Arrange a document as the body of a note: its blocks under the fixed headings, its title, and what it states.

Headings that are not ours stay, a level below the fixed heading before them. What stands before the first known heading
comes under the first fixed heading. No words are lost but those of a heading that a fixed heading replaces.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from ingest.authoring.drafts import phrases
from ingest.documents.converter import cleaned, header, plain_line, text, words
from ingest.documents.document import Document, Node
from kb.errors import DocumentError
from kb.notes.note import SECTIONS, Kind
from kb.notes.plain_yaml import read_data
from kb.text.folding import fold_letters
from kb.text.language_guess import guess_language
from kb.text.languages import Language

_FIXED: Final = 2
_DEEPEST: Final = 6
_BELOW_ALL: Final = 7
"""The level of a paragraph that stands for a heading."""
_LONGEST: Final = 79
"""Characters of such a paragraph."""
_ENOUGH_TO_GUESS: Final = 20_000
_NO_TITLE: Final = re.compile(
    r"microsoft (?:word|powerpoint)\b.*|untitled.*|sans titre.*|naamloos.*|(?:document|doc|title|titel|titre)\W*\d*"
    r"|.*\.(?:docx?|odt|pdf|indd|rtf|html?)",
    re.IGNORECASE,
)
"""What programs write where nobody gave a title."""
_DATED: Final = {Kind.PRACTICE: "started", Kind.STRATEGY: "adopted", Kind.POWER: "in_force_from"}


@dataclass(frozen=True)
class Arranged:
    """What a note is begun with.

    blocks:  all fixed headings in the note's language, each with what belongs below it
    given:   values of fields
    remarks: field -> what an author should know who fills it in
    """

    language: Language
    blocks: Sequence[Node]
    given: Mapping[str, Any]
    remarks: Mapping[str, str]


def arrange(document: Document, kind: Kind, language: Language | None, today: date) -> Arranged:
    """Return a document as a note. Raises DocumentError for one without words, or in a language that is not clear."""
    blocks = cleaned(document.blocks)
    all_words = words(blocks)
    if not all_words:
        raise DocumentError("There is no text in the document.", remedy="Pictures are not read.")
    language = language or guess_language(all_words[:_ENOUGH_TO_GUESS])
    if language is None:
        raise DocumentError("It is not clear in which language the document is.", remedy="Say it: `--lang nl`.")
    title, blocks = _titled(document, blocks, kind)
    stated, say = document.stated, phrases(language)
    source = {
        "url": stated.url or None,
        "title": title,
        "publisher": plain_line(stated.publisher) or None,
        "accessed": today.isoformat(),
    }
    days = [f"{say[what]} {day}" for what in ("created", "changed") if (day := getattr(stated, what))]
    remarks = {_DATED[kind]: say["stated"].format(", ".join(days))} if days and kind in _DATED else {}
    if author := plain_line(stated.author):
        remarks["sources"] = say["author"].format(author)
    given = {"title": title, "licence": None, "sources": [source]}
    return Arranged(language, _under_fixed_headings(blocks, kind, language), given, remarks)


def _titled(document: Document, blocks: list[Node], kind: Kind) -> tuple[str, list[Node]]:
    """Return the title, and the blocks without it."""
    title = plain_line(words(document.titled))
    heads = [block for block in blocks if block["t"] == "Header"]
    unknown = [head for head in heads if not meant(words(head), kind)[0]]
    if not title and unknown and unknown[0] is heads[0] and _is_title(heads, blocks):
        title = words(heads[0])
        blocks = [block for block in blocks if block is not heads[0]]
    stated = plain_line(document.stated.title)
    if not title and not _NO_TITLE.fullmatch(stated):
        title = stated
    named = re.sub(r"[\W_]+", " ", document.name).strip() or document.name
    title = title or next(map(words, unknown), named)
    repeated = bool(blocks) and words(blocks[0]).casefold() == title.casefold()
    return title, blocks[1:] if repeated else blocks


def _is_title(heads: Sequence[Node], blocks: Sequence[Node]) -> bool:
    """Return whether the first heading is above all others, or on top with another of its level right below."""
    first, *others = (int(head["c"][0]) for head in heads)
    on_top = blocks[0] is heads[0]
    if not others:
        return on_top or first == 1
    right_below = on_top and blocks[1] is heads[1] and min(others) == first
    return right_below or min(others) > first


def _under_fixed_headings(blocks: Sequence[Node], kind: Kind, language: Language) -> list[Node]:
    sections: dict[str, list[Node]] = {key: [] for key in SECTIONS[kind]}
    current = next(iter(sections))
    opened: set[str] = set()
    above: list[tuple[int, int]] = []  # level in the document and in the note, of the headings around this place
    for block in blocks:
        is_heading = block["t"] == "Header"
        may_be_one = is_heading or (block["t"] == "Para" and len(words(block)) <= _LONGEST)
        level, inlines = (block["c"][0], block["c"][2]) if is_heading else (_BELOW_ALL, block.get("c", ()))
        key, is_fixed = meant(words(inlines), kind) if may_be_one else ("", False)
        # A paragraph stands for a heading that is a fixed one, or one for it that is all bold.
        all_bold = may_be_one and [inline["t"] for inline in inlines] == ["Strong"]
        above = [levels for levels in above if levels[0] < level]
        is_near = (is_heading or all_bold) and all(ours != _FIXED for _, ours in above)
        if key and (is_fixed or is_near):
            current = key
            above = [(level, _FIXED)]
            again = current in opened and words(inlines) not in SECTIONS[kind][current].values()
            opened.add(current)
            footnotes = [inline for inline in inlines if inline["t"] == "Note"]  # which the fixed heading lacks
            if again or footnotes:
                sections[current].append(header(_FIXED + 1, inlines) if again else {"t": "Para", "c": footnotes})
        elif is_heading:
            ours = min(max((levels[1] for levels in above), default=_FIXED) + 1, _DEEPEST)
            above.append((level, ours))
            sections[current].append(header(ours, inlines))
        else:
            sections[current].append(block)
    arranged: list[Node] = []
    for key, names in SECTIONS[kind].items():
        arranged += [header(_FIXED, text(names[language])), *sections[key]]
    return arranged


# Which fixed heading a heading means

_NEAR: Final = 0.9
_LONG_ENOUGH: Final = 7
_NUMBER: Final = re.compile(
    r"^(?:(?:chapter|part|section|hoofdstuk|deel|chapitre|partie|titre)\s+)?"
    r"(?:\d+(?:\.\d+)*(?:\s*[.):–—-]+\s*|\s+)|(?:[ivxlc]{1,6}|[a-z])\s*[.):–—-]+\s*)"
)
_ARTICLE: Final = re.compile(r"^(?:the|our|le|la|les|l'|notre|de|het|een|onze|ons)\s*(?<=[\s'])")


def meant(heading: str, kind: Kind) -> tuple[str, bool]:
    """Return the section that a heading in any language means, if any, and whether it is a fixed heading.

    Numbers, articles, capitals and accents do not count; a heading with a slip is read as what it nearly is.
    """
    fixed, alike = _known(kind)
    plain = _plain(heading)
    if plain in fixed:
        return fixed[plain], True
    if plain not in alike and len(plain) >= _LONG_ENOUGH:
        plain = next(iter(get_close_matches(plain, [*fixed, *alike], 1, _NEAR)), plain)
    return alike.get(plain) or fixed.get(plain, ""), False


@cache
def _known(kind: Kind) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the section of each fixed heading, and of each other heading that documents have for one."""
    fixed = {_plain(name): key for key, names in SECTIONS[kind].items() for name in names.values()}
    read = read_data("headings.yaml", "ingest.authoring")[kind.value]
    alike = {_plain(name): key for key, names in read.items() for several in names.values() for name in several}
    return fixed, alike


def _plain(heading: str) -> str:
    """Return a heading without number, article, accents, capitals and what stands at its end."""
    return _ARTICLE.sub("", _NUMBER.sub("", fold_letters(heading))).strip(" .:;?!-–—")
