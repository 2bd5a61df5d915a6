"""The read model: one generation of the index under one clearance. Nothing reaches a note but through it.

All that is read through one view is of one generation, so a page of it never speaks of a note that is gone. Every path
to a note passes the caller's clearance to the store, or holds the note against it; every restricted note is reported
(`Audit`) before it is returned. What is cached is cached for one generation and one clearance.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property, partial
from itertools import chain, product
from typing import Any, Final, TypeVar

from kb.access import ANONYMOUS, CLEAR
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import stems
from kb.errors import KbError, NotFound, QueryError, StoreUnavailable, placed
from kb.notes.front_matter import CHOICES
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.store.protocol import ChunkReader
from kb.store.records import CHUNK, QUESTION, QUESTION_TOKENS, RECORD, VERSION, note_and_language, version_id
from kb.text.languages import Language, language_to_read
from search.browse.changes import Place, changes
from search.browse.compare import CHOSEN, Column, ComparedPractice, compare, compare_powers, compared
from search.browse.coverage import Coverage, coverage
from search.browse.guidance import FIELDS as GUIDANCE_FIELDS
from search.browse.guidance import Guidance, guidance
from search.browse.objectives import StrategyObjectives, objectives
from search.browse.practice_map import PracticeMap, practice_map
from search.browse.suggest import FIELDS, Suggestion, Suggestions, suggestions
from search.cache import Cache
from search.catalogue import HIT_FIELDS, Catalogue, Entry, latest_first
from search.filters import applies_through, in_words, record_where, searched
from search.pipeline import search, unreported_card
from search.present.cards import links
from search.query import DEFAULT_LIMIT, MAX_CHARACTERS, MAX_LIMIT, SearchQuery, check_organisations, search_query
from search.rank.glance import Contacts
from search.rank.late_interaction import QuestionTokens
from search.results import (
    Changes,
    Counts,
    FacetCounts,
    Level,
    Listing,
    NoteCard,
    NoteHit,
    NotePage,
    NoteVersion,
    SearchResults,
)
from search.understand.misspelled import OFTEN, Vocabulary
from search.understand.places import Places
from search.understand.thesaurus import Thesaurus

DESCRIBED: Final = (
    *("title", "summary", "fields", "kind", "original", "languages", "translation"),
    *("evidence", "tlp", "draft", "reviewed", "review_by", *CHOICES),
)
"""Payload fields that `IndexView.versions` reads."""
RESEMBLING: Final = 3
"""How many notes are named whose ids resemble another, at most."""
MISTYPED: Final = 0.8
"""How much an id resembles one that may be meant, at least; 1 is the same (`difflib`)."""
WRITTEN: Final = ("language", "title", "summary", "questions", "markdown", "contacts", "fields")
"""Payload fields that `IndexView.vocabulary` reads."""
RELATED: Final = 5
"""How many notes are related to another, at most."""

OnShown = Callable[[Sequence[str], Language | None], None]
"""Called with the ids of restricted notes before they are shown, and the version that is read whole, if one is. What it
raises keeps them from being shown.
"""

Step = Callable[[str], AbstractContextManager[object]]
"""Called with the name of a part of the work, which is done within what it returns: to measure it."""

Value = TypeVar("Value")

OpenGeneration = Callable[..., "Generation"]
"""Opens the current generation; its parameter is that of `ChunkStore.reader`."""


class Generation:
    """What all views of one generation share: its reader, what is read from it once, and its cache.

    access: the keys that open its notes, or opened notes that are gone
    """

    def __init__(self, reader: ChunkReader, encoder: Encoder, step: Step) -> None:
        manifest = reader.manifest
        self.step = step
        self.reader: ChunkReader = reader
        self.encoder, self.cache = encoder, Cache()
        self.notes = _catalogue(reader)
        self.contacts = _contacts(reader, self.notes)
        self.question_tokens = QuestionTokens(self.notes, reader.scroll({RECORD: (VERSION,)}, (QUESTION_TOKENS,)))
        self.thesaurus = Thesaurus(manifest.taxonomy, stems, manifest.terms.share)
        self.places = Places(manifest.taxonomy.countries, stems)
        self.access = frozenset(reader.facet("access", {RECORD: (VERSION,)})) | manifest.journal.keys


class Audit:
    """The restricted notes that one view has shown to its caller."""

    def __init__(self, notes: Catalogue, clearance: frozenset[str], on_shown: OnShown) -> None:
        self._notes = notes
        self._on_shown = on_shown
        self._public = clearance <= ANONYMOUS
        self._reported: set[tuple[str, Language | None]] = set()

    def cards(self, cards: Sequence[NoteCard]) -> None:
        """Report the restricted ones among these notes and those that they are linked with."""
        self.notes(note_id for card in cards for note_id in (card.id, *card.links.ids))
        explained = (card.explanation for card in cards if isinstance(card, NoteHit) and card.explanation)
        self.notes(explanation.linked_with for explanation in explained if explanation.linked_with)

    def notes(self, note_ids: Iterable[str], version: Language | None = None) -> None:
        """Report the restricted ones among these notes of the index."""
        if not self._public:
            tlp = {note_id: self._notes[note_id].shared["tlp"] for note_id in note_ids}
            self.restricted((note_id for note_id in tlp if tlp[note_id] != CLEAR), version)

    def restricted(self, note_ids: Iterable[str], version: Language | None = None) -> None:
        """Report these notes, which are or were restricted."""
        shown = sorted(note_id for note_id in {*note_ids} if (note_id, version) not in self._reported)
        if shown:
            self._on_shown(shown, version)
            self._reported |= {*product(shown, (version, None))}  # who reads a version sees the note, too


class IndexView:
    """One generation of the index under one clearance. For one request, in one thread at a time."""

    def __init__(self, current: OpenGeneration, clearance: frozenset[str], on_shown: OnShown) -> None:
        """current: opens the current generation, which the view does when it is first read from, and stays with."""
        self._current = current
        self._keys = clearance
        self._on_shown = on_shown

    def read(self, action: Callable[["IndexView"], Value]) -> Value:
        """Return `action(self)`; of a new view if this one's generation was replaced and cannot be read, or lacks a
        word of the question.

        Raises what `action` does.
        """
        try:
            return action(self)
        except (StoreUnavailable, QueryError):
            if not self.is_replaced():
                raise
            return action(IndexView(self._current, self._keys, self._on_shown))

    def is_replaced(self) -> bool:
        """Return whether the index has another generation by now than the one that was read."""
        with suppress(KbError):
            return "generation" in vars(self) and self._current() is not self.generation
        return False

    @cached_property
    def generation(self) -> Generation:
        """The generation. Raises IndexMissing, IndexStale, StoreUnavailable."""
        return self._current()

    def _open_to_query(self) -> None:
        """Open the generation for a search, which hears from the store itself whether it is still the current one."""
        if "generation" not in vars(self):
            self.generation = self._current(to_query=True)

    @cached_property
    def clearance(self) -> frozenset[str]:
        """The caller's keys, without those that open nothing here: who may see the same shares what is cached."""
        return self._keys & self.generation.access

    @cached_property
    def _audit(self) -> Audit:
        return Audit(self.generation.notes, self.clearance, self._on_shown)

    @property
    def _notes(self) -> Catalogue:
        return self.generation.notes

    @property
    def _reader(self) -> ChunkReader:
        return self.generation.reader

    @property
    def taxonomy(self) -> Taxonomy:
        """The vocabularies."""
        return self._reader.manifest.taxonomy

    def search(self, text: str, **parameters: Any) -> SearchResults:
        """Answer a question; parameters of `search.query.search_query`.

        With `similar_to`, the id of a note, title and summary of that note are asked, and all others answer.
        Raises QueryError.
        """
        self._open_to_query()
        return self._answers([self._query(text, **parameters)])[0]

    def search_all(self, questions: Sequence[tuple[str, Mapping[str, Any]]]) -> list[SearchResults]:
        """Answer several questions, each a text and parameters as of `search`."""
        self._open_to_query()
        queries = []
        for place, (text, parameters) in enumerate(questions):
            with placed(place):
                queries.append(self._query(text, **parameters))
        return self._answers(queries)

    def browse(self, language: Language, **parameters: Any) -> Listing[NoteCard]:
        """Return the notes that pass a filter, the latest first; parameters of `search_query`. Raises QueryError."""
        query = self._query(None, **parameters)
        found = latest_first(self._passing(query), self._notes)
        kinds = {kind: [note_id for note_id in found if self._notes[note_id].kind is kind] for kind in Kind}
        cards = {
            kind: tuple(self._card(note_id, language, query) for note_id in note_ids[query.offset : query.end])
            for kind, note_ids in kinds.items()
        }
        return Listing(
            filters=in_words(query, self.taxonomy, language),
            lists=cards,
            counts={kind: self._notes.facets(self._notes.rows(note_ids)) for kind, note_ids in kinds.items()},
            totals={kind: len(note_ids) for kind, note_ids in kinds.items()},
        )

    def facets(self) -> FacetCounts:
        """Return kind -> facet -> value -> number of notes, of all that the caller may see."""
        visible = self._visible()
        return {
            kind: self._notes.facets(self._notes.rows(each for each, entry in visible.items() if entry.kind is kind))
            for kind in Kind
        }

    def notes(
        self, language: Language, after: str = "", *, latest: bool = False, limit: int = DEFAULT_LIMIT, **filters: Any
    ) -> NotePage:
        """Return the cards of the notes that pass a filter, by id; with `latest`, the last changed first.

        after: only those that come after this id; filters: parameters of `search_query`. Raises QueryError.
        """
        found = sorted(self._passing(self._query(None, limit=limit, **filters)))
        rest = [note_id for note_id in found if note_id > after]
        if latest:
            rest.sort(key=lambda note_id: self._notes[note_id].changed, reverse=True)
        notes = tuple(self._card(note_id, language) for note_id in rest[:limit])
        return NotePage(notes, total=len(found), more=len(rest) > limit)

    def changes(self, after: Place, limit: int) -> Changes:
        """Return what is new to a mirror that stands at this place, at most `limit` changes."""
        journal = self._reader.manifest.journal
        found = changes(journal, self._visible(), self.clearance, after, limit)
        self._audit.notes(change.id for change in found.changes if not change.gone)
        self._audit.restricted(change.id for change in found.changes if change.gone and CLEAR not in change.access)
        return found

    def note(self, note_id: str, language: Language | None) -> NoteVersion:
        """Return a note in the reader's language, or in its own where there is no such version.

        Raises NotFound for a note that does not exist and for one the caller may not see, in the same words.
        """
        found = self._records([version_id(note_id, each) for each in Language])
        versions = {Language(payload["language"]): payload for payload in found.values()}
        if not versions:
            raise self._no_such_note(note_id)
        original = Language(next(iter(versions.values()))["original"])
        shown = language_to_read(versions, language, original)
        linked = links(note_id, self._notes, language or shown, self.clearance, see_also=True)
        self._audit.notes(linked.ids)
        self._audit.notes([note_id], shown)
        return NoteVersion(note_id, shown, versions[shown], linked, self._notes[note_id].changed)

    def versions(self) -> tuple[NoteVersion, ...]:
        """Return all versions of all notes that the caller may see, by id, without their texts."""
        visible = self._visible()
        linked = {
            note_id: links(note_id, self._notes, visible[note_id].original, self.clearance, see_also=True)
            for note_id in sorted(visible)
        }
        self._audit.notes([*visible, *chain(*(each.ids for each in linked.values()))])
        wanted = [version_id(note_id, language) for note_id in linked for language in visible[note_id].languages]
        found = self._records(wanted, *DESCRIBED)
        return tuple(
            NoteVersion(note_id, language, found[record_id], linked[note_id], visible[note_id].changed)
            for record_id in wanted
            for note_id, language in [note_and_language(record_id)]
        )

    def cards(self, note_ids: Iterable[str], language: Language) -> tuple[NoteCard, ...]:
        """Return the cards of those of these notes that the caller may see, in the order given."""
        given = list(dict.fromkeys(note_ids))
        visible = self._notes.visible(given, self.clearance)
        return tuple(self._card(note_id, language) for note_id in given if note_id in visible)

    def resembling(self, note_id: str, language: Language) -> tuple[NoteCard, ...]:
        """Return the cards of the notes that the caller may see whose ids are most like this one, if any are."""
        return self.cards(get_close_matches(note_id[:80], sorted(self._visible()), RESEMBLING), language)

    def count(self, **filters: Any) -> int:
        """Return how many notes pass a filter; parameters of `search_query`. Raises QueryError."""
        return sum(1 for _ in self._passing(self._query(None, **filters)))

    def sources(self, cards: Iterable[NoteCard]) -> dict[str, Any]:
        """Return the sources of notes already shown, by note id."""
        found = self._records([version_id(card.id, card.lang) for card in cards], "note_id", "fields")
        return {payload["note_id"]: payload["fields"]["sources"] for payload in found.values()}

    def timeline(self, note_id: str, language: Language) -> tuple[NoteCard, ...]:
        """Return the notes that this one replaces or is replaced by, near or far, and itself, the earliest first."""
        latest = latest_first(self._notes.succession(note_id, self.clearance), self._notes)
        return tuple(self._card(other, language) for other in reversed(latest))

    def related(self, note: NoteVersion, language: Language) -> tuple[NoteCard, ...]:
        """Return the notes of its kind nearest in meaning to a note of this view, without those it is linked with."""

        def nearest() -> list[str]:
            known = {note.id, *note.links.ids}
            most = min(RELATED + len(known), MAX_LIMIT)
            kind, text = [note.payload["kind"]], _title_and_summary(note.payload)
            [found] = search(self, [self._query(text, reader=language.value, kind=kind, limit=most, without=[note.id])])
            return [hit.id for hit in found.hits if hit.id not in known and hit.level is not Level.LOW][:RELATED]

        return self.cards(self.cached("related", note.id, note.lang, language, make=nearest), language)

    def suggest(self, typed: str, reader: Language | None, limit: int) -> tuple[Suggestion, ...]:
        """Return what somebody who is typing may mean, at most `limit`."""

        def every() -> Suggestions:
            versions = self._reader.scroll(record_where(self.clearance), FIELDS)
            return suggestions(self.taxonomy, dict(versions))

        found = self.cached("suggestions", make=every).starting(typed, reader, limit)
        self._audit.notes(suggestion.note_id for suggestion in found if suggestion.note_id)
        return found

    def vocabulary(self) -> Vocabulary:
        """Return the words of the vocabularies and of what the caller may see. Reads all texts, once."""
        share = self._reader.manifest.terms.share

        def is_read(word: str) -> bool:
            return any(share(term) for language in Language for term in stems(word, language))

        def read() -> Vocabulary:
            versions = (payload for _, payload in self._reader.scroll(record_where(self.clearance), WRITTEN))
            terms = [(language, text) for language in Language for text in self.taxonomy.terms(language)]
            return Vocabulary(chain(terms * OFTEN, chain.from_iterable(map(_texts, versions))), is_read)

        return self.cached("vocabulary", make=read)

    def counts(self) -> Counts:
        """Count what the index holds for the caller: restricted notes do not show even as a number."""
        reader, versions = self._reader, record_where(self.clearance, VERSION)
        return Counts(
            encoder=reader.manifest.encoder,
            notes=len(reader.facet("note_id", versions)),
            versions=reader.count(versions),
            chunks=reader.count(record_where(self.clearance, CHUNK)),
        )

    def kinds(self) -> dict[str, Kind]:
        """Return every note that the caller may see, with its kind."""
        return {note_id: entry.kind for note_id, entry in self._visible().items()}

    def coverage(self, today: str) -> Coverage:
        """Return what the notes that the caller may see cover, and what they lack. today: ISO date."""
        found = coverage(self._visible(), self.practice_map().searched, today)
        self._audit.notes([*found.missing, *(stale.partition("/")[0] for stale in found.stale), *found.to_review])
        return found

    def guidance(self) -> Guidance:
        """Return how far the notes that the caller may see say what to do. Reads all texts, once."""

        def read() -> Guidance:
            versions = self._reader.scroll(record_where(self.clearance), GUIDANCE_FIELDS)
            return guidance((payload for _, payload in versions), self._notes)

        found = self.cached("guidance", make=read)
        self._audit.notes(note_id for link in found.unfollowed for note_id in link.split("/"))
        return found

    def practice_map(self) -> PracticeMap:
        """Count practices by crime type, phase and country, as a search counts."""
        return self.cached("map", make=lambda: practice_map(self._visible(), self.taxonomy))

    def objectives(self, language: Language) -> tuple[StrategyObjectives, ...]:
        """Return the objectives of strategies, and what implements them."""
        card = partial(self._card, language=language)
        found = self.cached("objectives", language, make=lambda: objectives(self._visible(), card, self._records))
        self._audit.cards([note for each in found for note in each.cards])
        return found

    def compare(self, crime_type: str, phase: str | None, language: Language) -> tuple[Column, ...]:
        """Return practices by country, side by side. Raises QueryError for what no vocabulary has."""
        search_query(None, self.taxonomy, crime_type=[crime_type], phase=[phase] if phase else [])
        card, practice = partial(self._card, language=language), partial(self._compared, language=language)
        return compare(self._visible(), self.taxonomy, crime_type, phase, card, practice)

    def compare_powers(self, power: str, language: Language) -> tuple[Column, ...]:
        """Return notes on a power by country, side by side. Raises QueryError for what no vocabulary has."""
        search_query(None, self.taxonomy, power=[power])
        return compare_powers(self._visible(), self.taxonomy, power, partial(self._compared, language=language))

    def compare_notes(self, note_ids: Iterable[str], language: Language) -> tuple[ComparedPractice, ...]:
        """Return chosen notes side by side, in the order given.

        Raises QueryError for fewer or more than can be compared; and for a note that does not exist and one that the
        caller may not see, in the same words.
        """
        given = list(dict.fromkeys(note_ids))
        least, most = CHOSEN
        if not least <= len(given) <= most:
            raise QueryError(
                f"{len(given)} notes are named; {least} to {most} can be compared.",
                field="note",
                code="not_comparable",
                values={"given": len(given), "least": least, "most": most},
                remedy=f"Name {least} to {most} different notes.",
            )
        visible = self._notes.visible(given, self.clearance)
        for note_id in given:
            if note_id not in visible:
                error = self._no_such_note(note_id)
                values = {"value": note_id}
                raise QueryError(error.message, field="note", code="unknown_value", values=values, remedy=error.remedy)
        return tuple(self._compared(note_id, language) for note_id in given)

    def cached(self, name: str, *key: Hashable, make: Callable[[], Value]) -> Value:
        """Return a value made from this view, for later views of the same clearance from the cache (`Cache.get`).

        A note in the value must be reported where the value is read: what is cached is made, and reported, only once.
        """
        return self.generation.cache.get(name, self.clearance, *key, make=make)

    def cached_many(
        self, name: str, keys: Iterable[str], make: Callable[[list[str]], Mapping[str, Value]]
    ) -> dict[str, Value]:
        """Return the values of keys from the cache; `make` is called with those that are not there, if any."""
        return self.generation.cache.get_many(name, self.clearance, keys, make=make)

    def _query(self, text: str | None, similar_to: str | None = None, **parameters: Any) -> SearchQuery:
        """Return the checked query. Raises QueryError, also for an organisation that no note names to the caller."""
        if similar_to is not None:
            if similar_to not in self._visible():
                error = self._no_such_note(similar_to)
                raise QueryError(error.message, field="similar_to.note", remedy=error.remedy)
            [note] = self._records([version_id(similar_to, self._notes[similar_to].original)]).values()
            self._audit.notes([similar_to])
            text, parameters = _title_and_summary(note), {**parameters, "without": [similar_to]}
        query = search_query(text, self.taxonomy, **parameters)
        if "organisation" in query.filters:
            facet, where = self._reader.facet, record_where(self.clearance)
            check_organisations(query, self.cached("organisations", make=lambda: facet("organisation_keys", where)))
        return query

    def _answers(self, queries: Sequence[SearchQuery]) -> list[SearchResults]:
        answers = search(self, queries)
        self._audit.cards([hit for answer in answers for hit in answer.hits])
        self._audit.notes(note_id for answer in answers for note_id in answer.shown)
        return answers

    def _compared(self, note_id: str, language: Language) -> ComparedPractice:
        card, original = self._card(note_id, language), self._notes[note_id].original
        return self.cached("compared", note_id, language, make=lambda: compared(card, original, self._records))

    def _card(self, note_id: str, language: Language, query: SearchQuery | None = None) -> NoteCard:
        card = unreported_card(self, note_id, language, query.countries if query else ())
        if query:
            card = replace(card, applies_through=applies_through(query, card.countries, self.taxonomy))
        self._audit.cards([card])
        return card

    def _no_such_note(self, note_id: str) -> NotFound:
        open_to_all = sorted(other for other, entry in self._visible().items() if entry.shared["tlp"] == CLEAR)
        near = get_close_matches(note_id[:80].casefold(), open_to_all, 1, MISTYPED)
        meant = f"Did you mean `{near[0]}`? Else search" if near else "Search"
        return NotFound(f"There is no note `{note_id[:80]}`.", remedy=f"{meant} for it by its subject.")

    def _passing(self, query: SearchQuery) -> Iterable[str]:
        passing = self._notes.passing(searched(query, self.clearance))
        return [self._notes.ids[row] for row in passing.nonzero()[0].tolist()]

    def _records(self, version_ids: list[str], *fields: str) -> dict[str, dict[str, Any]]:
        return self._reader.fetch(version_ids, record_where(self.clearance), fields)

    def _visible(self) -> dict[str, Entry]:
        """Return the notes that the caller may see: the store says which."""
        visible = self._reader.facet("note_id", record_where(self.clearance))
        return {note_id: self._notes[note_id] for note_id in visible}


def _catalogue(reader: ChunkReader) -> Catalogue:
    passages = {
        language: reader.facet("note_id", {RECORD: (CHUNK,), "language": (language.value,)}) for language in Language
    }
    questions = reader.facet("note_id", {RECORD: (QUESTION,)})
    changed = {note_id: entry.when for note_id, entry in reader.manifest.journal.notes.items()}
    versions = reader.scroll({RECORD: (VERSION,)}, HIT_FIELDS)
    return Catalogue(versions, passages, questions, changed, reader.versions)


def _contacts(reader: ChunkReader, notes: Catalogue) -> Contacts:
    own = reader.manifest.taxonomy.countries.narrower(BENELUX)
    return Contacts(notes, reader.scroll({RECORD: (VERSION,)}, ("contact_vectors", "contact_names")), own)


def _texts(payload: Mapping[str, Any]) -> Iterable[tuple[Language, str]]:
    """Return what is read of a version, each text with its language."""
    named = (*payload["contacts"], *payload["fields"]["organisations"])
    texts = (payload["title"], payload["summary"], payload["markdown"], *payload["questions"])
    return ((Language(payload["language"]), text) for text in (*texts, *(each["name"] for each in named)))


def _title_and_summary(payload: Mapping[str, Any]) -> str:
    return f"{payload['title']}. {payload['summary']}"[:MAX_CHARACTERS]
