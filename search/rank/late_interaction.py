"""Late interaction: how well each word of a question, where it stands, is met by a word of the questions that a note
answers, in whatever language (MaxSim of ColBERT, Khattab and Zaharia 2020, arXiv:2004.12832).

Only the first notes of each kind are looked at, and put in another order: whether anything answers at all, and how
near it is, stays what it was. Figures: docs/decisions/0043-late-interaction.md.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from kb.store.records import bytes_of, note_and_language
from search.catalogue import KINDS, Catalogue, Numbers, Rows
from search.rank.score import Scored

FIRST: Final = 10
"""Notes of each kind that are looked at. With 20 nothing is found better."""
_ROUNDING: Final = 1e-9
"""What no score may gain by adding up its parts in another order."""
WEIGHT: Final = 0.2
"""What late interaction counts in a score, against nearness in meaning."""


class QuestionTokens:
    """The token vectors of the questions that the notes of a generation answer, a byte for each number."""

    def __init__(self, notes: Catalogue, versions: Iterable[tuple[str, Mapping[str, Any]]], width: int) -> None:
        """versions: record id and `question_tokens` of each; width: numbers of a token vector"""
        none, found = np.empty((0, width), np.int8), dict[int, list[np.ndarray]]()
        for record_id, payload in versions:
            if written := payload.get("question_tokens"):
                found.setdefault(notes.row[note_and_language(record_id)[0]], []).append(bytes_of(written, width))
        rows = [np.concatenate(found[row]) if row in found else none for row in range(len(notes))]
        self._vectors = np.concatenate([none, *rows])
        self._starts = np.cumsum([0, *map(len, rows)], dtype=np.intp)
        squares = np.einsum("ij,ij->i", self._vectors, self._vectors, dtype=np.int32)
        self._to_unit = (1 / np.sqrt(squares.clip(1)))[:, None].astype(np.float32)

    def __len__(self) -> int:
        return len(self._vectors)

    def nearness(self, asked: np.ndarray, rows: Rows) -> Numbers:
        """Return how well notes meet a question, shape (rows,): the weighted mean, over its words, of the cosine to
        the nearest word. NaN for a note that answers no question.

        asked: its token vectors (`kb.encoder.late_interaction`)
        """
        found = np.full(len(rows), np.nan)
        counts = self._starts[rows + 1] - self._starts[rows]
        having = counts.nonzero()[0]
        if not len(having) or not asked.any():
            return found
        starts = np.cumsum([0, *counts[having][:-1]], dtype=np.intp)
        theirs = np.arange(counts[having].sum()) + np.repeat(self._starts[rows[having]] - starts, counts[having])
        cosines = self._vectors[theirs].astype(np.float32) @ asked[asked.any(axis=1)].T * self._to_unit[theirs]
        found[having] = np.maximum.reduceat(cosines, starts).sum(axis=1)
        return found


def reordered(scored: Scored, tokens: QuestionTokens, asked: np.ndarray) -> Scored:
    """Return scores in which late interaction counts.

    The best score of all, identifiers apart, stays what it was. A note that was not looked at has what the one that is
    met least has, of whatever kind; one without questions what they have on average.

    asked: the question's token vectors
    """
    total, kinds = scored.total, scored.notes.kinds[scored.scores.notes]
    order = np.lexsort((scored.scores.notes, -total.round(6)))
    first = np.concatenate([order[kinds[order] == kind][:FIRST] for kind in range(len(KINDS))])
    met = tokens.nearness(asked, scored.scores.notes[first])
    if np.isnan(met).all():
        return scored
    gains = np.full(len(total), np.nanmin(met))
    gains[first] = np.where(np.isnan(met), np.nanmean(met), met)
    gains *= WEIGHT
    near = total - scored.scores.identifier
    gains += near.max() - (near + gains).max() - _ROUNDING
    return Scored(scored.notes, scored.found, scored.scores._replace(late=gains), scored.by_places)
