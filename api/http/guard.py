"""The outermost layers, plain ASGI wrappers: bound what a request may send and its answer take, and let no defect show.

The guard refuses a query that is not UTF-8: what is left of it would find nothing. It refuses a `Host` that is no
host's name, since addresses of this server are made with it (citations, redirects), and puts the public address of this
server in its place where the operator has set one.

It answers HEAD as GET without the body, which the framework leaves to each route. It puts the same headers on every
answer: nothing is loaded from elsewhere, no question stays in a cache or a referrer; and the number of the request,
which the log has too.
"""

import asyncio
import json
import logging
import re
from typing import Final
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from uuid import uuid4

from anyio import CancelScope
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.models.negotiation import replay
from api.models.problems import MEDIA_TYPE, problem
from api.web import pages
from kb.errors import AddressTooLong, KbError, NotFound, Overdue, QueryError, TooLarge, TooSlow

MAX_BODY_BYTES: Final = 400_000
"""Room for a batch of searches, in letters of three bytes."""
MAX_ADDRESS_BYTES: Final = 64_000
"""Room for more than a question may have, so that what is pasted into the box comes back with words on its length."""
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

REQUEST_ID: Final = "X-Request-ID"
_LOG = logging.getLogger("kb")
_NUMBER: Final = re.compile(rb"[A-Za-z0-9-]{8,64}")
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class Deadline:
    """Lets no caller wait for ever: where an answer has not begun in time, it is 503.

    What has not begun then is not begun. A thread that works already cannot be stopped: it ends by itself, and what it
    then says goes nowhere.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        """Take the limit. seconds: for an answer to begin; 0: any"""
        self._app = app
        self._seconds = seconds
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say that the answer is overdue."""
        if scope["type"] != "http" or not self._seconds:
            await self._app(scope, receive, send)
            return
        begun = given_up = False

        async def in_time(message: Message) -> None:
            nonlocal begun
            if not given_up:
                begun = True
                await send(message)

        within = CancelScope()

        async def answered() -> None:
            with within:
                await self._app(scope, receive, in_time)

        answering = asyncio.create_task(answered())
        try:
            await asyncio.wait({answering}, timeout=self._seconds)
            if answering.done() or begun:
                await answering
                return
            given_up = True
            overdue = Overdue(
                "The answer takes longer than callers may wait.", remedy="Ask again later, or ask for less."
            )
            await pages.answer(Request(scope), overdue)(scope, receive, send)
        finally:
            if given_up or not answering.done():  # what was given up may end while that is being said
                within.cancel()  # the task's own cancel would let a thread that works count as free
                self._late.add(answering)
                answering.add_done_callback(self._forget)

    def _forget(self, late: asyncio.Task[None]) -> None:
        self._late.discard(late)
        if not late.cancelled():
            late.exception()  # looked at, so that nobody writes it down: it could carry a question


class Guard:
    """Answers 413 to a body over the limit, whether its length is announced or not, 414 to an address over its own, 408
    to a body that does not arrive, and 500 where a route fails.
    """

    def __init__(self, app: ASGIApp, seconds: float, public_url: str | None = None) -> None:
        """Take the limits. seconds: for a body to arrive, 0: any; public_url: where readers reach the server."""
        self._app = app
        self._seconds = seconds
        self._public_url = urlsplit(public_url) if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whatever it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, only_head, inner, state = False, scope["method"] == "HEAD", scope, scope.setdefault("state", {})
        # The number that a proxy gave the request, else a new one: what answer and log have in common.
        given = dict(scope["headers"]).get(REQUEST_ID.lower().encode(), b"")
        number = state["number"] = given.decode() if _NUMBER.fullmatch(given) else uuid4().hex

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = number
                for name, value in (_headers(scope) | _allowance(inner)).items():
                    headers.setdefault(name, value)
            elif only_head:
                message = {**message, "body": b""}
            await send(message)

        try:
            wrong: KbError | None = None
            if not scope["path"].startswith("/"):  # `*`, or an address with a scheme
                wrong = NotFound("The address does not begin with `/`.", remedy="See /openapi.json.")
            elif not all(_HOST.fullmatch(value) for name, value in scope["headers"] if name == b"host"):
                wrong = QueryError("The header `Host` is no host's name.", field="Host")
            if wrong:
                await _plain(wrong)(scope, receive, guarded)
                return
            if self._public_url:  # as if the request came to it, whatever its `Host`
                host = (b"host", self._public_url.netloc.encode())
                headers = [host, *(header for header in scope["headers"] if header[0] != b"host")]
                scope = {**scope, "scheme": self._public_url.scheme, "headers": headers}
            if refused := _address_refused(scope["raw_path"], scope["query_string"]):
                await pages.answer(Request(scope), refused)(scope, receive, guarded)
                return
            try:
                body = b"" if scope["method"] in ("GET", "HEAD") else await _body(receive, self._seconds)
            except KbError as error:
                refusal = pages.answer(Request(scope), error)
                refusal.headers["Connection"] = "close"
                await refusal(scope, receive, guarded)
                return
            inner = state["inner"] = {**scope, "method": "GET"} if only_head else scope
            await self._app(inner, replay(body, receive), guarded)
        except Exception as error:  # noqa: BLE001 - the last line: a caller must never see a traceback
            # Class and route only: a message, a traceback or an address could carry the question into a log.
            place = getattr(inner.get("route"), "path", "no route")
            _LOG.error("Unexpected %s at %s %s, request %s", type(error).__name__, scope["method"], place, number)
            if not started:
                remedy = f"Tell its operator the time of this answer, and its number: {number}."
                defect = KbError("The server met a defect of its own.", remedy=remedy)
                try:
                    answer = pages.answer(Request(scope), defect)
                except Exception:  # noqa: BLE001 - what makes pages may be what is broken
                    answer = _plain(defect)
                await answer(scope, receive, guarded)


def _allowance(scope: Scope) -> dict[str, str]:
    """Return the headers that say how many requests the caller may still make; none where nobody knows who asked."""
    caller = scope.get("state", {}).get("caller")
    allowed: dict[str, str] = scope["app"].state.gate.allowance(caller) if caller else {}
    return allowed


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers of every answer. A request with two lengths ends its connection (RFC 9112, 6.3): a proxy on
    the way may go by the other, and take its rest for the next request.
    """
    given = {name for name, _ in scope["headers"]}
    return HEADERS | ({"Connection": "close"} if {b"content-length", b"transfer-encoding"} <= given else {})


def _address_refused(path: bytes, query: bytes) -> KbError | None:
    """Return what is wrong with an address: it is too long, or its query is not UTF-8."""
    if len(path) + len(query) > MAX_ADDRESS_BYTES:
        return AddressTooLong(
            f"The address has more than {MAX_ADDRESS_BYTES:,} bytes.",
            remedy="Send a question of at most 2,000 characters.",
        )
    for part in query.split(b"&"):
        try:
            unquote_to_bytes(part).decode()
        except UnicodeDecodeError:
            return QueryError(
                "The query of the address is not UTF-8.",
                field=unquote(part.partition(b"=")[0].decode("ascii", "replace")),
                code="no_utf_8",
                remedy="Percent-encode it as UTF-8: `ç` is `%C3%A7`.",
            )
    return None


async def _body(receive: Receive, seconds: float) -> bytes:
    """Return the body. Raises TooLarge, and TooSlow if it does not arrive within so many seconds; 0: any."""
    body, more = b"", True
    try:
        async with asyncio.timeout(seconds or None):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise TooSlow("The body did not arrive.")
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > MAX_BODY_BYTES:
                    raise TooLarge(
                        f"The body has more than {MAX_BODY_BYTES:,} bytes.",
                        remedy="Send less: /openapi.json says how much each route reads.",
                    )
    except TimeoutError:
        raise TooSlow("The body did not arrive in time.", remedy="Send it again, all at once.") from None
    return body


def _plain(error: KbError) -> Response:
    """Return the answer where what makes answers cannot be asked."""
    found = problem(error)
    body = json.dumps(found.model_dump(exclude_none=True))
    return Response(body, found.status, {"Connection": "close"}, MEDIA_TYPE)
