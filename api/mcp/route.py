"""`/mcp`: messages of the Model Context Protocol (streamable HTTP, without sessions), each a POST with a JSON answer.

There is nothing to GET: the server has nothing to say by itself. What is no message at all is refused as elsewhere.
"""

from contextlib import suppress
from typing import Any, Final, Literal

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ValidationError

from api.auth.gate import TURN, Known, asked_in, open_view
from api.models.negotiation import site
from kb.errors import QueryError, WrongOrigin
from search.view import IndexView

PATH: Final = "/mcp"
router = APIRouter()


@router.post(PATH, include_in_schema=False, dependencies=[TURN])
async def exchange(request: Request, caller: Known) -> Response:
    """Answer a message as its caller may see it."""
    state = request.app.state
    _refuse_other_sites(request)
    body = await _message(request)

    def views(what: str) -> IndexView:
        return open_view(state.searcher, caller, state.security_log, asked_in(request, what))

    def answer() -> Response:
        from api.mcp.server import Exchange  # half a second the first time: on a thread, and only if asked

        return Exchange(views, site(request), body)

    return await to_thread.run_sync(answer)


def _refuse_other_sites(request: Request) -> None:
    """Browsers name the site whose script asks: it may have brought this server's address under its own name.

    Programs name none. The name in `Host` is no proof: of a server without KB_PUBLIC_URL it may be anything.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin != request.app.state.public_url:
        raise WrongOrigin(
            "Scripts of web pages are not answered here.", remedy="Ask with a program, which sends no `Origin`."
        )


class _Message(BaseModel, strict=True):
    """What a JSON-RPC message has at least; half a character, which no answer could repeat, is refused in all of it."""

    jsonrpc: Literal["2.0"]
    method: str
    params: dict[str, Any] = {}
    id: str | int = ""


async def _message(request: Request) -> bytes:
    """Return the message. Raises QueryError for what is none, so that no reader of it ever repeats what was sent."""
    body = await request.body()
    announced = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    with suppress(ValidationError):
        _Message.model_validate_json(body)
        if announced == "application/json":
            return body
    raise QueryError(
        "The body is no JSON-RPC message, or not announced as JSON.",
        field="body",
        remedy="Ask with a client of the Model Context Protocol: docs/assistants.md says how to connect one.",
    )
