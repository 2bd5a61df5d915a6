"""The mean vectors that search subtracts, so that a passage's language stops deciding its rank.

An encoder puts each language in a corner of its own; what all passages of a language share says nothing about what
they are about. Each mean is drawn towards that of the vocabulary's terms in the language, with the weight of two
chunks, so that it is sound from the first note on. Figures: docs/decisions/0004-one-query-mean.md.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from kb.text.languages import Language

PRIOR_WEIGHT = 2.0
"""How many chunks the vocabulary's terms count for."""


def language_means(
    vectors: np.ndarray, languages: Sequence[Language], terms: Mapping[Language, np.ndarray], share: float
) -> dict[Language, np.ndarray]:
    """What is subtracted from the vectors of each language, shape (dimension,).

    vectors: (n, dimension), with the language of each row
    terms:   the vocabulary's terms in each language, encoded in the same role
    share:   how much of each mean, 0 to 1 (`Encoder.mean_share`)
    """
    return {
        language: np.asarray(share * _mean(vectors, languages, language, terms[language]), np.float32)
        for language in Language
    }


def _mean(vectors: np.ndarray, languages: Sequence[Language], language: Language, terms: np.ndarray) -> np.ndarray:
    rows = np.array([one is language for one in languages], bool)
    total = terms.mean(axis=0, dtype=np.float64) * PRIOR_WEIGHT
    count = PRIOR_WEIGHT
    if rows.any():
        total = total + vectors[rows].sum(axis=0, dtype=np.float64)
        count += int(rows.sum())
    return np.asarray(total / count, np.float32)


def centred(
    vectors: np.ndarray, mean: np.ndarray | Mapping[Language, np.ndarray], languages: Sequence[Language] = ()
) -> np.ndarray:
    """Vectors minus a mean, or minus the mean of each one's language, at unit length.

    vectors: (n, dimension), as is the result; mean: (dimension,), or one for each language with those of the rows
    """
    if not len(vectors):
        return vectors
    own = np.stack([mean[language] for language in languages]) if isinstance(mean, Mapping) else mean
    shifted = vectors - own
    return np.asarray(shifted / np.linalg.norm(shifted, axis=-1, keepdims=True).clip(1e-9), np.float32)
