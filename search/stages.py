"""What travels between the steps of a search: frozen (`kb.frozen`), so that Haystack copies nothing on the way."""

from dataclasses import dataclass

import numpy as np

from kb.frozen import Frozen
from kb.notes.note import Kind
from kb.store.protocol import ChunkReader
from kb.text.languages import Language
from search.cache import Cache
from search.catalogue import Catalogue
from search.query import SearchQuery
from search.rank.calibrate import Calibration
from search.rank.group import Group
from search.results import FacetCounts, Level, Move, NoteHit
from search.understand.identifiers import NO_EVIDENCE, Asked, Evidence
from search.understand.spelling import Spelling
from search.understand.thesaurus import Named, Thesaurus


@dataclass(frozen=True)
class Session(Frozen):
    """One search: the question and the generation of the index that answers it.

    identifiers: keys of all that the notes which the caller may see are about or cite
    cache:       notes and passages as they were shown before
    encoded:     the question's vector, where it was encoded together with others
    """

    query: SearchQuery
    reader: ChunkReader
    catalogue: Catalogue
    thesaurus: Thesaurus
    spelling: Spelling
    identifiers: frozenset[str]
    cache: Cache
    encoded: np.ndarray | None = None


@dataclass(frozen=True)
class Understood(Frozen):
    """The language the query is probably in, the one its reader reads, and the concepts and identifiers it names."""

    detected: Language | None
    reader: Language
    named: Named
    asked: Asked


@dataclass(frozen=True)
class Ranked(Frozen):
    """Notes of each kind, best first, all that were looked at, what their scores mean, and what is exact in them.

    firm: how many of each kind the first look found; what comes after them depends on how many notes are asked for
    """

    groups: dict[Kind, tuple[Group, ...]]
    calibration: Calibration
    firm: dict[Kind, int]
    evidence: Evidence = NO_EVIDENCE

    def relevant(self, note: Group) -> bool:
        """Whether a note answers or helps."""
        return self.calibration.level(note.score) is not Level.LOW

    def all_relevant(self, kind: Kind) -> list[Group]:
        """The relevant notes of a kind, as many as there are however many are asked for."""
        return [one for one in self.groups.get(kind, ())[: self.firm.get(kind, 0)] if self.relevant(one)]


@dataclass(frozen=True)
class Lists(Frozen):
    """All notes found, in the order to show them; what was moved for balance; and by country, if asked for."""

    groups: dict[Kind, tuple[Group, ...]]
    moves: tuple[Move, ...]
    by_country: dict[str, tuple[Group, ...]] | None


@dataclass(frozen=True)
class Presented(Frozen):
    """The lists as shown, how many notes of each kind are relevant, the facet counts, and whether there are more."""

    hits: dict[Kind, tuple[NoteHit, ...]]
    totals: dict[Kind, int]
    counts: FacetCounts
    more: bool
    moves: tuple[Move, ...]
    by_country: dict[str, tuple[NoteHit, ...]] | None
