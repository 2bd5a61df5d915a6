"""Composition root for HTTP: builds settings, store, encoder and Searcher, and puts the routes on them."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import cache, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from isal import igzip
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp
from starlette_compress import CompressMiddleware, add_compress_type

from api.auth.gate import ADMITTED
from api.auth.security_log import SecurityLog
from api.auth.turns import Turns
from api.compose import Services, security_log
from api.exports import stix
from api.feedback_file import FeedbackFile
from api.http import routes
from api.http.guard import REQUEST_ID, Deadline, Guard
from api.http.watched import Watched
from api.mcp import route as assistants
from api.models.parameters import refused
from api.models.problems import Problem
from api.web import pages
from api.web.live import router as live_router
from api.web.rendering import STATIC, StaticFilesForLong
from kb.errors import KbError, NotAllowed, NotFound, QueryError
from kb.notes.taxonomy import Taxonomy
from search.query import FILTERS

if TYPE_CHECKING:
    from api.metrics import Metrics
    from api.traces import Traces

ROUTERS = (routes.alive, routes.router, routes.ready, routes.formats, assistants.router, pages.router)

for _media_type in (stix.MEDIA_TYPE, routes.SCHEMA_TYPE):
    add_compress_type(_media_type.partition(";")[0])

_SILENT: Final[Any] = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)
"""Else the framework tells whatever collects traces in this process what each request asks."""
_HEADERS: Final = {
    REQUEST_ID: "The number of the request, which the operator's log names where the server fails.",
    "ETag": "What `If-None-Match` may name, to be answered 304 while nothing has changed.",
    "RateLimit": "How many requests the caller may still make, and after how many seconds more.",
    "RateLimit-Policy": "How many requests the caller may make a minute.",
    "Retry-After": "Seconds after which more can be asked.",
    "WWW-Authenticate": "How to send credentials.",
}
"""Headers of answers that programs read -> what they say."""
_LIMITS: Final = ("RateLimit", "RateLimit-Policy")
_OF_STATUS: Final = {"401": ["WWW-Authenticate"], "429": ["Retry-After"]}


def create_app(services: Services, live: Callable[[], bool] | None = None) -> FastAPI:
    """Return the web application. live: whether notes are still indexed as they are saved (`api.web.live`)"""
    settings = services.settings
    log = security_log(settings)
    app = bare_app(settings.time_limit, settings.origins, settings.public_url, log, services.metrics, services.traces)
    if live is not None:
        app.include_router(live_router)
    app.state.live = live
    app.state.searcher = services.searcher
    app.state.gate = services.gate
    app.state.picture = services.picture
    app.state.security_log = log
    app.state.feedback = FeedbackFile(settings.feedback_file)
    app.state.public_url = settings.public_url
    app.state.issues_file = settings.issues_file
    return app


def bare_app(
    seconds: int = 0,
    origins: Sequence[str] = (),
    public_url: str | None = None,
    log: SecurityLog | None = None,
    metrics: "Metrics | None" = None,
    traces: "Traces | None" = None,
) -> FastAPI:
    """Return the application without a Searcher: it can describe itself, and answers nothing.

    seconds: how long a request and its answer may take, 0: any time; origins: sites whose scripts may ask
    public_url: the address under which readers reach the server; None: the one that a request names
    """
    app = FastAPI(
        title="Benelux cybercrime practice base",
        version=version("benelux-practice-base"),
        summary="Practices against online crime and the strategies they serve, searched across languages and borders.",
        docs_url=None,  # FastAPI's documentation pages load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # a route of our own: it reads the index, and its caller may ask too often
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        telemetry=_SILENT,
    )
    app.state.turns = Turns()
    for path, answer in routes.router.direct.items():
        app.add_route(path, answer, ["GET"], include_in_schema=False)
    for each in ROUTERS:
        app.include_router(each)
    app.mount("/static", StaticFilesForLong(directory=STATIC))
    app.add_middleware(_Compressed)
    app.add_middleware(Deadline, seconds=seconds)
    app.add_middleware(Guard, seconds=seconds, public_url=public_url)
    app.add_middleware(Watched, log=log, metrics=metrics, traces=traces)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[*origins],
            allow_methods=["GET", "POST"],
            expose_headers=[*_HEADERS],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", REQUEST_ID],
        )
    app.add_exception_handler(KbError, _known_error)
    app.add_exception_handler(RequestValidationError, _known_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_api_route("/openapi.json", _described_with_values, include_in_schema=False, dependencies=ADMITTED)
    app.openapi = cache(lambda: _openapi(app))  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


class _Compressed(CompressMiddleware):
    """Compresses answers as callers can read them."""

    __slots__ = ()

    def __init__(self, app: ASGIApp) -> None:
        # Higher levels take twice as long, for a tenth less.
        super().__init__(app, minimum_size=1000, zstd_level=1, brotli=False, gzip_level=1)
        if self._gzip:
            self._gzip.oneshot = partial(igzip.compress, compresslevel=1)  # in a fourth of the time of zlib


async def _known_error(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        error = refused(error, request.url.path)
    assert isinstance(error, KbError)
    return pages.answer(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, remedy = error.status_code, "See /openapi.json."
    if status == 404:
        found: KbError = NotFound("There is nothing at this address.", remedy=remedy, code="no_page")
    elif status == 405:
        methods = _methods(request.url.path) or (error.headers or {}).get("Allow", "GET").split(", ")
        found = NotAllowed(f"{request.method} is not possible here.", remedy=f"Send {' or '.join(methods)}.")
    else:
        found = QueryError(
            "The body cannot be read.", field="body", remedy="Send JSON in UTF-8, as it is: not compressed."
        )
    response = pages.answer(request, found)
    response.headers.update(error.headers or {})
    if status == 405 and methods:
        response.headers["Allow"] = ", ".join(methods)
    return response


def _methods(path: str) -> list[str]:
    """Return the methods of all our routes at an address; the framework names those of the first only."""
    found = {
        method
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and route.path_regex.match(path)
        for method in route.methods or ()
    }
    return sorted(found | {"HEAD"} if "GET" in found else found)


def _described_with_values(request: Request) -> JSONResponse:
    """Answer with the description, with the words of the vocabularies where there is an index."""
    schema = deepcopy(request.app.openapi())
    with suppress(KbError):
        if searcher := getattr(request.app.state, "searcher", None):
            _name_values(schema, searcher.taxonomy())
    return JSONResponse(schema)


def _openapi(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schemas = schema["components"]["schemas"]
    schema["components"]["headers"] = {
        name: {"description": description, "required": name not in _LIMITS, "schema": {"type": "string"}}
        for name, description in _HEADERS.items()
    }
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    for member in schemas["SearchRequest"]["properties"].values():  # a default makes openapi-typescript ask for it
        member.pop("default", None)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in schema["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)  # answered as 400, in our own form
            for status, response in operation["responses"].items():
                conditional = "304" in operation["responses"] and status in ("200", "304")
                limits = _LIMITS if "security" in operation else ()
                names = [REQUEST_ID, *["ETag"] * conditional, *limits, *_OF_STATUS.get(status, ())]
                response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
            if "security" in operation:
                operation["security"] = [{}, *operation["security"]]  # without credentials, what is public
    for operation in schema["paths"]["/v1/search"].values():  # here, since FastAPI would drop its nulls
        operation["responses"]["200"]["content"]["application/json"]["example"] = routes.EXAMPLES["search"]
    return schema


def _name_values(schema: dict[str, Any], taxonomy: Taxonomy) -> None:
    """Say which values there are for the parameters whose values are words of a vocabulary."""
    known = {name: narrows.values(taxonomy) for name, narrows in FILTERS.items() if narrows.scheme}
    for path in schema["paths"].values():
        for parameter in path.get("get", {}).get("parameters", ()):
            if parameter["name"] in known:
                parameter["schema"]["items"]["enum"] = [*known[parameter["name"]]]
    fields = schema["components"]["schemas"]["SearchRequest"]["properties"]
    for name, scheme in known.items():
        several, single = fields[name]["anyOf"]
        several["items"]["enum"] = single["enum"] = [*scheme]
