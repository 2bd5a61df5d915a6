"""Plain HTML pages on the same Searcher: a search form with two lists, and a note. They work without JavaScript."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api.excerpt import excerpt
from api.explanation_words import explanation_lines
from api.interface_texts import EXAMPLES, TEXTS, status_text
from api.note_html import note_html
from api.problems import MEDIA_TYPE, Problem, problem, to_json
from kb.errors import KbError
from kb.languages import NAMES, Language
from kb.note import Kind
from kb.taxonomy import Taxonomy
from search.query import STATUSES, reader_language
from search.service import Searcher

_HERE = Path(__file__).parent
_PAGES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
router = APIRouter(include_in_schema=False)


def static_files() -> StaticFiles:
    """The style sheet; everything a page needs comes from this server."""
    return StaticFiles(directory=_HERE / "static")


@router.get("/", response_class=HTMLResponse)
def search_page(
    request: Request,
    q: str = "",
    lang: str | None = None,
    country: Annotated[list[str], Query()] = [],
    crime_type: Annotated[list[str], Query()] = [],
    phase: Annotated[list[str], Query()] = [],
    status: Annotated[list[str], Query()] = [],
) -> Response:
    """The search form and, for a question, its two lists."""
    reader = page_language(request)
    door: Searcher = request.app.state.searcher
    chosen = {
        "country": [one for one in country if one], "crime_type": [one for one in crime_type if one],
        "phase": [one for one in phase if one], "status": [one for one in status if one],
    }  # fmt: skip
    found: Problem | None = None
    results = None
    taxonomy: Taxonomy | None = None
    try:
        taxonomy = door.taxonomy()
        reader_language(lang)
        if q.strip():
            results = door.ask(
                q, reader=reader.value, countries=chosen["country"], crime_types=chosen["crime_type"],
                phases=chosen["phase"], statuses=chosen["status"], explain=True,
            )  # fmt: skip
    except KbError as error:
        found = problem(error)
    return _page(
        "search.html", reader, found.status if found else 200,
        q=q, chosen=chosen, results=results, problem=found, taxonomy=taxonomy, statuses=STATUSES,
        address=lambda other: f"/?{request.url.include_query_params(lang=other).query}",
    )  # fmt: skip


@router.get("/notes/{note_id}", response_class=HTMLResponse)
def note_page(request: Request, note_id: str, lang: str | None = None) -> Response:
    """One note, in the language asked for or its own."""
    reader = page_language(request)
    door: Searcher = request.app.state.searcher
    note = door.note(note_id, reader)
    return _page(
        "note.html", reader, 200, note=note, html=note_html(note), taxonomy=door.taxonomy(), kinds=Kind,
        address=lambda other: f"/notes/{note.id}?lang={other}",
    )  # fmt: skip


def page_language(request: Request) -> Language:
    """The language of a page: asked for in the address, else the first of the browser's that we have, else English."""
    asked = request.query_params.get("lang")
    if asked in set(Language):
        return Language(asked)
    wanted = request.headers.get("accept-language", "").lower()
    ranked = sorted(
        (part.split(";") for part in wanted.split(",")),
        key=lambda part: -_quality(part),
    )
    tags = [part[0].strip()[:2] for part in ranked]
    return next((Language(tag) for tag in tags if tag in set(Language)), Language.EN)


def answer(request: Request, found: Problem) -> Response:
    """A problem, as a page to a browser and as problem JSON to everything else."""
    is_page = request.url.path == "/" or request.url.path.startswith("/notes/")
    if is_page and "text/html" in request.headers.get("accept", ""):
        reader = page_language(request)
        return _page("problem.html", reader, found.status, problem=found, address=lambda other: f"/?lang={other}")
    return JSONResponse(to_json(found), found.status, media_type=MEDIA_TYPE)


def _page(template: str, reader: Language, status: int, **context: Any) -> HTMLResponse:
    return HTMLResponse(
        _PAGES.get_template(template).render(
            reader=reader,
            t=TEXTS[reader],
            languages=tuple(Language),
            language_names=NAMES,
            status_text=status_text,
            examples=EXAMPLES,
            excerpt=excerpt,
            explanation_lines=explanation_lines,
            **context,
        ),
        status,
    )


def _quality(part: list[str]) -> float:
    try:
        return float(part[1].strip().removeprefix("q=")) if len(part) > 1 else 1.0
    except ValueError:
        return 0.0
