"""Notes -> the texts that are encoded of them: passages, their sentences, and the questions that they answer.

Where sentences end is found with the abbreviations of three languages, and without a grammar.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from ingest.chunking.chunk import Chunk, CountTokens, chunk
from kb.notes.note import Note
from kb.store.records import Span, question_id
from kb.text.languages import Language
from kb.values import Immutable

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
_BETWEEN = re.compile(r"[\s(\[«“‘\"'’-]")
"""What stands between words."""
_LONGEST = 40
"""Characters that a shortened word, or the number of a list, has at most."""


@dataclass(frozen=True)
class Question(Immutable):
    """A question that its authors say a language version answers.

    A reader's question is nearer to a question than to the passage that answers it. Questions are searched beside the
    passages and never shown as hits. Figures: docs/decisions/0010-authors-questions.md.
    """

    id: str
    note_id: str
    language: Language
    encoded: str


@dataclass(frozen=True)
class NoteTexts(Immutable):
    """Notes, the chunks of all their versions, and the questions that these answer, in order.

    spans: of each chunk, where its sentences stand; none for a chunk of one sentence, of which nothing is to be chosen
    """

    notes: tuple[Note, ...]
    chunks: tuple[Chunk, ...]
    spans: tuple[tuple[Span, ...], ...]
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, notes: tuple[Note, ...], count: CountTokens, size: int, overlap: int) -> Self:
        """Cut every language version of every note. count, size, overlap: as in `chunk`."""
        versions = [(note, language) for note in notes for language in note.languages]
        chunks = tuple(piece for version in versions for piece in chunk(*version, count, size, overlap))
        found = [sentence_spans(piece.text) for piece in chunks]
        questions = tuple(
            Question(question_id(note.id, language, place), note.id, language, text)
            for note, language in versions
            for place, text in enumerate(note.versions[language].own.questions)
        )
        return cls(notes, chunks, tuple(spans if len(spans) > 1 else () for spans in found), questions)

    def sentences(self) -> list[str]:
        """Return the sentences of all chunks that have several, to be encoded as questions: without a full stop."""
        return [
            piece.text[start:end].rstrip(".")
            for piece, spans in zip(self.chunks, self.spans, strict=True)
            for start, end in spans
        ]


@dataclass(frozen=True)
class TextVectors(Immutable):
    """The vectors of the passages, sentences and questions of `NoteTexts`, each of shape (texts, dimension)."""

    passages: np.ndarray
    sentences: np.ndarray
    questions: np.ndarray


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text in order, without the white space around them; none goes over a line break."""
    lines = re.finditer(r"[^\n]*\S[^\n]*", text)
    cut = ((start, text[start:end]) for line in lines for start, end in _cut(text, *line.span()))
    return tuple((start + len(part) - len(part.lstrip()), start + len(part.rstrip())) for start, part in cut)


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _END.finditer(text, start, end):
        if _ends(text, start, match, end):
            yield start, match.end()
            start = match.end()
    if text[start:end].strip():
        yield start, end


def _ends(text: str, start: int, signs: re.Match[str], end: int) -> bool:
    """Whether a sentence ends at signs: the next does not begin small, and the full stop shortens nothing."""
    first = _FIRST.match(text, signs.end(), end)
    if not first or first[1].islower():
        return False
    if signs.group() != ".":
        return True
    before = text[max(start, signs.start() - _LONGEST) : signs.start()]
    word = _BETWEEN.split(before)[-1]
    return not (word.lower() in _SHORT or _LETTERS.fullmatch(word) or before.strip().isdigit())
