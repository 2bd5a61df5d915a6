"""The addresses of the pages. The first part is the language of the page, whatever the notes on it are written in."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from api.auth.gate import ADMITTED, Entrance
from api.exports import opensearch
from api.http.negotiation import conditional_bytes
from api.models.parameters import checked_parameters
from api.models.problems import MEDIA_TYPE, headers, problem, to_json
from api.web.about_page import about_page
from api.web.compare_page import compare_page
from api.web.coverage_page import coverage_page, read_coverage
from api.web.feed import feed
from api.web.note_file import note_file
from api.web.note_page import note_page
from api.web.problem_words import problem_words
from api.web.rendering import LanguageChoice, asset, load_templates, page, remembered_language, site
from api.web.search_address import FILTERS
from api.web.search_page import search_page
from kb.errors import KbError
from kb.text.languages import Language
from search.query import reader_language
from search.service import Door


class _LanguageConvertor(Convertor[Language]):
    regex = "|".join(Language)

    def convert(self, value: str) -> Language:
        return Language(value)

    def to_string(self, value: Language) -> str:
        return value.value


register_url_convertor("language", _LanguageConvertor())
router = APIRouter(include_in_schema=False, route_class=LanguageChoice, dependencies=ADMITTED)


@router.get("/")
async def start(request: Request) -> Response:
    """To the search page in the reader's language."""
    return RedirectResponse(
        f"/{remembered_language(request)}/{_query(request)}", 307, {"Vary": "Accept-Language, Cookie"}
    )


@router.get("/notes/{note_id}", dependencies=[checked_parameters("lang")])
async def any_note(request: Request, note_id: str, lang: str | None = None) -> Response:
    """To a note's page; `lang`, which addresses in answers of the API carry, is the version."""
    version = f"?version={asked}" if (asked := reader_language(lang)) else ""
    return RedirectResponse(f"/{remembered_language(request)}/notes/{quote(note_id)}{version}", 307)


@router.get("/{language:language}/")
def search(request: Request, door: Entrance, language: Language) -> Response:
    """The search."""
    return search_page(request, door, language)


@router.get("/{language:language}/notes/{note_id}.md", dependencies=[checked_parameters("version")])
def download_note(request: Request, door: Entrance, language: Language, note_id: str) -> Response:
    """A note's text as a file."""
    return note_file(request, door, language, note_id)


@router.get("/{language:language}/notes/{note_id}", dependencies=[checked_parameters("version")])
def show_note(request: Request, door: Entrance, language: Language, note_id: str) -> Response:
    """A note."""
    return note_page(request, door, language, note_id)


@router.get("/{language:language}/compare")
def compare(request: Request, door: Entrance, language: Language) -> Response:
    """Practices side by side, by country."""
    return compare_page(request, door, language)


@router.get("/{language:language}/coverage", dependencies=[checked_parameters()])
def coverage(request: Request, door: Entrance, language: Language) -> Response:
    """What there is and what is missing."""
    return coverage_page(request, door, language)


@router.get("/{language:language}/about", dependencies=[checked_parameters()])
def about(request: Request, language: Language) -> Response:
    """What this is, and help."""
    return about_page(request, language)


@router.get("/{language:language}/feed.atom", dependencies=[checked_parameters(*FILTERS, "kind", several=FILTERS)])
def atom_feed(request: Request, door: Entrance, language: Language) -> Response:
    """The notes that changed last."""
    return feed(request, door, language)


@router.get("/{language:language}/opensearch.xml", dependencies=[checked_parameters()])
def browser_search(request: Request, language: Language) -> Response:
    """What lets a browser add the search."""
    body = opensearch.description(language, site(request), asset("icon.svg"))
    return conditional_bytes(request, body, opensearch.MEDIA_TYPE)


def warm_up(door: Door) -> None:
    """Make what pages share and hold, so that the first reader does not wait for it. Raises what `Searcher` does."""
    load_templates()
    for language in Language:
        read_coverage(door, language)


def answer(request: Request, error: KbError) -> Response:
    """An error, as a page to a browser and as problem JSON to everything else."""
    first = request.scope["path"].split("/")[1]
    if not first.startswith(("v1", "static")) and "text/html" in request.headers.get("accept", ""):
        language = Language(first) if first in set(Language) else remembered_language(request)
        words = problem_words(error, request, language)
        told = page(request, "problem.html", language, "/{}/", words.status, current=False, problem=words)
        told.headers.update(headers(error))
        return told
    found = problem(error)
    return JSONResponse(to_json(found), found.status, headers(error), MEDIA_TYPE)


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""
