"""The best sentence: the nearest one, if it is nearer than all others by enough."""

import numpy as np
import pytest

from kb.sentence_vectors import SentenceVectors
from search.highlight import STANDS_OUT, best_sentence
from search.results import Highlight
from search.service import Searcher

QUESTION = np.array([1, 0], np.float32)


def kept(*nearness: float) -> dict[str, object]:
    rows = np.array([(one, (1 - one**2) ** 0.5) for one in nearness], np.float32)
    return SentenceVectors(tuple((place, place + 1) for place in range(len(nearness))), rows).to_json()


def test_the_nearest_sentence_is_chosen() -> None:
    assert best_sentence(QUESTION, kept(0.3, 0.8, 0.6)) == Highlight(1, 2)
    assert best_sentence(-QUESTION, kept(0.3, 0.8, 0.6)) == Highlight(0, 1)


def test_none_is_chosen_where_none_stands_out_or_there_is_only_one() -> None:
    assert best_sentence(QUESTION, kept(0.8, 0.8 - STANDS_OUT / 2)) is None
    assert best_sentence(QUESTION, None) is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("l'extension enregistre-t-elle les sites visités, vie privée", {"nl": "houdt de extensie niet bij", "en": ""}),
        ("what happens when a trusted site is compromised", {"nl": "Wordt een gevalideerde site gehackt", "fr": ""}),
        ("advies is bij twijfel geen gegevens te delen", {"en": "doubt", "fr": "doute"}),
    ],
)
def test_the_best_sentence_is_found_by_meaning_in_a_passage_of_another_language(
    searcher: Searcher, question: str, words: dict[str, str]
) -> None:
    for reader, expected in words.items():
        hits = searcher.ask(question, reader=reader, organisations=["CCB"]).practices
        passage = next(hit.passage for hit in hits if hit.id == "be-safeonweb-extension")
        assert passage.lang == reader
        assert passage.highlight is not None
        assert expected in passage.text[slice(*passage.highlight)]
