"""The question as asked: text, languages, filters, limits, and what the caller may see. Values are checked here.

Guesses nothing and knows no store.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, get_args

from kb.access import ANONYMOUS
from kb.errors import QueryError
from kb.frozen import Frozen
from kb.issue import did_you_mean
from kb.notes.front_matter import Evidence, PracticeFields, StrategyFields
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.folding import fold
from kb.text.languages import Language

MAX_CHARACTERS: Final = 2_000
MAX_PASTED: Final = 20_000
"""Characters of a text whose like is sought."""
DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 50
MAX_OFFSET: Final = 990
MAX_NAMES: Final = 5
"""How many names of organisations are told to somebody who asks for one that is not known."""
SORTINGS: Final = ("relevance", "date")
"""What the notes of an answer can be ordered by; the date is that of `search.results.NoteCard.since`."""
GROUPINGS: Final = ("country",)
"""What the practices of an answer can be listed by besides their rank."""
STATUSES: Final = tuple(
    dict.fromkeys(
        (
            *get_args(PracticeFields.model_fields["status"].annotation),
            *get_args(StrategyFields.model_fields["status"].annotation),
        )
    )
)

EVIDENCE_LEVELS: Final = get_args(Evidence.model_fields["level"].annotation)


@dataclass(frozen=True)
class SearchQuery(Frozen):
    """A checked question. Build it with `search_query`; without text it asks for all notes that pass the filters.

    reader:         language of the reader: decides the version shown
    note_languages: only notes that exist in one of these
    limit:          notes per list
    offset:         how many of each list to leave out before the first
    by_date:        relevant notes only, the latest first
    by_country:     the practices once more, in a list for each country
    explain:        say of each hit why it is one
    without:        notes that are left out
    pasted:         the text is no question but one whose like is sought
    clearance:      keys that the caller holds (`kb.access`); part of every filter
    Empty filters ask for everything.
    """

    text: str
    reader: Language | None = None
    note_languages: tuple[Language, ...] = ()
    countries: tuple[str, ...] = ()
    crime_types: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    statuses: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    by_date: bool = False
    by_country: bool = False
    explain: bool = False
    without: frozenset[str] = frozenset()
    pasted: bool = False
    clearance: frozenset[str] = ANONYMOUS


def search_query(
    text: str,
    taxonomy: Taxonomy,
    *,
    reader: str | None = None,
    note_languages: Iterable[str] = (),
    countries: Iterable[str] = (),
    crime_types: Iterable[str] = (),
    phases: Iterable[str] = (),
    kinds: Iterable[str] = (),
    statuses: Iterable[str] = (),
    evidence: Iterable[str] = (),
    organisations: Iterable[str] = (),
    limit: int = DEFAULT_LIMIT,
    offset: int = 0,
    sort: str = "relevance",
    group_by: str | None = None,
    explain: bool = False,
    without: Iterable[str] = (),
    clearance: frozenset[str] = ANONYMOUS,
    asking: bool = True,
    pasted: bool = False,
) -> SearchQuery:
    """Check and normalise a question; with `asking=False` there is none, and only the filters count.

    pasted: the text is no question but one whose like is sought, and may be longer

    Raises QueryError naming the parameter, what is wrong with it and the values it accepts.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"`limit` is {limit}; it can be 1 to {MAX_LIMIT}.", field="limit")
    if not 0 <= offset <= MAX_OFFSET:
        raise QueryError(
            f"A list can be read from place 1 to {MAX_OFFSET + 1}.", code="too_far", remedy="Narrow the question down."
        )
    languages = tuple(Language)
    return SearchQuery(
        text=_text(text, pasted) if asking else "",
        reader=reader_language(reader),
        note_languages=tuple(Language(one) for one in known_values("note_lang", note_languages, languages)),
        countries=known_values("country", (one.upper() for one in countries), tuple(taxonomy.countries)),
        crime_types=known_values("crime_type", crime_types, tuple(taxonomy.crime_types)),
        phases=known_values("phase", phases, tuple(taxonomy.phases)),
        kinds=tuple(Kind(one) for one in known_values("kind", kinds, tuple(Kind))),
        statuses=known_values("status", statuses, STATUSES),
        evidence=known_values("evidence", evidence, EVIDENCE_LEVELS),
        # A name that folds to nothing is asked for as it stands: dropping it would widen the result.
        organisations=tuple(dict.fromkeys(fold(one) or one.strip() for one in organisations)),
        limit=limit,
        offset=offset,
        by_date=known_values("sort", (sort,), SORTINGS) == ("date",),
        by_country="country" in known_values("group_by", () if group_by is None else (group_by,), GROUPINGS),
        explain=explain,
        without=frozenset(without),
        pasted=pasted,
        clearance=clearance,
    )


def check_organisations(query: SearchQuery, known: Collection[str]) -> None:
    """Raises QueryError for an organisation that is none of these, with the few names that are most like it."""
    for name in query.organisations:
        if name not in known:
            near = get_close_matches(name, known, MAX_NAMES, 0.0)
            remedy = did_you_mean(name, near, list_all=False) or "Write its name or abbreviation as a note does."
            raise _unknown("organisation", name, sorted(near), remedy)


def reader_language(value: str | None, field: str = "lang") -> Language | None:
    """The language a reader asks for, if any. Raises QueryError for `field` with those there are."""
    return None if value is None else Language(known_values(field, [value], tuple(Language))[0])


def _text(text: str, pasted: bool) -> str:
    """The text with single spaces. What is pasted may hold page breaks and the like, which are spaces, too."""
    most, field = (MAX_PASTED, "similar_to.text") if pasted else (MAX_CHARACTERS, "q")
    controls = [one for one in text if unicodedata.category(one) in ("Cc", "Cs") and one not in "\t\n\r"]
    if controls and not pasted:
        raise QueryError(
            "The question contains control characters.", code="control_characters", remedy="Send plain text."
        )
    text = text.translate(dict.fromkeys(map(ord, controls), " "))
    clean = " ".join(unicodedata.normalize("NFC", text).split())
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
    """The refusal of a search that asks nothing."""
    return QueryError(
        "The question is empty.", field=field, code="empty",
        remedy="Write what you are looking for, in any of the languages.",
    )  # fmt: skip


def known_values(field: str, given: Iterable[str], allowed: Collection[str]) -> tuple[str, ...]:
    """The values of a parameter, each once. Raises QueryError with those that it accepts for any other."""
    values = tuple(dict.fromkeys(str(value) for value in given))
    for value in values:
        if value not in allowed:
            remedy = "Give each value by itself." if "," in value else did_you_mean(value, allowed)
            raise _unknown(field, value, [str(one) for one in allowed], remedy)
    return values


def _unknown(field: str, value: str, allowed: Collection[str], remedy: str) -> QueryError:
    return QueryError(
        f"`{field}={value[:60]}` is not known.", code="unknown_value", values={"value": value}, field=field,
        allowed=tuple(allowed), remedy=remedy,
    )  # fmt: skip
