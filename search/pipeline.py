"""A question -> its answer, from top to bottom: encode, understand, retrieve, score, group, balance, present."""

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import accumulate, chain
from typing import TYPE_CHECKING

import numpy as np

from kb.encoder.encoders import Encoder
from kb.encoder.late_interaction import ASKED, WIDTH
from kb.encoder.lexical import query_terms, stems
from kb.notes.front_matter import is_past
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX
from kb.store.records import note_and_language
from kb.text.languages import Language
from kb.text.question_language import question_language
from search.catalogue import KINDS, Numbers, Rows, latest_first
from search.filters import applies_through, in_words, record_where, searched, sought_countries
from search.present.cards import note_card
from search.present.explain import explanation, understood
from search.present.highlight import PassageRecord, best_sentence
from search.query import SearchQuery
from search.rank.balance import balanced, by_country
from search.rank.calibrate import IN_DOUBT, UNLISTED, Calibration, scope_for
from search.rank.candidates import NOWHERE, Candidate, Retrieved
from search.rank.glance import Found, at_a_glance, countries_told
from search.rank.late_interaction import reordered
from search.rank.score import (
    Group,
    Groups,
    Scored,
    about_what_is_named,
    country_loss,
    few_of_a_kind,
    group,
    is_in_scope,
    language_gain,
    missing,
    not_holding,
    raised,
    score_notes,
    subject_bonus,
)
from search.rank.texts import OF_EACH, merged, parts
from search.results import AtAGlance, Level, Move, NoteCard, NoteHit, SearchResults
from search.retrieve import Asking, begin, complete, passages_of, retrieve
from search.understand.identifiers import ALONE, evidence_in
from search.understand.question import Question
from search.understand.thesaurus import Named

if TYPE_CHECKING:
    from search.view import IndexView

STEPS = ("encode", "understand", "retrieve", "score", "group_notes", "balance", "present")
"""The functions that a search calls, in order; from `retrieve` to `group_notes` as often as it looks deeper, `encode`,
`retrieve` and `score` once more where names of places in the question may be what brings it near to notes.
"""
DEPTH = 48
"""Passages retrieved for each kind and language of notes, and again for each language by words."""

Encoded = tuple[np.ndarray, np.ndarray]
"""The centred vector of a question, shape (dimension,), and its token vectors, shape (`ASKED`, `WIDTH`)."""
Lists = Mapping[Kind, Sequence[int]]
"""Notes of each kind, in order, by their places in `Ranked`."""


@dataclass(frozen=True)
class Ranked:
    """Notes of each kind, best first, all that were looked at, and what their scores mean.

    looks: those that each look found first; what the first finds does not depend on how many are asked for
    """

    looks: tuple[Mapping[Kind, Groups], ...]
    calibration: Calibration

    @property
    def first(self) -> Mapping[Kind, Groups]:
        """Those that the first look found: all that are relevant are among them."""
        return self.looks[0]

    @property
    def lists(self) -> Lists:
        """All notes of each kind, best first."""
        return {kind: range(sum(len(look[kind]) for look in self.looks)) for kind in self.first}

    def notes(self, kind: Kind, places: Iterable[int]) -> list[Group]:
        """Return notes of a kind by their places."""
        looks = [look[kind] for look in self.looks]
        ends = [*accumulate(map(len, looks))]
        looked = ((place, bisect_right(ends, place)) for place in places)
        return [looks[look][place - ends[look] + len(looks[look])] for place, look in looked]

    def rows(self, kind: Kind) -> Rows:
        """Return the rows of all notes of a kind in the catalogue."""
        return np.concatenate([look[kind].rows for look in self.looks])


def search(view: "IndexView", queries: Sequence[SearchQuery]) -> list[SearchResults]:
    """Answer questions; a pasted text by the questions that its parts are.

    Raises StoreUnavailable, ModelError.
    """
    started = time.perf_counter()
    named = view.generation.thesaurus.named
    pieces = [[(piece, named(piece.text, query.not_meant)) for piece in _parts(query)] for query in queries]
    texts = [_read(view, *piece) for each in pieces for piece in each]
    vectors = np.empty((len(texts), view.generation.reader.manifest.dimension), np.float32)
    tokens = np.zeros((len(texts), ASKED, WIDTH), np.float32)
    read, ends = zip(texts, zip(vectors, tokens, strict=True), strict=True), list[Callable[[], list[SearchResults]]]()
    _identifiers(view)  # read before other questions wait for the encoder

    def meanwhile() -> None:
        for each in pieces:
            works = [_answer(view, *piece, *next(read)) for piece in each]
            ends.append(begin(view.generation.reader, works))

    step = view.generation.step
    with step("encode"):
        encode(view, texts, vectors, tokens, meanwhile)
    shared = (time.perf_counter() - started) / max(len(texts), 1)
    results = []
    for query, each, end in zip(queries, pieces, ends, strict=True):
        started = time.perf_counter() - shared * len(each)
        with step("answer"):
            answers = end()
        answer = merged(answers, query, view.generation.notes, view.taxonomy) if query.pasted else answers[0]
        results.append(replace(answer, took_ms=round((time.perf_counter() - started) * 1000, 2)))
    return results


def _answer(view: "IndexView", query: SearchQuery, named: Named, read: str, encoded: Encoded) -> Asking[SearchResults]:
    """Answer a question.

    named:   the concepts in it
    read:    the question as it is read
    encoded: is filled before the store is first waited for

    Looks deeper where long notes left too few of them among the passages. What a deeper look finds comes after the
    rest, so that a longer list begins like a shorter one; the first look says what scores mean. Where it leaves that
    in doubt, another one without the names of places says how much nearer these have drawn the notes.
    """
    asked = understand(view, query, named, read, encoded)
    about, rest = about_what_is_named(named, view.generation.notes), _without_places(view, query, read)
    depth, ranked = DEPTH, None

    def gained(scored: Scored) -> Scored:
        return raised(scored, asked.evidence, about, behind)

    while True:
        found, scored = yield from _look(view, asked, depth)
        if ranked is None:
            behind, scope = scored.behind, scope_of(view, asked)
            if rest and _is_in_doubt(view, asked, gained(scored).nearest - scope, behind):
                asked = replace(asked, without_places=_vector(view, rest))
                _, others = yield from _look(view, replace(asked, dense=asked.subject), depth)
                behind = others.behind
                scope = scope_of(view, asked) + gained(scored).nearest - gained(others).nearest
        ranked = group_notes(view, asked, gained(scored), scope, ranked)
        if not any(_may_have_more(view, asked, found, kind, len(places)) for kind, places in ranked.lists.items()):
            break
        depth *= 4
    lists, moves = balance(view, asked, ranked)
    return (yield from present(view, asked, ranked, lists, moves))


def _look(view: "IndexView", asked: Question, depth: int) -> Asking[tuple[Retrieved, Scored]]:
    """Return what is found so deep, and its scores."""
    found = yield from retrieve(view.generation.notes, asked, depth)
    return found, (yield from score(view, asked, depth, found))


def encode(
    view: "IndexView", texts: Sequence[str], vectors: np.ndarray, tokens: np.ndarray, meanwhile: Callable[[], None]
) -> None:
    """Fill in the vectors of questions, the mean of queries subtracted, and their token vectors.

    What is all in capitals is encoded in small letters: the encoder hardly knows words in capitals.

    meanwhile: is called before; for a single question while the encoder works at it
    """
    encoder = view.generation.encoder
    texts = [text.lower() if text.isupper() else text for text in texts]
    if len(texts) == 1:
        encoded = [encoder.encode_question(texts[0], meanwhile)]
    else:
        meanwhile()
        encoded = [*map(encoder.encode_question, texts)]
    for place, (vector, of_words) in enumerate(encoded):
        shifted = vector - view.generation.reader.manifest.means.query
        vectors[place] = shifted / max(float(np.linalg.norm(shifted)), 1e-9)
        tokens[place, : len(of_words)] = of_words


def understand(view: "IndexView", query: SearchQuery, named: Named, read: str, encoded: Encoded) -> Question:
    """Guess the question's language, find the identifiers in it, and stem and weigh its words for each language of
    notes. named: the concepts in it; read: as it is read; encoded: its vectors, or where they will be

    A reader who names no language reads the one asked in.
    """
    detected, (about, cites) = question_language(query.text), _identifiers(view)
    terms = view.generation.reader.manifest.terms
    evidence = evidence_in(query.text, about, cites, query.not_meant, partial(_is_common, view.generation.encoder))
    return Question(
        query=query,
        where=searched(query, view.clearance),
        dense=encoded[0],
        tokens=encoded[1][:0] if query.asks_for_the_like or named.whole else encoded[1],
        lexical={each: terms.weighted(query_terms(read, each)) for each in Language},
        sought=sought_countries(query, view.taxonomy),
        detected=detected,
        reader=query.reader or detected or Language.EN,
        named=named,
        evidence=evidence,
        own=frozenset(view.taxonomy.countries.narrower(BENELUX)),
        is_about=query.asks_for_the_like or bool(evidence) or not view.generation.places.are_all(query.text),
    )


def score(view: "IndexView", asked: Question, depth: int, found: Retrieved) -> Asking[Scored]:
    """Score the notes of what was found, completed by what it lacks, each by itself."""
    notes = view.generation.notes
    of_languages = language_gain(notes, asked.asked_in)
    gains = subject_bonus(asked.named, notes), country_loss(notes, asked.countries), of_languages
    scores = score_notes(notes, found, found.candidates, *gains)
    visible = {"access": tuple(sorted(view.clearance))}
    few = view.cached("few", make=lambda: few_of_a_kind(notes, notes.passing(visible)))
    about = about_what_is_named(asked.named, notes)
    lacking = missing(notes, found, scores, asked.sought, few | about)
    if any(lacking):
        more = yield from complete(notes, asked, depth, found, *lacking)
        scores = scores.and_those(score_notes(notes, found, more, *gains))
        found = replace(found, candidates=found.candidates.and_those(more))
    return Scored(notes, found, scores)


def calibrated(asked: Question, scored: Scored, scope: float) -> Calibration:
    """Return what scores mean in this answer. scope: nearness from which the question is one for the collection"""
    scores = scored.scores
    within = asked.is_about and is_in_scope(asked.query.text, asked.named, scored)
    exact, languages = scores.identifier, scores.by_languages
    return Calibration.of(scored.total, exact, scores.country, scope, languages=languages, within=within)


def group_notes(view: "IndexView", asked: Question, scored: Scored, scope: float, before: Ranked | None) -> Ranked:
    """Group what was found by note and kind, after the notes that were found before. Where any comes near, late
    interaction gives the order. scope: as in `calibrated`
    """
    notes = view.generation.notes
    calibration = before.calibration if before else calibrated(asked, scored, scope)
    anew = reordered(scored, view.generation.question_tokens, asked.tokens) if calibration.near else scored
    if anew is not scored:
        scored, calibration = anew, replace(calibration, spread=True)
    citing = np.full(len(notes), asked.evidence.share < ALONE)
    citing[[notes.row[note_id] for note_id in asked.evidence.notes_about]] = False
    looks = before.looks if before else ()
    found = group(scored, calibration, not_holding(notes, asked.held_to), citing)
    known = np.zeros(len(notes), bool)
    known[[notes.row[note_id] for note_id in asked.query.without]] = True
    for look in looks:
        for kind in asked.query.kinds:
            known[look[kind].rows] = True
    kinds = np.where(known[found.rows], -1, notes.kinds[found.rows])
    look = {kind: found.those(kinds == KINDS.index(kind)) for kind in asked.query.kinds}
    return Ranked((*looks, look), calibration)


def balance(view: "IndexView", asked: Question, ranked: Ranked) -> tuple[Lists, tuple[Move, ...]]:
    """Return the lists to show, and the practices that were moved so that every country is among the first.

    Nothing moves where a filter names countries, or where the latest are asked for; where the question names some of
    the Benelux, those alone are balanced. Only what the first look found is, so that a longer list begins like a
    shorter one.
    """
    lists = ranked.lists
    if asked.query.by_date:
        return {kind: _latest_first(view, ranked, kind) for kind in lists}, ()
    if Kind.PRACTICE not in lists or asked.query.countries:
        return lists, ()
    first = ranked.first[Kind.PRACTICE]
    relevant = range(int(first.levels.nonzero()[0].max(initial=-1)) + 1)
    order, moves = balanced(
        [
            (note.note_id, note.score, note.entry.shared["countries"] if note.is_relevant else ())
            for note in map(first.__getitem__, relevant)
        ],
        [country for country in asked.sought if country in (asked.held_to or asked.sought)],
    )
    practices = lists[Kind.PRACTICE]
    return {**lists, Kind.PRACTICE: [*order, *practices[len(order) :]]}, tuple(
        move for move in moves if move.to_place <= asked.query.end
    )


def present(
    view: "IndexView", asked: Question, ranked: Ranked, lists: Lists, moves: tuple[Move, ...]
) -> Asking[SearchResults]:
    """Put the answer together; passages are fetched under the caller's clearance."""
    query, reader, generation, taxonomy = asked.query, asked.reader, view.generation, view.taxonomy
    page = {kind: ranked.notes(kind, places[query.offset : query.end]) for kind, places in lists.items()}
    relevant = {kind: look.relevant for kind, look in ranked.first.items()}
    countries = None
    if query.by_country and not query.by_date:
        practices = relevant.get(Kind.PRACTICE, ())
        countries = by_country(practices, asked.sought, lambda note: note.entry.shared["countries"], query.limit)
    shown = [note for groups in (*page.values(), *(countries or {}).values()) for note in groups]
    explained = {note.note_id: note.counted for note in shown} if query.explain else {}
    best, passages = yield from _passages(view, asked, shown, chain(*explained.values()))
    of_note = {move.id: move for move in moves}
    stem = cache(stems)
    asked_about = tuple(sorted(asked.held_to))

    def hit(note: Group) -> NoteHit:
        record = passages[best[note.note_id]]
        highlight = best_sentence(asked.dense, record) if note.is_relevant else None
        card, why = unreported_card(view, note.note_id, reader, query.countries or asked.named.countries), None
        if query.explain:
            own = explained[note.note_id]
            records = [record, *(passages[each.record] for each in own if each.record in passages)]
            thresholds, move = ranked.calibration.thresholds, of_note.get(note.note_id)
            why = explanation(asked, note, own, records, thresholds, move, stem)
        return NoteHit(
            **{**vars(card), "applies_through": applies_through(query, card.countries, taxonomy)},
            score=round(note.score, 4),
            identifier=round(note.identifier, 4),
            level=note.level,
            passage=replace(record.passage, highlight=highlight) if highlight else record.passage,
            does_not_hold_in=() if asked.held_to.intersection(note.entry.shared["reach"]) else asked_about,
            explanation=why,
        )

    def hits(groups: Iterable[Group]) -> tuple[NoteHit, ...]:
        return tuple(hit(note) for note in groups if best[note.note_id] in passages)

    counted = {kind: some.rows if any(relevant.values()) else ranked.rows(kind) for kind, some in relevant.items()}
    return SearchResults(
        text=query.text,
        detected=asked.detected,
        reader=reader,
        filters=in_words(query, taxonomy, reader),
        lists={kind: hits(groups) for kind, groups in page.items()},
        counts={kind: generation.notes.facets(rows) for kind, rows in counted.items()},
        totals={kind: len(some) for kind, some in relevant.items()},
        more=any(_goes_on(view, asked, kind, len(places)) for kind, places in lists.items()),
        moves=moves,
        margin=ranked.calibration.margin,
        by_country=None if countries is None else {country: hits(groups) for country, groups in countries.items()},
        at_a_glance=_at_a_glance(view, asked, ranked),
        understood=understood(asked),
        did_you_mean=None if query.asks_for_the_like else _did_you_mean(view, asked),
    )


def _did_you_mean(view: "IndexView", asked: Question) -> str | None:
    """Return the question as it may be meant, if it has words that the notes do not have in any form."""
    share = view.generation.reader.manifest.terms.share
    if any(all(map(share, terms.indices)) for terms in asked.lexical.values()):
        return None
    return view.vocabulary().meant(asked.query.text, asked.detected)


def _at_a_glance(view: "IndexView", asked: Question, ranked: Ranked) -> dict[str, AtAGlance]:
    """Return what the answer comes to in each Benelux country asked for, those first that the question names."""
    query, notes, own = asked.query, view.generation.notes, view.taxonomy.countries.narrower(BENELUX)
    told = countries_told(query, own, asked.named.countries)
    scores = np.full(len(notes), -np.inf)
    for found in ranked.first.values():
        scores[found.rows] = found.before_late
    # Notes of kinds that were not asked for were not looked for: they speak for their contacts as the best does.
    if unasked := [kind for kind in Kind if kind not in query.kinds]:
        scores[notes.passing({"kind": unasked})] = scores.max(initial=-np.inf)
    answered = any(found.levels.any() for found in ranked.first.values())
    passing = notes.passing({field: values for field, values in asked.where.items() if field != "kind"})
    contacts = view.generation.contacts.nearest(asked, scores, passing, told, answered=answered)

    def found_of(note_id: str, level: Level = Level.LOW, score: float = 0.0) -> Found:
        shared = notes[note_id].shared
        return Found(note_id, level, score, shared["countries"], is_past(shared["status"], shared["legal_outcome"]))

    def counterparts(note_id: str) -> Iterator[Found]:
        linked = notes.counterparts[note_id].difference(query.without)
        return (found_of(each) for each in linked if notes[each].kind is Kind.POWER and passing[notes.row[each]])

    relevant = {
        kind: [found_of(note.note_id, note.level, note.score) for note in found.relevant]
        for kind, found in ranked.first.items()
    }
    return at_a_glance(relevant, contacts, own, told, counterparts)


def unreported_card(view: "IndexView", note_id: str, reader: Language, countries: Collection[str] = ()) -> NoteCard:
    """Return the card of a note, from the cache, contacts of these countries first. `IndexView` reports it where it is
    shown.
    """
    notes, clearance, asked = view.generation.notes, view.clearance, tuple(sorted(countries))
    return view.cached("card", note_id, reader, asked, make=lambda: note_card(note_id, notes, reader, clearance, asked))


def _parts(query: SearchQuery) -> list[SearchQuery]:
    """Return the questions that are asked for one: itself, or one for each part of a pasted text."""
    if not query.pasted:
        return [query]
    reader = query.reader or question_language(query.text) or Language.EN
    part = replace(query, reader=reader, limit=OF_EACH, offset=0, by_date=False, by_country=False)
    return [replace(part, text=text) for text in parts(query.text)]


def _without_places(view: "IndexView", query: SearchQuery, read: str) -> str:
    """Return what is left of a question as it is read without the names of places; nothing if it has none.

    A text whose like is sought asks about no place, nor does a question whose places were not meant.
    """
    not_meant = (each.partition(":") for each in query.not_meant)
    taken_back = any(kind == "country" and name in view.taxonomy.countries for kind, _, name in not_meant)
    rest = "" if query.asks_for_the_like or taken_back else view.generation.places.without(read)
    return rest if rest != " ".join(read.split()) else ""


def _is_in_doubt(view: "IndexView", asked: Question, above: float, behind: Numbers) -> bool:
    """Return whether the names of places in a question may be what brings it near to notes, or what decides whether a
    word in it names one.

    above:  how far the nearest note, found with these names, lies above the scope
    behind: how far each note lies behind it (`Scored.behind`)
    """
    if above < IN_DOUBT:
        return True
    named, bonus = asked.evidence.notes_about | asked.evidence.notes_citing, asked.evidence.bonus
    far = {note_id: float(behind[view.generation.notes.row[note_id]]) for note_id in named}
    return any(bonus(note_id, at - IN_DOUBT) != bonus(note_id, at + IN_DOUBT) for note_id, at in far.items())


def scope_of(view: "IndexView", asked: Question) -> float:
    """Return the nearness from which a question is one that the collection is about; infinite for one about nothing."""
    if not asked.is_about:
        return math.inf
    manifest = view.generation.reader.manifest
    if not len(manifest.out_of_scope.vectors):
        return manifest.scope + UNLISTED
    own, foreign = (each.above_baseline(asked.subject) for each in (manifest.in_scope, manifest.out_of_scope))
    return scope_for(manifest.scope, own, foreign)


def _vector(view: "IndexView", text: str) -> np.ndarray:
    """Return the centred vector of a text, asked as a question."""
    vectors = np.empty((1, view.generation.reader.manifest.dimension), np.float32)
    with view.generation.step("encode"):
        encode(view, [text], vectors, np.empty((1, ASKED, WIDTH), np.float32), lambda: None)
    return np.asarray(vectors[0])


def _read(view: "IndexView", query: SearchQuery, named: Named) -> str:
    """Return a question as it is read: with the accents that its words have in the notes, and with what words in it
    mean that the notes hardly have.
    """
    restored = view.generation.reader.manifest.spelling.restored(query.text)
    return f"{restored} ({', '.join(named.meanings)})" if named.meanings else restored


def _is_common(encoder: Encoder, word: str) -> bool:
    """Return whether a folded word is common: the encoder knows it whole, like a letter, small or with a capital."""
    return any(encoder.count_tokens(form) <= encoder.count_tokens("a") for form in (word, word.capitalize()))


def _identifiers(view: "IndexView") -> tuple[Mapping[str, frozenset[str]], ...]:
    """Return, of `about` and of `cites`, key -> ids of the notes that the caller may see and that have it."""

    def read() -> tuple[Mapping[str, frozenset[str]], ...]:
        fields = ("about", "cites")
        found: tuple[dict[str, set[str]], ...] = ({}, {})
        for record_id, payload in view.generation.reader.scroll(record_where(view.clearance), fields):
            for field, keys in zip(fields, found, strict=True):
                for key in payload.get(field, ()):
                    keys.setdefault(key, set()).add(note_and_language(record_id)[0])
        return tuple({key: frozenset(note_ids) for key, note_ids in keys.items()} for keys in found)

    return view.cached("identifiers", make=read)


def _may_have_more(view: "IndexView", asked: Question, found: Retrieved, kind: Kind, number: int) -> bool:
    """Return whether a deeper look may find more notes of a kind than so many, if that many are too few."""
    is_full = (found.floors[KINDS.index(kind)] > NOWHERE).any()
    return number < asked.query.end and bool(is_full) and _has_more(view, asked, kind, number)


def _goes_on(view: "IndexView", asked: Question, kind: Kind, found: int) -> bool:
    """Return whether a list of so many notes, which was looked for as far as it is shown, has some after those."""
    query = asked.query
    return found > query.end or (found == query.end and not query.by_date and _has_more(view, asked, kind, found))


def _has_more(view: "IndexView", asked: Question, kind: Kind, found: int) -> bool:
    """Return whether more notes of a kind pass the filter than were found."""
    notes = view.generation.notes
    passing = notes.passing({**asked.where, "kind": (kind,)})
    passing[[notes.row[note_id] for note_id in asked.query.without]] = False
    return int(passing.sum()) > found


def _latest_first(view: "IndexView", ranked: Ranked, kind: Kind) -> Sequence[int]:
    """Return the relevant notes of a kind, the latest first; where none is relevant, the nearest as they are."""
    first, notes = ranked.first[kind], view.generation.notes
    places = {notes.ids[first.rows[place]]: place for place in first.levels.nonzero()[0].tolist()}
    return [places[note_id] for note_id in latest_first(places, notes)] or ranked.lists[kind]


def _passages(
    view: "IndexView", asked: Question, notes: Sequence[Group], explained: Iterable[Candidate]
) -> Asking[tuple[dict[str, Hashable], dict[Hashable, PassageRecord]]]:
    """Return note id -> record of its best passage in the version shown, and passages by record: these and the
    explained ones.

    Passages are those found already, or are asked for once more; the store says which the caller may see.
    """
    versions = {note.note_id: note.entry.version_for(asked.reader) for note in notes}
    found = {note.note_id: note.passage(versions[note.note_id]) for note in notes}
    best = {note_id: record for note_id, (record, _) in found.items()}
    lacking = {note_id: version for note_id, version in versions.items() if found[note_id][1] is not version}
    cached = partial(view.generation.cache.get_many, "passage", view.clearance)
    wanted = {*best.values(), *(each.record for each in explained)}
    passages: dict[Hashable, PassageRecord] = cached(wanted, make=lambda _: {})
    unknown = wanted - passages.keys()
    if not lacking and not unknown:
        return best, passages
    nearest, payloads = yield from passages_of(view.generation.notes, asked, lacking, [*unknown])

    def make(records: list[Hashable]) -> dict[Hashable, PassageRecord]:
        return {each: PassageRecord.of(payload) for each, payload in payloads(records).items()}

    return best | nearest, passages | cached({*nearest.values(), *unknown}, make=make)
