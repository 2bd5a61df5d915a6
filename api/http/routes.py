"""The routes of `/v1`, those of formats of others, and the two that say whether the server lives.

All of the public API refuse parameters that nobody reads, and say in the OpenAPI description how they can fail.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from importlib.resources import files
from inspect import signature
from itertools import chain
from typing import Annotated, Any, Final, cast, get_args

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.params import Depends as DependsMark
from fastapi.params import Query as QueryMark
from fastapi.routing import APIRoute
from pydantic import BaseModel

from api.auth.gate import ADMITTED, OPERATION, Count, IndexRouter, View, directly
from api.exports import dcat, misp, skos, stix
from api.exports.note_markdown import note_html
from api.models.answers import BatchResponse, FieldsResponse, NoteResponse, SearchResponse, public_answer
from api.models.cards import public_card
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
from api.models.negotiation import accepted_language, conditional, in_json, site, wanted_language
from api.models.paging import cursor, place
from api.models.parameters import Reads, checked_parameters
from api.models.problems import MEDIA_TYPE
from api.models.requests import (
    LANGUAGES,
    BatchRequest,
    ChangesParameters,
    ListParameters,
    SearchParameters,
    SearchRequest,
)
from kb.errors import QueryError, placed
from kb.notes.schema import note_schema
from kb.text.languages import Language
from search.results import Level, NoteVersion, SearchResults
from search.view import IndexView

MAX_TYPED = 200
SCHEMA_TYPE: Final = "application/schema+json"
EXAMPLES: Final[dict[str, Any]] = json.loads(files("api.http").joinpath("examples.json").read_text("utf-8"))
"""`search`: an answer; `problems`: HTTP status -> a problem with it; `statuses`: what each means. A test reads all."""
_UNCHANGED: Final[Any] = {304: {"description": "`If-None-Match` names what would be answered."}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of responses with these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": EXAMPLES["statuses"][str(status)],
            "content": {MEDIA_TYPE: {"schema": schema, "example": EXAMPLES["problems"][str(status)]}},
        }
        for status in statuses
    }


class PublicRouter(IndexRouter):
    """Routes whose answers to GET are conditional (304), but for those tagged `search`.

    direct: path -> what answers GET there in place of the route, for routes that read an address into a model
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.direct: dict[str, Callable[[Request], Awaitable[Response]]] = {}

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        """Add a route."""
        posted = "POST" in given["methods"]
        statuses = [400, 401, *[404] * ("{note_id}" in path), *[408, 413] * posted, 429, 503]
        unchanged = {} if posted or given["tags"] == ["search"] else _UNCHANGED
        given["responses"] = (given["responses"] or {}) | unchanged | errors(*statuses)
        marks = {name: get_args(each.annotation)[1:] for name, each in signature(endpoint).parameters.items()}
        reads = [mark.dependency for mark in chain(*marks.values()) if isinstance(mark, DependsMark)]
        if reading := next((each for each in reads if isinstance(each, Reads)), None):
            given["openapi_extra"] = {"parameters": _described(reading.model)}
        else:
            names = (name for name in marks if any(isinstance(mark, QueryMark) for mark in marks[name]))
            given["dependencies"] = [checked_parameters(*names)]
        super().add_api_route(path, endpoint, **given)
        if reading:
            self.direct[path] = directly(cast("APIRoute", self.routes[-1]), reading)


def _described(model: type[BaseModel]) -> Any:
    """Return what the framework says of parameters that are the members of a model."""
    router = APIRouter()

    @router.get("/")
    def asking(asked: Annotated[model, Query()]) -> None:  # type: ignore[valid-type]  # the framework looks at it
        """Is there to be described."""

    return get_openapi(title="", version="", routes=router.routes)["paths"]["/"]["get"]["parameters"]


alive = APIRouter()
ready = IndexRouter(dependencies=ADMITTED)
router = PublicRouter(dependencies=ADMITTED)
formats = PublicRouter(dependencies=ADMITTED, tags=["formats"], default_response_class=Response)

NoteId = Annotated[str, Path(description="The note's id, e.g. `be-baps`.")]
NoteLanguage = Annotated[
    str | None,
    Query(description="Language wanted; the note's own where it has no such version.", json_schema_extra=LANGUAGES),
]


def _in_format(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "object"}}}}}


_STIX: Final = _in_format(stix.MEDIA_TYPE, "A STIX 2.1 bundle.")
_MISP: Final = _in_format(misp.MEDIA_TYPE, "A MISP event.")
_SKOS: Final = _in_format(dcat.MEDIA_TYPE, "SKOS in JSON-LD.")
_SCHEMA: Final = _in_format(SCHEMA_TYPE, "JSON Schema, 2020-12.")
_DCAT: Final = _in_format(dcat.MEDIA_TYPE, "DCAT-AP in JSON-LD.")


@router.get("/v1/search", summary="Search", tags=["search"], response_model=SearchResponse | FieldsResponse)
def search_get(
    request: Request, view: View, asked: Annotated[SearchParameters, Depends(Reads(SearchParameters))]
) -> Response:
    """Practices, strategy documents, powers and playbooks of all countries, whatever language they are written in."""
    return _search(request, view, asked)


@router.post(
    "/v1/search",
    summary="Search, with the parameters as JSON",
    tags=["search"],
    response_model=SearchResponse | FieldsResponse,
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
    answers = [_answer(view, search, results) for search, results in zip(body.queries, found, strict=True)]
    return _answered(b'{"results":[' + b",".join(answers) + b"]}")


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
    found = view.suggest(q, wanted_language(request, lang), limit)
    return SuggestResponse.model_validate({"suggestions": found})


@router.get("/v1/notes", summary="The notes, by id", tags=["notes"], response_model=NotesResponse)
def notes(request: Request, view: View, asked: Annotated[ListParameters, Depends(Reads(ListParameters))]) -> Response:
    """All notes that pass the filters, without a question; a page at a time."""
    language = wanted_language(request, asked.lang) or Language.EN
    after = "" if asked.cursor is None else place(asked.cursor, asked.asked(), str)
    found = view.notes(language, after, **asked.filters())
    following = cursor(found.notes[-1].id, asked.asked()) if found.more else None
    return conditional(request, in_json(NotesResponse.model_validate({**vars(found), "next": following})))


@router.get("/v1/changes", summary="What has changed, for mirrors", tags=["notes"], response_model=ChangesResponse)
def changes(
    request: Request, view: View, asked: Annotated[ChangesParameters, Depends(Reads(ChangesParameters))]
) -> Response:
    """Notes that changed, and notes that this caller can see no more, the earliest first; of each the last."""
    found = view.changes(asked.begin(), asked.limit)
    following = asked.following(found.changes[-1]) if found.more else None
    return conditional(request, in_json(ChangesResponse.of(found, following)))


@router.get("/v1/notes/{note_id}", summary="One note", tags=["notes"], response_model=NoteResponse)
def note(request: Request, view: View, note_id: NoteId, lang: NoteLanguage = None) -> Response:
    """Metadata, sections, rendered HTML and Markdown of a note in one language."""
    found = view.note(note_id, wanted_language(request, lang))
    return conditional(request, in_json(NoteResponse.of(found, note_html(found))))


@router.get("/v1/taxonomy", summary="The vocabularies", tags=["notes"], response_model=SchemesOut)
def taxonomy(request: Request, view: View) -> Response:
    """Crime types, phases, countries, consultation bodies and powers, with their labels in three languages."""
    schemes = {scheme.name: SchemeOut.of(scheme) for scheme in view.taxonomy.schemes()}
    return conditional(request, in_json(SchemesOut(schemes)))


@router.get(
    "/v1/coverage", summary="What the collection covers and lacks", tags=["notes"], response_model=CoverageResponse
)
def coverage(request: Request, view: View) -> Response:
    """Counts by country, language, evidence, crime type and phase; missing translations; notes due for review."""
    found = CoverageResponse.of(view.coverage(date.today().isoformat()), view.guidance())
    return conditional(request, in_json(found))


@formats.get("/v1/notes/{note_id}/stix", summary="One note as STIX 2.1", responses=_STIX)
def note_as_stix(request: Request, view: View, note_id: NoteId, lang: NoteLanguage = None) -> Response:
    """A bundle with the note as `course-of-action`, its markings, and the techniques of ATT&CK that it mitigates."""
    bundle = stix.note_bundle([view.note(note_id, wanted_language(request, lang))], view.taxonomy, site(request))
    return conditional(request, in_json(bundle), stix.MEDIA_TYPE)


@formats.get("/v1/notes/{note_id}/misp", summary="One note as a MISP event", responses=_MISP)
def note_as_misp(request: Request, view: View, note_id: NoteId, lang: NoteLanguage = None) -> Response:
    """An event, not published, with the note as a `report` and its machine tags."""
    event = misp.event([view.note(note_id, wanted_language(request, lang))], view.taxonomy, site(request))
    return conditional(request, in_json(event), misp.MEDIA_TYPE)


@formats.post("/v1/search/stix", summary="Search, answered as STIX 2.1", responses=_STIX)
def search_as_stix(request: Request, view: View, count: Count, body: SearchRequest) -> Response:
    """A bundle with the relevant notes of all lists, each read whole; where nothing answers, an empty one."""
    bundle = stix.note_bundle(_found(request, view, count, body), view.taxonomy, site(request))
    return _answered(in_json(bundle), stix.MEDIA_TYPE)


@formats.post("/v1/search/misp", summary="Search, answered as a MISP event", responses=_MISP)
def search_as_misp(request: Request, view: View, count: Count, body: SearchRequest) -> Response:
    """An event with the relevant notes of all lists, each read whole. It does not hold the question."""
    event = misp.event(_found(request, view, count, body), view.taxonomy, site(request))
    return _answered(in_json(event), misp.MEDIA_TYPE)


@formats.get("/v1/taxonomy.jsonld", summary="The vocabularies as SKOS", responses=_SKOS)
def taxonomy_as_skos(request: Request, view: View) -> Response:
    """What `/v1/taxonomy` answers, in JSON-LD with its context in it."""
    graph = skos.scheme_graph(view.taxonomy.schemes(), site(request))
    return conditional(request, in_json(graph), dcat.MEDIA_TYPE)


@formats.get("/v1/schema/note.json", summary="The form of a note's front matter, as JSON Schema", responses=_SCHEMA)
def schema_of_notes(request: Request, view: View) -> Response:
    """For editors: the fields, what belongs into them in three languages, and the words of the vocabularies."""
    return conditional(request, in_json(note_schema(view.taxonomy)), SCHEMA_TYPE)


@formats.get(dcat.PATH, summary="The collection as a catalogue", responses=_DCAT)
def catalogue(request: Request, view: View) -> Response:
    """Every note that the caller may see, for data portals: DCAT-AP 3 and Dublin Core."""
    graph = dcat.catalogue(view.versions(), view.taxonomy, site(request))
    return conditional(request, in_json(graph), dcat.MEDIA_TYPE)


@alive.get("/healthz", summary="Whether the process lives", tags=[OPERATION], response_model=Health)
def healthz() -> Health:
    """Answers as long as the process does; says nothing about the index."""
    return Health()


@ready.get("/readyz", summary="Whether searches can be answered", tags=[OPERATION], responses=errors(401, 429, 503))
def readyz(request: Request, view: View) -> Ready:
    """Encoder and index are loaded, with the counts of what the caller may see; keys can be read, and what is shown to
    their holders be written down.
    """
    state = request.app.state
    if state.gate.lets_in():
        state.security_log.audit.check()
    state.searcher.warm_up()
    return Ready(**vars(view.counts()))


def _search(request: Request, view: IndexView, asked: SearchParameters | SearchRequest) -> Response:
    parameters = asked.parameters(accepted_language(request))
    return _answered(_answer(view, asked, view.search(asked.text, **parameters)))


def _answer(view: IndexView, asked: SearchParameters | SearchRequest, found: SearchResults) -> bytes:
    """Return an answer. What it says of notes whatever is asked is cached for each reader."""
    hits = {hit.id: hit for hit in found.hits}
    cards = view.cached_many(
        f"public card in {found.reader}",
        hits,
        make=lambda missing: {note_id: public_card(hits[note_id]) for note_id in missing},
    )
    echo = not isinstance(asked, SearchRequest) or asked.similar_to is None
    return public_answer(found, cards, asked.following() if found.more else None, asked.fields, echo=echo)


def _answered(body: bytes, media_type: str = "application/json") -> Response:
    """Return the answer as it goes out: built once as a model, so FastAPI need not check it a second time."""
    return Response(body, media_type=media_type, headers={"Vary": "Accept-Language"})


def _found(request: Request, view: IndexView, count: Count, body: SearchRequest) -> list[NoteVersion]:
    """Return the relevant notes of all lists, and the strategies in them that a relevant practice serves.

    The others would look like an answer in formats that have no place for levels.
    """
    count(body.questions - 1)
    results = view.search(body.text, **body.parameters(accepted_language(request)))
    relevant = {hit.id for hit in results.hits if hit.level is not Level.LOW}
    served = {strategy.id for hit in results.practices if hit.id in relevant for strategy in hit.links.implements}
    return [view.note(hit.id, hit.lang) for hit in chain(*results.lists.values()) if hit.id in relevant | served]
