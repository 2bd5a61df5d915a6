"""The page that puts practices of several countries, or chosen notes, side by side: a form, and what notes say of each
aspect.
"""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from api.auth.gate import View
from api.models.parameters import check_parameters
from api.web.problem_words import problem_words
from api.web.rendering import page
from api.web.search_address import READ_ON_PAGES, SearchAddress
from kb.errors import KbError, StoreUnavailable
from kb.notes.note import Kind
from kb.text.languages import Language
from search.browse.compare import SECTIONS
from search.query import known_values

ASPECTS: Final = ("approach", "legal-basis", "partners", "results", "evidence", "needs", "risks")
"""The rows of the table, between the practices and the strategies."""
_ROWS: Final = {**SECTIONS, Kind.PRACTICE: ASPECTS}
"""Kind of note -> the rows of a table of them."""


def compare_page(request: Request, view: View, language: Language) -> Response:
    """Answer with the page for an address; what is wrong with that is said above the form."""
    asked = {name: request.query_params.get(name, "") for name in ("crime_type", "phase", "power")}
    chosen = list(dict.fromkeys(filter(None, request.query_params.getlist("note"))))
    given = [*((name, value) for name, value in asked.items() if value), *(("note", note_id) for note_id in chosen)]
    context: dict[str, Any] = {"found": None, "chosen": (), "taxonomy": None, "problem": None}

    def search_for(country: str) -> SearchAddress:
        """Return the search for the notes that hold for a country of the table."""
        kind = Kind.POWER if asked["power"] else Kind.PRACTICE
        return SearchAddress(filters=(("country", country), *given), kind=kind.value)

    try:
        context["taxonomy"] = view.taxonomy
        check_parameters(request.query_params, (*asked, "note"), ("note",), meant=READ_ON_PAGES)
        if chosen:
            context["chosen"] = view.compare_notes(chosen, language)
        elif asked["power"]:
            context["found"] = view.compare_powers(asked["power"], language)
        elif asked["crime_type"]:
            context["found"] = view.compare(asked["crime_type"], asked["phase"] or None, language)
        elif asked["phase"]:
            known_values("phase", [asked["phase"]], view.taxonomy.phases)
    except KbError as error:
        if isinstance(error, StoreUnavailable) and view.is_replaced():
            raise  # the route answers anew
        context["problem"] = problem_words(error, request, language, context["taxonomy"])
    address = f"/{{}}/compare{'?' * bool(given)}{urlencode(given)}"
    kinds = {note.card.kind for note in context["chosen"]} or {Kind.POWER if asked["power"] else Kind.PRACTICE}
    context |= {"asked": asked, "aspects": _aspects(kinds), "search_for": search_for}
    return page(request, "compare.html", language, address, **context)


def _aspects(kinds: Iterable[Kind]) -> dict[str, Kind]:
    """Return the rows of a table of notes of these kinds, and of each a kind that says what it is called."""
    rows: dict[str, Kind] = {}
    for kind in (each for each in Kind if each in kinds):
        rows |= {aspect: kind for aspect in _ROWS[kind] if aspect not in rows}
    return rows
