"""Explanations: the parts are those of the score, and say nothing of what the caller may not see."""

from dataclasses import replace
from pathlib import Path

import pytest

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import stems
from kb.text.languages import Language
from search.present.explain import concept_matches, word_matches
from search.rank.score import FEWER_VERSIONS, QUESTION_WEIGHT
from search.results import ExactMatch, Match
from search.understand.thesaurus import Thesaurus

FR, NL, EN = Language.FR, Language.NL, Language.EN
THESAURUS = Thesaurus(read_taxonomy([Path(__file__).parents[3] / "content"]), stems)

QUESTIONS = (
    "comment bloquer les sites d'hameçonnage",
    "hoe blokkeren we phishingsites",
    "Sky ECC bewijs",
    "verordening 2023/1543 artikel 5",
    "who warns victims of stolen passwords",
    "NIS2",
    "ransomware",
    "geldezels",
    "récupérer les clés de déchiffrement d'un rançongiciel",
    "zzz qqq",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_contributions_add_up_to_the_score(searcher, question):
    found = searcher.view().search(question, explain=True, group_by="country", limit=20).hits
    assert found
    for hit in found:
        why = hit.explanation
        parts, passages = why.contributions, why.passages
        assert sum(vars(parts).values()) == pytest.approx(hit.score, abs=1e-4)
        by_passages = (1 - QUESTION_WEIGHT) * (passages.best + passages.mean) / 2
        rest = parts.questions + parts.subject + parts.links + hit.identifier
        assert hit.score - by_passages == pytest.approx(rest, abs=2e-4)
        assert (why.linked_with is None) == (parts.links == 0)
        assert hit.identifier or passages.mean <= passages.best + 1e-9  # an identifier brings a passage forward
        assert passages.lang in hit.available_languages
        assert 1 <= passages.counted <= 3


def test_what_a_note_gains_for_languages_is_among_the_contributions(index, content):
    content.practice("be-a", title="Blocking false sites")
    [hit] = index().view().search("blocking false sites", explain=True).practices
    assert sum(vars(hit.explanation.contributions).values()) == pytest.approx(hit.score, abs=1e-4)
    assert hit.explanation.contributions.dense >= 2 * FEWER_VERSIONS


def test_an_explanation_changes_nothing_else(searcher):
    plain, explained = (searcher.view().search(QUESTIONS[0], explain=explain).hits for explain in (False, True))
    assert tuple(replace(hit, explanation=None) for hit in explained) == plain


def test_it_names_terms_level_and_identifiers(searcher):
    results = searcher.view().search("Sky ECC bewijs", reader="nl", explain=True)
    hit = results.practices[0]
    first = hit.explanation
    assert (hit.id, first.level) == ("eu-sky-ecc", hit.level)
    assert ExactMatch("name:skyecc", "about") in first.identifiers
    assert first.contributions.identifier >= 1
    assert {(term.term, term.lang) for term in first.terms} >= {("Sky", "nl"), ("ECC", "nl")}
    assert first.thresholds["medium"] < first.thresholds["high"] <= hit.score
    cited = {exact.relation for other in results.practices[1:] for exact in other.explanation.identifiers}
    assert {"cites", "in-passage"} <= cited
    assert "about" not in cited


# --- terms ---


@pytest.mark.parametrize(
    ("question", "texts", "found"),
    [
        (
            "Bloquer un compte of een bank",
            {NL: "De banken blokkeren de rekening.", FR: "Les banques ont bloqué les comptes.", EN: "Nothing."},
            [Match("bank", "banken", NL), Match("Bloquer", "bloqué", FR), Match("compte", "comptes", FR)],
        ),
        ("the site, the Site", {EN: "The site of the sites."}, [Match("site", "site", EN)]),
        ("sites d'hameçonnage", {FR: "L'hameçonnage"}, [Match("hameçonnage", "hameçonnage", FR)]),
    ],
)
def test_a_word_matches_in_any_form_once_a_language_and_stop_words_never(question, texts, found):
    assert list(word_matches(question, texts.items(), stems)) == found


@pytest.mark.parametrize(
    ("question", "crime_type", "reader", "found"),
    [
        ("phishingsites melden", "phishing", EN, Match("phishingsites", "phishing site", EN, label="phishing")),
        ("hameçonnage", "phishing", NL, Match("hameçonnage", "hameçonnage", FR, label="phishing")),
        ("hameçonnage", "online-fraud", FR, Match("hameçonnage", "hameçonnage", FR, label="fraude en ligne")),
        ("hameçonnage", "ddos", FR, None),
    ],
)
def test_a_concept_joins_words_of_two_languages_and_its_neighbours(question, crime_type, reader, found):
    fields = {"crime_types": (crime_type,), "phases": (), "countries": ()}
    matches = concept_matches(question, THESAURUS.named(question).labels, fields, reader, stems)
    if found is None:
        assert matches == ()
    else:
        assert replace(found, scheme="crime_type", concept=crime_type) in matches
