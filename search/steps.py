"""The steps of a search as Haystack components: understand -> encode -> retrieve -> balance -> present."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from haystack import component

from kb.encoder.encoders import Encoder
from kb.encoder.lexical import query_terms, stems
from kb.notes.note import Kind
from kb.store.records import CHUNK
from kb.text.language_guess import guess_language
from kb.text.languages import Language
from search.catalogue import Catalogue
from search.filters import chunks_where, record_where, sought_countries
from search.present.cards import cached_card, note_hit
from search.present.explain import Explainer, counted
from search.present.highlight import PassageRecord
from search.rank.balance import balanced
from search.rank.by_country import by_country
from search.rank.calibrate import Calibration, scope_for
from search.rank.group import Group, group
from search.rank.retrieve import Vectors, complete, nearest_in, retrieve
from search.rank.score import raised_by_links
from search.rank.weigh import is_of_the_scope, lacking, unseen_countries, weigh
from search.results import NoteHit
from search.stages import Lists, Presented, Ranked, Session, Understood
from search.understand.identifiers import asked, look_up

DEPTH = 48
"""Passages retrieved for each kind and language of notes, and again for each language by words."""


@component
class QueryReader:
    """Question -> languages, concepts and identifiers."""

    @component.output_types(understood=Understood)
    def run(self, session: Session) -> dict[str, Understood]:
        """Guess the query's language; a reader who names none reads the language asked in."""
        query = session.query
        detected = guess_language(query.text, query.reader)
        terms = {language: stems(query.text, language) for language in Language}
        named = session.thesaurus.named(query.text, terms)
        identifiers = asked(query.text, session.identifiers)
        return {"understood": Understood(detected, query.reader or detected or Language.EN, named, identifiers)}


@component
class QueryEncoder:
    """Question -> vectors."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @component.output_types(vectors=Vectors)
    def run(self, session: Session) -> dict[str, Vectors]:
        """Encode once, subtract the mean of queries, and stem and weigh the words for each language of notes."""
        text = session.spelling.restored(session.query.text)
        vector = self._encoder.encode_query(text) if session.encoded is None else session.encoded
        shifted = vector - session.reader.manifest.means.query
        dense = np.asarray(shifted / max(float(np.linalg.norm(shifted)), 1e-9), np.float32)
        counts = session.reader.manifest.terms
        lexical = {language: counts.weighted(query_terms(text, language)) for language in Language}
        return {"vectors": Vectors(dense, lexical)}


@component
class Retriever:
    """Vectors -> notes, best first."""

    @component.output_types(ranked=Ranked)
    def run(self, session: Session, understood: Understood, vectors: Vectors) -> dict[str, Ranked]:
        """Retrieve and group; again and deeper where long notes left too few of them among the passages.

        What a deeper look finds comes after the rest, so that a longer list begins like a shorter one. The first look
        says what scores mean.
        """
        query, notes, manifest = session.query, session.catalogue, session.reader.manifest
        kinds = query.kinds or tuple(Kind)
        where = chunks_where(query)
        sought = sought_countries(query, manifest.taxonomy)
        by_kind: dict[Kind, dict[str, Group]] = {kind: {} for kind in kinds}
        evidence = look_up(session.reader, record_where(query.clearance), understood.asked)
        firm: dict[Kind, int] = {}
        calibration = None
        depth = DEPTH
        while True:
            found = retrieve(session.reader, where, kinds, vectors, depth, evidence)
            worths = weigh(notes, understood.named, found)
            others = lacking(notes, found, worths)
            unseen = unseen_countries(notes, found, sought)
            if others or unseen:
                found = complete(session.reader, where, vectors, depth, found, others, unseen)
                worths = weigh(notes, understood.named, found, worths)
            worths = raised_by_links(worths, notes.linked)
            if evidence:
                worths = {
                    note_id: worth._replace(identifier=worth.identifier + evidence.bonus(note_id))
                    for note_id, worth in worths.items()
                }
            for one in group(found.candidates, worths):
                if one.note_id not in query.without:
                    by_kind[notes[one.note_id].kind].setdefault(one.note_id, one)
            firm = firm or {kind: len(found) for kind, found in by_kind.items()}
            calibration = calibration or Calibration.of(
                ((worth.score, worth.identifier) for worth in worths.values()),
                scope_for(manifest.scope, manifest.outside.beyond_usual(vectors.dense)),
                within=is_of_the_scope(query.text, understood.named, found, worths),
            )
            short = {kind for kind, _ in found.floors if len(by_kind[kind]) < query.offset + query.limit}
            if not any(_more_notes(session, kind, len(by_kind[kind])) for kind in short):
                ranked = {kind: tuple(groups.values()) for kind, groups in by_kind.items()}
                return {"ranked": Ranked(ranked, calibration, firm, evidence)}
            depth *= 4


def _more_notes(session: Session, kind: Kind, found: int) -> bool:
    """Whether more notes of a kind pass the filter than were found."""
    where = {**chunks_where(session.query), "kind": (kind,)}
    return len(session.reader.facet("note_id", where).keys() - session.query.without) > found


def _goes_on(session: Session, kind: Kind, found: int) -> bool:
    """Whether a list of so many notes, which was looked for as far as it is shown, has some after those."""
    end = session.query.offset + session.query.limit
    return found > end or (found == end and not session.query.by_date and _more_notes(session, kind, found))


@component
class Balancer:
    """Ranked notes -> the lists to show, with every country in view, or by date."""

    @component.output_types(lists=Lists)
    def run(self, session: Session, ranked: Ranked) -> dict[str, Lists]:
        """Balance the practices, unless the question names countries; list them by country, or all by date, if it asks
        for that.

        Only what the first look found is balanced, so that a longer list begins like a shorter one.
        """
        query, notes = session.query, session.catalogue
        if query.by_date:
            return {"lists": Lists(latest_first(ranked, notes), (), None)}
        sought = sought_countries(query, session.reader.manifest.taxonomy)
        practices = ranked.groups.get(Kind.PRACTICE, ())
        countries = notes.countries
        wanted = () if query.countries else sought
        top = balanced(practices[: ranked.firm.get(Kind.PRACTICE, 0)], wanted, countries, ranked.relevant)
        groups = {**ranked.groups, Kind.PRACTICE: (*top.groups, *practices[len(top.groups) :])}
        return {
            "lists": Lists(
                groups=groups,
                moves=tuple(move for move in top.moves if move.to_place <= query.offset + query.limit),
                by_country=by_country(
                    filter(ranked.relevant, practices), sought, lambda one: countries(one.note_id), query.limit
                )
                if query.by_country
                else None,
            )
        }


def latest_first(ranked: Ranked, notes: Catalogue) -> dict[Kind, tuple[Group, ...]]:
    """The relevant notes of each kind, the latest first; where none is relevant, the nearest as they are."""
    lists: dict[Kind, tuple[Group, ...]] = {}
    for kind, groups in ranked.groups.items():
        relevant = {one.note_id: one for one in ranked.all_relevant(kind)}
        lists[kind] = tuple(relevant[one] for one in notes.latest_first(relevant)) or groups
    return lists


def _shown_passages(session: Session, reader: Language, vectors: Vectors, notes: list[Group]) -> dict[str, str]:
    """Note id -> id of its best passage in the version shown: found already, or asked for once more."""
    wanted = {one.note_id: session.catalogue[one.note_id].shown(reader) for one in notes}
    best = {one.note_id: one.passage(wanted[one.note_id]) for one in notes}
    lacking = {note_id: wanted[note_id] for note_id, one in best.items() if one.language is not wanted[note_id]}
    found = nearest_in(session.reader, chunks_where(session.query), vectors, lacking)
    return {note_id: one.chunk_id for note_id, one in best.items()} | found


def _passages(session: Session, wanted: Iterable[str]) -> dict[str, PassageRecord]:
    """Record id -> passage, of those that the caller may see: the store says which."""
    clearance = session.query.clearance

    def read(missing: list[str]) -> dict[str, PassageRecord]:
        records = session.reader.fetch(missing, record_where(clearance, CHUNK), PassageRecord.FIELDS)
        return {record_id: PassageRecord.of(payload) for record_id, payload in records.items()}

    return session.cache.get_many("passage", clearance, wanted, make=read)


@component
class Presenter:
    """Lists of notes -> hits in the reader's language."""

    @component.output_types(presented=Presented)
    def run(
        self, session: Session, understood: Understood, vectors: Vectors, ranked: Ranked, lists: Lists
    ) -> dict[str, Presented]:
        """Put together what is shown of the best notes; their passages are fetched under the caller's clearance."""
        query, notes = session.query, session.catalogue
        page = {kind: found[query.offset : query.offset + query.limit] for kind, found in lists.groups.items()}
        shown = [found for groups in (*page.values(), *(lists.by_country or {}).values()) for found in groups]
        best = _shown_passages(session, understood.reader, vectors, shown)
        explained = {one.chunk_id for found in shown for one in counted(found)} if query.explain else ()
        passages = _passages(session, {*best.values(), *explained})
        moves = {move.note_id: move for move in lists.moves}
        explainer = Explainer(
            query.text, understood.reader, understood.named, session.thesaurus, ranked.evidence, ranked.calibration,
            moves, cache(stems),
        )  # fmt: skip
        taxonomy = session.reader.manifest.taxonomy

        def hit(found: Group) -> NoteHit:
            record = passages[best[found.note_id]]
            passage = record.shown(vectors.dense if ranked.relevant(found) else None)
            records = [record, *(passages[one.chunk_id] for one in counted(found) if one.chunk_id in passages)]
            return note_hit(
                found, cached_card(found.note_id, notes, understood.reader, query.clearance, session.cache), query,
                taxonomy, ranked.calibration, passage,
                explainer.explanation(found, notes[found.note_id], passage, records) if query.explain else None,
            )  # fmt: skip

        def hits(groups: tuple[Group, ...]) -> tuple[NoteHit, ...]:
            return tuple(hit(found) for found in groups if best[found.note_id] in passages)

        relevant = {kind: ranked.all_relevant(kind) for kind in lists.groups}
        counted_notes = relevant if any(relevant.values()) else lists.groups
        return {
            "presented": Presented(
                hits={kind: hits(groups) for kind, groups in page.items()},
                totals={kind: len(groups) for kind, groups in relevant.items()},
                counts={kind: notes.facets(one.note_id for one in found) for kind, found in counted_notes.items()},
                more=any(_goes_on(session, kind, len(found)) for kind, found in lists.groups.items()),
                moves=lists.moves,
                by_country=None
                if lists.by_country is None
                else {country: hits(groups) for country, groups in lists.by_country.items()},
            )
        }
