"""What of one generation of the index a caller may see: what every way of reading it is made of."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import Any

from kb.errors import NotFound
from kb.notes.taxonomy import Taxonomy
from kb.store.protocol import ChunkReader
from kb.store.records import version_id
from kb.text.languages import Language
from search.catalogue import Catalogue, Entry
from search.filters import chunks_where, record_where
from search.held import Answer, Held
from search.present.cards import held_card
from search.query import SearchQuery, check_organisations
from search.results import NoteCard, SearchResults
from search.shown import Shown, Told

Search = Callable[[Sequence[Callable[[Taxonomy], SearchQuery]]], list[SearchResults]]
"""`Searcher.search` for several questions, in the generation that is read."""


class Seen:
    """The notes of one generation that a caller may see. `held`: what has been answered from it."""

    def __init__(
        self, reader: ChunkReader, notes: Catalogue, held: Held, search: Search, clearance: frozenset[str], told: Told
    ) -> None:
        self._reader = reader
        self._notes = notes
        self._held = held
        self._search = search
        self._clearance = clearance
        self._shown = Shown(notes, told, clearance)

    @property
    def taxonomy(self) -> Taxonomy:
        """The vocabularies."""
        return self._reader.manifest.taxonomy

    def once(self, what: str, *of: Hashable, make: Callable[[], Answer]) -> Answer:
        """What `make` makes of this reading, held for the next one with the same clearance (see `Held.once`)."""

        def recorded() -> tuple[Answer, frozenset[str]]:
            with self._shown.recording() as shown:
                return make(), frozenset(shown)

        answer, shown = self._held.once(what, self._clearance, *of, make=recorded)
        self._shown.notes(shown)
        return answer

    def _card(self, note_id: str, language: Language) -> NoteCard:
        card = held_card(note_id, self._notes, language, self._clearance, self._held)
        self._shown.cards([card])
        return card

    def _passing(self, query: SearchQuery) -> Iterable[str]:
        return self._reader.facet("note_id", chunks_where(query))

    def _records(self, version_ids: list[str], *fields: str) -> dict[str, dict[str, Any]]:
        return self._reader.fetch(version_ids, record_where(self._clearance), fields)

    def _seen(self) -> dict[str, Entry]:
        """The notes that the caller may see: the store says which."""
        where = record_where(self._clearance)
        return self.once("seen", make=lambda: self._notes.of_notes(self._reader.facet("note_id", where)))

    def _changed(self, note_id: str) -> datetime:
        return self._reader.manifest.journal.notes[note_id].when

    def _original(self, note_id: str) -> dict[str, Any]:
        """The version that a note was written in. Raises NotFound."""
        if note_id not in self._seen():
            raise no_such_note(note_id)
        [payload] = self._records([version_id(note_id, self._notes[note_id].original)]).values()
        return payload


def no_such_note(note_id: str) -> NotFound:
    """The answer for a note that does not exist and for one the caller may not see, in the same words."""
    return NotFound(f"There is no note `{note_id[:80]}`.", remedy="Search for it by its subject.")


def check_query(query: SearchQuery, reader: ChunkReader) -> None:
    """Raises QueryError for an organisation that no note the caller may see names."""
    if "organisation" in query.filters:
        check_organisations(query, reader.facet("organisation_keys", record_where(query.clearance)))
