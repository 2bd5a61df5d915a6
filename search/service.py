"""Searcher: the single door to the index for HTTP, web pages and terminal.

Every path to a note passes the caller's clearance to the store. Nothing is remembered of a query: what is held of the
notes and passages that it showed (`search.held`) is the same whoever asked, and whatever.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import Any, TypeVar

import numpy as np

from ingest.indexing.pipeline import run_pipeline
from kb.access import ANONYMOUS
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import stems
from kb.errors import IndexStale, StoreUnavailable, placed
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.store.protocol import ChunkReader, ChunkStore
from kb.text.language_guess import guess_language
from kb.text.languages import Language
from search.browse.coverage import Coverage
from search.catalogue import Catalogue
from search.filters import in_words, record_where, sought_countries
from search.held import Held
from search.parts import OF_EACH, merged
from search.pipeline import STEPS, query_pipeline
from search.query import SearchQuery, search_query
from search.results import Counts, SearchResults
from search.seen import check_query
from search.shown import Told
from search.stages import Session
from search.understand.encoding import encoded, parts
from search.understand.identifiers import known_keys
from search.understand.spelling import Spelling
from search.understand.thesaurus import Thesaurus
from search.view import NoteVersion, Reading

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Generation:
    """A generation of the index, what is read of it once, and what has been answered from it.

    access: the keys that open its notes, or opened what is gone
    """

    reader: ChunkReader
    notes: Catalogue
    thesaurus: Thesaurus
    spelling: Spelling
    access: frozenset[str]
    held: Held

    @classmethod
    def of(cls, reader: ChunkReader, before: "_Generation | None") -> "_Generation":
        """before: the last one. What is made of all notes stays as it is where some were laid over (0017)."""
        return cls(
            reader,
            Catalogue.of(reader),
            Thesaurus(reader.manifest.taxonomy, stems),
            before.spelling if before and _same_words(before.reader, reader) else Spelling.of(reader),
            frozenset(reader.facet("access", {})) | reader.manifest.journal.keys,
            Held(),
        )

    def identifiers(self, clearance: frozenset[str]) -> frozenset[str]:
        """The keys of all that the notes which a caller may see are about or cite."""
        versions = record_where(clearance)
        return self.held.once("identifiers", clearance, make=lambda: known_keys(self.reader, versions))


class Searcher:
    """Answers questions from the current generation of the index. Safe to share between threads."""

    def __init__(self, store: ChunkStore, encoder: Encoder, recipe: str) -> None:
        self._store = store
        self._encoder = encoder
        self._recipe = recipe
        self._pipeline = query_pipeline(encoder)
        self._current: _Generation | None = None
        self._warm = False

    def search(self, build: Callable[[Taxonomy], SearchQuery]) -> SearchResults:
        """Answer a question. `build` makes it with the vocabularies of the index that answers.

        Raises QueryError, IndexMissing, IndexStale, StoreUnavailable.
        """
        return self._read(lambda generation: self._search(generation, [build]))[0]

    def _search(
        self, generation: _Generation, builds: Sequence[Callable[[Taxonomy], SearchQuery]]
    ) -> list[SearchResults]:
        """The answers to several questions, which are encoded together."""
        queries: list[SearchQuery] = []
        for place, build in enumerate(builds):
            with placed(place):
                query = build(generation.reader.manifest.taxonomy)
                # Without keys that open nothing here: who sees the same shares what is held.
                query = replace(query, clearance=query.clearance & generation.access)
                check_query(query, generation.reader)
            queries.append(query)
        asked = [_parts(query) for query in queries]
        together = [part for pieces in asked for part in pieces]
        if len(together) == 1 and not queries[0].pasted:
            return [self._answer(generation, queries[0])]
        vectors = iter(encoded(self._encoder, [generation.spelling.restored(part.text) for part in together]))
        return [
            self._merged(generation, query, pieces, vectors)
            if query.pasted
            else self._answer(generation, query, next(vectors))
            for query, pieces in zip(queries, asked, strict=True)
        ]

    def _merged(
        self, generation: _Generation, query: SearchQuery, pieces: Sequence[SearchQuery], vectors: Iterator[np.ndarray]
    ) -> SearchResults:
        started = time.perf_counter()
        answers = [self._answer(generation, part, next(vectors)) for part in pieces]
        sought = sought_countries(query, generation.reader.manifest.taxonomy)
        detected = guess_language(query.text, query.reader)
        return replace(merged(answers, query, generation.notes, sought, detected), took_ms=_since(started))

    def _answer(self, generation: _Generation, query: SearchQuery, vector: np.ndarray | None = None) -> SearchResults:
        started = time.perf_counter()
        taxonomy = generation.reader.manifest.taxonomy
        session = Session(
            query, generation.reader, generation.notes, generation.thesaurus, generation.spelling,
            generation.identifiers(query.clearance), generation.held, vector,
        )  # fmt: skip
        outputs = run_pipeline(self._pipeline, {step: {"session": session} for step in STEPS}, {"understand"})
        understood = outputs["understand"]["understood"]
        presented = outputs["present"]["presented"]
        return SearchResults(
            text=query.text,
            detected=understood.detected,
            reader=understood.reader,
            filters=in_words(query, taxonomy, understood.reader),
            practices=presented.hits.get(Kind.PRACTICE, ()),
            strategies=presented.hits.get(Kind.STRATEGY, ()),
            counts=presented.counts,
            totals=presented.totals,
            took_ms=_since(started),
            more=presented.more,
            moves=presented.moves,
            by_country=presented.by_country,
        )

    def ask(self, text: str, **parameters: Any) -> SearchResults:
        """`search` with the parameters of `search_query`."""
        return self.search(lambda taxonomy: search_query(text, taxonomy, **parameters))

    def read(
        self, action: Callable[[Reading], Answer], clearance: frozenset[str] = ANONYMOUS, told: Told = lambda *_: None
    ) -> Answer:
        """Read all that a page needs from one generation. `action` is done again if that was taken away under way.

        Raises what `action` does, IndexMissing, IndexStale, StoreUnavailable.
        """

        def reading(generation: _Generation) -> Reading:
            search = partial(self._search, generation)
            seen = clearance & generation.access
            return Reading(generation.reader, generation.notes, generation.held, search, seen, told)

        return self._read(lambda generation: action(reading(generation)))

    def note(self, note_id: str, language: Language | None, clearance: frozenset[str] = ANONYMOUS) -> NoteVersion:
        """See `Reading.note`."""
        return self.read(lambda reading: reading.note(note_id, language), clearance)

    def taxonomy(self) -> Taxonomy:
        """The vocabularies of the index."""
        return self._reader().manifest.taxonomy

    def versions(self) -> dict[str, tuple[str, str]]:
        """What the index holds: version id -> hashes of its text and its fields. Of all notes, whoever may see them."""
        return dict(self._reader().manifest.versions)

    def counts(self, clearance: frozenset[str] = ANONYMOUS) -> Counts:
        """See `Reading.counts`."""
        return self.read(Reading.counts, clearance)

    def kinds(self, clearance: frozenset[str] = ANONYMOUS) -> dict[str, Kind]:
        """See `Reading.kinds`."""
        return self.read(Reading.kinds, clearance)

    def coverage(self, today: str, clearance: frozenset[str] = ANONYMOUS) -> Coverage:
        """See `Reading.coverage`."""
        return self.read(lambda reading: reading.coverage(today), clearance)

    def warm_up(self) -> None:
        """Load encoder and index, so that the first question is not slow."""
        if not self._warm:
            for words in (1, 22, 44):  # short questions and long ones are encoded by models of their own
                self._encoder.encode_query("who " * words)
            self._warm = True
        self._generation(self._reader())

    def _read(self, action: Callable[[_Generation], Answer]) -> Answer:
        """Read from the current generation; once more if it was replaced under way."""
        reader = self._reader()
        try:
            return action(self._generation(reader))
        except StoreUnavailable:
            fresh = self._reader()
            if fresh is reader:
                raise
            return action(self._generation(fresh))

    def _reader(self) -> ChunkReader:
        reader = self._store.reader()
        if reader.manifest.recipe != self._recipe:
            made, wanted = (PurePath(one).name for one in (reader.manifest.encoder, self._encoder.name))
            raise IndexStale(
                "The index was made with another model, other chunk sizes or by another version of this program: it "
                f"names `{made}`, the settings `{wanted}`.",
                remedy="Run `kb index`, or set KB_EMBEDDING_MODEL and the chunk sizes as they were.",
            )
        return reader

    def _generation(self, reader: ChunkReader) -> _Generation:
        current = self._current
        if current is None or current.reader is not reader:
            current = self._current = _Generation.of(reader, current)
        return current


def _same_words(one: ChunkReader, other: ChunkReader) -> bool:
    """Whether two generations rest on one whole run: words are counted anew with each, and when notes are withdrawn."""
    return other.manifest.amended and one.manifest.terms.alike(other.manifest.terms)


def _parts(query: SearchQuery) -> list[SearchQuery]:
    """The questions that are asked for one: itself, or one for each part of a pasted text."""
    if not query.pasted:
        return [query]
    one = replace(
        query, reader=query.reader or guess_language(query.text, None) or Language.EN, limit=OF_EACH, offset=0,
        by_date=False, by_country=False,
    )  # fmt: skip
    return [replace(one, text=text) for text in parts(query.text)]


def _since(started: float) -> float:
    """Milliseconds since a time of the performance counter."""
    return round((time.perf_counter() - started) * 1000, 2)


class Door:
    """The index as one caller sees it: whoever has nothing but this reads with the caller's clearance."""

    def __init__(self, searcher: Searcher, clearance: frozenset[str], told: Told, count: Callable[[int], None]) -> None:
        """told: hears of every note that is shown and is not for everybody; count: of requests made in one."""
        self._read = partial(searcher.read, clearance=clearance, told=told)
        self.count = count

    def read(self, action: Callable[[Reading], Answer]) -> Answer:
        """See `Searcher.read`."""
        return self._read(action)
