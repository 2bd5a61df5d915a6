"""What one generation of the index shows to one caller: notes, lists of them, counts; answers, too.

All that is read through one `Reading` is of one generation, so a page of it never speaks of a note that is gone. Every
path to a note passes the caller's clearance to the store, or holds the note against it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Final

from kb.access import CLEAR
from kb.errors import NotFound, QueryError
from kb.notes.front_matter import CHOICES
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.store.records import CHUNK, VERSION, note_and_language, version_id
from kb.text.languages import Language, shown_language
from search.browse.changes import Place, changes
from search.browse.compare import Aspects, Comparison, aspects, compare
from search.browse.coverage import Coverage, coverage
from search.browse.listing import listing
from search.browse.objectives import StrategyObjectives, objectives
from search.browse.practice_map import PracticeMap, practice_map
from search.browse.suggest import FIELDS, Suggestion, Suggestions, suggestions
from search.filters import record_where
from search.present.links import links
from search.query import DEFAULT_LIMIT, MAX_CHARACTERS, MAX_LIMIT, SearchQuery, search_query
from search.rank.calibrate import Level
from search.results import Changes, Counts, DatedNote, Links, Listing, NoteCard, NotePage, SearchResults
from search.seen import Seen, check_query, no_such_note

DESCRIBED: Final = (
    "title", "summary", "fields", "kind", "original", "languages", "translation", "evidence", "tlp", "draft",
    "reviewed", "review_by", *CHOICES,
)  # fmt: skip
"""What `Reading.versions` reads of each."""


@dataclass(frozen=True)
class NoteVersion:
    """One note in the version shown to a reader: the payload of its record (`ingest.chunking.records.version_payload`).

    changed: when the note became what it is, and who may see it, in UTC
    """

    id: str
    lang: Language
    payload: dict[str, Any]
    links: Links
    changed: datetime


class Reading(Seen):
    """One generation, as a caller may see it."""

    def ask(self, text: str, **parameters: Any) -> SearchResults:
        """`Searcher.ask`, of this generation."""
        return self.ask_all([(text, parameters)])[0]

    def ask_all(self, questions: Sequence[tuple[str, Mapping[str, Any]]]) -> list[SearchResults]:
        """Answers to several questions, each a text and parameters of `search_query`, encoded in one pass.

        With `similar_to`, the id of a note, what that note says is asked, and all others answer.
        """
        found = self._search([self._question(text, **parameters) for text, parameters in questions])
        for one in found:
            self._shown.cards((*one.practices, *one.strategies, *chain(*(one.by_country or {}).values())))
        return found

    def _question(
        self, text: str, similar_to: str | None = None, **parameters: Any
    ) -> Callable[[Taxonomy], SearchQuery]:
        def build(taxonomy: Taxonomy) -> SearchQuery:
            if similar_to is None:
                return search_query(text, taxonomy, clearance=self._clearance, **parameters)
            try:
                like = _gist(self._original(similar_to))
            except NotFound as error:
                raise QueryError(error.message, field="similar_to.note", remedy=error.remedy) from error
            self._shown.notes([similar_to])
            return search_query(like, taxonomy, clearance=self._clearance, without=[similar_to], **parameters)

        return build

    def browse(self, language: Language, **parameters: Any) -> Listing:
        """The notes that pass a filter, with the parameters of `search_query` and no question. Raises QueryError."""
        query = search_query("", self.taxonomy, asking=False, clearance=self._clearance, **parameters)
        check_query(query, self._reader)
        found = self._passing(query)
        listed = listing(found, query, self._notes, self.taxonomy, language)
        self._shown.cards((*listed.practices, *listed.strategies))
        return listed

    def notes(
        self, language: Language, after: str = "", *, latest: bool = False, limit: int = DEFAULT_LIMIT, **filters: Any
    ) -> NotePage:
        """The notes that pass a filter, as lists show them, by id; with `latest`, those first that changed last.

        after: only those that come after this id; filters: parameters of `search_query`. Raises QueryError.
        """
        query = search_query("", self.taxonomy, asking=False, clearance=self._clearance, limit=limit, **filters)
        check_query(query, self._reader)
        found = sorted(self._passing(query))
        rest = [one for one in found if one > after]
        if latest:
            rest.sort(key=self._changed, reverse=True)
        notes = tuple(DatedNote(self._card(one, language), self._changed(one)) for one in rest[:limit])
        return NotePage(notes, total=len(found), more=len(rest) > limit)

    def changes(self, after: Place, limit: int) -> Changes:
        """What is new to a mirror that stands at this place, at most `limit` changes."""
        found = changes(self._reader.manifest.journal, self._seen(), self._clearance, after, limit)
        self._shown.notes(one.id for one in found.changes if not one.gone)
        self._shown.restricted(one.id for one in found.changes if one.gone and CLEAR not in one.access)
        return found

    def note(self, note_id: str, language: Language | None) -> NoteVersion:
        """A note in the reader's language, or in its own where there is no such version.

        Raises NotFound for a note that does not exist and for one the caller may not see, in the same words.
        """
        found = self._records([version_id(note_id, one) for one in Language])
        versions = {Language(payload["language"]): payload for payload in found.values()}
        if not versions:
            raise no_such_note(note_id)
        original = Language(next(iter(versions.values()))["original"])
        shown = shown_language(versions, language, original)
        linked = links(note_id, self._notes, language or shown, self._clearance, see_also=True)
        self._shown.notes(linked.ids)
        self._shown.notes([note_id], shown)
        return NoteVersion(note_id, shown, versions[shown], linked, self._changed(note_id))

    def versions(self) -> tuple[NoteVersion, ...]:
        """All versions of all notes that the caller may see, by id, without their texts."""
        seen = self._seen()
        wanted = [version_id(one, language) for one in sorted(seen) for language in seen[one].languages]
        linked = {one: links(one, self._notes, seen[one].original, self._clearance, True) for one in seen}
        self._shown.notes([*seen, *chain(*(one.ids for one in linked.values()))])
        found = self._records(wanted, *DESCRIBED)
        return tuple(
            NoteVersion(
                note_id, language, found[version_id(note_id, language)], linked[note_id], self._changed(note_id)
            )
            for note_id, language in map(note_and_language, wanted)
        )

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
        known = {note.id, *note.links.ids}
        most = min(limit + len(known), MAX_LIMIT)
        asked = self._question(_gist(note.payload), reader=language.value, kind=[note.payload["kind"]], limit=most)
        [found] = self._search([asked])
        hits = (one for one in (*found.practices, *found.strategies) if one.id not in known)
        return tuple(one.id for one in hits if one.level is not Level.LOW)[:limit]

    def suggest(self, typed: str, reader: Language | None, limit: int) -> tuple[Suggestion, ...]:
        """What somebody who is typing may mean, at most `limit`."""
        found = self.once("suggestions", make=self._suggestions).starting(typed, reader, limit)
        self._shown.notes(one.note_id for one in found if one.note_id)
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
        self._shown.notes([*found.missing, *(one.partition("/")[0] for one in found.stale), *found.to_review])
        return found

    def practice_map(self) -> PracticeMap:
        """Practices by crime type, phase and country, as a search counts."""
        return self.once("map", make=lambda: practice_map(self._seen(), self.taxonomy))

    def objectives(self, language: Language) -> tuple[StrategyObjectives, ...]:
        """Objectives of strategies, and what implements them."""
        return self.once("objectives", language, make=lambda: self._objectives(language))

    def compare(self, crime_type: str, phase: str | None, language: Language) -> Comparison:
        """Practices by country, side by side. Raises QueryError for what no vocabulary has."""
        search_query("", self.taxonomy, asking=False, crime_type=[crime_type], phase=[phase] if phase else [])
        return compare(
            self._seen(), self.taxonomy, crime_type, phase, lambda one: self._card(one, language), self._aspects
        )

    def _objectives(self, language: Language) -> tuple[StrategyObjectives, ...]:
        return objectives(self._seen(), lambda one: self._card(one, language), self._records)

    def _aspects(self, card: NoteCard) -> Aspects:
        original = self._notes[card.id].original
        return self.once("aspects", card.id, card.lang, make=lambda: aspects(card, original, self._records))


def _gist(payload: Mapping[str, Any]) -> str:
    """What a note is about, as a text that others are held against."""
    return f"{payload['title']}. {payload['summary']}"[:MAX_CHARACTERS]
