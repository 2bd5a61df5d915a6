"""`/mcp`: messages of the Model Context Protocol (streamable HTTP, without sessions), each a POST with a JSON answer.

There is nothing to GET: the server has nothing to say by itself. What is no message at all is refused as elsewhere.
"""

import json
from typing import Any, Final

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from api.auth.gate import Known, open_view
from api.models.negotiation import site
from kb.errors import QueryError, WrongOrigin
from search.view import IndexView

PATH: Final = "/mcp"
router = APIRouter()


@router.post(PATH, include_in_schema=False)
async def exchange(request: Request, caller: Known) -> Response:
    """Answer a message as its caller may see it."""
    state = request.app.state
    _refuse_other_sites(request)
    body = await _message(request)

    def views(what: str) -> IndexView:
        return open_view(state.searcher, caller, state.audit, f"{PATH} {what}")

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


async def _message(request: Request) -> bytes:
    """Return the message. Raises QueryError for what is none, so that no reader of it ever repeats what was sent."""
    body = await request.body()
    try:
        message = json.loads(body.decode())
        json.dumps(message, ensure_ascii=False).encode()  # half a character could not be repeated in an answer
    except (ValueError, RecursionError):
        message = None
    announced = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if announced != "application/json" or not _is_message(message):
        raise QueryError(
            "The body is no JSON-RPC message, or not announced as JSON.",
            field="body",
            remedy="Ask with a client of the Model Context Protocol: docs/assistants.md says how to connect one.",
        )
    return body


def _is_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.get("jsonrpc") == "2.0"
        and isinstance(message.get("method"), str)
        and isinstance(message.get("params", {}), dict)
        and isinstance(message.get("id", ""), str | int)
    )
