"""Retrieval on a real store: every kind and language is among the candidates, and both scores count for each."""

from itertools import product
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import passage_terms, query_terms
from kb.notes.note import Kind
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import Manifest, Means
from kb.store.protocol import ChunkReader, VectorQuery
from kb.store.records import CELL, CHUNK, QUESTION, RECORD, Point, cell, chunk_id, note_and_language, question_id
from kb.text.languages import Language
from kb.text.terms import Sparse
from search.rank.candidates import LEXICAL_WEIGHT
from search.rank.score import QUESTION_LEXICAL_WEIGHT
from search.retrieve import Vectors, complete, retrieve

WHERE = {RECORD: (CHUNK,), "access": ("clear",)}
QUERY = np.array([1, 0, 0, 0], np.float32)
MEANS = dict.fromkeys(Language, QUERY)
NO_WORDS: dict[Language, Sparse] = dict.fromkeys(Language, Sparse((), ()))
NEAR = {Language.NL: 0.9, Language.FR: 0.5, Language.EN: 0.1}
"""How near the nearest passage of each language is to the query: all in Dutch are nearer than any in English."""


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


def ids(found):
    return {one.note_id for one in found.candidates}


def test_the_nearest_of_every_kind_and_language_are_candidates_however_far_they_are(reader):
    found = retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, NO_WORDS), 3)
    assert ids(found) == {f"{kind}-{language}-{place}" for kind, language, place in product(Kind, Language, range(3))}
    assert found.floors == {
        (kind, language): pytest.approx(NEAR[language] - 0.002, abs=1e-5) for kind, language in product(Kind, Language)
    }


def test_where_all_passages_were_retrieved_nothing_is_below_a_floor(reader):
    found = retrieve(reader, WHERE, (Kind.PRACTICE,), Vectors(QUERY, NO_WORDS), 10)
    assert len(found.candidates) == 27  # nine of ten in each language: the restricted ones are not retrieved
    assert found.floors == {}


def test_a_passage_found_by_its_words_alone_has_its_nearness_too(reader):
    words = {language: query_terms("ransomware", language) for language in Language}
    found = retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, words), 3)
    worded = [one for one in found.candidates if one.note_id.endswith("-9")]
    assert len(found.candidates) == 18 + 6 == 18 + len(worded)
    for one in worded:
        near = NEAR[one.language] - 0.009
        assert near < one.score <= near + LEXICAL_WEIGHT
    assert all(note_and_language(one.chunk_id) == (one.note_id, one.language) for one in found.candidates)


class Recording:
    """A reader that keeps what it is asked."""

    def __init__(self, reader):
        self._reader = reader
        self.asked: list[VectorQuery] = []

    def query(self, queries):
        self.asked += queries
        return self._reader.query(queries)


def test_the_practices_of_a_country_are_found_where_those_of_others_fill_the_cells(reader):
    vectors = Vectors(QUERY, NO_WORDS)
    plain = retrieve(reader, WHERE, tuple(Kind), vectors, 3)
    with_lu = complete(reader, WHERE, vectors, 3, plain, (), ("LU", "BE"))
    assert ids(with_lu) - ids(plain) == {f"practice-{language}-7" for language in Language}
    assert with_lu.floors == plain.floors
    assert with_lu.candidates[: len(plain.candidates)] == plain.candidates
    near = {one.note_id: one.score for one in with_lu.candidates}
    assert near["practice-en-7"] == pytest.approx(NEAR[Language.EN] - 0.007, abs=1e-5)


def test_words_do_not_lead_around_the_filter(reader):
    words = {language: query_terms("verborgen ransomware", language) for language in Language}
    found = retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, words), 3)
    assert not [one for one in ids(found) if one.endswith("-8")]
    assert [one for one in ids(found) if one.endswith("-9")]
    only = retrieve(reader, WHERE, (Kind.STRATEGY,), Vectors(QUERY, words), 3)
    assert {one.partition("-")[0] for one in ids(only)} == {"strategy"}


def test_every_question_to_the_store_carries_the_whole_filter(reader):
    words = {language: query_terms("ransomware", language) for language in Language}
    recording = Recording(reader)
    found = retrieve(cast("ChunkReader", recording), WHERE, tuple(Kind), Vectors(QUERY, words), 3)
    vectors = Vectors(QUERY, words)
    complete(cast("ChunkReader", recording), WHERE, vectors, 3, found, ("practice-nl-5",), ("BE", "LU"))
    assert len(recording.asked) == 3 + 3 + 6 + 2 + 1 + 1 + 2
    sorts = [
        query.where.get(RECORD) or {one.partition("/")[0] for one in query.where[CELL]} for query in recording.asked
    ]
    assert sorts == [{CHUNK}] * 3 + [{QUESTION}] * 3 + [{CHUNK}] * 6 + [{QUESTION}] * 2 + [(CHUNK,)] * 2 + [{CHUNK}] * 2
    assert all(query.where["access"] == WHERE["access"] for query in recording.asked)
    assert [query.among is None for query in recording.asked] == [True] * 14 + [False] + [True] * 3


def test_what_a_caller_filters_by_holds_for_every_question_to_the_store(reader):
    words = {language: query_terms("ransomware", language) for language in Language}
    where = {**WHERE, "kind": (Kind.PRACTICE,), "countries": ("NL",)}
    recording = Recording(reader)
    found = retrieve(cast("ChunkReader", recording), where, (Kind.PRACTICE,), Vectors(QUERY, words), 3)
    complete(cast("ChunkReader", recording), where, Vectors(QUERY, words), 3, found, ("practice-nl-5",))
    for query in recording.asked:
        assert {"kind": (Kind.PRACTICE,), "countries": ("NL",)}.items() <= query.where.items()


# --- questions that notes answer ---


def test_the_nearest_questions_are_retrieved_by_note_and_never_as_passages(reader):
    found = retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, NO_WORDS), 6)
    assert len(found.questions) == 6
    assert found.questions["practice-nl-0"] == pytest.approx((1.0, 0.999), abs=1e-5)
    assert set(found.question_floors) == {Kind.PRACTICE}
    assert all("#" in one.chunk_id for one in found.candidates)


def test_a_question_that_holds_the_words_counts_for_more_than_others_as_near(reader):
    words = {language: query_terms("losgeld", language) for language in Language}
    plain = retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, NO_WORDS), 18).questions
    worded = retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, words), 18).questions
    assert worded.keys() == plain.keys()
    (first, second), before = worded["practice-nl-4"], plain["practice-nl-4"]
    assert 0 < first - before[1] < QUESTION_LEXICAL_WEIGHT  # the question with the word is now the better of the two
    assert second <= before[0]
    assert all(max(worded[one]) <= max(plain[one]) for one in plain if not one.endswith("-4"))


def test_what_is_missing_of_chosen_notes_is_fetched_within_the_filter(reader):
    vectors = Vectors(QUERY, NO_WORDS)
    found = retrieve(reader, WHERE, tuple(Kind), vectors, 2)
    chosen = {"practice-nl-5", "practice-en-8", "strategy-fr-9"}  # place 8 is not for this caller
    whole = complete(reader, WHERE, vectors, 2, found, chosen)
    assert ids(whole) - ids(found) == {"practice-nl-5", "strategy-fr-9"}
    assert whole.candidates[: len(found.candidates)] == found.candidates


def test_which_of_equal_passages_a_list_has_room_for_changes_no_score(reader):
    """All but a few passages and questions hold the word alike; which three of them the store gives is chance."""
    words = {language: query_terms("gewoon", language) for language in Language}
    plain, worded = (retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, asked), 3) for asked in (NO_WORDS, words))
    assert worded == plain
    assert retrieve(reader, WHERE, tuple(Kind), Vectors(QUERY, words), 20) != plain
