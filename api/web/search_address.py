"""What a search page is asked for, and its address: every state of the page has one, and only one.

A text that may tell of a case stands in no address, so in no log and no history: it is sent along with each.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus

from starlette.datastructures import QueryParams

from api.models.parameters import check_parameters
from kb.errors import QueryError
from kb.notes.front_matter import FILTERED_CHOICES
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search import query
from search.query import MAX_CHARACTERS, MAX_OFFSET, known_values

_IN_ORDER: Final = (
    "country",
    "crime_type",
    "phase",
    "power",
    "evidence",
    *FILTERED_CHOICES,
    "note_lang",
    "organisation",
)
FILTERS: Final = {name: query.FILTERS[name] for name in _IN_ORDER}
"""Parameters that narrow a search, in the order of the page; each may be given several times."""
SEVERAL: Final = (*FILTERS, "not_meant")
"""Parameters that may be given several times."""
PARAMETERS: Final = ("q", *SEVERAL, "kind", "sort", "page", "narrow")
READ_ON_PAGES: Final = (*PARAMETERS, "note", "version", "lang")
"""Parameters that some page reads. What is spelt like one, on a page that does not read it, is refused; all else is
left unread.
"""
PAGE_SIZE: Final = 10
ADDRESSED: Final = 300
"""Characters that a question may have to stand in an address; a longer one may tell of a case."""
LAST_PAGE: Final = MAX_OFFSET // PAGE_SIZE + 1


class Sent(NamedTuple):
    """What a form sends along with an address: a question, and what it does not mean where that is private, too."""

    q: str = ""
    not_meant: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchAddress:
    """A state of the search page. Values are as given: the search checks them.

    sent: whether the question came in a body, not in the address
    not_meant: what the question was taken for and does not mean
    narrow: whether the facets are open where there is no room for them beside the lists
    """

    q: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    sort: str = ""
    page: int = 1
    narrow: bool = False
    not_meant: tuple[str, ...] = ()
    sent: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, given: QueryParams, taxonomy: Taxonomy, sent: Sent | None = None) -> "SearchAddress":
        """Read an address. A page beyond the last that can be read is that one; a name in place of an id is that id.

        sent: what a form sends along with it

        Raises QueryError for a parameter that no search has but was meant for one, and for a page that is no number.
        """
        check_parameters(given, PARAMETERS, SEVERAL, meant=READ_ON_PAGES)
        page = given.get("page") or "1"
        if not (page.isascii() and page.isdigit() and int(page[:9]) >= 1):
            described: dict[str, Any] = {"values": {"value": page}, "field": "page", "remedy": "Give a number from 1."}
            raise QueryError(f"`page={page[:60]}` is no page.", code="unknown_page", **described)
        narrow = given.get("narrow")
        known_values("narrow", [narrow] if narrow else [], ("1",))
        values = ((name, value.strip()) for name in FILTERS for value in given.getlist(name))
        pairs = ((name, FILTERS[name].meant(value, taxonomy)) for name, value in values)
        sort = given.get("sort", "")
        return cls(
            q=(given.get("q", "") if sent is None else sent.q).strip(),
            filters=tuple(dict.fromkeys(pair for pair in pairs if pair[1])),
            kind=given.get("kind", ""),
            sort="" if sort == "relevance" else sort,
            page=min(int(page[:9]), LAST_PAGE) if given.get("kind") else 1,
            narrow=bool(narrow),
            not_meant=tuple(dict.fromkeys((*given.getlist("not_meant"), *(sent.not_meant if sent else ())))),
            sent=sent is not None,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.q and not self.filters and not self.kind

    @property
    def is_private(self) -> bool:
        """Whether the question is one that stands in no address: long, or of several lines."""
        return len(self.q) > ADDRESSED or "\n" in self.q

    @property
    def is_pasted(self) -> bool:
        """Whether a text was sent that is longer than questions are: then what is like it is sought."""
        return self.sent and len(self.q) > MAX_CHARACTERS

    def parameters(self) -> dict[str, Any]:
        """Return the keyword arguments of `search.query.search_query`, the reader's language and the question apart.

        Both kinds are asked for, whichever is shown, so that what is answered of one does not hang on that.
        """
        place = {"limit": PAGE_SIZE, "offset": (self.page - 1) * PAGE_SIZE}
        read = {"pasted": self.is_pasted, "not_meant": self.not_meant}
        return {**self.filter_arguments(), "sort": self.sort or "relevance", **place, **read}

    def filter_arguments(self) -> dict[str, Any]:
        """Return the values of each filter."""
        return {name: self.chosen(name) for name in FILTERS}

    def chosen(self, name: str) -> list[str]:
        """Return the values of one filter."""
        return [value for filtered, value in self.filters if filtered == name]

    def path(self, language: Language | str) -> str:
        """Return the address of this state, in a language of the pages (`{}`: left open)."""
        asked = (
            ("q", "" if self.is_private else self.q),
            *self.filters,
            *(("not_meant", key) for key in self.not_meant if not self.is_private),
            ("kind", self.kind),
            ("sort", self.sort),
            ("page", str(self.page) if self.page > 1 else ""),
            ("narrow", "1" * (self.narrow and not self.is_empty)),
        )
        query = "&".join(f"{name}={quote_plus(value)}" for name, value in asked if value)
        return f"/{language}/{'?' * bool(query)}{query}"

    def feed(self, language: Language) -> str:
        """Return the address of the feed of the notes that answer its question, or pass its filters."""
        asked = replace(self, sort="", page=1, narrow=False).path(language)
        return asked.replace(f"/{language}/", f"/{language}/feed.atom", 1)

    def with_filter(self, name: str, value: str) -> "SearchAddress":
        """Narrow to a value."""
        return replace(self, filters=(*self.filters, (name, value)), page=1)

    def without(self, name: str, value: str | None = None) -> "SearchAddress":
        """Leave out one value of a filter, or all."""
        kept = (pair for pair in self.filters if pair[0] != name or (value is not None and pair[1] != value))
        return replace(self, filters=tuple(kept), page=1)

    def unfiltered(self) -> "SearchAddress":
        """Keep the question alone."""
        return SearchAddress(q=self.q, sent=self.sent)

    def but(self, **values: Any) -> "SearchAddress":
        """Change values of the address; the first page is asked for where no other is named."""
        return replace(self, **{"page": 1, **values})
