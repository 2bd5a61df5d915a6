"""Searcher: the single door to the index for HTTP, web pages and terminal.

Every path to a note passes the caller's clearance to the store. Nothing is remembered of a query.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from kb.chunk_schema import CHUNK, RECORD, VERSION, version_id
from kb.engines.encoder import Encoder
from kb.engines.lexical import stems
from kb.engines.pipelines import run_pipeline
from kb.engines.store import ChunkReader, ChunkStore
from kb.errors import IndexStale, NotFound, StoreUnavailable
from kb.languages import Language, shown_language
from kb.note import Kind
from kb.taxonomy import Taxonomy
from search.calibrate import Level
from search.catalogue import Catalogue, Entry
from search.compare import Cards, Comparison, Records, compare
from search.coverage import Coverage, coverage
from search.filters import chunks_where, in_words, record_where
from search.hits import note_card
from search.identifiers import known_keys
from search.links import links
from search.listing import listing
from search.objectives import StrategyObjectives, objectives
from search.pipeline import STEPS, query_pipeline
from search.practice_map import PracticeMap, practice_map
from search.query import ANONYMOUS, MAX_CHARACTERS, MAX_LIMIT, SearchQuery, check_organisations, search_query
from search.results import Counts, Links, Listing, NoteCard, NoteHit, SearchResults
from search.spelling import Spelling
from search.stages import Session
from search.understand import Thesaurus

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class NoteVersion:
    """One note in the version shown to a reader: the payload of its record (`ingest.records.version_payload`)."""

    id: str
    lang: Language
    payload: dict[str, Any]
    links: Links


class Searcher:
    """Answers questions from the current generation of the index. Safe to share between threads."""

    def __init__(self, store: ChunkStore, encoder: Encoder, recipe: str) -> None:
        self._store = store
        self._encoder = encoder
        self._recipe = recipe
        self._pipeline = query_pipeline(encoder)
        self._held: tuple[ChunkReader, Catalogue, Thesaurus, Spelling, frozenset[str]] | None = None

    def search(self, build: Callable[[Taxonomy], SearchQuery]) -> SearchResults:
        """Answer a question. `build` makes it with the vocabularies of the index that answers.

        Raises QueryError, IndexMissing, IndexStale, StoreUnavailable.
        """
        return self._read(lambda reader: self._search(reader, build))

    def _search(self, reader: ChunkReader, build: Callable[[Taxonomy], SearchQuery]) -> SearchResults:
        started = time.perf_counter()
        taxonomy = reader.manifest.taxonomy
        query = build(taxonomy)
        self._check_organisations(query, reader)
        session = Session(query, reader, *self._knowledge(reader))
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
            took_ms=round((time.perf_counter() - started) * 1000, 2),
            moves=presented.moves,
            by_country=presented.by_country,
        )

    def ask(self, text: str, **parameters: Any) -> SearchResults:
        """`search` with the parameters of `search_query`."""
        return self.search(lambda taxonomy: search_query(text, taxonomy, **parameters))

    def browse(self, reader: Language, **parameters: Any) -> Listing:
        """The notes that pass a filter, with the parameters of `search_query` and no question.

        Raises QueryError, IndexMissing, IndexStale, StoreUnavailable.
        """
        return self._read(lambda held: self._browse(held, reader, parameters))

    def _browse(self, held: ChunkReader, reader: Language, parameters: Mapping[str, Any]) -> Listing:
        taxonomy = held.manifest.taxonomy
        query = search_query("", taxonomy, asking=False, **parameters)
        self._check_organisations(query, held)
        found = held.facet("note_id", chunks_where(query))
        return listing(found, query, self._knowledge(held)[0], taxonomy, reader)

    def related(
        self, note: NoteVersion, reader: Language, limit: int = 5, clearance: frozenset[str] = ANONYMOUS
    ) -> tuple[NoteHit, ...]:
        """The notes of its kind nearest to this one in meaning, those apart that it is linked with."""
        text = f"{note.payload['title']}. {note.payload['summary']}"
        known = {note.id, *(one.id for linked in vars(note.links).values() for one in linked)}
        most = min(limit + len(known), MAX_LIMIT)
        kinds = [note.payload["kind"]]
        found = self.ask(text[:MAX_CHARACTERS], reader=reader.value, kinds=kinds, limit=most, clearance=clearance)
        hits = (one for one in (*found.practices, *found.strategies) if one.id not in known)
        return tuple(one for one in hits if one.level is not Level.LOW)[:limit]

    def note(self, note_id: str, language: Language | None, clearance: frozenset[str] = ANONYMOUS) -> NoteVersion:
        """A note in the reader's language, or in its own where there is no such version.

        Raises NotFound for a note that does not exist and for one the caller may not see, in the same words.
        """
        return self._read(lambda reader: self._note(reader, note_id, language, clearance))

    def _note(
        self, reader: ChunkReader, note_id: str, language: Language | None, clearance: frozenset[str]
    ) -> NoteVersion:
        ids = [version_id(note_id, one) for one in Language]
        found = reader.fetch(ids, record_where(clearance))
        versions = {Language(payload["language"]): payload for payload in found.values()}
        if not versions:
            raise NotFound(f"There is no note `{note_id[:80]}`.", remedy="Search for it by its subject.")
        original = Language(next(iter(versions.values()))["original"])
        shown = shown_language(versions, language, original)
        linked = links(note_id, self._knowledge(reader)[0], language or shown, clearance)
        return NoteVersion(note_id, shown, versions[shown], linked)

    def cards(
        self, note_ids: Iterable[str], reader: Language, clearance: frozenset[str] = ANONYMOUS
    ) -> tuple[NoteCard, ...]:
        """Those of these notes that the caller may see, as lists show them, in the order given."""
        notes = self._knowledge(self._reader())[0]
        given = list(dict.fromkeys(note_ids))
        seen = notes.visible(given, clearance)
        return tuple(note_card(one, notes, reader, clearance) for one in given if one in seen)

    def timeline(self, note_id: str, reader: Language, clearance: frozenset[str] = ANONYMOUS) -> tuple[NoteCard, ...]:
        """The notes that this one replaces or is replaced by, near or far, and itself, the earliest first."""
        notes = self._knowledge(self._reader())[0]
        chain = notes.succession(note_id, clearance)
        return tuple(note_card(one, notes, reader, clearance) for one in reversed(notes.latest_first(chain)))

    def taxonomy(self) -> Taxonomy:
        """The vocabularies of the index."""
        return self._reader().manifest.taxonomy

    def counts(self, clearance: frozenset[str] = ANONYMOUS) -> Counts:
        """What the index holds for a caller: restricted notes do not show even as a number."""
        tlp = tuple(sorted(clearance))
        reader = self._reader()
        versions = {RECORD: (VERSION,), "tlp": tlp}
        return Counts(
            encoder=reader.manifest.encoder,
            notes=len(reader.facet("note_id", versions)),
            versions=reader.count(versions),
            chunks=reader.count({RECORD: (CHUNK,), "tlp": tlp}),
        )

    def kinds(self, clearance: frozenset[str] = ANONYMOUS) -> dict[str, Kind]:
        """Every note that a caller may see, with its kind."""
        return {note_id: entry.kind for note_id, entry in self._seen(self._reader(), clearance).items()}

    def coverage(self, today: str, clearance: frozenset[str] = ANONYMOUS) -> Coverage:
        """What the notes that a caller may see cover, and what they lack. today: ISO date."""
        return coverage(self._seen(self._reader(), clearance), today)

    def practice_map(self, clearance: frozenset[str] = ANONYMOUS) -> PracticeMap:
        """Practices by crime type, phase and country, as a search counts."""
        return self._read(lambda held: practice_map(self._seen(held, clearance), held.manifest.taxonomy))

    def objectives(self, reader: Language, clearance: frozenset[str] = ANONYMOUS) -> tuple[StrategyObjectives, ...]:
        """Objectives of strategies, and what implements them."""
        return self._read(lambda held: objectives(self._seen(held, clearance), *self._shown(held, reader, clearance)))

    def compare(
        self, crime_type: str, phase: str | None, reader: Language, clearance: frozenset[str] = ANONYMOUS
    ) -> Comparison:
        """Practices by country, side by side. Raises QueryError for what no vocabulary has."""

        def read(held: ChunkReader) -> Comparison:
            taxonomy = held.manifest.taxonomy
            search_query("", taxonomy, asking=False, crime_types=[crime_type], phases=[phase] if phase else [])
            shown = self._shown(held, reader, clearance)
            return compare(self._seen(held, clearance), taxonomy, crime_type, phase, *shown)

        return self._read(read)

    def warm_up(self) -> None:
        """Load encoder and index, so that the first question is not slow."""
        self._encoder.encode_queries(["phishing"])
        self._knowledge(self._reader())

    def _read(self, action: Callable[[ChunkReader], Answer]) -> Answer:
        """Read from the current generation; once more if it was replaced under way."""
        reader = self._reader()
        try:
            return action(reader)
        except StoreUnavailable:
            fresh = self._reader()
            if fresh is reader:
                raise
            return action(fresh)

    def _reader(self) -> ChunkReader:
        reader = self._store.reader()
        if reader.manifest.recipe != self._recipe:
            raise IndexStale(
                "The index was made with another model, other chunk sizes or by another version of this program: it "
                f"names `{reader.manifest.encoder}`, the settings `{self._encoder.name}`.",
                remedy="Run `kb index`, or set KB_EMBEDDING_MODEL and the chunk sizes as they were.",
            )
        return reader

    def _knowledge(self, reader: ChunkReader) -> tuple[Catalogue, Thesaurus, Spelling, frozenset[str]]:
        """What is read once of every generation."""
        held = self._held
        if held is None or held[0] is not reader:
            thesaurus = Thesaurus(reader.manifest.taxonomy, stems)
            held = self._held = (reader, Catalogue.of(reader), thesaurus, Spelling.of(reader), known_keys(reader))
        return held[1:]

    def _seen(self, reader: ChunkReader, clearance: frozenset[str]) -> dict[str, Entry]:
        return self._knowledge(reader)[0].of_notes(reader.facet("note_id", record_where(clearance)))

    def _shown(self, held: ChunkReader, reader: Language, clearance: frozenset[str]) -> tuple[Cards, Records]:
        notes, where = self._knowledge(held)[0], record_where(clearance)
        return lambda one: note_card(one, notes, reader, clearance), lambda ids: held.fetch(ids, where)

    def _check_organisations(self, query: SearchQuery, reader: ChunkReader) -> None:
        if query.organisations:
            where = {RECORD: (VERSION,), "tlp": tuple(sorted(query.clearance))}
            check_organisations(query, reader.facet("organisation_keys", where))
