"""A question -> its answer, from top to bottom: understand, encode, retrieve, score, group, balance, present."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kb.encoder.lexical import query_terms, stems
from kb.notes.note import Kind
from kb.store.records import CHUNK, Where
from kb.text.language_guess import guess_language
from kb.text.languages import Language
from search.filters import chunks_where, in_words, record_where, sought_countries
from search.present.cards import cached_card, note_hit
from search.present.explain import Explainer, counted
from search.present.highlight import PassageRecord
from search.query import SearchQuery
from search.rank.balance import balanced, by_country
from search.rank.calibrate import Calibration, scope_for
from search.rank.candidates import Retrieved
from search.rank.group import Group, group
from search.rank.score import (
    NoteScore,
    is_in_scope,
    missing,
    raised_by_identifiers,
    raised_by_links,
    score_notes,
)
from search.rank.texts import OF_EACH, merged
from search.results import Level, Move, NoteHit, SearchResults
from search.retrieve import Vectors, complete, look_up, nearest_in, retrieve
from search.understand.identifiers import Evidence
from search.understand.identifiers import asked as asked_identifiers
from search.understand.parts import parts
from search.understand.thesaurus import Named

if TYPE_CHECKING:
    from search.view import IndexView

STEPS = ("understand", "encode", "retrieve", "score", "group_notes", "balance", "present")
"""The functions that `search` calls, in order; from `retrieve` to `group_notes` as often as it looks deeper."""
DEPTH = 48
"""Passages retrieved for each kind and language of notes, and again for each language by words."""

Groups = Mapping[Kind, tuple[Group, ...]]
"""Notes of each kind, in order."""


@dataclass(frozen=True)
class Understood:
    """A question with what follows from it and from what its caller may see.

    where:    the filter of every retrieval among chunks
    sought:   countries whose practices are asked for
    detected: the language it is probably in; reader: the language its reader reads
    named:    the concepts it names
    evidence: what notes have to do with the identifiers in it
    """

    query: SearchQuery
    where: Where
    sought: tuple[str, ...]
    detected: Language | None
    reader: Language
    named: Named
    evidence: Evidence

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of notes to look for."""
        return self.query.kinds or tuple(Kind)

    @property
    def end(self) -> int:
        """The place after the last that is shown of a list."""
        return self.query.offset + self.query.limit


@dataclass(frozen=True)
class Ranked:
    """Notes of each kind, best first, all that were looked at, and what their scores mean.

    first: how many of each kind the first look found; what comes after them depends on how many notes are asked for
    """

    groups: Groups
    calibration: Calibration
    first: Mapping[Kind, int]

    def is_relevant(self, note: Group) -> bool:
        """Return whether a note answers or helps."""
        return self.calibration.level(note.score) is not Level.LOW

    def relevant(self, kind: Kind) -> list[Group]:
        """Return the relevant notes of a kind, as many as there are however many are asked for."""
        return [note for note in self.groups.get(kind, ())[: self.first.get(kind, 0)] if self.is_relevant(note)]


def search(view: "IndexView", query: SearchQuery, vector: np.ndarray | None = None) -> SearchResults:
    """Answer a question, or a pasted text.

    vector: of the question, as the encoder gives it, where it was encoded together with others

    Looks deeper where long notes left too few of them among the passages. What a deeper look finds comes after the
    rest, so that a longer list begins like a shorter one; the first look says what scores mean. Raises
    StoreUnavailable, ModelError.
    """
    if query.pasted:
        return search_all(view, [query])[0]
    started = time.perf_counter()
    asked = understand(view, query)
    vectors = encode(view, query.text, vector)
    depth, ranked = DEPTH, None
    while True:
        found = retrieve(view.generation.reader, asked.where, asked.kinds, vectors, depth, asked.evidence)
        found, scores = score(view, asked, vectors, depth, found)
        ranked = group_notes(view, asked, vectors, found, scores, ranked)
        if not _is_short(view, asked, ranked, found):
            break
        depth *= 4
    lists, moves = balance(view, asked, ranked)
    return present(view, asked, vectors, ranked, lists, moves, started)


def search_all(view: "IndexView", queries: Sequence[SearchQuery]) -> list[SearchResults]:
    """Answer several questions, encoded in one pass; a pasted text by the questions that its parts are."""
    pieces = [_parts(query) for query in queries]
    texts = [view.generation.spelling.restored(piece.text) for each in pieces for piece in each]
    encoder = view.generation.encoder
    vectors = iter(encoder.encode_queries(texts) if len(texts) > 1 else [encoder.encode_query(text) for text in texts])
    answers = [[search(view, piece, next(vectors)) for piece in each] for each in pieces]
    return [
        _merged(view, query, found) if query.pasted else found[0] for query, found in zip(queries, answers, strict=True)
    ]


def understand(view: "IndexView", query: SearchQuery) -> Understood:
    """Guess the question's language, and find the concepts and identifiers in it.

    A reader who names no language reads the one asked in.
    """
    generation = view.generation
    detected = guess_language(query.text, query.reader)
    named = generation.thesaurus.named(query.text, {language: stems(query.text, language) for language in Language})
    identifiers = asked_identifiers(query.text, view.identifiers)
    return Understood(
        query=query,
        where=chunks_where(query, view.clearance),
        sought=sought_countries(query, view.taxonomy),
        detected=detected,
        reader=query.reader or detected or Language.EN,
        named=named,
        evidence=look_up(generation.reader, record_where(view.clearance), identifiers),
    )


def encode(view: "IndexView", text: str, vector: np.ndarray | None = None) -> Vectors:
    """Encode a question, subtract the mean of queries, and stem and weigh its words for each language of notes."""
    generation, manifest = view.generation, view.generation.reader.manifest
    restored = generation.spelling.restored(text)
    shifted = (generation.encoder.encode_query(restored) if vector is None else vector) - manifest.means.query
    dense = np.asarray(shifted / max(float(np.linalg.norm(shifted)), 1e-9), np.float32)
    return Vectors(dense, {language: manifest.terms.weighted(query_terms(restored, language)) for language in Language})


def score(
    view: "IndexView", asked: Understood, vectors: Vectors, depth: int, found: Retrieved
) -> tuple[Retrieved, Mapping[str, NoteScore]]:
    """Score the notes of what was found, completed by what it lacks: note id -> score."""
    notes = view.generation.notes
    scores = score_notes(notes, asked.named, found)
    lacking = missing(notes, found, scores, asked.sought)
    if any(lacking):
        found = complete(view.generation.reader, asked.where, vectors, depth, found, *lacking)
        scores = score_notes(notes, asked.named, found, scores)
    return found, raised_by_identifiers(raised_by_links(scores, notes.linked), asked.evidence)


def group_notes(
    view: "IndexView",
    asked: Understood,
    vectors: Vectors,
    found: Retrieved,
    scores: Mapping[str, NoteScore],
    before: Ranked | None,
) -> Ranked:
    """Group what was found by note and kind, after the notes that were found before."""
    notes, manifest = view.generation.notes, view.generation.reader.manifest
    by_kind: dict[Kind, dict[str, Group]] = {kind: {} for kind in asked.kinds}
    if before:
        by_kind = {kind: {note.note_id: note for note in groups} for kind, groups in before.groups.items()}
    for note in group(found.candidates, scores):
        if note.note_id not in asked.query.without:
            by_kind[notes[note.note_id].kind].setdefault(note.note_id, note)
    groups = {kind: tuple(each.values()) for kind, each in by_kind.items()}
    if before:
        return replace(before, groups=groups)
    calibration = Calibration.of(
        ((each.total, each.identifier) for each in scores.values()),
        scope_for(manifest.scope, manifest.out_of_scope.above_baseline(vectors.dense)),
        within=is_in_scope(asked.query.text, asked.named, found, scores),
    )
    return Ranked(groups, calibration, {kind: len(each) for kind, each in groups.items()})


def balance(view: "IndexView", asked: Understood, ranked: Ranked) -> tuple[Groups, tuple[Move, ...]]:
    """Return the lists to show, and the practices that were moved so that every country is among the first.

    Nothing moves where the question names countries, or asks for the latest first. Only what the first look found is
    balanced, so that a longer list begins like a shorter one.
    """
    if asked.query.by_date:
        return {kind: _latest_first(view, ranked, kind) for kind in ranked.groups}, ()
    practices = ranked.groups.get(Kind.PRACTICE, ())
    wanted = () if asked.query.countries else asked.sought
    first = practices[: ranked.first.get(Kind.PRACTICE, 0)]
    top = balanced(first, wanted, view.generation.notes.countries, ranked.is_relevant)
    lists = {**ranked.groups, Kind.PRACTICE: (*top.groups, *practices[len(top.groups) :])}
    return lists, tuple(move for move in top.moves if move.to_place <= asked.end)


def present(
    view: "IndexView",
    asked: Understood,
    vectors: Vectors,
    ranked: Ranked,
    lists: Groups,
    moves: tuple[Move, ...],
    started: float,
) -> SearchResults:
    """Put the answer together; passages are fetched under the caller's clearance. started: `time.perf_counter`"""
    query, reader, notes, taxonomy = asked.query, asked.reader, view.generation.notes, view.taxonomy
    page = {kind: groups[query.offset : asked.end] for kind, groups in lists.items()}
    countries = _by_country(view, asked, ranked)
    shown = [note for groups in (*page.values(), *(countries or {}).values()) for note in groups]
    best = _best_passages(view, asked, vectors, shown)
    explained = {each.chunk_id for note in shown for each in counted(note)} if query.explain else ()
    passages = _passages(view, {*best.values(), *explained})
    explainer = Explainer(
        question=query.text,
        reader=reader,
        named=asked.named,
        thesaurus=view.generation.thesaurus,
        evidence=asked.evidence,
        calibration=ranked.calibration,
        moves={move.id: move for move in moves},
        stem=cache(stems),
    )

    def hit(note: Group) -> NoteHit:
        record = passages[best[note.note_id]]
        passage = record.passage(vectors.dense if ranked.is_relevant(note) else None)
        records = [record, *(passages[each.chunk_id] for each in counted(note) if each.chunk_id in passages)]
        card = cached_card(note.note_id, notes, reader, view.clearance, view.generation.cache)
        why = explainer.explanation(note, notes[note.note_id], passage, records) if query.explain else None
        return note_hit(note, card, query, taxonomy, ranked.calibration, passage, why)

    def hits(groups: Iterable[Group]) -> tuple[NoteHit, ...]:
        return tuple(hit(note) for note in groups if best[note.note_id] in passages)

    relevant = {kind: ranked.relevant(kind) for kind in lists}
    counted_notes = relevant if any(relevant.values()) else lists
    return SearchResults(
        text=query.text,
        detected=asked.detected,
        reader=reader,
        filters=in_words(query, taxonomy, reader),
        practices=hits(page.get(Kind.PRACTICE, ())),
        strategies=hits(page.get(Kind.STRATEGY, ())),
        counts={kind: notes.facets(note.note_id for note in groups) for kind, groups in counted_notes.items()},
        totals={kind: len(groups) for kind, groups in relevant.items()},
        more=any(_goes_on(view, asked, kind, len(groups)) for kind, groups in lists.items()),
        moves=moves,
        by_country=None if countries is None else {country: hits(groups) for country, groups in countries.items()},
        took_ms=round((time.perf_counter() - started) * 1000, 2),
    )


def _parts(query: SearchQuery) -> list[SearchQuery]:
    """Return the questions that are asked for one: itself, or one for each part of a pasted text."""
    if not query.pasted:
        return [query]
    reader = query.reader or guess_language(query.text, None) or Language.EN
    part = replace(query, pasted=False, reader=reader, limit=OF_EACH, offset=0, by_date=False, by_country=False)
    return [replace(part, text=text) for text in parts(query.text)]


def _merged(view: "IndexView", query: SearchQuery, answers: Sequence[SearchResults]) -> SearchResults:
    sought = sought_countries(query, view.taxonomy)
    return merged(answers, query, view.generation.notes, sought, guess_language(query.text, query.reader))


def _is_short(view: "IndexView", asked: Understood, ranked: Ranked, found: Retrieved) -> bool:
    """Return whether a list holds fewer notes than are asked for, though the store has more passages and notes."""
    numbers = {kind: len(ranked.groups[kind]) for kind, _ in found.floors}
    return any(number < asked.end and _has_more(view, asked, kind, number) for kind, number in numbers.items())


def _goes_on(view: "IndexView", asked: Understood, kind: Kind, found: int) -> bool:
    """Return whether a list of so many notes, which was looked for as far as it is shown, has some after those."""
    return found > asked.end or (found == asked.end and not asked.query.by_date and _has_more(view, asked, kind, found))


def _has_more(view: "IndexView", asked: Understood, kind: Kind, found: int) -> bool:
    """Return whether more notes of a kind pass the filter than were found."""
    passing = view.generation.reader.facet("note_id", {**asked.where, "kind": (kind,)})
    return len(passing.keys() - asked.query.without) > found


def _latest_first(view: "IndexView", ranked: Ranked, kind: Kind) -> tuple[Group, ...]:
    """Return the relevant notes of a kind, the latest first; where none is relevant, the nearest as they are."""
    relevant = {note.note_id: note for note in ranked.relevant(kind)}
    latest = view.generation.notes.latest_first(relevant)
    return tuple(relevant[note_id] for note_id in latest) or ranked.groups[kind]


def _by_country(view: "IndexView", asked: Understood, ranked: Ranked) -> dict[str, tuple[Group, ...]] | None:
    if not asked.query.by_country or asked.query.by_date:
        return None
    practices = filter(ranked.is_relevant, ranked.groups.get(Kind.PRACTICE, ()))
    countries = view.generation.notes.countries
    return by_country(practices, asked.sought, lambda note: countries(note.note_id), asked.query.limit)


def _best_passages(view: "IndexView", asked: Understood, vectors: Vectors, notes: Sequence[Group]) -> dict[str, str]:
    """Return note id -> id of its best passage in the version shown: found already, or asked for once more."""
    versions = {note.note_id: view.generation.notes[note.note_id].version_for(asked.reader) for note in notes}
    best = {note.note_id: note.passage(versions[note.note_id]) for note in notes}
    lacking = {note_id: versions[note_id] for note_id, each in best.items() if each.language is not versions[note_id]}
    found = nearest_in(view.generation.reader, asked.where, vectors, lacking)
    return {note_id: each.chunk_id for note_id, each in best.items()} | found


def _passages(view: "IndexView", record_ids: Iterable[str]) -> dict[str, PassageRecord]:
    """Return passages by record id, of those that the caller may see: the store says which."""

    def read(wanted: list[str]) -> dict[str, PassageRecord]:
        where = record_where(view.clearance, CHUNK)
        records = view.generation.reader.fetch(wanted, where, PassageRecord.FIELDS)
        return {record_id: PassageRecord.of(payload) for record_id, payload in records.items()}

    return view.generation.cache.get_many("passage", view.clearance, record_ids, make=read)
