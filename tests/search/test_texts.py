"""Answers to parts of a text: what many parts find well comes first, and what none finds relevant comes last."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.notes.note import Kind
from search.query import search_query
from search.rank.texts import CLEARLY, OF_EACH, PART, merged, parts
from search.results import Level

TEXT = (
    "Somebody received false messages about a parcel. The bank froze the accounts of mules. "
    "Providers block the sites behind false messages, says the report of the police. "
) * 3

WORDS = st.lists(
    st.text(st.sampled_from("ab.é!?:"), min_size=1, max_size=30) | st.just("x" * 450), min_size=1, max_size=60
)


@given(WORDS)
def test_every_letter_is_in_a_part_in_its_order(words):
    text = " ".join(words)
    found = parts(text)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(0 < len(part) <= PART for part in found)


def test_a_text_without_sentences_is_cut_after_words():
    for word in ("a", "ab", "abc"):
        assert PART - len(word) <= len(parts(f"{word} " * PART)[0]) <= PART


def test_sentences_stay_whole_where_they_can():
    short, long = "A short one.", f"{'word ' * 60}end."
    found = parts(f"{short} {short} {long} {short}")
    assert found[0] == f"{short} {short}"
    assert found[-1].endswith(short)
    assert len(found) == 3


@pytest.fixture
def searcher(content, index):
    content.practice("be-a", started="2020")
    content.practice(
        "nl-b", countries=["NL"], started="2024", body="## Problem\n\nMules.\n\n## Approach\n\nBanks freeze accounts.\n"
    )
    content.practice("lu-c", countries=["LU"], body="## Problem\n\nSchools.\n\n## Approach\n\nPupils draw posters.\n")
    content.strategy("be-plan")
    return index()


def ids(hits):
    return [hit.id for hit in hits]


def ask(searcher, **more):
    return searcher.view().search(TEXT, pasted=True, reader="en", **more)


def test_each_note_is_there_once_the_relevant_ones_first(searcher):
    found = ask(searcher)
    assert sorted(ids(found.practices)) == ["be-a", "lu-c", "nl-b"]
    assert ids(found.strategies) == ["be-plan"]
    levels = [hit.level == "low" for hit in found.practices]
    assert levels == sorted(levels)
    relevant = [hit.score for hit in found.practices if hit.level != "low"]
    assert relevant == sorted(relevant, reverse=True)
    assert sum(found.totals.values()) == sum(hit.level != "low" for hit in (*found.practices, *found.strategies))


def test_it_is_read_in_parts(searcher):
    whole = ask(searcher)
    parts = [ask(searcher, limit=1, offset=place) for place in range(4)]
    assert [note for part in parts for note in ids(part.practices)] == ids(whole.practices)
    assert [part.more for part in parts] == [True, True, False, False]
    assert all(part.totals == whole.totals and part.counts == whole.counts for part in parts)


def test_filters_kinds_and_notes_left_out_count(searcher):
    assert ids(ask(searcher, country=["NL"]).practices) == ["nl-b"]
    assert ids(ask(searcher, kind=["strategy"]).practices) == []
    assert "be-a" not in ids(ask(searcher, without=["be-a"]).practices)


@pytest.mark.parametrize(
    ("others", "fifth", "moved"),
    [
        ("lu-a/high", "lu-a", [("lu-a", 8, 5, "LU")]),  # .588 of the first, which lets .714 - .2 pass
        ("lu-a/medium", "be-4", []),  # .353: too little
        ("lu-a/low", "be-4", []),
        ("lu-a/high nl-a/high", "lu-a", [("lu-a", 8, 5, "LU")]),
    ],
)
def test_a_country_with_a_relevant_practice_is_among_the_first_five(content, index, others, fifth, moved):
    found = [name.split("/") for name in (*(f"be-{number}/high" for number in range(7)), *others.split())]
    for note_id, _ in found:
        content.practice(note_id, countries=[note_id[:2].upper()])
    view = index().view()
    template = ask(index(), explain=True)
    hits = {hit.id: hit for hit in template.practices}
    part = replace(
        template,
        lists={Kind.PRACTICE: tuple(replace(hits[note_id], level=Level(level)) for note_id, level in found)},
    )

    def whole(**more):
        query = search_query(TEXT, view.taxonomy, pasted=True, **more)
        return merged([part], query, view.generation.notes, view.taxonomy)

    answer = whole(limit=20)
    assert answer.practices[4].id == fifth
    assert sorted(ids(answer.practices)) == sorted(ids(part.practices))
    assert [(move.id, move.from_place, move.to_place, move.country) for move in answer.moves] == moved
    explained = [hit.explanation.move for hit in answer.practices if hit.explanation.move]
    assert explained == list(answer.moves)
    assert ids(whole(limit=4).practices) + ids(whole(limit=4, offset=4).practices) == ids(answer.practices)[:8]
    assert [move.to_place for move in whole(limit=4).moves] == [place for _, _, place, _ in moved if place <= 4]
    assert not whole(limit=20, sort="date").moves
    assert not whole(limit=20, country=["BE", "NL", "LU"]).moves


def test_relevant_ones_stand_latest_first_or_by_country(searcher):
    relevant = {hit.id for hit in ask(searcher).practices if hit.level != "low"}
    found = ask(searcher, sort="date").practices
    dates = [hit.since or "" for hit in found]
    assert dates == sorted(dates, reverse=True)
    lists = ask(searcher, group_by="country").by_country
    assert {"BE", "NL", "LU"} <= lists.keys()
    assert {*ids(found)} == relevant == {note_id for hits in lists.values() for note_id in ids(hits)}
    assert all(country in hit.countries for country, hits in lists.items() for hit in hits)


def test_all_questions_and_parts_are_encoded_once(searcher, fake_encoder):
    fake_encoder.encoded.clear()
    searcher.view().search_all([("who blocks sites", {}), (TEXT, {"pasted": True}), ("mules", {})])
    assert fake_encoder.encoded == ["who blocks sites", *parts(" ".join(TEXT.split())), "mules"]


def test_a_hit_is_that_of_the_part_which_finds_it_most_relevant(searcher):
    levels = ["low", "medium", "high"]
    of_parts = [
        hit
        for part in parts(" ".join(TEXT.split()))
        for hit in searcher.view().search(part, reader="en", limit=OF_EACH).practices
    ]
    for hit in ask(searcher).practices:
        assert hit.level == max((part.level for part in of_parts if part.id == hit.id), key=levels.index)


def test_the_language_is_that_of_the_whole_text(searcher):
    text = "Phishing report. " + "De politie en de banken waarschuwen samen de slachtoffers van valse sites. " * 5
    found = searcher.view().search(text, pasted=True)
    assert (found.detected, found.reader) == ("nl", "nl")


def test_a_text_of_which_hardly_a_part_is_answered_is_not(searcher):
    view = searcher.view()
    query, found = search_query(TEXT, view.taxonomy, pasted=True), view.search("money mules", limit=5)

    def part(level, margin):
        hits = {kind: tuple(replace(hit, level=level) for hit in hits) for kind, hits in found.lists.items()}
        return replace(found, lists=hits, margin=margin)

    for parts_of_it, answered in (
        ([part(Level.HIGH, CLEARLY), *[part(Level.LOW, -0.1)] * 7], True),
        ([part(Level.HIGH, CLEARLY), *[part(Level.LOW, -0.1)] * 8], False),
        ([part(Level.HIGH, CLEARLY - 0.001)] * 4, False),  # none of several is clearly in scope
        ([part(Level.HIGH, 0.0)], True),
    ):
        whole = merged(parts_of_it, query, view.generation.notes, view.taxonomy)
        assert (whole.relevant, whole.margin) == (answered, parts_of_it[0].margin)
