"""A question that names a country asks about that country: what does not hold there says so, and answers nothing."""

import pytest

from kb.text.languages import Language
from search import pipeline
from search.rank.score import Scored
from search.results import Level
from search.understand.identifiers import ABOUT

PLACES = {"BNL", "EU", "COE", "INT"}


def hits(view, question, **more):
    return [hit for found in view.search(question, reader=Language.EN, **more).lists.values() for hit in found]


@pytest.mark.parametrize(
    ("question", "country"),
    [
        ("où bloquer une carte bancaire volée au Luxembourg", "LU"),
        ("een Luxemburger wil een gestolen bankkaart blokkeren", "LU"),
        ("gestohlene Bankkarte sperren in Luxemburg", "LU"),
        ("which Belgian police unit handles a hacked company", "BE"),
        ("hoe wijzen Nederlandse scholen jongeren op het risico van geldezels", "NL"),
    ],
)
def test_what_does_not_hold_in_the_country_asked_about_says_so_and_is_never_high(searcher, question, country):
    found = hits(searcher.view(), question)
    here = [hit for hit in found if {country, *PLACES} & {*hit.countries}]
    elsewhere = [hit for hit in found if hit not in here]
    assert any(hit.level is not Level.LOW for hit in here)
    assert elsewhere
    assert {hit.does_not_hold_in for hit in here} == {()}
    assert {hit.does_not_hold_in for hit in elsewhere} == {(country,)}
    assert Level.HIGH not in {hit.level for hit in elsewhere}


def test_of_several_countries_a_note_holds_in_one(searcher):
    found = hits(searcher.view(), "loverboys between Antwerp and the Netherlands")
    assert any({*hit.countries} & {"BE"} and not hit.does_not_hold_in for hit in found)
    assert {hit.does_not_hold_in for hit in found if {*hit.countries} == {"LU"}} <= {("BE", "NL")}


def test_a_note_whose_like_is_sought_asks_about_no_country(searcher):
    view = searcher.view()
    note = "be-card-stop"
    title = view.note(note, Language.EN).payload["title"]
    found = [
        *hits(view, None, similar_to=note),
        *hits(view, f"{title} in Belgium", pasted=True),
        *hits(view, "where is a stolen bank card blocked"),
    ]
    assert found
    assert {hit.does_not_hold_in for hit in found} == {()}


@pytest.mark.parametrize(
    "question",
    [
        *("capitale du Luxembourg", "activiteiten voor jongeren van 12 jaar Gent", "weather in Antwerp"),
        *(
            "Luxembourg",
            "Eindhoven",
            "apprendre le néerlandais à Gand",
            "Hauptstadt von Luxemburg",
            "jongeren in Utrecht",
        ),
    ],
)
def test_a_place_an_age_or_a_language_carries_no_question_into_the_scope(searcher, question):
    assert not searcher.view().search(question).relevant


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("saisie de cryptomonnaies au Luxembourg", "lu-asset-seizure"),
        ("meldpunt kinderporno Nederland", "nl-offlimits-hotline"),
    ],
)
def test_what_is_asked_about_is_found_where_it_is_asked_about(searcher, question, note):
    found = hits(searcher.view(), question)
    [hit] = [hit for hit in found if hit.id == note]
    assert (hit.level, hit.does_not_hold_in) == (Level.HIGH, ())


@pytest.mark.parametrize("question", ["2023/1543", "règlement 2023/1543", "2016/679 België"])
def test_a_number_alone_is_no_age(searcher, question):
    found = hits(searcher.view(), question)
    assert any(hit.identifier and hit.level is Level.HIGH for hit in found)


def test_a_country_beyond_the_benelux_binds_nothing(searcher):
    found = hits(searcher.view(), "gegevens opvragen bij een Duitse provider")
    assert any(hit.level is not Level.LOW for hit in found)
    assert {hit.does_not_hold_in for hit in found} == {()}


@pytest.mark.parametrize(
    ("question", "above", "encoded"),
    [
        ("false messages in Ghent", -0.001, ["false messages in Ghent", "false messages in"]),
        ("false messages in Ghent", 0.001, ["false messages in Ghent"]),
        ("false messages", -0.001, ["false messages"]),
        ("Ghent", -0.001, ["Ghent"]),
    ],
)
def test_what_names_a_place_is_encoded_without_the_name_too_where_that_may_change_the_answer(
    content, index, fake_encoder, monkeypatch, question, above, encoded
):
    content.practice("be-a")
    view = index().view()
    monkeypatch.setattr(pipeline, "scope_of", lambda view, asked: 0.5)
    monkeypatch.setattr(Scored, "nearest", 0.5 + pipeline.IN_DOUBT + above)
    fake_encoder.encoded.clear()
    view.search(question)
    assert fake_encoder.encoded == encoded


@pytest.mark.parametrize("question", ["phone shops à Luxembourg", "famous lawyers in Belgium"])
def test_what_a_place_draws_nearer_raises_the_scope(searcher, question, monkeypatch):
    view = searcher.view()
    assert not view.search(question).relevant
    monkeypatch.setattr(Scored, "nearest", 0.0)  # as if it drew nothing nearer
    assert view.search(question).relevant


@pytest.mark.parametrize(
    "question",
    ["who is the mayor en Belgique", "wie is de burgemeester van Gent", "qui est le bourgmestre de Liège"],
)
def test_who_asks_of_public_life_in_a_place_finds_nothing(searcher, question):
    assert not searcher.view().search(question).relevant


def test_a_place_that_was_not_meant_is_a_word_like_others(content, index, fake_encoder):
    content.practice("be-a")
    view = index().view()
    fake_encoder.encoded.clear()
    view.search("false messages in Ghent", not_meant=("country:BE",))
    assert fake_encoder.encoded == ["false messages in Ghent"]


@pytest.mark.parametrize(
    "name", ["lmio", "baps", "phishnemo", "ispoof", "cyfun", "hackright", "nomoreleaks", "avcheck"]
)
@pytest.mark.parametrize(
    "question",
    [
        "bestaat {} ook in {} en wie doet dat daar",
        "comment fonctionne {} et existe-t-il en {}",
        "is there something like {} for police in {}",
    ],
)
def test_who_asks_whether_something_exists_elsewhere_too_finds_it(searcher, question, name):
    view = searcher.view()
    found = max(hits(view, question.format(name, "Luxembourg")), key=lambda hit: hit.score)
    assert found.identifier >= ABOUT


@pytest.mark.parametrize(("word", "common"), [("emma", True), ("halt", True), ("lmio", False), ("cyfun", False)])
def test_a_word_is_common_that_the_encoder_knows_whole(encoder, word, common):
    assert pipeline._is_common(encoder, word) is common
