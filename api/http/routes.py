"""The routes of `/v1`, and the two that say whether the server lives. Each calls the Searcher and nothing else."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.auth.gate import ADMITTED, Count, IndexRouter, View
from api.exports.note_markdown import note_html
from api.http.format_routes import NoteId, NoteLanguage
from api.http.public_router import PublicRouter
from api.models.answers import BatchResponse, NoteResponse, SearchResponse
from api.models.collection import (
    ChangesResponse,
    CoverageResponse,
    Health,
    NotesResponse,
    Ready,
    SchemeOut,
    SchemesOut,
    SuggestResponse,
)
from api.models.described import errors
from api.models.negotiation import accepted_language, conditional
from api.models.paging import cursor, place
from api.models.requests import (
    LANGUAGES,
    BatchRequest,
    ChangesParameters,
    ListParameters,
    SearchParameters,
    SearchRequest,
)
from kb.errors import QueryError, placed
from kb.text.languages import Language
from search.query import reader_language
from search.results import SearchResults
from search.service import Searcher
from search.view import IndexView

MAX_TYPED = 200
alive = APIRouter()
ready = IndexRouter(dependencies=ADMITTED)
router = PublicRouter(dependencies=ADMITTED)


@router.get("/v1/search", summary="Search", tags=["search"], response_model=SearchResponse)
def search_get(request: Request, view: View, asked: Annotated[SearchParameters, Query()]) -> Response:
    """Practices of all countries, and the strategy documents they serve, whatever language they are written in."""
    return _search(request, view, asked)


@router.post(
    "/v1/search", summary="Search, with the parameters as JSON", tags=["search"], response_model=SearchResponse
)
def search_post(request: Request, view: View, count: Count, body: SearchRequest) -> Response:
    """The same search; the question stands in the body, so no proxy on the way writes it into a log."""
    count(body.questions - 1)
    return _search(request, view, body)


@router.post("/v1/search/batch", summary="Several searches at once", tags=["search"], response_model=BatchResponse)
def search_batch(request: Request, view: View, count: Count, body: BatchRequest) -> Response:
    """As many answers as searches, in their order. One that is wrong refuses them all.

    Every 200 characters of them count as a request.
    """
    count(sum(search.questions for search in body.queries) - 1)
    accepted, asked = accepted_language(request), []
    try:
        for place_in_batch, search in enumerate(body.queries):
            with placed(place_in_batch):
                asked.append((search.text, search.parameters(accepted)))
        found = view.search_all(asked)
    except QueryError as error:
        if error.place is not None:
            error.field = f"queries.{error.place}.{error.field}"
        raise
    answers = [_answer(search, results) for search, results in zip(body.queries, found, strict=True)]
    return _json(BatchResponse(results=answers))


@router.get(
    "/v1/suggest", summary="What somebody who is typing may mean", tags=["search"], response_model=SuggestResponse
)
def suggest(
    request: Request,
    view: View,
    q: Annotated[str, Query(max_length=MAX_TYPED, description="What has been typed so far.", examples=["hameç"])],
    lang: Annotated[
        str | None,
        Query(description="Language of the reader: its words come first.", json_schema_extra=LANGUAGES),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=20, description="Suggestions at most, 1 to 20.")] = 8,
) -> SuggestResponse:
    """Terms of the vocabularies, official numbers and titles of notes that have words beginning so, accents apart."""
    language = _language(request, lang)
    return SuggestResponse.of(view.suggest(q, language, limit))


@router.get("/v1/notes", summary="The notes, by id", tags=["notes"], response_model=NotesResponse)
def notes(request: Request, view: View, asked: Annotated[ListParameters, Query()]) -> Response:
    """All notes that pass the filters, without a question; a page at a time."""
    language = _language(request, asked.lang) or Language.EN
    after = "" if asked.cursor is None else place(asked.cursor, asked.asked(), str)
    found = view.notes(language, after, **asked.filters())
    following = cursor(found.notes[-1].card.id, asked.asked()) if found.more else None
    return conditional(request, NotesResponse.of(found, following))


@router.get("/v1/changes", summary="What has changed, for mirrors", tags=["notes"], response_model=ChangesResponse)
def changes(request: Request, view: View, asked: Annotated[ChangesParameters, Query()]) -> Response:
    """Notes that changed, and notes that this caller can see no more, the earliest first; of each the last."""
    begin = asked.begin()
    found = view.changes(begin, asked.limit)
    return conditional(request, ChangesResponse.of(found, asked.following(found.changes[-1]) if found.more else None))


@router.get("/v1/notes/{note_id}", summary="One note", tags=["notes"], response_model=NoteResponse)
def note(request: Request, view: View, note_id: NoteId, lang: NoteLanguage = None) -> Response:
    """Metadata, sections, rendered HTML and Markdown of a note in one language."""
    language = _language(request, lang)
    found = view.note(note_id, language)
    return conditional(request, NoteResponse.of(found, note_html(found)))


@router.get("/v1/taxonomy", summary="The vocabularies", tags=["notes"], response_model=SchemesOut)
def taxonomy(request: Request, view: View) -> Response:
    """Crime types, phases, countries and consultation bodies, with their labels in three languages."""
    schemes = view.taxonomy.schemes()
    return conditional(request, SchemesOut({scheme.name: SchemeOut.of(scheme) for scheme in schemes}))


@router.get(
    "/v1/coverage", summary="What the collection covers and lacks", tags=["notes"], response_model=CoverageResponse
)
def coverage(request: Request, view: View) -> Response:
    """Counts by country, language, evidence, crime type and phase; missing translations; notes due for review."""
    found = view.coverage(date.today().isoformat())
    return conditional(request, CoverageResponse.of(found))


@alive.get("/healthz", summary="Whether the process lives", tags=["operation"], response_model=Health)
def healthz() -> Health:
    """Answers as long as the process does; says nothing about the index."""
    return Health()


@ready.get("/readyz", summary="Whether searches can be answered", tags=["operation"], responses=errors(401, 429, 503))
def readyz(request: Request, view: View) -> Ready:
    """Encoder and index are loaded, with the counts of what the caller may see."""
    searcher: Searcher = request.app.state.searcher
    searcher.warm_up()
    return Ready(**vars(view.counts()))


def _search(request: Request, view: IndexView, asked: SearchParameters | SearchRequest) -> Response:
    parameters = asked.parameters(accepted_language(request))
    return _json(_answer(asked, view.search(asked.text, **parameters)))


def _answer(asked: SearchParameters | SearchRequest, found: SearchResults) -> SearchResponse:
    echo = not isinstance(asked, SearchRequest) or asked.similar_to is None
    return SearchResponse.of(found, asked.following() if found.more else None, echo=echo)


def _json(answer: BaseModel) -> Response:
    """The answer as it goes out: built once as a model, so FastAPI need not check it a second time."""
    return Response(answer.model_dump_json(), media_type="application/json", headers={"Vary": "Accept-Language"})


def _language(request: Request, lang: str | None) -> Language | None:
    return accepted_language(request) if lang is None else reader_language(lang)
