"""The answers of searches and lists, as values."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any, Final, Generic, NamedTuple, TypeVar

from kb.notes.note import Kind
from kb.text.languages import Language

FacetCounts = Mapping[Kind, Mapping[str, Mapping[str, int]]]
"""Kind -> facet -> value -> number of notes."""

BEYOND: Final = "beyond"
"""The place of what is of no Benelux country by itself: of an area, of the world."""


class Level(StrEnum):
    """How far a note answers the question: high answers it, medium helps, low is only the nearest there is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Highlight(NamedTuple):
    """Where the best sentence begins and ends in its passage, in characters."""

    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """The part of a note that answers best. `anchor` is the section's anchor on the note's page.

    highlight: its sentence nearest to the question in meaning; None: it has only one, or none stands out
    """

    text: str
    heading: str
    anchor: str
    lang: Language
    highlight: Highlight | None = None


@dataclass(frozen=True)
class LinkedNote:
    """A note that another is linked with.

    lang:       language of the title
    status, legal_outcome: whether it is still in force; draft: whether it is still to be read through
    objectives: those of the strategy that the practice names; none: the strategy as a whole
    """

    id: str
    title: str
    lang: Language
    countries: tuple[str, ...]
    status: str
    legal_outcome: str | None = None
    draft: bool = False
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Links:
    """What a note is linked with, as far as the caller may see it, each by id.

    counterparts:   notes on the same in other countries, whichever of the two names the other
    implements:     strategies it serves
    implemented_by: practices that serve it, if it is a strategy
    see_also:       the others that it names or that name it, succession apart; hits do without
    """

    counterparts: tuple[LinkedNote, ...] = ()
    implements: tuple[LinkedNote, ...] = ()
    implemented_by: tuple[LinkedNote, ...] = ()
    see_also: tuple[LinkedNote, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all of them."""
        return tuple(link.id for link in (*self.counterparts, *self.implements, *self.implemented_by, *self.see_also))


@dataclass(frozen=True)
class Move:
    """A practice placed higher than by its score, so that its country is among the first. Places count from 1."""

    id: str
    from_place: int
    to_place: int
    country: str


@dataclass(frozen=True)
class Match:
    """A term of the question that a note answers to, by its words or by a concept of the vocabularies.

    term:    as the question has it
    matched: the note's word, or the label by which the question names a concept; `lang` is its language
    scheme:  `crime_type`, `phase`, `power` or `country` where a concept joins the two, else None
    concept: the note's concept, which is the one named, or one above or below it; `label`: as the reader calls it
    """

    term: str
    matched: str
    lang: Language
    scheme: str | None = None
    concept: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class ExactMatch:
    """An identifier or name of the question (`kb.text.identifiers`), and what the note has to do with it.

    relation: `about` and `cites` of the note, `in-passage` where a passage that counts, or the one shown, holds it
    """

    key: str
    relation: str


class Understood(NamedTuple):
    """What a part of the question was taken for: a concept of the vocabularies, or an identifier.

    kind:  the parameter that narrows by such a concept, or `identifier`; value: the concept, or the identifier's key
    label: as the reader calls it
    """

    kind: str
    value: str
    label: str

    @property
    def key(self) -> str:
        """How a search is told that it is not meant, `country:BE`."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True)
class Contributions:
    """What a score is made of, in its unit. The sum is the score.

    dense:      nearness of the passages in meaning; what makes up for languages that the note does not exist in
    lexical:    words of the question, more or fewer of them than the baseline
    questions:  nearness of the questions that the note answers, or what is assumed of a note that names none; and a
                gain or loss by how well they meet the words of the question (late interaction)
    subject:    crime types, phases and countries that the question names
    links:      the note `Explanation.linked_with`
    identifier: identifiers and names in the question
    """

    dense: float
    lexical: float
    questions: float
    subject: float
    links: float
    identifier: float


@dataclass(frozen=True)
class Combination:
    """How passages make the score of a note: half the best and half the mean of `counted`, in one language version."""

    lang: Language
    best: float
    mean: float
    counted: int


@dataclass(frozen=True)
class Explanation:
    """Why a note is a hit and stands where it does.

    linked_with: the note by which it gains, which answers better and is linked with it
    thresholds: the scores from which a level is given in this answer, identifiers apart
    move:       where balance has moved the note, if it has
    """

    terms: tuple[Match, ...]
    identifiers: tuple[ExactMatch, ...]
    contributions: Contributions
    passages: Combination
    linked_with: str | None
    level: Level
    thresholds: Mapping[str, float]
    move: Move | None


@dataclass(frozen=True)
class NoteCard:
    """What any list shows of a note, in the version shown to this reader.

    lang:  language of title and summary; `available_languages`: all it exists in
    applies_through: areas by which the note answers a country filter that does not name it itself (a note for the EU
                     found with `country=BE`)
    draft: whether it is still to be read through; only an index that was asked for drafts has any
    since: when the practice started or the strategy was adopted, as far as known: `2021`, `2021-05`, `2021-05-20`
    choices: field of `kb.notes.front_matter.PLAIN_CHOICES` -> its value
    powers: the power of authorities that it is about, if it is about one
    contacts: whom to reach, the first of them, or of the countries asked about (`kb.notes.contacts.of_a_hit`)
    changed: when the note became what it is, and who may see it, in UTC
    """

    id: str
    kind: Kind
    title: str
    summary: str
    lang: Language
    available_languages: tuple[Language, ...]
    translation: Mapping[str, Any] | None
    countries: tuple[str, ...]
    crime_types: tuple[str, ...]
    phases: tuple[str, ...]
    powers: tuple[str, ...]
    status: str
    since: str | None
    evidence: Mapping[str, Any] | None
    legal_outcome: str | None
    choices: Mapping[str, str | None]
    draft: bool
    reviewed: str
    review_by: str
    tlp: str
    contacts: tuple[Mapping[str, Any], ...]
    changed: datetime
    links: Links
    applies_through: tuple[str, ...]


@dataclass(frozen=True)
class NoteHit(NoteCard):
    """One note of a ranked list.

    score:           comparable within one answer only
    identifier:      the part of the score that the note owes to an identifier or name in the question
    level:           relevance, which means the same in every answer and language
    does_not_hold_in: countries that the question names, if the note holds in none of them: it is not of high relevance
    explanation:     why it is a hit; None: not asked for
    """

    score: float
    identifier: float
    level: Level
    passage: Passage
    does_not_hold_in: tuple[str, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True)
class Reached:
    """A contact that answers a question.

    contact: as lists show it (`kb.notes.contacts.short_contacts`), in `lang`
    note:    id of the note that says more of it: of those that name it the one that answers best
    tlp:     label of that note
    score:   comparable within one answer only
    """

    contact: Mapping[str, Any]
    lang: Language
    note: str
    tlp: str
    score: float


@dataclass(frozen=True)
class AtAGlance:
    """What an answer comes to in one country.

    note:           id of the best practice or power, or else strategy
    counterpart_of: the relevant power of another country that it is the counterpart of; None where it is relevant
                    itself
    """

    note: str | None
    contacts: tuple[Reached, ...]
    counterpart_of: str | None = None


Card = TypeVar("Card", bound=NoteCard)


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Card]):
    """Notes that pass a filter: with no question asked the latest first, undated ones last.

    filters: the active filters in words, by parameter
    lists:   kind -> its notes, of each kind that was asked for
    counts:  kind -> facet -> value -> number of notes, of all in the listing
    totals:  kind -> number of notes
    """

    filters: Mapping[str, tuple[str, ...]]
    lists: Mapping[Kind, tuple[Card, ...]]
    counts: FacetCounts
    totals: Mapping[Kind, int]

    @property
    def practices(self) -> tuple[Card, ...]:
        """The practices."""
        return self.lists.get(Kind.PRACTICE, ())

    @property
    def strategies(self) -> tuple[Card, ...]:
        """The strategies."""
        return self.lists.get(Kind.STRATEGY, ())


@dataclass(frozen=True, kw_only=True)
class SearchResults(Listing[NoteHit]):
    """The answer to one query.

    detected: the likeliest language of the query; only a reader who names no language is answered in it
    counts:   of relevant notes; of all looked at where none is relevant
    totals:   of relevant notes, with which each list begins; the nearest of the others follow
    more:     whether a list goes on after what is shown of it
    moves:    practices moved up to balance the list (`search.rank.balance`)
    by_country: country or area -> its relevant practices; the Benelux countries asked for are there in any case.
              None: not asked for
    at_a_glance: country, or `beyond` -> what the answer comes to there; empty where nothing answers
    understood: what the question names; of a pasted text, what most of its parts name first
    did_you_mean: the question as it may be meant, if words in it are unknown and near to known ones
    margin:   how far the nearest note lies above the scope (`search.rank.calibrate`); to the best part of a pasted text
    """

    text: str
    detected: Language | None
    reader: Language
    margin: float
    took_ms: float = 0.0
    more: bool = False
    moves: tuple[Move, ...] = ()
    by_country: Mapping[str, tuple[NoteHit, ...]] | None = None
    at_a_glance: Mapping[str, AtAGlance] = field(default_factory=dict)
    understood: tuple[Understood, ...] = ()
    did_you_mean: str | None = None

    @property
    def hits(self) -> tuple[NoteHit, ...]:
        """The hits of all lists."""
        return (*chain(*self.lists.values()), *chain(*(self.by_country or {}).values()))

    @property
    def shown(self) -> tuple[str, ...]:
        """The ids of notes that it tells of beside the hits."""
        glances = self.at_a_glance.values()
        best = chain.from_iterable((glance.note, glance.counterpart_of) for glance in glances)
        return (*filter(None, best), *(reached.note for glance in glances for reached in glance.contacts))

    @property
    def countries_without(self) -> tuple[str, ...]:
        """The countries that have no relevant practice, where the answer is given by country."""
        return tuple(country for country, hits in (self.by_country or {}).items() if not hits)

    @property
    def relevant(self) -> bool:
        """Whether any hit answers or helps; else the lists hold the nearest notes and nothing relevant was found."""
        return any(self.totals.values())


@dataclass(frozen=True)
class NoteVersion:
    """One note in the version shown to a reader: the payload of its record (`ingest.chunking.records.version_payload`).

    changed: when the note became what it is, and who may see it, in UTC
    """

    id: str
    lang: Language
    payload: dict[str, Any]
    links: Links
    changed: datetime


@dataclass(frozen=True)
class NotePage:
    """A part of a list of notes. total: how many the whole has; more: whether there are some after these."""

    notes: tuple[NoteCard, ...]
    total: int
    more: bool


@dataclass(frozen=True)
class Change:
    """What happened to a note last: it became as it is, or the caller can see it no more (`gone`).

    when: in UTC; access: the keys by which the caller could see what is gone
    """

    id: str
    kind: Kind
    when: datetime
    gone: bool = False
    access: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Changes:
    """A part of what happened, the earliest first. more: whether there are changes after these."""

    changes: tuple[Change, ...]
    more: bool


@dataclass(frozen=True)
class Counts:
    """The encoder of an index, and how many notes, language versions and passages a caller may see."""

    encoder: str
    notes: int
    versions: int
    chunks: int


def facets_of(counts: FacetCounts, kinds: Iterable[Kind] = Kind) -> dict[str, dict[str, int]]:
    """Return facet -> value -> number of notes of these kinds, most frequent first."""
    found: dict[str, Counter[str]] = {}
    for kind in kinds:
        for name, values in counts.get(kind, {}).items():
            found.setdefault(name, Counter()).update(values)
    return {name: dict(sorted(values.items(), key=lambda item: (-item[1], item[0]))) for name, values in found.items()}
