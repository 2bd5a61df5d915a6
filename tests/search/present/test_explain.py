"""Explanations: the parts are those of the score, and say nothing of what the caller may not see."""

from dataclasses import replace

import pytest

from search.rank.score import QUESTION_WEIGHT
from search.results import ExactMatch

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


BLOCK = "Providers block the sites behind false messages and show a page of warning to all of their customers"


def why(hit):
    assert hit.explanation is not None
    return hit.explanation


def hits(results):
    return [
        *results.practices,
        *results.strategies,
        *(hit for some in (results.by_country or {}).values() for hit in some),
    ]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_contributions_add_up_to_the_score(searcher, question):
    found = hits(searcher.view().search(question, explain=True, group_by="country", limit=20))
    assert found
    for hit in found:
        parts, passages = why(hit).contributions, why(hit).passages
        assert sum(vars(parts).values()) == pytest.approx(hit.score, abs=1e-4)
        by_passages = (1 - QUESTION_WEIGHT) * (passages.best + passages.mean) / 2
        rest = parts.questions + parts.subject + parts.links + hit.identifier
        assert hit.score - by_passages == pytest.approx(rest, abs=2e-4)
        assert (why(hit).linked_with is None) == (parts.links == 0)
        assert passages.mean <= passages.best + 1e-9
        assert passages.lang in hit.available_languages
        assert 1 <= passages.counted <= 3


@pytest.mark.parametrize("question", QUESTIONS[:4])
def test_an_explanation_changes_nothing_else(searcher, question):
    plain = searcher.view().search(question)
    explained = searcher.view().search(question, explain=True)
    for kind in ("practices", "strategies"):
        stripped = tuple(replace(hit, explanation=None) for hit in getattr(explained, kind))
        assert stripped == getattr(plain, kind)


def test_it_names_passage_sentence_terms_level_and_identifiers(searcher):
    results = searcher.view().search("Sky ECC bewijs", reader="nl", explain=True)
    hit = results.practices[0]
    told = why(hit)
    assert (hit.id, told.passage_language, told.level) == ("eu-sky-ecc", hit.passage.lang, hit.level)
    assert told.sentence == (hit.passage.highlight and hit.passage.text[slice(*hit.passage.highlight)])
    assert ExactMatch("name:skyecc", "about") in told.identifiers
    assert told.contributions.identifier >= 1
    assert {(term.term, term.lang) for term in told.terms} >= {("Sky", "nl"), ("ECC", "nl")}
    assert told.thresholds["medium"] < told.thresholds["high"] <= hit.score
    cited = {exact.relation for other in results.practices[1:] for exact in why(other).identifiers}
    assert "cites" in cited
    assert "about" not in cited


def test_a_note_that_balance_moved_says_so(content, index):
    for number in range(7):
        content.practice(f"nl-{number}", title=BLOCK, countries=["NL"])
    content.practice("be-one", title=f"{BLOCK} quickly", countries=["BE"])
    for number in range(20):
        words = " ".join(f"{word}{number}" for word in ("music", "garden", "weather", "harvest"))
        content.practice(
            f"fr-{number}", title=words, countries=["FR"], body=f"## Problem\n\n{words}.\n\n## Approach\n\n{words}.\n"
        )
    results = index().view().search("Block sites. Providers block the sites behind them.", explain=True)
    assert results.moves
    assert {hit.id: why(hit).move for hit in results.practices if why(hit).move} == {
        move.id: move for move in results.moves
    }
