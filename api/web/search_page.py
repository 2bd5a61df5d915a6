"""The search page: a question, or filters alone, and the two lists that answer."""

from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request
from starlette.responses import Response

from api.web.facets import active, facets
from api.web.problem_words import ProblemWords, plain, problem_words
from api.web.rendering import page
from api.web.search_address import LAST_PAGE, PAGE_SIZE, SearchAddress
from kb.errors import KbError
from kb.notes.note import Kind
from kb.text.languages import Language
from search.query import MAX_CHARACTERS, known_values
from search.rank.calibrate import Level
from search.results import Listing, NoteCard, NoteHit, SearchResults, facets_of
from search.service import Door
from search.view import Reading

_ELSEWHERE = 3
"""How many practices of other countries are shown where those asked for have no relevant one."""


@dataclass(frozen=True)
class Part:
    """One of the two lists. total: its relevant notes; pages: how many they fill; first: place of the first shown.

    nearest: whether no note answers the question, so that it holds those that come nearest
    """

    kind: Kind
    notes: tuple[NoteCard, ...]
    total: int
    pages: int
    first: int
    nearest: bool


def search_page(request: Request, door: Door, language: Language) -> Response:
    """The page for an address; what is wrong with that is said above the form, and nothing typed is lost
    that could be asked.
    """
    found: ProblemWords | None = None
    context: dict[str, Any] = {
        "asked": SearchAddress(q=request.query_params.get("q", "")), "taxonomy": None, "results": None,
        "parts_of": (), "nothing_relevant": False, "facets": (), "active": (), "elsewhere": (), "linked": {},
    }  # fmt: skip

    def read(reading: Reading) -> None:
        context["taxonomy"] = reading.taxonomy
        context["asked"] = asked = SearchAddress.of(request.query_params)
        if not asked.is_empty:
            context.update(_answer(reading, asked, language))

    try:
        door.read(read)
    except KbError as error:
        found = problem_words(error, request, language, context["taxonomy"])
        asked: SearchAddress = context["asked"]
        context["asked"] = replace(asked, q=plain(asked.q[:MAX_CHARACTERS]))
    status = found.status if found else 200
    return page(
        request, "search.html", language, context["asked"].path("{}"), status, problem=found, **context
    )  # fmt: skip


def _answer(reading: Reading, asked: SearchAddress, language: Language) -> dict[str, Any]:
    """What a page shows of an answer; beyond the last page of a list, that one."""
    results = _asked(reading, asked, language)
    kinds = [kind for kind in Kind if asked.kind in ("", kind)]
    if kinds and asked.page > (last := max(_pages(results.totals.get(kind, 0)) for kind in kinds)):
        return _answer(reading, asked.at_page(last), language)
    lists = {Kind.PRACTICE: results.practices, Kind.STRATEGY: results.strategies}
    parts = tuple(_part(kind, lists[kind], results.totals.get(kind, 0), asked) for kind in kinds)
    nothing_relevant = any(part.nearest for part in parts) and not any(part.total for part in parts)
    counts = {} if nothing_relevant else facets_of(results.counts, kinds)  # what is only near counts for none
    return {
        "asked": asked,
        "results": results,
        "parts_of": parts,
        "nothing_relevant": nothing_relevant,
        "facets": facets(asked, counts, reading.taxonomy, language),
        "active": active(asked, reading.taxonomy, language),
        "elsewhere": _elsewhere(reading, asked, language) if not results.totals.get(Kind.PRACTICE) else (),
        "linked": _linked(reading, results, language),
    }


def _asked(reading: Reading, asked: SearchAddress, language: Language) -> SearchResults | Listing:
    if asked.kind:
        known_values("kind", [asked.kind], tuple(Kind))
    if asked.q:
        return reading.ask(asked.q, reader=language.value, explain=True, **asked.parameters())
    return reading.browse(language, **asked.parameters())


def _linked(reading: Reading, results: SearchResults | Listing, language: Language) -> dict[str, NoteCard]:
    """The notes by which hits rise, by id."""
    hits = (*results.practices, *results.strategies) if isinstance(results, SearchResults) else ()
    linked = (one.explanation.linked_with for one in hits if one.explanation)
    return {one.id: one for one in reading.cards(filter(None, linked), language)}


def _part(kind: Kind, notes: tuple[NoteCard, ...], total: int, asked: SearchAddress) -> Part:
    nearest = bool(asked.q and notes and not total)
    return Part(kind, notes, total, _pages(total), (asked.page - 1) * PAGE_SIZE + 1, nearest)


def _pages(total: int) -> int:
    return max(1, min(-(-total // PAGE_SIZE), LAST_PAGE))


def _elsewhere(reading: Reading, asked: SearchAddress, language: Language) -> tuple[NoteHit, ...]:
    """What other countries have on a question to which no practice that holds in those asked for is an answer."""
    here = asked.chosen("country")
    if not asked.q or not here or asked.kind == Kind.STRATEGY:
        return ()
    anywhere = replace(asked, filters=tuple(one for one in asked.filters if one[0] != "country"), page=1)
    found = reading.ask(asked.q, reader=language.value, **anywhere.parameters())
    away = (one for one in found.practices if reading.taxonomy.reach(one.countries).isdisjoint(here))
    return tuple(one for one in away if one.level is not Level.LOW)[:_ELSEWHERE]
