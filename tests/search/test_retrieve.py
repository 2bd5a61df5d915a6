"""Retrieval on a real store: every kind and language is among the candidates, and both scores count for each."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from kb.content.reader import read_taxonomy
from kb.encoder.late_interaction import WIDTH
from kb.encoder.lexical import passage_terms, query_terms
from kb.notes.note import Kind
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import Manifest, Means
from kb.store.protocol import VectorQuery, Wanted
from kb.store.records import (
    CELL,
    CHUNK,
    QUESTION,
    RECORD,
    Point,
    cell,
    chunk_id,
    note_and_language,
    question_id,
    version_id,
)
from kb.text.languages import Language
from search.catalogue import HIT_FIELDS, KINDS, LANGUAGES, Catalogue
from search.query import SearchQuery
from search.rank.candidates import LEXICAL_WEIGHT, NOWHERE
from search.rank.score import QUESTION_LEXICAL_WEIGHT
from search.retrieve import begin, complete, passages_of, retrieve
from search.understand.identifiers import Evidence
from search.understand.question import Question
from search.understand.thesaurus import Named

WHERE = {"access": ("clear",)}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUERY = np.array([1, 0, 0, 0], np.float32)
MEANS = dict.fromkeys(Language, QUERY)
NEAR = {Language.NL: 0.9, Language.FR: 0.5, Language.EN: 0.1}
"""How near the nearest passage of each language is to the query: all in Dutch are nearer than any in English."""


def of(reader, work):
    [value] = begin(reader, [work])()
    return value


def at(cosine):
    return np.array([cosine, (1 - cosine**2) ** 0.5, 0, 0], np.float32)


def points():
    """Ten notes of each kind in each language, every next one a little less near; only the last has the rare word."""
    made = []
    for kind, language, place in product(Kind, Language, range(10)):
        note = f"{kind}-{language}-{place}"
        passage = Point(
            chunk_id(note, language, "approach", 0),
            {
                RECORD: CHUNK,
                CELL: cell(CHUNK, kind, language),
                "note_id": note,
                "access": ["amber" if place == 8 else "clear"],
                "countries": ["LU" if place in (7, 8) else "NL"],
                "text": "…",
                "heading": "…",
                "anchor": "approach",
                "language": language.value,
                "mentions": [],
                "sentences": None,
            },
            at(NEAR[language] - place / 1000),
            passage_terms({8: "verborgen ransomware", 9: "zeldzaam ransomware"}.get(place, "gewoon"), language),
        )
        made.append(passage)
        if kind is Kind.PRACTICE:
            made += [
                Point(
                    question_id(note, language, number),
                    {**passage.payload, RECORD: QUESTION, CELL: cell(QUESTION, kind, language)},
                    at(1 - place / 100 - number / 1000),
                    passage_terms("zeldzaam losgeld" if (place, number) == (4, 1) else "gewoon", language),
                )
                for number in range(2)
            ]
    return made


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    made = points()
    manifest = Manifest(
        recipe="r",
        encoder="e",
        dimension=4,
        means=Means(MEANS, MEANS),
        versions={},
        notes=60,
        chunks=60,
        questions=len(made) - 60,
        taxonomy=read_taxonomy([Path(__file__).parents[2] / "content"]),
    )
    store = EdgeStore(tmp_path_factory.mktemp("retrieval"))
    store.replace(iter(made), manifest)
    return store.reader()


def asked(words="", kinds=(), **filters):
    """A question with this filter besides the caller's."""
    lexical = {language: query_terms(words, language) for language in Language}
    query = SearchQuery("q", filters={"kind": kinds} if kinds else {})
    return Question(
        query, {**WHERE, **filters}, QUERY, np.zeros((0, WIDTH)), lexical, (), None, Language.EN, Named(), Evidence()
    )


@pytest.fixture(scope="module")
def notes():
    made = [point for point in points() if "#" in point.record_id]
    versions = []
    for point in made:
        note_id, language = note_and_language(point.record_id)
        kind = note_id.partition("-")[0]
        own = {**dict.fromkeys(HIT_FIELDS, ()), "kind": kind, "languages": [language], "original": language}
        versions.append((version_id(note_id, language), own))
    passages = {each: {note_and_language(point.record_id)[0]: 1 for point in made} for each in Language}
    return Catalogue(versions, passages, {}, dict.fromkeys((note_id.partition("/")[0] for note_id, _ in versions), NOW))


def ids(candidates, notes):
    return {notes.ids[row] for row in candidates.notes}


def rows(candidates, notes):
    """The passages: note, score and place of the language of each."""
    languages = (candidates.versions % len(LANGUAGES)).tolist()
    return [*zip(map(notes.ids.__getitem__, candidates.notes), candidates.score.tolist(), languages, strict=True)]


def questions(found, notes):
    """Note id -> the scores of its questions, best first."""
    scores = {}
    for row, score in sorted(zip(found.questions.tolist(), found.question_scores.tolist(), strict=True), reverse=True):
        scores.setdefault(notes.ids[row], []).append(score)
    return scores


def test_the_nearest_of_every_kind_and_language_are_candidates_however_far_they_are(reader, notes):
    found = of(reader, retrieve(notes, asked(), 3))
    every = product(Kind, Language, range(3))
    assert ids(found.candidates, notes) == {f"{kind}-{language}-{place}" for kind, language, place in every}
    assert found.floors == pytest.approx(np.array([[NEAR[each] - 0.002 for each in LANGUAGES]] * len(Kind)), abs=1e-5)


def test_where_all_passages_were_retrieved_nothing_is_below_a_floor(reader, notes):
    found = of(reader, retrieve(notes, asked(kinds=(Kind.PRACTICE,)), 10))
    assert len(found.candidates.records) == 27  # nine of ten in each language: the restricted are not retrieved
    assert (found.floors == NOWHERE).all()


def test_a_passage_found_by_its_words_alone_has_its_nearness_too(reader, notes):
    question = asked("ransomware", (Kind.PRACTICE, Kind.STRATEGY))
    found = rows(of(reader, retrieve(notes, question, 3)).candidates, notes)
    worded = [row for row in found if row[0].endswith("-9")]
    assert len(found) == 18 + 6 == 18 + len(worded)
    for _, score, language in worded:
        near = NEAR[LANGUAGES[language]] - 0.009
        assert near < score <= near + LEXICAL_WEIGHT


def test_what_is_missing_is_fetched_within_the_filter(reader, notes):
    """Chosen notes, and practices of a country where those of others fill the cells; place 8 is restricted."""
    plain = of(reader, retrieve(notes, asked(), 3))
    wanted = {"practice-en-8", "practice-nl-0", "strategy-fr-9"}
    more = of(reader, complete(notes, asked(), 3, plain, wanted, ("LU", "BE")))
    # None of a note that was found before.
    assert ids(more, notes) == {"strategy-fr-9", *(f"practice-{language}-7" for language in Language)}
    near = {note_id: score for note_id, score, _ in rows(more, notes)}
    assert near["practice-en-7"] == pytest.approx(NEAR[Language.EN] - 0.007, abs=1e-5)


def test_words_do_not_lead_around_the_filter(reader, notes):
    found = ids(of(reader, retrieve(notes, asked("verborgen ransomware", (Kind.STRATEGY,)), 3)).candidates, notes)
    assert {note_id.partition("-")[0] for note_id in found} == {"strategy"}
    assert {note_id[-2:] for note_id in found} == {"-0", "-1", "-2", "-9"}


class Recording:
    """A reader that keeps what it is asked, and the store of it."""

    def __init__(self, reader):
        self._reader, self.asked = reader, []

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def reader(self, **_):
        return self

    def begin(self, queries):
        self.asked += queries
        return self._reader.begin(queries)


def test_several_works_ask_in_one_call_and_their_values_come_in_the_order_of_the_works(reader):
    recording, query = Recording(reader), VectorQuery(QUERY, WHERE, [Wanted({RECORD: (CHUNK,)}, 1)])

    def work(calls):
        for _ in range(calls):
            yield [query]
        return calls

    end = begin(recording, [work(2), work(1), work(0)])
    assert len(recording.asked) == 2  # of the first two, at once
    assert end() == [2, 1, 0]
    assert len(recording.asked) == 3
    assert begin(recording, [])() == []


def test_every_question_to_the_store_carries_the_whole_filter_and_one_sort_of_record(reader, notes):
    recording, more = Recording(reader), {"countries": ("NL",)}
    question = asked("ransomware", **more)
    found = of(recording, retrieve(notes, question, 3))
    of(recording, complete(notes, question, 3, found, ("practice-nl-5",), ("BE", "LU")))
    of(recording, passages_of(notes, question, {"practice-nl-5": Language.NL}, found.candidates.records[:1].tolist()))
    assert {(*query.where.items(),) for query in recording.asked} == {(*{**WHERE, **more}.items(),)}
    lists = [wanted for query in recording.asked for wanted in query.lists]
    sorts = [wanted.where.get(RECORD) or {each.partition("/")[0] for each in wanted.where[CELL]} for wanted in lists]
    of_words = [{CHUNK}, {QUESTION}] * len(Language)
    assert sorts == [
        *[{CHUNK}] * len(Kind) * len(Language),
        *[{QUESTION}] * len(Kind),
        *of_words,
        (CHUNK,),
        *[{CHUNK}] * 2,
        *[(CHUNK,)] * 2,
    ]


# --- questions that notes answer ---


def test_the_nearest_questions_are_retrieved_by_note_and_never_as_passages(reader, notes):
    found = of(reader, retrieve(notes, asked(), 6))
    near = questions(found, notes)
    assert len(near) == 6
    assert near["practice-nl-0"] == pytest.approx([1.0, 0.999], abs=1e-5)
    assert [kind for kind, floor in zip(KINDS, found.question_floors, strict=True) if floor > NOWHERE] == ["practice"]
    passages = Wanted({}, len(found.candidates.records), found.candidates.records)
    [named] = reader.query([VectorQuery(QUERY, WHERE, [passages])])
    assert all("#" in record_id for record_id in named.record_ids)


def test_a_question_that_holds_the_words_counts_for_more_than_others_as_near(reader, notes):
    plain, worded = (questions(of(reader, retrieve(notes, asked(words), 18)), notes) for words in ("", "losgeld"))
    assert worded.keys() == plain.keys()
    (first, second), before = worded["practice-nl-4"], plain["practice-nl-4"]
    assert 0 < first - before[1] < QUESTION_LEXICAL_WEIGHT  # the question with the word is now the better of the two
    assert second <= before[0]
    assert all(max(worded[note_id]) <= max(plain[note_id]) for note_id in plain if not note_id.endswith("-4"))


def test_which_of_equal_passages_a_list_has_room_for_changes_no_score(reader, notes):
    """All but a few passages and questions hold the word alike; which three of them the store gives is chance."""

    def scores(words, depth):
        found = of(reader, retrieve(notes, asked(words), depth))
        return rows(found.candidates, notes), questions(found, notes)

    assert scores("gewoon", 3) == scores("", 3)
    assert scores("gewoon", 20) != scores("", 20)
