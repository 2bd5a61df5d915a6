"""Templates -> pages: the words of a language, addresses of files that may be kept, the language remembered."""

import hashlib
from collections.abc import Callable, Coroutine
from functools import cache
from inspect import isfunction
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.auth.gate import ReaderRoute
from api.locales import texts
from api.models.negotiation import accepted_language
from api.web.hit_words import excerpt, explanation_sentences, shortened
from api.web.live import live_state
from api.web.problem_words import ProblemWords
from kb.notes.note import SECTIONS, Kind
from kb.text.languages import NAMES, SEMICOLON, Language
from search.results import NoteCard

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
"""Where all is that pages load."""
COOKIE: Final = "language"
"""The cookie with the language of the pages, as last chosen. It says nothing of who asks or what for."""
REMEMBER: Final = "remember"
"""The parameter that the language switch, and nothing else, adds to an address: this language is my choice."""
WITH_FORM: Final = {"Referrer-Policy": "same-origin"}
"""The headers of a page that sends a form: else a browser would not say that it is sent from here."""
_YEAR: Final = 365 * 24 * 60 * 60


class StaticFilesForLong(StaticFiles):
    """Style sheet, scripts and pictures. Their addresses carry a hash of their content, so they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer as StaticFiles does, with leave to keep it for a year."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        return response


@cache
def asset(name: str) -> str:
    """Return the address of a file in `static/`, which changes when the file does."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


TEMPLATES: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals.update(
    {name: value for name, value in vars(texts).items() if isfunction(value) and value.__module__ == texts.__name__},
    asset=asset,
    excerpt=excerpt,
    shortened=shortened,
    explanation_sentences=explanation_sentences,
    examples=texts.EXAMPLES,
    languages=tuple(Language),
    language_names=NAMES,
    semicolon=SEMICOLON,
    kinds=Kind,
    remember=REMEMBER,
    sections=SECTIONS,
    flags=frozenset(file.stem.upper() for file in (STATIC / "flags").glob("*.svg")),
)


def render(template: str, language: Language, **context: Any) -> str:
    """Render a template with the words of a language."""
    return TEMPLATES.get_template(template).render(reader=language, t=texts.TEXTS[language], **context)


def page(
    request: Request,
    template: str,
    language: Language,
    address: str,
    *,
    problem: ProblemWords | None = None,
    **context: Any,
) -> HTMLResponse:
    """Answer with a page in a language.

    address: the page's own, with `{}` for the language, which leads to it in the others
    problem: what is wrong, if anything, which also is the status
    """
    context |= {"address": address, "current": template != "problem.html", "problem": problem}
    context["signed_in"] = getattr(request.state, "signed_in", "")
    text = render(template, language, live=getattr(request.state, "live_state", None), **context)
    return HTMLResponse(text, problem.status if problem else 200)


class Missing(NamedTuple):
    """What a page can offer in place of a note that is not there: words to search for, and notes with a like id."""

    words: str = ""
    near: tuple[NoteCard, ...] = ()


class LanguageChoice(ReaderRoute):
    """A page's route. Where the reader has chosen a language it keeps the choice, and leads to the page without it.

    Following somebody else's link is no choice.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route, as FastAPI has it for custom routes."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            # Before the page is made: if the index changes meanwhile, the page must be made again.
            if getattr(request.app.state, "live", None):
                request.state.live_state = await run_in_threadpool(live_state, request)
            language = request.path_params.get("language")
            if language is None or REMEMBER not in request.query_params:
                return await answer(request)
            address = request.url.remove_query_params(REMEMBER).replace(scheme="", netloc="")
            response = RedirectResponse(address, 307)  # with the question that was sent along, if any
            response.set_cookie(COOKIE, language, max_age=_YEAR, samesite="lax", httponly=True)
            return response

        return handle


def takes_page(request: Request) -> bool:
    """Return whether a caller reads pages: a browser."""
    return "text/html" in request.headers.get("accept", "")


def remembered_language(request: Request) -> Language:
    """Return the language last chosen, else the first of the browser's that we have, else English."""
    chosen = request.cookies.get(COOKIE, "")
    return Language(chosen) if chosen in set(Language) else accepted_language(request) or Language.EN
