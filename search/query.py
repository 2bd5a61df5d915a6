"""The question as asked: text, languages, filters, limits, and what the caller may see. Values are checked here.

Guesses nothing and knows no store.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, get_args

from kb.errors import QueryError
from kb.issue import did_you_mean
from kb.notes.front_matter import FILTERED_CHOICES, Evidence
from kb.notes.meant import meant_concept
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.folding import fold
from kb.text.languages import Language
from kb.text.signs import typed_signs

MAX_CHARACTERS: Final = 2_000
MAX_PASTED: Final = 20_000
"""Characters of a text whose like is sought."""
DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 50
MAX_OFFSET: Final = 990
MAX_NAMES: Final = 5
"""How many names of organisations a refusal gives to somebody who asks for an unknown name."""
SORTINGS: Final = ("relevance", "date")
"""Orders of the notes of an answer; the date is that of `search.results.NoteCard.since`."""
GROUPINGS: Final = ("country",)
"""Lists of the practices of an answer, besides that by rank."""
STATUSES: Final = FILTERED_CHOICES["status"]
EVIDENCE_LEVELS: Final = get_args(Evidence.model_fields["level"].annotation)


@dataclass(frozen=True)
class Filter:
    """Narrows lists to notes that hold one of several values.

    field:  payload field of records that is compared
    fixed:  the values that there are, if no vocabulary says it
    scheme: the vocabulary of the taxonomy that says it; without either any text is a value
    normal: a value as it is compared
    """

    field: str
    fixed: tuple[str, ...] = ()
    scheme: str = ""
    normal: Callable[[str], str] = str

    def meant(self, value: str, taxonomy: Taxonomy) -> str:
        """Return the id of a concept that is given by a name, in whichever language; anything else as it is."""
        return meant_concept(value, getattr(taxonomy, self.scheme)) or value if self.scheme else value

    def values(self, taxonomy: Taxonomy) -> tuple[str, ...]:
        """Return the values that it takes; none where it takes any text."""
        return tuple(getattr(taxonomy, self.scheme)) if self.scheme else self.fixed


FILTERS: Final[Mapping[str, Filter]] = {
    "note_lang": Filter("languages", fixed=tuple(Language)),
    "country": Filter("reach", scheme="countries"),
    "crime_type": Filter("crime_types_broad", scheme="crime_types"),
    "phase": Filter("phases", scheme="phases"),
    "power": Filter("powers", scheme="powers"),
    "kind": Filter("kind", fixed=tuple(Kind)),
    **{name: Filter(name, fixed=values) for name, values in FILTERED_CHOICES.items()},
    "evidence": Filter("evidence_level", fixed=EVIDENCE_LEVELS),
    # A name that folds to nothing is asked for as it stands: dropping it would widen the result.
    "organisation": Filter("organisation_keys", normal=lambda name: fold(name) or name.strip()),
}
"""Parameter -> how it narrows a list. Facets, store filters and the parameters of all surfaces are made from it."""
CONCEPTS: Final[Mapping[str, str]] = {each.scheme: name for name, each in FILTERS.items() if each.scheme}
"""Vocabulary of the taxonomy -> the parameter that narrows by its concepts."""
IDENTIFIER: Final = "identifier"
"""What stands for such a parameter in the key of an identifier."""


@dataclass(frozen=True)
class SearchQuery:
    """A checked question. Build it with `search_query`; without text it asks for all notes that pass the filters.

    reader:         language of the reader: decides the version shown
    filters:        parameter of `FILTERS` -> values, of which a note holds one; none: all notes
    limit:          notes per list
    offset:         how many of each list to leave out before the first
    by_date:        relevant notes only, the latest first
    by_country:     the practices once more, in a list for each country
    explain:        say of each hit why it is one
    without:        notes that are left out
    pasted:         the text is no question but one whose like is sought
    not_meant:      what no part of the text is to be taken for (`search.results.Understood.key`)
    """

    text: str
    reader: Language | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    by_date: bool = False
    by_country: bool = False
    explain: bool = False
    without: frozenset[str] = frozenset()
    pasted: bool = False
    not_meant: frozenset[str] = frozenset()

    @property
    def asks_for_the_like(self) -> bool:
        """Whether its text is no question, but one whose like is sought: pasted, or that of a note."""
        return self.pasted or bool(self.without)

    @property
    def end(self) -> int:
        """The place after the last that is shown of a list."""
        return self.offset + self.limit

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries and areas for which notes must hold; none: any."""
        return self.filters.get("country", ())

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of notes to look for."""
        return tuple(Kind(kind) for kind in self.filters.get("kind") or Kind)


def search_query(
    text: str | None,
    taxonomy: Taxonomy,
    *,
    reader: str | None = None,
    limit: int = DEFAULT_LIMIT,
    offset: int = 0,
    sort: str = "relevance",
    group_by: str | None = None,
    explain: bool = False,
    without: Iterable[str] = (),
    pasted: bool = False,
    not_meant: Iterable[str] = (),
    **filters: Iterable[str],
) -> SearchQuery:
    """Check and normalise a question; without text there is none, and only the filters count.

    pasted: the text is no question but one whose like is sought, and may be longer
    filters: values by parameter of `FILTERS`

    Raises QueryError naming the parameter, what is wrong with it and the values it accepts.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"`limit` is {limit}; it can be 1 to {MAX_LIMIT}.", field="limit")
    if not 0 <= offset <= MAX_OFFSET:
        raise QueryError(
            f"A list can be read from place 1 to {MAX_OFFSET + 1}.", code="too_far", remedy="Narrow the question down."
        )
    if unknown := filters.keys() - FILTERS.keys():
        raise TypeError(f"no filters: {', '.join(sorted(unknown))}")
    return SearchQuery(
        text="" if text is None else _text(text, pasted),
        reader=reader_language(reader),
        filters={name: values for name in FILTERS if (values := _accepted(name, filters.get(name, ()), taxonomy))},
        limit=limit,
        offset=offset,
        by_date=known_values("sort", (sort,), SORTINGS) == ("date",),
        by_country="country" in known_values("group_by", () if group_by is None else (group_by,), GROUPINGS),
        explain=explain,
        without=frozenset(without),
        pasted=pasted,
        not_meant=frozenset(not_meant),
    )


def check_organisations(query: SearchQuery, known: Collection[str]) -> None:
    """Raise QueryError for an organisation that is none of these, with the few names that are most like it."""
    for name in query.filters.get("organisation", ()):
        if name not in known:
            near = get_close_matches(name, known, MAX_NAMES, 0.0)
            remedy = did_you_mean(name, near, list_all=False) or "Write its name or abbreviation as a note does."
            raise _unknown("organisation", name, sorted(near), remedy)


def reader_language(value: str | None, field: str = "lang") -> Language | None:
    """Return the language a reader asks for, if any. Raises QueryError for `field` with those there are."""
    return None if value is None else Language(known_values(field, [value], tuple(Language))[0])


def _accepted(parameter: str, given: Iterable[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    narrowing = FILTERS[parameter]
    normal = dict.fromkeys(narrowing.normal(narrowing.meant(str(value), taxonomy)) for value in given)
    is_closed = narrowing.fixed or narrowing.scheme
    return known_values(parameter, normal, narrowing.values(taxonomy) if is_closed else normal)


def _text(text: str, pasted: bool) -> str:
    """Return the text with single spaces. What is pasted may hold page breaks and the like, which are spaces, too."""
    most, field = (MAX_PASTED, "similar_to.text") if pasted else (MAX_CHARACTERS, "q")
    controls = [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\t\n\r"]
    if controls and not pasted:
        raise QueryError(
            "The question contains control characters.", code="control_characters", remedy="Send plain text."
        )
    text = text.translate(dict.fromkeys(map(ord, controls), " "))
    clean = " ".join(unicodedata.normalize("NFC", typed_signs(text)).split())
    if not clean:
        raise empty_question(field)
    if len(clean) > most:
        raise QueryError(
            f"The question has {len(clean):,} characters; {most:,} are allowed.",
            field=field,
            code="too_long",
            values={"given": len(clean), "most": most},
            remedy="Shorten it to the point you are looking for.",
        )
    return clean


def empty_question(field: str = "q") -> QueryError:
    """Return the refusal of a search that asks nothing."""
    remedy = "Write what you are looking for, in any of the languages."
    return QueryError("The question is empty.", field=field, code="empty", remedy=remedy)


def known_values(field: str, given: Iterable[str], allowed: Collection[str]) -> tuple[str, ...]:
    """Return the values of a parameter, each once. Raises QueryError with those that it accepts for any other."""
    values = tuple(dict.fromkeys(str(value) for value in given))
    for value in values:
        if value not in allowed:
            remedy = "Give each value by itself." if "," in value else did_you_mean(value, allowed)
            raise _unknown(field, value, [str(each) for each in allowed], remedy)
    return values


def _unknown(field: str, value: str, allowed: Collection[str], remedy: str) -> QueryError:
    return QueryError(
        f"`{field}={value[:60]}` is not known.",
        code="unknown_value",
        values={"value": value},
        field=field,
        allowed=tuple(allowed),
        remedy=remedy,
    )
