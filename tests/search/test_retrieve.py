"""Retrieval on a real store: every kind and language is among the candidates, and both scores count for each."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import passage_terms, query_terms
from kb.notes.note import Kind
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import Manifest, Means
from kb.store.records import CELL, CHUNK, QUESTION, RECORD, Point, cell, chunk_id, question_id
from kb.text.languages import Language
from search.query import SearchQuery
from search.rank.candidates import LEXICAL_WEIGHT
from search.rank.score import QUESTION_LEXICAL_WEIGHT
from search.retrieve import complete, retrieve
from search.understand.identifiers import Evidence
from search.understand.question import Question
from search.understand.thesaurus import Named

WHERE = {RECORD: (CHUNK,), "access": ("clear",)}
QUERY = np.array([1, 0, 0, 0], np.float32)
MEANS = dict.fromkeys(Language, QUERY)
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


def asked(words="", kinds=(), **filters):
    """A question with this filter besides the caller's."""
    lexical = {language: query_terms(words, language) for language in Language}
    query = SearchQuery("q", filters={"kind": kinds} if kinds else {})
    return Question(query, {**WHERE, **filters}, QUERY, lexical, (), None, Language.EN, Named(), Evidence())


def ids(found):
    return {candidate.note_id for candidate in found.candidates}


def test_the_nearest_of_every_kind_and_language_are_candidates_however_far_they_are(reader):
    found = retrieve(reader, asked(), 3)
    assert ids(found) == {f"{kind}-{language}-{place}" for kind, language, place in product(Kind, Language, range(3))}
    assert found.floors == {
        (kind, language): pytest.approx(NEAR[language] - 0.002, abs=1e-5) for kind, language in product(Kind, Language)
    }


def test_where_all_passages_were_retrieved_nothing_is_below_a_floor(reader):
    found = retrieve(reader, asked(kinds=(Kind.PRACTICE,)), 10)
    assert len(found.candidates) == 27  # nine of ten in each language: the restricted ones are not retrieved
    assert found.floors == {}


def test_a_passage_found_by_its_words_alone_has_its_nearness_too(reader):
    found = retrieve(reader, asked("ransomware"), 3)
    worded = [candidate for candidate in found.candidates if candidate.note_id.endswith("-9")]
    assert len(found.candidates) == 18 + 6 == 18 + len(worded)
    for candidate in worded:
        near = NEAR[candidate.language] - 0.009
        assert near < candidate.score <= near + LEXICAL_WEIGHT


def test_what_is_missing_is_fetched_within_the_filter(reader):
    """Chosen notes, and practices of a country where those of others fill the cells; place 8 is restricted."""
    plain = retrieve(reader, asked(), 3)
    whole = complete(reader, asked(), 3, plain, {"practice-en-8", "practice-nl-0", "strategy-fr-9"}, ("LU", "BE"))
    assert ids(whole) - ids(plain) == {"strategy-fr-9", *(f"practice-{language}-7" for language in Language)}
    assert whole.floors == plain.floors
    assert len(whole.candidates) == len(ids(whole))  # none of a note that was found before
    assert whole.candidates[: len(plain.candidates)] == plain.candidates
    near = {candidate.note_id: candidate.score for candidate in whole.candidates}
    assert near["practice-en-7"] == pytest.approx(NEAR[Language.EN] - 0.007, abs=1e-5)


def test_words_do_not_lead_around_the_filter(reader):
    found = retrieve(reader, asked("verborgen ransomware", (Kind.STRATEGY,)), 3)
    assert {note_id.partition("-")[0] for note_id in ids(found)} == {"strategy"}
    assert {note_id[-2:] for note_id in ids(found)} == {"-0", "-1", "-2", "-9"}


class Recording:
    """A reader that keeps what it is asked, and the store of it."""

    def __init__(self, reader):
        self._reader, self.asked = reader, []

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def reader(self):
        return self

    def query(self, queries):
        self.asked += queries
        return self._reader.query(queries)


def test_every_question_to_the_store_carries_the_whole_filter(reader):
    recording, more = Recording(reader), {"countries": ("NL",)}
    question = asked("ransomware", **more)
    found = retrieve(recording, question, 3)
    complete(recording, question, 3, found, ("practice-nl-5",), ("BE", "LU"))
    sorts = [
        query.where.get(RECORD) or {each.partition("/")[0] for each in query.where[CELL]} for query in recording.asked
    ]
    assert sorts == [{CHUNK}] * 3 + [{QUESTION}] * 3 + [{CHUNK}] * 6 + [{QUESTION}] * 2 + [(CHUNK,)] * 2 + [{CHUNK}] * 2
    assert [query.among is None for query in recording.asked] == [True] * 14 + [False] + [True] * 3
    for query in recording.asked[:-2]:
        assert {"access": WHERE["access"], **more}.items() <= query.where.items()
    assert [query.where["countries"] for query in recording.asked[-2:]] == [("BE",), ("LU",)]


# --- questions that notes answer ---


def test_the_nearest_questions_are_retrieved_by_note_and_never_as_passages(reader):
    found = retrieve(reader, asked(), 6)
    assert len(found.questions) == 6
    assert found.questions["practice-nl-0"] == pytest.approx((1.0, 0.999), abs=1e-5)
    assert set(found.question_floors) == {Kind.PRACTICE}
    assert all("#" in candidate.chunk_id for candidate in found.candidates)


def test_a_question_that_holds_the_words_counts_for_more_than_others_as_near(reader):
    plain, worded = (retrieve(reader, asked(words), 18).questions for words in ("", "losgeld"))
    assert worded.keys() == plain.keys()
    (first, second), before = worded["practice-nl-4"], plain["practice-nl-4"]
    assert 0 < first - before[1] < QUESTION_LEXICAL_WEIGHT  # the question with the word is now the better of the two
    assert second <= before[0]
    assert all(max(worded[note_id]) <= max(plain[note_id]) for note_id in plain if not note_id.endswith("-4"))


def test_which_of_equal_passages_a_list_has_room_for_changes_no_score(reader):
    """All but a few passages and questions hold the word alike; which three of them the store gives is chance."""
    assert retrieve(reader, asked("gewoon"), 3) == retrieve(reader, asked(), 3)
    assert retrieve(reader, asked("gewoon"), 20) != retrieve(reader, asked(), 3)
