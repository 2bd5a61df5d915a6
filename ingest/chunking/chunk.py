"""Notes -> the texts that are encoded of them: chunks, their sentences, and the questions that they answer.

A note is cut at headings, then by tokens. A chunk's text is plain text; what is encoded is title, heading path and
passage, no other front matter. The section on the limits of a note is no passage: what was not found answers nobody.
Each objective of a strategy is a chunk of its own, so that a practice can be found by what it serves. Where sentences
end is found with the abbreviations of three languages, and without a grammar.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, Self

from kb.notes.note import SECTIONS, Block, Note, Section
from kb.store.records import Span, chunk_id, question_id
from kb.text.languages import Language
from kb.values import Immutable

CountTokens = Callable[[str], int]
_SENTENCE = re.compile(r"(?<=[.!?…:;])\s+")
_LEAST = 32
"""Tokens that a passage may always have, however long its title and headings are."""
_END = re.compile(r"""(?<![.!?…])[.!?…]+(?:\s?»|["'”’)\]])*(?=\s)""")
"""Final signs, and the brackets and quotation marks that they close with."""
_SHORT = frozenset(
    re.findall(
        r"\w+",
        "al art arts artt bijv blz bv ca cf ch chap dhr dir dr drs ex fig jl mej mevr mgr mlle mm mme mmes mr mrs ms "
        "no nos nr nrs par pp prof resp sqq ss stb stbl supra trb vgl vol vs",
    )
)
"""Words that a full stop shortens and that seldom end a sentence."""
_LETTERS = re.compile(r"[^\W\d_]|(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")
"""A letter alone, or letters and full stops: `p.`, `o.a.`, `c.-à-d.`"""
_FIRST = re.compile(r"""[ \t"'«“‘(\xa0\[]*([^ \t"'«“‘(\xa0\[])""")
"""The first sign of a sentence, behind brackets and quotation marks."""
_INNER = re.compile(r"\S(?:.*\S)?")
_BETWEEN = re.compile(r"[\s(\[«“‘\"'’-]")
"""Signs between words."""
_STORY = 140
"""Characters of the longest question that is no story."""
_OPENING = 200
"""Characters of a passage with a single sentence that stand for it where statistics want a question."""
_LONGEST = 40
"""Characters that a shortened word, or the number of a list, has at most."""


@dataclass(frozen=True)
class Chunk:
    """A passage of one language version.

    heading:   headings down to it, joined
    text:      the passage; encoded: the text the encoder reads
    lines:     first and last line in the file
    objective: id of the objective it states, if any
    sentences: where they stand in the text; none where there is one, of which nothing is to be chosen
    """

    id: str
    note_id: str
    language: Language
    heading: str
    anchor: str
    text: str
    encoded: str
    lines: tuple[int, int]
    objective: str | None
    sentences: tuple[Span, ...]


@dataclass(frozen=True)
class Question:
    """A question that its authors say a language version answers.

    A reader's question is nearer to a question than to the passage that answers it. Questions are searched beside the
    passages and never shown as hits. Figures: docs/decisions/0010-authors-questions.md.
    """

    id: str
    note_id: str
    language: Language
    encoded: str

    @property
    def words(self) -> str:
        """The text by whose words it is found. A story is found by its meaning: its words are those of a case."""
        return self.encoded if len(self.encoded) <= _STORY else ""


@dataclass(frozen=True)
class NoteTexts(Immutable):
    """Notes, the chunks of all their versions, and the questions that these answer, in order."""

    notes: tuple[Note, ...]
    chunks: tuple[Chunk, ...]
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, notes: tuple[Note, ...], count: CountTokens, size: int, overlap: int) -> Self:
        """Cut every language version of every note. count, size, overlap: as in `chunk`."""
        count = cache(count)  # a passage that fits is counted twice, and its headings with every section
        versions = [(note, language) for note in notes for language in note.languages]
        chunks = tuple(piece for version in versions for piece in chunk(*version, count, size, overlap))
        return cls(notes, chunks, questions_of(notes))

    def sentences(self) -> list[str]:
        """Return the sentences of all chunks that have several, to be encoded as questions: without a full stop."""
        return [piece.text[start:end].rstrip(".") for piece in self.chunks for start, end in piece.sentences]

    def contact_purposes(self) -> list[tuple[str, Language, str]]:
        """Return note, language and purpose of each contact of each note, in every language."""
        return [
            (note.id, language, contact.purpose(language))
            for note in self.notes
            for contact in note.contacts
            for language in Language
        ]

    def contact_questions(self) -> list[tuple[str, str]]:
        """Return note and text of the questions to which the contacts of each note are the answer."""
        return [(note.id, text) for note in self.notes for contact in note.contacts for text in contact.questions]

    def openings(self) -> list[str]:
        """Return the first sentence of each chunk, or the beginning of its only one: as long as a question."""
        return [
            piece.text[slice(*piece.sentences[0])].rstrip(".") if piece.sentences else piece.text[:_OPENING]
            for piece in self.chunks
        ]


def questions_of(notes: Iterable[Note]) -> tuple[Question, ...]:
    """Return the questions that all language versions of notes answer, in order."""
    return tuple(
        Question(question_id(note.id, language, place), note.id, language, text)
        for note in notes
        for language in note.languages
        for place, text in enumerate(note.versions[language].own.questions)
    )


class _Piece(NamedTuple):
    text: str
    tokens: int
    lines: tuple[int, int]
    separator: str


def chunk(note: Note, language: Language, count: CountTokens, size: int, overlap: int) -> Iterator[Chunk]:
    """Cut one language version of a note.

    Parts are numbered within a section: `…/0`, `…/1`. An objective is `…/<id>`, and if it is long `…/<id>/1` and on.

    size:    most tokens in an encoded text, as `count` counts them
    overlap: tokens repeated from the chunk before, in the same section
    """
    version = note.versions[language]
    limits = SECTIONS[note.kind].get("limits", {}).get(language)
    objectives = note.objective_texts(language).items()
    unlisted = tuple(Block(text, (1, 1), key) for key, text in objectives if key not in set(version.objectives))
    for section in (*version.sections, Section((), "objectives", 2, 1, unlisted)):
        if section.path[:1] == (limits,):
            continue
        heading = " › ".join(section.path)
        head = f"{version.title}\n{heading}" if section.path else version.title
        room = max(size - count(head) - 1, _LEAST)
        numbers = itertools.count()
        for objective, blocks in itertools.groupby(section.blocks, lambda block: block.objective):
            pieces = (piece for block in blocks for piece in _pieces(block, count, room))
            for place, run in enumerate(_runs(pieces, room, 0 if objective else overlap)):
                part = (f"{objective}/{place}" if place else objective) if objective else next(numbers)
                text = run[0].text + "".join(piece.separator + piece.text for piece in run[1:])
                sentences = sentence_spans(text)
                yield Chunk(
                    id=chunk_id(note.id, language, section.anchor, part),
                    note_id=note.id,
                    language=language,
                    heading=heading,
                    anchor=section.anchor,
                    text=text,
                    encoded=f"{head}\n{text}",
                    lines=(run[0].lines[0], run[-1].lines[1]),
                    objective=objective,
                    sentences=sentences if len(sentences) > 1 else (),
                )


def _runs(pieces: Iterable[_Piece], room: int, overlap: int) -> Iterator[list[_Piece]]:
    """Join pieces to runs of at most `room` tokens, each beginning with the last `overlap` tokens of the one before."""
    run: list[_Piece] = []
    for piece in pieces:
        if run and sum(joined.tokens for joined in run) + piece.tokens > room:
            yield run
            while run and sum(joined.tokens for joined in run) > min(overlap, room - piece.tokens):
                run = run[1:]
        run = [*run, piece]
    yield run


def _pieces(block: Block, count: CountTokens, room: int) -> Iterator[_Piece]:
    """Yield a block as a whole if it fits, else its sentences, else runs of words, else runs of characters."""

    def words(text: str) -> list[str]:
        runs: list[str] = []
        for word in text.split():
            if runs and count(f"{runs[-1]} {word}") <= room:
                runs[-1] = f"{runs[-1]} {word}"
            else:
                runs.append(word)
        return runs

    def characters(text: str) -> list[str]:
        return [text[start : start + room // 4] for start in range(0, len(text), room // 4)]

    def fitting(text: str, *cuts: Callable[[str], list[str]]) -> list[str]:
        if not cuts or count(text) <= room:
            return [text]
        return [small for part in cuts[0](text) for small in fitting(part, *cuts[1:])]

    for position, part in enumerate(fitting(block.text, _SENTENCE.split, words, characters)):
        yield _Piece(part, count(part), block.lines, " " if position else "\n")


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text in order, without the white space around them; none goes over a line break."""
    lines = re.finditer(r"[^\n]+", text)
    found = (_INNER.search(text, *span) for line in lines for span in _cut(text, *line.span()))
    return tuple(sentence.span() for sentence in found if sentence)


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    for signs in _END.finditer(text, start, end):
        if _ends(text, start, signs, end):
            yield start, signs.end()
            start = signs.end()
    yield start, end


def _ends(text: str, start: int, signs: re.Match[str], end: int) -> bool:
    """Return whether a sentence ends at signs: the next does not begin small, and the full stop shortens nothing."""
    first = _FIRST.match(text, signs.end(), end)
    if not first or first[1].islower():
        return False
    if signs.group() != ".":
        return True
    before = text[max(start, signs.start() - _LONGEST) : signs.start()]
    word = _BETWEEN.split(before)[-1]
    return not (word.lower() in _SHORT or _LETTERS.fullmatch(word) or before.strip().isdigit())
