"""Note -> chunks: cut at headings, then by tokens.

A chunk's text is plain text; what is encoded is title, heading path and passage, no other front matter. Each objective
of a strategy is a chunk of its own, so that a practice can be found by what it serves.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kb.notes.note import Block, LanguageVersion, Note, Section
from kb.store.records import chunk_id
from kb.text.languages import Language
from kb.values import Immutable

CountTokens = Callable[[str], int]
_SENTENCE = re.compile(r"(?<=[.!?…:;])\s+")
_LEAST = 32
"""Tokens that a passage may always have, however long its title and headings are."""


@dataclass(frozen=True)
class Chunk(Immutable):
    """A passage of one language version.

    heading:   headings down to it, joined
    text:      the passage; encoded: the text the encoder reads
    lines:     first and last line in the file
    objective: id of the objective it states, if any
    """

    id: str
    note_id: str
    language: Language
    heading: str
    anchor: str
    text: str
    encoded: str
    lines: tuple[int, int]
    objective: str | None = None


@dataclass(frozen=True)
class _Piece:
    text: str
    tokens: int
    lines: tuple[int, int]
    separator: str


def chunk(note: Note, language: Language, count: CountTokens, size: int, overlap: int) -> tuple[Chunk, ...]:
    """Cut one language version of a note.

    size:    most tokens in an encoded text, as `count` counts them
    overlap: tokens repeated from the chunk before, in the same section
    """
    version = note.versions[language]
    unlisted = tuple(
        Block(text, (1, 1), key)
        for key, text in note.objective_texts(language).items()
        if key not in set(version.objectives)
    )
    sections = (*version.sections, Section((), "objectives", 2, 1, unlisted))
    return tuple(piece for section in sections for piece in _section(note.id, version, section, count, size, overlap))


def _section(
    note_id: str, version: LanguageVersion, section: Section, count: CountTokens, size: int, overlap: int
) -> Iterator[Chunk]:
    """Yield the chunks of a section: `…/0`, `…/1`; of an objective `…/<id>`, and if it is long `…/<id>/1` and on."""
    heading = " › ".join(section.path)
    head = f"{version.title}\n{heading}" if section.path else version.title
    room = max(size - count(head) - 1, _LEAST)
    numbers = itertools.count()
    for objective, blocks in itertools.groupby(section.blocks, lambda block: block.objective):
        pieces = (piece for block in blocks for piece in _pieces(block, count, room))
        for place, run in enumerate(_runs(pieces, room, 0 if objective else overlap)):
            if objective:
                part: int | str = f"{objective}/{place}" if place else objective
            else:
                part = next(numbers)
            text = run[0].text + "".join(piece.separator + piece.text for piece in run[1:])
            yield Chunk(
                id=chunk_id(note_id, version.language, section.anchor, part),
                note_id=note_id,
                language=version.language,
                heading=heading,
                anchor=section.anchor,
                text=text,
                encoded=f"{head}\n{text}",
                lines=(run[0].lines[0], run[-1].lines[1]),
                objective=objective,
            )


def _runs(pieces: Iterable[_Piece], room: int, overlap: int) -> Iterator[list[_Piece]]:
    """Join pieces to runs of at most `room` tokens, each beginning with the last `overlap` tokens of the one before."""
    run: list[_Piece] = []
    for piece in pieces:
        if run and _tokens(run) + piece.tokens > room:
            yield run
            while run and _tokens(run) > min(overlap, room - piece.tokens):
                run = run[1:]
        run = [*run, piece]
    if run:
        yield run


def _tokens(pieces: Iterable[_Piece]) -> int:
    return sum(piece.tokens for piece in pieces)


def _pieces(block: Block, count: CountTokens, room: int) -> Iterator[_Piece]:
    """A block as a whole if it fits, else its sentences, else runs of words, else runs of characters."""
    parts = [block.text]
    for cut in (_sentences, _words, _characters):
        if all(count(part) <= room for part in parts):
            break
        parts = [small for part in parts for small in (cut(part, count, room) if count(part) > room else [part])]
    for position, part in enumerate(parts):
        yield _Piece(part, count(part), block.lines, " " if position else "\n")


def _sentences(text: str, count: CountTokens, room: int) -> list[str]:
    return _SENTENCE.split(text)


def _words(text: str, count: CountTokens, room: int) -> list[str]:
    runs: list[str] = []
    for word in text.split():
        if runs and count(f"{runs[-1]} {word}") <= room:
            runs[-1] = f"{runs[-1]} {word}"
        else:
            runs.append(word)
    return runs


def _characters(text: str, count: CountTokens, room: int) -> list[str]:
    return [text[start : start + room // 4] for start in range(0, len(text), room // 4)]
