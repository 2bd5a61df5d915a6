"""The addresses of the pages. The first part is the language of the page, whatever the notes on it are written in."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from api.auth.gate import ADMITTED, IndexRouter, View
from api.exports import atom, opensearch
from api.models.negotiation import conditional, site
from api.models.parameters import checked_parameters
from api.models.problems import MEDIA_TYPE, headers, problem
from api.web.about_page import about_page
from api.web.compare_page import compare_page
from api.web.coverage_page import coverage_page, read_coverage
from api.web.feedback_page import note_feedback
from api.web.note_page import note_file, note_page, note_picture
from api.web.problem_words import problem_words
from api.web.rendering import TEMPLATES, LanguageChoice, asset, page, remembered_language
from api.web.search_address import FILTERS, SearchAddress
from api.web.search_page import search_page
from kb.errors import KbError
from kb.text.languages import Language
from search.query import MAX_LIMIT, reader_language
from search.view import IndexView


class _LanguageConvertor(StringConvertor):
    regex = "|".join(Language)


register_url_convertor("language", _LanguageConvertor())
router = IndexRouter(include_in_schema=False, route_class=LanguageChoice, dependencies=ADMITTED)


@router.get("/")
async def start(request: Request) -> Response:
    """Lead to the search page in the reader's language."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{remembered_language(request)}/{query}", 307, {"Vary": "Accept-Language, Cookie"})


@router.get("/notes/{note_id}", dependencies=[checked_parameters("lang")])
async def any_note(request: Request, note_id: str, lang: str | None = None) -> Response:
    """Lead to a note's page; `lang`, which addresses in answers of the API carry, is the version."""
    version = f"?version={asked}" if (asked := reader_language(lang)) else ""
    return RedirectResponse(f"/{remembered_language(request)}/notes/{quote(note_id)}{version}", 307)


_PAGES = "/{language:language}"
router.get(f"{_PAGES}/")(search_page)
router.get(f"{_PAGES}/notes/{{note_id}}.md", dependencies=[checked_parameters("version")])(note_file)
router.get(f"{_PAGES}/notes/{{note_id}}", dependencies=[checked_parameters("version", "thanks")])(note_page)
router.post(f"{_PAGES}/notes/{{note_id}}/feedback", dependencies=[checked_parameters("version")])(note_feedback)
router.get(f"{_PAGES}/notes/{{note_id}}/{{name}}", dependencies=[checked_parameters("version")])(note_picture)
router.get(f"{_PAGES}/compare")(compare_page)
router.get(f"{_PAGES}/coverage", dependencies=[checked_parameters()])(coverage_page)
router.get(f"{_PAGES}/about", dependencies=[checked_parameters()])(about_page)


@router.get(f"{_PAGES}/feed.atom", dependencies=[checked_parameters(*FILTERS, "kind", several=FILTERS)])
def feed(request: Request, view: View, language: Language) -> Response:
    """Answer with the notes that changed last, of all or of those that the search's filters leave, as an Atom feed."""
    asked = SearchAddress.of(request.query_params)
    filters, kinds = asked.filter_arguments(), [asked.kind] if asked.kind else []
    listed = view.notes(language, latest=True, limit=MAX_LIMIT, kind=kinds, **filters)
    body = atom.feed(listed.notes, view.taxonomy, language, site(request), asked.feed(language), filters)
    return conditional(request, body, atom.MEDIA_TYPE)


@router.get(f"{_PAGES}/opensearch.xml", dependencies=[checked_parameters()])
def browser_search(request: Request, language: Language) -> Response:
    """Answer with a description that lets a browser add the search."""
    body = opensearch.description(language, site(request), asset("icon.svg"))
    return conditional(request, body, opensearch.MEDIA_TYPE)


def warm_up(view: IndexView) -> None:
    """Make and cache what pages share, so that the first reader does not wait for it. Raises IndexMissing, IndexStale,
    StoreUnavailable.
    """
    for name in TEMPLATES.list_templates():
        TEMPLATES.get_template(name)  # which compiles it
    for language in Language:
        read_coverage(view, language)


def answer(request: Request, error: KbError) -> Response:
    """Answer with an error, as a page to a browser and as problem JSON to everything else."""
    first = request.scope["path"].split("/")[1]
    if not first.startswith(("v1", "static")) and "text/html" in request.headers.get("accept", ""):
        language = Language(first) if first in set(Language) else remembered_language(request)
        words = problem_words(error, request, language)
        answered = page(request, "problem.html", language, "/{}/", problem=words)
        answered.headers.update(headers(error))
        return answered
    found = problem(error)
    return JSONResponse(found.model_dump(exclude_none=True), found.status, headers(error), MEDIA_TYPE)
