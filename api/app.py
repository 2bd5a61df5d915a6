"""Composition root for HTTP: builds settings, store, encoder and Searcher, and puts the routes on them."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from api import web
from api.compose import searcher
from api.guard import Guard
from api.problems import Problem, problem
from api.routes import router
from kb.errors import KbError
from kb.settings import Settings
from search.service import Searcher


def create_app(settings: Settings, door: Searcher | None = None) -> FastAPI:
    """The web application. `door` replaces the Searcher that the settings describe."""
    app = FastAPI(
        title="Benelux cybercrime practice base",
        version=version("benelux-practice-base"),
        summary="Practices against online crime and the strategies they serve, searched across languages and borders.",
        docs_url=None,  # FastAPI's documentation pages load scripts from elsewhere
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,
    )
    app.state.searcher = door or searcher(settings)
    app.include_router(router)
    app.include_router(web.router)
    app.mount("/static", web.static_files())
    app.add_middleware(Guard)
    app.add_exception_handler(KbError, _known_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


async def _known_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, KbError)
    return web.answer(request, problem(error))


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = [[str(part) for part in item["loc"][1:] if isinstance(part, str)] for item in error.errors()]
    details = [
        f"`{'.'.join(place) or 'body'}`: {item['msg']}" for place, item in zip(places, error.errors(), strict=True)
    ]
    return web.answer(
        request,
        Problem(
            title="The question cannot be answered as asked",
            status=400,
            detail="; ".join(details) + ".",
            field=".".join(places[0]) or "body",
            remedy="The OpenAPI description at /openapi.json says what each parameter accepts.",
        ),
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code
    title = {404: "Not found", 405: "Not allowed here"}.get(status, "The request failed")
    detail = {404: "There is nothing at this address.", 405: f"{request.method} is not possible here."}.get(
        status, str(error.detail)
    )
    response = web.answer(request, Problem(title=title, status=status, detail=detail, remedy="See /openapi.json."))
    response.headers.update(error.headers or {})
    return response


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = schema["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)  # answered as 400, in our own form
        app.openapi_schema = schema
    return app.openapi_schema
