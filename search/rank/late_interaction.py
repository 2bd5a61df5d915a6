"""Late interaction: how well each word of a question, where it stands, is met by a word of the questions that a note
answers, in whatever language (MaxSim of ColBERT, Khattab and Zaharia 2020, arXiv:2004.12832).

Only the first notes of each kind are looked at, and put in another order: whether anything answers at all, and how
near it is, stays what it was. Figures: docs/decisions/0043-late-interaction.md.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Final

import numpy as np

from kb.store.records import QUESTION_TOKENS, cosines, note_and_language, signed_bytes
from search.catalogue import KINDS, Catalogue, Numbers, Rows
from search.rank.score import Scored

FIRST: Final = 10
"""Notes of each kind that are looked at. With 20 nothing is found better."""
BEHIND: Final = 0.08
"""How far a note may lie behind the best of all to be looked at, identifiers apart: by its meaning alone, one that is
farther answers nothing.
"""
_ROUNDING: Final = 1e-9
"""What no score may gain by adding up its parts in another order."""
WEIGHT: Final = 0.2
"""What late interaction counts in a score, against nearness in meaning."""


class QuestionTokens:
    """The token vectors of the questions that the notes of a generation answer, a byte for each number."""

    def __init__(self, notes: Catalogue, versions: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """versions: record id and `QUESTION_TOKENS` of each"""
        self._of_note: list[list[np.ndarray]] = [[] for _ in range(len(notes))]
        for record_id, payload in versions:
            if written := payload.get(QUESTION_TOKENS):
                self._of_note[notes.row[note_and_language(record_id)[0]]].append(signed_bytes(written))

    def nearness(self, asked: np.ndarray, rows: Rows) -> Numbers:
        """Return how well notes meet a question, shape (rows,): the weighted mean, over its words, of the cosine to
        the nearest word. NaN for a note that answers no question.

        asked: its token vectors, shape (tokens, dimension), whose lengths are their weights
        """
        found = np.full(len(rows), np.nan)
        asked = asked[asked.any(axis=1)]
        size = asked.shape[1]
        of_notes = [self._of_note[row] for row in rows.tolist()]
        counts = np.array([sum(map(len, each)) for each in of_notes], np.intp) // size
        having = counts.nonzero()[0]
        if not len(having) or not len(asked):
            return found
        theirs = np.concatenate([*chain.from_iterable(of_notes)]).reshape(-1, size)
        starts = np.cumsum([0, *counts[having][:-1]], dtype=np.intp)
        found[having] = np.maximum.reduceat(cosines(theirs, asked), starts).sum(axis=1)
        return found


def reordered(scored: Scored, tokens: QuestionTokens, asked: np.ndarray) -> Scored:
    """Return scores in which late interaction counts, or the same where none of the first notes answers questions.

    The best score of all, identifiers apart, stays what it was. A note that was not looked at has what the one that is
    met least has, of whatever kind; one without questions what they have on average.

    asked: the question's token vectors, shape (tokens, dimension)
    """
    total, kinds = scored.total, scored.notes.kinds[scored.scores.notes]
    near = total - scored.scores.identifier
    order = np.lexsort((scored.scores.notes, -total.round(6)))
    order = order[((near >= near.max(initial=-np.inf) - BEHIND) | (scored.scores.identifier > 0))[order]]
    first = np.concatenate([order[kinds[order] == kind][:FIRST] for kind in range(len(KINDS))])
    met = tokens.nearness(asked, scored.scores.notes[first])
    if np.isnan(met).all():
        return scored
    gains = np.full(len(total), np.nanmin(met))
    gains[first] = np.where(np.isnan(met), np.nanmean(met), met)
    gains *= WEIGHT
    gains += near.max() - (near + gains).max() - _ROUNDING
    return Scored(scored.notes, scored.found, scored.scores._replace(late=gains))
