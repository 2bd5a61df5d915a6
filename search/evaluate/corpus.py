"""A corpus as notes: each document a language version of its group's note. And an encoder for many indexes of it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import count

import numpy as np

from kb.encoder.encoders import Encoder, QuestionVectors, Vectors
from kb.notes.front_matter import LanguageFields, PracticeFields
from kb.notes.note import Block, Kind, LanguageVersion, Note, Section
from kb.notes.taxonomy import EVERY_CRIME
from kb.text.languages import Language
from search.evaluate.collection import Document

_FIELDS = PracticeFields.model_validate(
    {
        "title": "-",
        "summary": "-",
        "countries": ["INT"],
        "crime_types": [EVERY_CRIME],
        "phases": ["cooperation"],
        "organisations": [{"name": "A test collection", "role": "lead"}],
        "tlp": "clear",
        "licence": "unknown",
        "status": "operational",
        "started": "2000",
        "reviewed": "2000-01-01",
        "review_by": "2000-01-01",
        "authors": ["A test collection"],
        "sources": [{"url": "https://example.org/", "title": "-", "publisher": "-", "accessed": "2000-01-01"}],
        "evidence": {"level": "untested", "effect": "unknown"},
    }
)
"""Of a note that says nothing but its texts: it is about no crime in particular, and applies everywhere."""


def notes_of(documents: Iterable[Document]) -> tuple[tuple[Note, ...], dict[str, str]]:
    """Return notes, and note id -> group. A group with two documents in one language becomes two notes."""
    by_note: dict[tuple[str, int], dict[Language, Document]] = {}
    for document in documents:
        number = next(each for each in count() if document.lang not in by_note.get((document.joined, each), {}))
        by_note.setdefault((document.joined, number), {})[document.lang] = document
    notes, groups = [], {}
    for place, ((group, _), members) in enumerate(by_note.items()):
        versions = {language: _version(document) for language, document in members.items()}
        notes.append(Note(f"d{place:06}", Kind.PRACTICE, _FIELDS, next(iter(members)), versions))
        groups[notes[-1].id] = group
    return tuple(notes), groups


def _version(document: Document) -> LanguageVersion:
    title = document.title or ""
    body = document.text if document.text.strip() else title
    paragraphs = [part.strip() for part in body.split("\n\n") if part.strip()]
    return LanguageVersion(
        language=document.lang,
        path=document.id,
        own=LanguageFields.model_construct(title=title, summary=""),
        translation=None,
        body=body,
        body_line=1,
        sections=(Section((), "text", 2, 1, tuple(Block(text, (1, 1)) for text in paragraphs)),),
        links=(),
    )


class RememberingEncoder:
    """An encoder that reads a passage or a question once, however many indexes are asked it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[tuple[str, str], np.ndarray] = {}
        self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint
        self.mean_share, self.count_tokens = encoder.mean_share, encoder.count_tokens
        self.tokens = encoder.tokens
        self._question = cache(encoder.encode_question)

    def encode_question(self, text: str, meanwhile: Callable[[], object] = lambda: None) -> QuestionVectors:
        """Return the vectors of one question (`Encoder.encode_question`)."""
        meanwhile()
        return self._question(text)

    def encode_many(self, role: str, texts: Sequence[str]) -> Vectors:
        """Yield the vectors of many texts (`Encoder.encode_many`)."""
        missing = [key for text in dict.fromkeys(texts) if (key := (role, text)) not in self._known]
        for places, vectors in self._encoder.encode_many(role, [text for _, text in missing]) if missing else ():
            self._known.update(zip([missing[place] for place in places], vectors, strict=True))
        yield range(len(texts)), np.stack([self._known[role, text] for text in texts])
