"""What a question was understood to name, and what changes when the reader says that it is not meant."""

import pytest

from kb.text.languages import Language
from search.query import MAX_CHARACTERS

QUESTION = "Which Belgian unit works on phishing under article 39bis, and what of LabHost?"


def understood(view, text, reader=Language.NL, **more):
    return {each.key: each.label for each in view.search(text, reader=reader, **more).understood}


@pytest.mark.parametrize(("reader", "country"), [("fr", "Belgique"), ("nl", "België"), ("en", "Belgium")])
def test_concepts_are_told_in_the_readers_words_and_identifiers_as_they_are_written(searcher, reader, country):
    assert understood(searcher.view(), QUESTION, reader) == {
        "crime_type:phishing": {"fr": "hameçonnage"}.get(reader, "phishing"),
        "country:BE": country,
        "identifier:art:39bis": "art 39bis",
        "identifier:labhost": "LabHost",
    }


def test_a_country_that_is_not_meant_holds_no_note_back(searcher):
    view = searcher.view()
    meant, not_meant = view.search(QUESTION), view.search(QUESTION, not_meant=["country:BE"])
    assert any(hit.does_not_hold_in for hit in meant.hits)
    assert not any(hit.does_not_hold_in for hit in not_meant.hits)
    assert "country:BE" not in {each.key for each in not_meant.understood}


@pytest.mark.parametrize(
    ("question", "key", "part"),
    [
        ("hulp na quishing", "crime_type:phishing", "subject"),
        ("what came of Sky ECC for our cases", "identifier:skyecc", "identifier"),
        ("Verordening (EU) 2023/1543 in de praktijk", "identifier:eu:2023/1543", "identifier"),
    ],
)
def test_what_is_not_meant_adds_nothing_to_a_score(searcher, question, key, part):
    view = searcher.view()

    def added(**more):
        hits = view.search(question, explain=True, **more).hits
        return max(getattr(hit.explanation.contributions, part) for hit in hits)

    assert key in understood(view, question)
    assert added() > 0
    assert added(not_meant=[key]) <= 0
    assert key not in understood(view, question, not_meant=[key])


def test_of_a_pasted_text_what_most_parts_name_comes_first(searcher):
    text = "Een bewoner van Gent kreeg een valse sms. " * 4 + "Phishing! " * 200
    assert len(text) > MAX_CHARACTERS
    assert next(iter(understood(searcher.view(), text, pasted=True))) == "crime_type:phishing"
    assert (
        understood(searcher.view(), text, pasted=True, not_meant=["crime_type:phishing"])
        .keys()
        .isdisjoint({"crime_type:phishing"})
    )


def test_what_it_was_not_taken_for_changes_nothing(searcher):
    view = searcher.view()
    keys = ["", "BE", "country", "country:XX", "kind:practice", "identifier:", "crime_type:ransomware"]
    asked, other = view.search(QUESTION), view.search(QUESTION, not_meant=keys)
    assert (other.lists, other.understood) == (asked.lists, asked.understood)
