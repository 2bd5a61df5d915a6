"""A question with all that follows from it, from which its answer is made."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kb.store.records import Where
from kb.text.languages import Language
from kb.text.terms import Sparse
from search.query import SearchQuery
from search.understand.identifiers import Evidence
from search.understand.thesaurus import Named


@dataclass(frozen=True)
class Question:
    """A query with what follows from it and from what its caller may see.

    where:    the filter of every retrieval among chunks
    dense:    its centred vector, shape (dimension,); lexical: its BM25 vector for each language of notes
    tokens:   its token vectors (`kb.encoder.late_interaction`), shape (tokens, WIDTH), the rest zeros; none of names of
              subjects alone, of a pasted text and of a note whose like is asked for
    sought:   countries whose practices are asked for
    detected: the language it is probably in; reader: the language its reader reads
    named:    the concepts it names
    evidence: what notes have to do with the identifiers in it
    is_about: whether it holds more than names of places, languages and ages
    own:      the countries of the Benelux
    without_places: its vector without the names of places; None where it names none, or they leave no doubt
    """

    query: SearchQuery
    where: Where
    dense: np.ndarray
    tokens: np.ndarray
    lexical: Mapping[Language, Sparse]
    sought: tuple[str, ...]
    detected: Language | None
    reader: Language
    named: Named
    evidence: Evidence
    is_about: bool = True
    own: frozenset[str] = frozenset()
    without_places: np.ndarray | None = None

    @property
    def subject(self) -> np.ndarray:
        """The vector of what it asks about: without the names of places, where these leave a doubt."""
        return self.dense if self.without_places is None else self.without_places

    @property
    def asked_in(self) -> Language:
        """The language it is in: as guessed, else its reader's; of a part of a pasted text that of the whole."""
        return self.reader if self.query.pasted else self.detected or self.reader

    @property
    def countries(self) -> frozenset[str]:
        """The countries it asks about, in one of which notes are to hold; none where its like is sought."""
        return frozenset() if self.query.asks_for_the_like else self.named.countries

    @property
    def held_to(self) -> frozenset[str]:
        """The same, if all are of the Benelux: who names another is as a rule at work here (`a German provider`)."""
        return self.countries if self.countries <= self.own else frozenset()
