"""BM25 vectors per language: stemming and stop words of the language, accents folded (Qdrant Edge's own encoder).

A query is encoded once for each language of notes, since a term only matches where it was stemmed alike.
How rare a term is, is weighed in elsewhere (`kb.text.terms`).
"""

from functools import cache

import qdrant_edge

from kb.text.languages import NAMES, Language
from kb.text.terms import Sparse

AVERAGE_LENGTH = 100.0
"""Words in a typical chunk, for BM25's length normalisation."""


@cache
def _encoder(language: Language) -> qdrant_edge.Bm25:
    name = NAMES[language][Language.EN].lower()
    return qdrant_edge.Bm25(qdrant_edge.Bm25Config(language=name, ascii_folding=True, avg_len=AVERAGE_LENGTH))


def passage_terms(text: str, language: Language) -> Sparse:
    """Return the BM25 vector of a passage written in `language`."""
    return _sparse(_encoder(language).embed_document(text))


def query_terms(text: str, language: Language) -> Sparse:
    """Return the BM25 vector of a query, to be compared with passages written in `language`."""
    return _sparse(_encoder(language).embed_query(text))


def stems(text: str, language: Language) -> frozenset[int]:
    """Return the terms of a text as BM25 reads them in a language: stop words gone, endings cut, hashed."""
    return frozenset(query_terms(text, language).indices)


def _sparse(vector: qdrant_edge.SparseVector) -> Sparse:
    return Sparse(tuple(vector.indices), tuple(vector.values))
