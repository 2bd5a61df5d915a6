"""The public form of answers: what is put together without its model is what the model says, and narrows to members."""

import json

import pytest

from api.models.answers import FieldsResponse, SearchResponse, public_answer
from api.models.cards import public_card
from kb.text.languages import Language

PHISHING = "providers block the sites of false messages"


@pytest.fixture
def found(content, index):
    """Searches two notes that name each other."""
    twin = [{"id": "nl-a", "rel": "counterpart-of"}]
    content.practice("be-a", related=twin)
    content.practice("nl-a", countries=["NL"], related=[{**twin[0], "id": "be-a"}])
    view = index().view()
    return lambda **asked: view.search(PHISHING, reader=Language.EN, **asked)


def test_an_answer_has_hits_with_links_to_pages_of_this_server(found):
    answer = SearchResponse.of(found())
    hits = {hit.id: hit for hit in answer.practices}
    assert hits.keys() == {"be-a", "nl-a"}
    assert hits["be-a"].url == "/notes/be-a?lang=en"
    assert [(other.id, other.url) for other in hits["be-a"].counterparts] == [("nl-a", "/notes/nl-a?lang=en")]
    assert {hit.explanation for hit in hits.values()} == {None}
    assert (answer.by_country, answer.countries_without, answer.next) == (None, None, None)
    assert SearchResponse.model_validate_json(answer.model_dump_json()) == answer


def test_an_explanation_says_the_sentence_that_is_marked(found):
    for hit in SearchResponse.of(found(explain=True)).practices:
        marked = hit.passage.highlight
        sentence = marked and hit.passage.text[marked.start : marked.end]
        assert hit.explanation.sentence == sentence
        assert hit.explanation.passage_language == "en"


def test_an_answer_by_country_names_those_without_a_practice(found):
    answer = SearchResponse.of(found(group_by="country"))
    assert {country: [hit.id for hit in hits] for country, hits in answer.by_country.items()} == {
        "BE": ["be-a"],
        "NL": ["nl-a"],
        "LU": [],
    }
    assert answer.countries_without == ["LU"]


def test_an_answer_has_the_members_of_hits_that_are_wanted_and_repeats_no_question_that_is_not(found):
    results = found()
    cards = {hit.id: public_card(hit) for hit in results.hits}
    answer = json.loads(public_answer(results, cards, fields=("id", "level"), echo=False))
    assert [hit.keys() for hit in answer["practices"]] == [{"id", "level"}] * 2
    assert answer["query"]["text"] == ""
    assert FieldsResponse.model_validate({**answer, "practices": []}).query.text == ""
    assert json.loads(public_answer(results, cards, "next"))["next"] == "next"
