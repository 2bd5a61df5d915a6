"""Our own collection, with the real encoder: needs of people in one country, answered from another's notes."""

from pathlib import Path

import pytest
import yaml

from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Level

TABLES = yaml.safe_load(Path(__file__).with_name("collection.yaml").read_text(encoding="utf-8"))
PHISHING, NEEDS, EXACT = (TABLES[name] for name in ("phishing", "needs", "exact"))


@pytest.mark.parametrize(("question", "lang"), PHISHING)
def test_phishing_sites_find_practices_of_all_three_countries_and_a_strategy(searcher, question, lang):
    results = searcher.view().search(question, reader=lang)
    countries = {country for hit in results.practices for country in hit.countries}
    assert countries >= {"BE", "NL", "LU"}
    assert results.strategies
    assert results.detected == lang


@pytest.mark.parametrize(("question", "lang", "note"), NEEDS, ids=[note for *_, note in NEEDS])
def test_a_need_is_answered_by_a_note_written_in_another_language(searcher, question, lang, note):
    assert searcher.view().note(note, None).payload["original"] != lang
    results = searcher.view().search(question, reader=lang)
    assert note in [hit.id for hit in (*results.practices[:5], *results.strategies[:5])]


def test_the_same_question_in_each_language_has_four_of_the_top_five_in_common(searcher):
    top = [{hit.id for hit in searcher.view().search(text, reader=lang).practices[:5]} for text, lang in TABLES["same"]]
    assert len(top[0] & top[1] & top[2]) >= 4


@pytest.mark.parametrize(("question", "note"), EXACT, ids=[question for question, _ in EXACT])
def test_an_identifier_or_name_finds_its_note_first(searcher, question, note):
    results = searcher.view().search(question)
    first = {hit.id: hit.identifier for hits in (results.practices, results.strategies) for hit in hits[:1]}
    assert first[note] >= 1


@pytest.mark.parametrize("question", ["NIS2", "NIS 2", "nis-2", "NIS2-richtlijn", "directive NIS2"])
def test_the_directive_and_the_law_are_first_for_nis2_however_it_is_spelt(searcher, question):
    assert {hit.id for hit in searcher.view().search(question).strategies[:2]} == {"eu-nis2", "be-nis2-law"}


def test_an_article_of_an_act_finds_the_practice_that_rests_on_it(searcher):
    first = searcher.view().search("CETS 185 article 35").practices[0]
    assert first.id == "coe-24-7"
    assert "35" in first.passage.text


@pytest.mark.parametrize("question", [question for question, *_ in (*PHISHING, *NEEDS)])
def test_ordinary_words_are_no_names(searcher, question):
    results = searcher.view().search(question)
    assert not [hit.id for hit in (*results.practices, *results.strategies) if hit.identifier]


def test_relevant_notes_can_be_had_by_date(searcher):
    ranked = searcher.view().search("how do we block phishing sites", limit=50)
    dated = searcher.view().search("how do we block phishing sites", limit=50, sort="date")
    dates = [hit.since or "" for hit in dated.practices]
    assert dates == sorted(dates, reverse=True)
    assert {hit.id for hit in dated.practices} == {hit.id for hit in ranked.practices if hit.level is not Level.LOW}
    assert dated.totals[Kind.PRACTICE] == len(dates) > 1


@pytest.mark.parametrize(("word", "lang", "crime_type"), TABLES["words"])
def test_a_word_of_our_own_vocabulary_is_never_answered_with_nothing(searcher, word, lang, crime_type):
    answer = searcher.view().search(word, reader=lang)
    assert any(crime_type in hit.crime_types and hit.level is not Level.LOW for hit in answer.practices)


@pytest.mark.parametrize(("question", "crime_type"), TABLES["subjects"])
def test_every_practice_about_a_subject_answers_a_question_that_is_nothing_else(searcher, question, crime_type):
    listed = searcher.view().browse(Language.EN, crime_type=[crime_type], limit=50)
    about = {card.id for card in listed.practices}
    answer = searcher.view().search(question, limit=50)
    assert about <= {hit.id for hit in answer.practices if hit.level is not Level.LOW}
    assert {hit.id for hit in answer.practices[: len(about)]} == about


@pytest.mark.parametrize(("word", "note"), TABLES["titles"])
def test_a_word_of_a_title_finds_the_note_where_it_is_all_that_is_asked(searcher, word, note):
    first = searcher.view().search(word).practices[0]
    assert (first.id, first.level) == (note, Level.HIGH)


@pytest.mark.parametrize(("word", "note"), TABLES["asked"])
def test_a_single_word_of_a_question_that_a_note_answers_finds_it(searcher, word, note):
    assert note in [hit.id for hit in searcher.view().search(word).practices if hit.level is not Level.LOW]


@pytest.mark.parametrize("question", ["TCO", "TCO-verordening", "règlement TCO", "ECLI NL HR 2025 409"])
def test_a_law_and_a_case_are_found_as_people_write_them(searcher, question):
    answer = searcher.view().search(question)
    firsts = (answer.practices[0], answer.strategies[0])
    assert {"eu-tco", "nl-telegram-fireworks"} & {hit.id for hit in firsts if hit.level is Level.HIGH}


@pytest.mark.parametrize("word", ["parking", "voetbal", "vélo", "zzzqqq", "a", "pourquoi", "waarom", "new"])
def test_a_single_word_of_no_question_is_answered_with_nothing(searcher, word):
    assert not searcher.view().search(word).relevant


def test_what_holds_no_such_article_is_not_relevant_to_it(searcher):
    hits = searcher.view().search("550bis", reader="fr").practices
    assert [hit.id for hit in hits if hit.level is not Level.LOW] == [hit.id for hit in hits if hit.identifier]
