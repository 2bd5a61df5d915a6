"""The steps of a search as Haystack components: understand -> encode -> retrieve -> balance -> present.

What travels between them is frozen (`kb.frozen`), so Haystack copies nothing on the way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from haystack import component

from kb.chunk_schema import CHUNK
from kb.engines.encoder import Encoder
from kb.engines.lexical import query_terms, stems
from kb.engines.store import ChunkReader
from kb.frozen import Frozen
from kb.language_guess import guess_language
from kb.languages import Language
from kb.note import Kind
from search.balance import balanced
from search.by_country import by_country
from search.calibrate import Calibration, Level
from search.catalogue import Catalogue, Entry
from search.filters import applies_through, chunks_where, record_where, sought_countries
from search.grouping import Group, group
from search.identifiers import NO_EVIDENCE, Asked, Evidence, asked, look_up
from search.links import links
from search.query import SearchQuery
from search.ranking import raised_by_links, strength, subject_bonus, with_questions
from search.results import Move, NoteHit, Passage
from search.retrieval import Retrieved, Vectors, complete, retrieve
from search.understand import Named, Thesaurus

DEPTH = 48
"""Passages retrieved for each kind and language of notes, and again for each language by words."""
LEADS = 5
"""Notes of each kind whose links are followed."""
NOWHERE = -1.0
"""The least nearness there is."""
_PASSAGE_FIELDS = ("text", "heading", "anchor", "language")


@dataclass(frozen=True)
class Session(Frozen):
    """One search: the question and the generation of the index that answers it.

    identifiers: keys of all that the notes of this generation are about or cite
    """

    query: SearchQuery
    reader: ChunkReader
    catalogue: Catalogue
    thesaurus: Thesaurus
    identifiers: frozenset[str]


@dataclass(frozen=True)
class Understood(Frozen):
    """The language the query is probably in, the one its reader reads, and the concepts and identifiers it names."""

    detected: Language | None
    reader: Language
    named: Named
    asked: Asked


@dataclass(frozen=True)
class Ranked(Frozen):
    """Notes of each kind, best first, all that were looked at, what their scores mean, and what is exact in them.

    firm: how many practices the first look found; what comes after them depends on how many notes are asked for
    """

    groups: dict[Kind, tuple[Group, ...]]
    calibration: Calibration
    firm: int
    evidence: Evidence = NO_EVIDENCE

    def level(self, note: Group) -> Level:
        """How far a note answers."""
        return self.calibration.level(note.score, self.evidence.bonus(note.note_id))

    def relevant(self, note: Group) -> bool:
        """Whether a note answers or helps."""
        return self.level(note) is not Level.LOW


@dataclass(frozen=True)
class Lists(Frozen):
    """The notes to show: of each kind, the practices balanced; what was moved for it; and by country, if asked for."""

    groups: dict[Kind, tuple[Group, ...]]
    moves: tuple[Move, ...]
    by_country: dict[str, tuple[Group, ...]] | None


@dataclass(frozen=True)
class Presented(Frozen):
    """The lists as shown, and the facet counts."""

    hits: dict[Kind, tuple[NoteHit, ...]]
    facets: dict[str, dict[str, int]]
    moves: tuple[Move, ...]
    by_country: dict[str, tuple[NoteHit, ...]] | None


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
        """Encode once, subtract the mean of queries, and stem the words for each language of notes."""
        text = session.query.text
        shifted = self._encoder.encode_queries([text])[0] - session.reader.manifest.means.query
        dense = np.asarray(shifted / max(float(np.linalg.norm(shifted)), 1e-9), np.float32)
        return {"vectors": Vectors(dense, {language: query_terms(text, language) for language in Language})}


@component
class Retriever:
    """Vectors -> notes, best first."""

    @component.output_types(ranked=Ranked)
    def run(self, session: Session, understood: Understood, vectors: Vectors) -> dict[str, Ranked]:
        """Retrieve and group; again and deeper where long notes left too few of them among the passages.

        What a deeper look finds comes after the rest, so that a longer list begins like a shorter one.
        """
        query, notes = session.query, session.catalogue
        kinds = query.kinds or tuple(Kind)
        sought = sought_countries(query, session.reader.manifest.taxonomy)
        by_kind: dict[Kind, dict[str, Group]] = {kind: {} for kind in kinds}
        evidence = look_up(session.reader, record_where(query.clearance), understood.asked)
        firm = 0
        depth = DEPTH
        while True:
            found = retrieve(session.reader, chunks_where(query), kinds, vectors, depth, sought, evidence)
            scores = _scores(notes, understood.named, found, {one.note_id for one in found.candidates})
            if lacking := _lacking(notes, found, scores):
                found = complete(session.reader, chunks_where(query), vectors, found, lacking)
                scores |= _scores(notes, understood.named, found, lacking)
            scores = raised_by_links(scores, notes.linked)
            for one in group(found.candidates, scores, evidence.bonus):
                by_kind[notes[one.note_id].kind].setdefault(one.note_id, one)
            firm = firm or len(by_kind.get(Kind.PRACTICE, ()))
            if all(len(by_kind[kind]) >= query.limit for kind, _ in found.floors):
                ranked = {kind: tuple(groups.values()) for kind, groups in by_kind.items()}
                everything = (one for groups in ranked.values() for one in groups)
                scores_and_bonus = ((one.score, evidence.bonus(one.note_id)) for one in everything)
                calibration = Calibration.of(scores_and_bonus, session.reader.manifest.scope)
                return {"ranked": Ranked(ranked, calibration, firm, evidence)}
            depth *= 4


@component
class Balancer:
    """Ranked notes -> the lists to show, with every country in view."""

    @component.output_types(lists=Lists)
    def run(self, session: Session, ranked: Ranked) -> dict[str, Lists]:
        """Balance the practices, unless the question names countries; list them by country if it asks for that.

        Only what the first look found is balanced, so that a longer list begins like a shorter one.
        """
        query = session.query
        sought = sought_countries(query, session.reader.manifest.taxonomy)
        practices = ranked.groups.get(Kind.PRACTICE, ())
        countries = session.catalogue.countries
        wanted = () if query.countries else sought
        top = balanced(practices[: ranked.firm], wanted, countries, ranked.relevant)
        groups = {**ranked.groups, Kind.PRACTICE: (*top.groups, *practices[ranked.firm :])}
        return {
            "lists": Lists(
                groups={kind: found[: query.limit] for kind, found in groups.items()},
                moves=tuple(move for move in top.moves if move.to_place <= query.limit),
                by_country=by_country(practices, sought, countries, ranked.relevant, query.limit)
                if query.by_country
                else None,
            )
        }


@component
class Presenter:
    """Lists of notes -> hits in the reader's language."""

    @component.output_types(presented=Presented)
    def run(self, session: Session, understood: Understood, ranked: Ranked, lists: Lists) -> dict[str, Presented]:
        """Put together what is shown of the best notes; their passages are fetched under the caller's clearance."""
        query, notes = session.query, session.catalogue
        best = {
            found.note_id: found.passage(notes[found.note_id].shown(understood.reader)).chunk_id
            for groups in (*lists.groups.values(), *(lists.by_country or {}).values())
            for found in groups
        }
        passages = session.reader.fetch([*best.values()], record_where(query.clearance, CHUNK), _PASSAGE_FIELDS)

        def hits(groups: tuple[Group, ...]) -> tuple[NoteHit, ...]:
            return tuple(
                _hit(session, understood, ranked, found, passages[passage])
                for found in groups
                if (passage := best[found.note_id]) in passages
            )

        everything = (found.note_id for groups in ranked.groups.values() for found in groups)
        return {
            "presented": Presented(
                hits={kind: hits(groups) for kind, groups in lists.groups.items()},
                facets=notes.facets(everything),
                moves=lists.moves,
                by_country=None
                if lists.by_country is None
                else {country: hits(groups) for country, groups in lists.by_country.items()},
            )
        }


def _scores(notes: Catalogue, named: Named, found: Retrieved, note_ids: Collection[str]) -> dict[str, float]:
    """What these notes are worth by themselves, so far as passages of theirs are candidates: the best version's
    passages, the questions, and the subjects shared with the question asked.
    """
    by_version: dict[str, dict[Language, list[float]]] = {}
    for one in found.candidates:
        if one.note_id in note_ids:
            by_version.setdefault(one.note_id, {}).setdefault(one.language, []).append(one.score)
    return {
        note_id: _score(notes[note_id], named, found, note_id, versions) for note_id, versions in by_version.items()
    }


def _score(
    note: Entry, named: Named, found: Retrieved, note_id: str, by_version: Mapping[Language, Sequence[float]]
) -> float:
    passages = max(
        strength(
            sorted(scores, reverse=True), note.passages[language], found.floors.get((note.kind, language), NOWHERE)
        )
        for language, scores in by_version.items()
    )
    floor = found.asked_floors.get(note.kind, NOWHERE)
    questions = strength(found.asked.get(note_id, ()), note.questions, floor) if note.questions else None
    return with_questions(passages, questions) + subject_bonus(
        named, *(note.facets[name] for name in ("crime_type", "phase", "country"))
    )


def _lacking(notes: Catalogue, found: Retrieved, scores: Mapping[str, float]) -> set[str]:
    """Notes of which no passage was retrieved, but a question, or that are linked with one of the first."""
    best = sorted(scores, key=lambda note_id: (-scores[note_id], note_id))
    first = (one for kind in Kind for one in [note for note in best if notes[note].kind is kind][:LEADS])
    linked = (other for one in first for other in notes.linked(one))
    return {*found.asked, *linked} - scores.keys()


def _hit(session: Session, understood: Understood, ranked: Ranked, found: Group, passage: Mapping[str, Any]) -> NoteHit:
    note = session.catalogue[found.note_id]
    version = note.versions[note.shown(understood.reader)]
    countries = tuple(version["countries"])
    return NoteHit(
        id=found.note_id,
        kind=Kind(version["kind"]),
        title=version["title"],
        summary=version["summary"],
        lang=Language(version["language"]),
        available_languages=tuple(Language(one) for one in version["languages"]),
        translation=version["translation"],
        countries=countries,
        applies_through=applies_through(session.query, countries, session.reader.manifest.taxonomy),
        crime_types=tuple(version["crime_types"]),
        phases=tuple(version["phases"]),
        status=version["status"],
        evidence=version["evidence"],
        legal_outcome=version["legal_outcome"],
        reviewed=version["reviewed"],
        review_by=version["review_by"],
        tlp=version["tlp"],
        score=round(found.score, 4),
        identifier=round(ranked.evidence.bonus(found.note_id), 4),
        level=ranked.level(found),
        passage=Passage(passage["text"], passage["heading"], passage["anchor"], Language(passage["language"])),
        links=links(found.note_id, session.catalogue, understood.reader, session.query.clearance),
    )
