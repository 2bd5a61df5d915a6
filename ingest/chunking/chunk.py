"""Note -> chunks: cut at headings, then by tokens.

A chunk's text is plain text; what is encoded is title, heading path and passage, no other front matter. Each objective
of a strategy is a chunk of its own, so that a practice can be found by what it serves.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kb.frozen import Frozen
from kb.notes.note import Block, LanguageVersion, Note, Section
from kb.store.records import chunk_id
from kb.text.languages import Language

CountTokens = Callable[[str], int]
_SENTENCE = re.compile(r"(?<=[.!?…:;])\s+")
_LEAST = 32
"""Tokens that a passage may always have, however long its title and headings are."""


@dataclass(frozen=True)
class Chunk(Frozen):
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
    chunks: list[Chunk] = []
    for section in version.sections:
        chunks += _section(note.id, version, section, count, size, overlap)
    stated = set(version.objectives)
    unlisted = Section((), "objectives", 2, 1, ())
    chunks += [
        one
        for key, text in note.objective_texts(language).items()
        if key not in stated
        for one in _objective(note.id, version, unlisted, Block(text, (1, 1), key), count, size)
    ]
    return tuple(chunks)


def _section(
    note_id: str, version: LanguageVersion, section: Section, count: CountTokens, size: int, overlap: int
) -> Iterator[Chunk]:
    room = _room(version, section, count, size)
    number = 0
    held: list[_Piece] = []
    fresh = 0

    def flush() -> Iterator[Chunk]:
        nonlocal number, held, fresh
        if fresh:
            yield _chunk(note_id, version, section, number, held)
            number += 1
            held = _tail(held, overlap)
            fresh = 0

    for block in section.blocks:
        if block.objective:
            yield from flush()
            yield from _objective(note_id, version, section, block, count, size)
            held = []
            continue
        for piece in _pieces(block, count, room):
            if sum(one.tokens for one in held) + piece.tokens > room:
                yield from flush()
                while held and sum(one.tokens for one in held) + piece.tokens > room:
                    held = held[1:]
            held.append(piece)
            fresh += 1
    yield from flush()


def _objective(
    note_id: str, version: LanguageVersion, section: Section, block: Block, count: CountTokens, size: int
) -> Iterator[Chunk]:
    """One chunk `…/<id>`; what a very long objective has besides goes to `…/<id>/1` and on."""
    room = _room(version, section, count, size)
    runs: list[list[_Piece]] = [[]]
    for piece in _pieces(block, count, room):
        if runs[-1] and sum(one.tokens for one in runs[-1]) + piece.tokens > room:
            runs.append([])
        runs[-1].append(piece)
    for number, pieces in enumerate(runs):
        part = f"{block.objective}/{number}" if number else f"{block.objective}"
        yield _chunk(note_id, version, section, part, pieces, block.objective)


def _room(version: LanguageVersion, section: Section, count: CountTokens, size: int) -> int:
    return max(size - count(_head(version.title, section)) - 1, _LEAST)


def _chunk(
    note_id: str,
    version: LanguageVersion,
    section: Section,
    part: int | str,
    pieces: list[_Piece],
    objective: str | None = None,
) -> Chunk:
    text = "".join(piece.separator * bool(position) + piece.text for position, piece in enumerate(pieces))
    return Chunk(
        id=chunk_id(note_id, version.language, section.anchor, part),
        note_id=note_id,
        language=version.language,
        heading=" › ".join(section.path),
        anchor=section.anchor,
        text=text,
        encoded=f"{_head(version.title, section)}\n{text}",
        lines=(pieces[0].lines[0], pieces[-1].lines[1]),
        objective=objective,
    )


def _head(title: str, section: Section) -> str:
    return "\n".join((title, *([" › ".join(section.path)] if section.path else [])))


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


def _tail(pieces: list[_Piece], overlap: int) -> list[_Piece]:
    kept: list[_Piece] = []
    for piece in reversed(pieces):
        if sum(one.tokens for one in kept) + piece.tokens > overlap:
            break
        kept.insert(0, piece)
    return kept
