"""The addresses of the pages. The first part is the language of the page, whatever the notes on it are written in."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from api.auth.gate import ADMITTED, COOKIE, OWN_SITE, IndexRouter, View
from api.exports import atom, opensearch
from api.models.negotiation import conditional, site
from api.models.parameters import checked_parameters
from api.models.problems import MEDIA_TYPE, PATH, headers, problem
from api.web.about_page import about_page, problems_page
from api.web.compare_page import compare_page
from api.web.coverage_page import coverage_page, read_coverage
from api.web.feedback_page import note_feedback
from api.web.list_page import list_page
from api.web.note_page import note_file, note_page, note_picture
from api.web.problem_words import ProblemWords, plain, problem_words
from api.web.rendering import TEMPLATES, LanguageChoice, Missing, asset, page, remembered_language, takes_page
from api.web.search_address import ADDRESSED, READ_ON_PAGES, SEVERAL, SearchAddress
from api.web.search_page import search_form, search_page, suggestions
from api.web.sign_in_page import forget_key, sign_in, sign_in_form, sign_in_page, sign_out
from kb.errors import KbError, QueryError
from kb.text.languages import Language
from search.query import MAX_CHARACTERS, MAX_LIMIT, reader_language
from search.results import Level, NoteCard
from search.view import IndexView


class _LanguageConvertor(StringConvertor):
    regex = "|".join(Language)


register_url_convertor("language", _LanguageConvertor())
router = IndexRouter(include_in_schema=False, route_class=LanguageChoice, dependencies=ADMITTED)


_reads = partial(checked_parameters, meant=READ_ON_PAGES)
"""A dependency of a page that reads these parameters and no others."""


@router.get("/")
async def start(request: Request) -> Response:
    """Lead to the search page in the reader's language."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/{remembered_language(request)}/{query}", 307, {"Vary": "Accept-Language, Cookie"})


@router.get("/notes/{note_id}", dependencies=[_reads("lang")])
async def any_note(request: Request, note_id: str, lang: str | None = None) -> Response:
    """Lead to a note's page; `lang`, which addresses in answers of the API carry, is the version."""
    version = f"?version={asked}" if (asked := reader_language(lang)) else ""
    return RedirectResponse(f"/{remembered_language(request)}/notes/{quote(note_id)}{version}", 307)


@router.get(PATH, dependencies=[_reads()])
async def any_problems(request: Request) -> Response:
    """Lead to the kinds of problems; a browser keeps the part of the address that names one."""
    return RedirectResponse(f"/{remembered_language(request)}{PATH}", 307, {"Vary": "Accept-Language, Cookie"})


_PAGES = "/{language:language}"
router.get(f"{_PAGES}/")(search_page)
router.post(f"{_PAGES}/")(search_form)
router.post(f"{_PAGES}/suggest")(suggestions)
router.get(f"{_PAGES}/notes/{{note_id}}.md", dependencies=[_reads("version")])(note_file)
router.get(f"{_PAGES}/notes/{{note_id}}", dependencies=[_reads("version", "thanks")])(note_page)
router.post(f"{_PAGES}/notes/{{note_id}}/feedback", dependencies=[_reads("version"), OWN_SITE])(note_feedback)
router.get(f"{_PAGES}/notes/{{note_id}}/{{name}}", dependencies=[_reads("version")])(note_picture)
router.get(f"{_PAGES}/compare")(compare_page)
router.get(f"{_PAGES}/list", dependencies=[_reads("note", several=("note",))])(list_page)
router.get(f"{_PAGES}/coverage", dependencies=[_reads()])(coverage_page)
router.get(f"{_PAGES}/about", dependencies=[_reads()])(about_page)
router.get(f"{_PAGES}{PATH}", dependencies=[_reads()])(problems_page)
router.get(f"{_PAGES}/sign-in", dependencies=[_reads()])(sign_in_page)
router.post(f"{_PAGES}/sign-in", dependencies=[_reads()])(sign_in)
router.post(f"{_PAGES}/sign-out", dependencies=[_reads(), OWN_SITE])(sign_out)


@router.get(f"{_PAGES}/feed.atom", dependencies=[_reads("q", *SEVERAL, "kind", several=SEVERAL)])
def feed(request: Request, view: View, language: Language) -> Response:
    """Answer with the notes that changed last, of all, of those that the search's filters leave, or of those that
    answer a question, as an Atom feed.
    """
    asked = SearchAddress.of(request.query_params, view.taxonomy)
    filters = asked.filter_arguments()
    narrowed = {**filters, "kind": [asked.kind] if asked.kind else [], "limit": MAX_LIMIT}
    notes: Sequence[NoteCard]
    if asked.q:
        if asked.is_private:
            values = {"given": len(asked.q), "most": ADDRESSED}
            raise QueryError("A question so long stands in no address.", field="q", code="too_long", values=values)
        found = view.search(asked.q, reader=language.value, not_meant=asked.not_meant, **narrowed)
        relevant = (hit for hit in found.hits if hit.level is not Level.LOW)
        notes = sorted(relevant, key=lambda hit: hit.changed, reverse=True)[:MAX_LIMIT]
    else:
        notes = view.notes(language, latest=True, **narrowed).notes
    asks = {"q": [asked.q], **filters} if asked.q else filters
    body = atom.feed(notes, view.taxonomy, language, site(request), asked.feed(language), asks)
    answered = conditional(request, body, atom.MEDIA_TYPE)
    if asked.q and "Cache-Control" in answered.headers:
        del answered.headers["Cache-Control"]  # no question stays in a cache
    return answered


@router.get(f"{_PAGES}/opensearch.xml", dependencies=[_reads()])
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
    """Answer with an error, as a page to a browser and as problem JSON to everything else. A cookie with a key that is
    not good is deleted: it would keep its reader from what is public. One that is mistyped deletes none.
    """
    request.state.error = error  # for logs and metrics (`api.http.watched`)
    first = request.scope["path"].split("/")[1]
    of_key = error.code in ("signed_out", "too_many_keys")
    if not first.startswith(("v1", "static")) and takes_page(request):
        language = Language(first) if first in set(Language) else remembered_language(request)
        words = problem_words(error, request, language)
        answered = sign_in_form(request, language, words) if of_key else _problem_page(request, language, words)
        answered.headers.update(headers(error))
    else:
        found = problem(error)
        answered = JSONResponse(found.model_dump(exclude_none=True), found.status, headers(error), MEDIA_TYPE)
    is_typed = getattr(request.scope.get("route"), "name", "") == sign_in.__name__
    if of_key and not is_typed and COOKIE in request.cookies and "authorization" not in request.headers:
        forget_key(request, answered)
    return answered


def _problem_page(request: Request, language: Language, words: ProblemWords) -> Response:
    """Answer with what is wrong; where there is no such page or note, with a search for it."""
    missing: Missing | None = getattr(request.state, "missing", None)
    sought = plain(missing.words[:MAX_CHARACTERS]) if missing else ""
    here = request.url.replace(scheme="", netloc="")
    context = {"missing": missing, "sought": sought, "here": here}
    return page(request, "problem.html", language, "/{}/", problem=words, **context)
