"""What one generation of the index shows to one caller: notes, lists of them, counts; answers, too.

All that is read through one `Reading` is of one generation, so a page of it never speaks of a note that is gone. Every
path to a note passes the caller's clearance to the store, or holds the note against it.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from kb.access import ANONYMOUS, CLEAR
from kb.chunk_schema import CHUNK, VERSION, version_id
from kb.engines.store import ChunkReader
from kb.errors import NotFound
from kb.languages import Language, shown_language
from kb.note import Kind
from kb.taxonomy import Taxonomy
from search.calibrate import Level
from search.catalogue import Catalogue, Entry
from search.compare import Aspects, Comparison, aspects, compare
from search.coverage import Coverage, coverage
from search.filters import chunks_where, record_where
from search.held import Answer, Held
from search.hits import held_card
from search.links import links
from search.listing import listing
from search.objectives import StrategyObjectives, objectives
from search.practice_map import PracticeMap, practice_map
from search.query import MAX_CHARACTERS, MAX_LIMIT, SearchQuery, check_organisations, search_query
from search.results import Counts, Links, Listing, NoteCard, NoteHit, SearchResults
from search.suggest import FIELDS, Suggestion, Suggestions, suggestions

Search = Callable[[Callable[[Taxonomy], SearchQuery]], SearchResults]
"""`Searcher.search`, in the generation that is read."""


Told = Callable[[str, Language | None], None]
"""Hears of a note that is not for everybody before it is shown: its id, and the version that is read whole, if one is.
What it raises keeps the note from being shown.
"""


@dataclass(frozen=True)
class NoteVersion:
    """One note in the version shown to a reader: the payload of its record (`ingest.records.version_payload`)."""

    id: str
    lang: Language
    payload: dict[str, Any]
    links: Links


class Reading:
    """One generation, as a caller may see it. `held`: what has been answered from it."""

    def __init__(
        self, reader: ChunkReader, notes: Catalogue, held: Held, search: Search, clearance: frozenset[str], told: Told
    ) -> None:
        self._reader = reader
        self._notes = notes
        self._held = held
        self._search = search
        self._clearance = clearance
        self._told = told
        self._shown: set[tuple[str, Language | None]] = set()
        self._within: set[str] | None = None

    @property
    def taxonomy(self) -> Taxonomy:
        """The vocabularies."""
        return self._reader.manifest.taxonomy

    def once(self, what: str, *of: Hashable, make: Callable[[], Answer]) -> Answer:
        """What `make` makes of this reading, held for the next one with the same clearance (see `Held.once`)."""

        def recorded() -> tuple[Answer, frozenset[str]]:
            with self._recording() as shown:
                return make(), frozenset(shown)

        answer, shown = self._held.once(what, self._clearance, *of, make=recorded)
        self._show(shown)
        return answer

    def ask(self, text: str, **parameters: Any) -> SearchResults:
        """`Searcher.ask`, of this generation."""
        found = self._ask(text, **parameters)
        self._show_cards((*found.practices, *found.strategies, *chain(*(found.by_country or {}).values())))
        return found

    def _ask(self, text: str, **parameters: Any) -> SearchResults:
        return self._search(lambda taxonomy: search_query(text, taxonomy, clearance=self._clearance, **parameters))

    def browse(self, language: Language, **parameters: Any) -> Listing:
        """The notes that pass a filter, with the parameters of `search_query` and no question. Raises QueryError."""
        query = search_query("", self.taxonomy, asking=False, clearance=self._clearance, **parameters)
        check_query(query, self._reader)
        found = self._reader.facet("note_id", chunks_where(query))
        listed = listing(found, query, self._notes, self.taxonomy, language)
        self._show_cards((*listed.practices, *listed.strategies))
        return listed

    def note(self, note_id: str, language: Language | None) -> NoteVersion:
        """A note in the reader's language, or in its own where there is no such version.

        Raises NotFound for a note that does not exist and for one the caller may not see, in the same words.
        """
        found = self._records([version_id(note_id, one) for one in Language])
        versions = {Language(payload["language"]): payload for payload in found.values()}
        if not versions:
            raise NotFound(f"There is no note `{note_id[:80]}`.", remedy="Search for it by its subject.")
        original = Language(next(iter(versions.values()))["original"])
        shown = shown_language(versions, language, original)
        linked = links(note_id, self._notes, language or shown, self._clearance)
        self._show(linked.ids)
        self._show([note_id], shown)
        return NoteVersion(note_id, shown, versions[shown], linked)

    def cards(self, note_ids: Iterable[str], language: Language) -> tuple[NoteCard, ...]:
        """Those of these notes that the caller may see, as lists show them, in the order given."""
        given = list(dict.fromkeys(note_ids))
        seen = self._notes.visible(given, self._clearance)
        return tuple(self._card(one, language) for one in given if one in seen)

    def sources(self, cards: Iterable[NoteCard]) -> dict[str, Any]:
        """Note id -> what it rests on, of notes already shown."""
        found = self._records([version_id(one.id, one.lang) for one in cards], "note_id", "fields")
        return {one["note_id"]: one["fields"]["sources"] for one in found.values()}

    def timeline(self, note_id: str, language: Language) -> tuple[NoteCard, ...]:
        """The notes that this one replaces or is replaced by, near or far, and itself, the earliest first."""
        chain = self._notes.latest_first(self._notes.succession(note_id, self._clearance))
        return tuple(self._card(one, language) for one in reversed(chain))

    def related(self, note: NoteVersion, language: Language, limit: int = 5) -> tuple[NoteCard, ...]:
        """The notes of its kind nearest in meaning to one of this reading, those apart that it is linked with."""
        key = ("related", note.id, note.lang, language, limit)
        return self.cards(self.once(*key, make=lambda: self._nearest(note, language, limit)), language)

    def _nearest(self, note: NoteVersion, language: Language, limit: int) -> tuple[str, ...]:
        text = f"{note.payload['title']}. {note.payload['summary']}"[:MAX_CHARACTERS]
        known = {note.id, *note.links.ids}
        most = min(limit + len(known), MAX_LIMIT)
        found = self._ask(text, reader=language.value, kinds=[note.payload["kind"]], limit=most)
        hits = (one for one in (*found.practices, *found.strategies) if one.id not in known)
        return tuple(one.id for one in hits if one.level is not Level.LOW)[:limit]

    def suggest(self, typed: str, reader: Language | None, limit: int) -> tuple[Suggestion, ...]:
        """What somebody who is typing may mean, at most `limit`."""
        found = self.once("suggestions", make=self._suggestions).starting(typed, reader, limit)
        self._show(one.note_id for one in found if one.note_id)
        return found

    def _suggestions(self) -> Suggestions:
        return suggestions(self.taxonomy, dict(self._reader.scroll(record_where(self._clearance), FIELDS)))

    def counts(self) -> Counts:
        """What the index holds for the caller: restricted notes do not show even as a number."""
        versions = record_where(self._clearance, VERSION)
        return Counts(
            encoder=self._reader.manifest.encoder,
            notes=len(self._reader.facet("note_id", versions)),
            versions=self._reader.count(versions),
            chunks=self._reader.count(record_where(self._clearance, CHUNK)),
        )

    def kinds(self) -> dict[str, Kind]:
        """Every note that the caller may see, with its kind."""
        return {note_id: entry.kind for note_id, entry in self._seen().items()}

    def coverage(self, today: str) -> Coverage:
        """What the notes that the caller may see cover, and what they lack. today: ISO date."""
        found = self.once("coverage", today, make=lambda: coverage(self._seen(), today))
        self._show([*found.missing, *(one.partition("/")[0] for one in found.stale), *found.to_review])
        return found

    def practice_map(self) -> PracticeMap:
        """Practices by crime type, phase and country, as a search counts."""
        return self.once("map", make=lambda: practice_map(self._seen(), self.taxonomy))

    def objectives(self, language: Language) -> tuple[StrategyObjectives, ...]:
        """Objectives of strategies, and what implements them."""
        return self.once("objectives", language, make=lambda: self._objectives(language))

    def compare(self, crime_type: str, phase: str | None, language: Language) -> Comparison:
        """Practices by country, side by side. Raises QueryError for what no vocabulary has."""
        search_query("", self.taxonomy, asking=False, crime_types=[crime_type], phases=[phase] if phase else [])
        return compare(
            self._seen(), self.taxonomy, crime_type, phase, lambda one: self._card(one, language), self._aspects
        )

    def _objectives(self, language: Language) -> tuple[StrategyObjectives, ...]:
        return objectives(self._seen(), lambda one: self._card(one, language), self._records)

    def _aspects(self, card: NoteCard) -> Aspects:
        original = self._notes[card.id].original
        return self.once("aspects", card.id, card.lang, make=lambda: aspects(card, original, self._records))

    def _card(self, note_id: str, language: Language) -> NoteCard:
        card = held_card(note_id, self._notes, language, self._clearance, self._held)
        self._show_cards([card])
        return card

    def _show_cards(self, cards: Sequence[NoteCard]) -> None:
        if self._clearance <= ANONYMOUS:
            return
        self._show(note_id for card in cards for note_id in (card.id, *card.links.ids))
        explained = (card.explanation for card in cards if isinstance(card, NoteHit) and card.explanation)
        self._show(one.linked_with for one in explained if one.linked_with)

    def _show(self, note_ids: Iterable[str], version: Language | None = None) -> None:
        """Tell of what is about to be shown, of each note once; of what is made to be held, when that is shown."""
        if self._clearance <= ANONYMOUS:
            return
        restricted = {one for one in note_ids if self._notes[one].shared["tlp"] != CLEAR}
        if self._within is not None:
            self._within |= restricted
            return
        for one in sorted(restricted):
            if (one, version) not in self._shown:
                self._told(one, version)
                self._shown |= {(one, version), (one, None)}  # who has read it need not be told to have seen it

    @contextmanager
    def _recording(self) -> Iterator[set[str]]:
        outer, self._within = self._within, set()
        try:
            yield self._within
        finally:
            self._within = outer

    def _records(self, version_ids: list[str], *fields: str) -> dict[str, dict[str, Any]]:
        return self._reader.fetch(version_ids, record_where(self._clearance), fields)

    def _seen(self) -> dict[str, Entry]:
        """The notes that the caller may see: the store says which."""
        where = record_where(self._clearance)
        return self.once("seen", make=lambda: self._notes.of_notes(self._reader.facet("note_id", where)))


def check_query(query: SearchQuery, reader: ChunkReader) -> None:
    """Raises QueryError for an organisation that no note the caller may see names."""
    if query.organisations:
        check_organisations(query, reader.facet("organisation_keys", record_where(query.clearance)))
