"""The table by which the language of a question is guessed has what the notes have often enough."""

import numpy as np

from benchmarks.question_language import SEEN, counted
from kb.text.question_language import letter_groups


def test_the_table_has_what_is_seen_often_enough_weighed_by_where():
    french, dutch, english = "vol " * SEEN, "dief " * SEEN + "zeld", "theft " * SEEN
    table = counted([french, dutch, english])
    assert not set(letter_groups("zeld")) & set(table["group"])
    for column, word in enumerate(("vol", "dief", "theft")):
        weights = table["weights"][np.isin(table["group"], letter_groups(word))]
        assert len(weights) == len(letter_groups(word))
        assert (weights.argmax(axis=1) == column).all()
