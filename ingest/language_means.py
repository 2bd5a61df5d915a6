"""The mean vectors that search subtracts, so that a passage's language stops deciding its rank.

An encoder puts each language in a corner of its own; what all passages of a language share says nothing about what
they are about. Each mean is drawn towards that of the vocabulary's terms in the language, with the weight of two
chunks, so that it is sound from the first note on. Figures: docs/decisions/0004-one-query-mean.md.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from kb.chunk_schema import Means
from kb.languages import Language

PRIOR_WEIGHT = 2.0
"""How many chunks the vocabulary's terms count for."""


def language_means(
    passages: np.ndarray,
    languages: Sequence[Language],
    questions: np.ndarray,
    question_languages: Sequence[Language],
    passage_terms: Mapping[Language, np.ndarray],
    query_terms: Mapping[Language, np.ndarray],
    share: float,
) -> Means:
    """What is subtracted: of passages the mean of their language, of queries one mean for all languages.

    passages:  (n, dimension), with the language of each row
    questions: sentences of the collection encoded as queries, with the language of each row
    *_terms:   the vocabulary's terms in each language, encoded as passages and as queries
    share:     how much of each mean, 0 to 1 (`Encoder.mean_share`)

    One query mean serves all languages, because the language of a short query is uncertain; each language has the same
    part in it, however many notes it has.
    """
    per_query = [_mean(questions, question_languages, language, query_terms[language]) for language in Language]
    return Means(
        {language: share * _mean(passages, languages, language, passage_terms[language]) for language in Language},
        np.asarray(share * np.mean(per_query, axis=0), np.float32),
    )


def _mean(vectors: np.ndarray, languages: Sequence[Language], language: Language, terms: np.ndarray) -> np.ndarray:
    rows = np.array([one is language for one in languages], bool)
    total = terms.mean(axis=0, dtype=np.float64) * PRIOR_WEIGHT
    count = PRIOR_WEIGHT
    if rows.any():
        total = total + vectors[rows].sum(axis=0, dtype=np.float64)
        count += int(rows.sum())
    return np.asarray(total / count, np.float32)


def centred(vectors: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Vectors minus their means, at unit length. Shapes (n, dimension) and (n, dimension) or (dimension,)."""
    shifted = vectors - means
    return np.asarray(shifted / np.linalg.norm(shifted, axis=-1, keepdims=True).clip(1e-9), np.float32)
