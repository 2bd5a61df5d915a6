"""A corpus as notes: each document a language version of its group's note, indexed by the code that indexes notes."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from api.evaluation.collection import Document
from ingest.indexing.pipeline import indexing_pipeline, run_pipeline
from ingest.indexing.plan import Target
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import VectorCache
from kb.notes.front_matter import LanguageFields, PracticeFields
from kb.notes.note import Block, Kind, LanguageVersion, Note, Section
from kb.notes.taxonomy import EVERY_CRIME, Taxonomy
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.journal import NO_JOURNAL
from kb.store.records import recipe
from kb.text.languages import Language
from search.service import Searcher

_TLP = "clear"


class _SharedCache(VectorCache):
    """Vectors for several indexes: what one of them does not use, the next one may."""

    def keep_only(self, used: Iterable[tuple[str, str]]) -> None:
        """Drop nothing."""


def notes_of(documents: Iterable[Document]) -> tuple[tuple[Note, ...], dict[str, str]]:
    """Notes, and note id -> group. A group with two documents in one language becomes two notes."""
    by_note: dict[tuple[str, int], dict[Language, Document]] = {}
    for document in documents:
        number = 0
        while document.lang in by_note.get((document.joined, number), {}):
            number += 1
        by_note.setdefault((document.joined, number), {})[document.lang] = document
    notes, groups = [], {}
    for place, ((group, _), versions) in enumerate(by_note.items()):
        note = _note(f"d{place:06}", versions)
        groups[note.id] = group
        notes.append(note)
    return tuple(notes), groups


def searcher_over(
    notes: Sequence[Note], taxonomy: Taxonomy, encoder: Encoder, settings: Settings, folder: Path
) -> Searcher:
    """A Searcher over a throw-away index in `folder`; vectors are shared with the other indexes beside it."""
    made_by = recipe(encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    store = EdgeStore(folder)
    with _SharedCache(folder.parent / "vectors.sqlite", encoder.fingerprint) as cache:
        pipeline = indexing_pipeline(
            encoder, cache, taxonomy, store, settings.chunk_tokens, settings.chunk_overlap, lambda *step: None
        )
        target = Target.of(made_by, tuple(notes), taxonomy, NO_JOURNAL)
        run_pipeline(pipeline, {"chunk": {"notes": tuple(notes)}, "write": {"target": target}}, set())
    return Searcher(store, encoder, made_by)


def _note(note_id: str, documents: Mapping[Language, Document]) -> Note:
    """A note that says nothing but its texts: it is about no crime in particular, and holds everywhere."""
    fields = PracticeFields.model_validate({
        "title": note_id, "summary": note_id, "countries": ["INT"], "crime_types": [EVERY_CRIME],
        "phases": ["cooperation"], "organisations": [{"name": "A test collection", "role": "lead"}], "tlp": _TLP,
        "licence": "unknown", "status": "operational", "started": "2000", "reviewed": "2000-01-01",
        "review_by": "2000-01-01", "authors": ["A test collection"],
        "sources": [{"url": "https://example.org/", "title": "-", "publisher": "-", "accessed": "2000-01-01"}],
        "evidence": {"level": "untested", "effect": "unknown"},
    })  # fmt: skip
    return Note(
        note_id, Kind.PRACTICE, fields, next(iter(documents)),
        {language: _version(note_id, document) for language, document in documents.items()},
    )  # fmt: skip


def _version(note_id: str, document: Document) -> LanguageVersion:
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
