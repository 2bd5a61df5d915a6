"""From a request to its caller: the only place where credentials are read. No credentials: anonymous.

Credentials that are not good are refused, never taken for none: who sends a key would miss what it opens, and not know.
The cookie of a reader who signed in counts on pages alone, so that no site can use it to ask the API.
"""

from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial, wraps
from inspect import signature
from ipaddress import IPv6Address, IPv6Network
from math import ceil
from threading import Lock
from time import monotonic
from typing import Annotated, Any, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from api.auth.key_file import ApiKey, KeyFile
from api.auth.security_log import Asked, SecurityLog
from api.auth.tokens import Tokens
from api.models.forms import form_fields
from kb.access import ANONYMOUS
from kb.errors import (
    Code,
    IssuerUnavailable,
    NotAuthenticated,
    QueryError,
    SettingsError,
    StoreUnavailable,
    TooMany,
    WrongOrigin,
)
from search.service import Searcher
from search.view import IndexView

FAILURES: Final = 10
"""Credentials that are not good a minute from one address, before it must wait."""
COOKIE: Final = "key"
"""The cookie that holds the key of a reader who signed in on a page."""
OPERATION: Final = "operation"
"""The tag of routes that say how the server is: requests to them are not counted."""
MUCH: Final = 2_000
"""Bytes of a body that asks much: a text that was pasted. A batch always does."""
FEEDBACK: Final = 5
"""Feedbacks a minute of one caller."""
MOST: Final = 100_000
"""Callers that are counted at a time; those who asked longest ago go first."""
_WAITING: Final = CapacityLimiter(4)
"""Threads for callers whose token may wait for its issuer, so that nobody else waits for that."""


Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Caller:
    """Who asks. name: for the logs; limited_as: whose requests are counted together, `rate` of them a minute;
    signed_in: the id of the key, if it came in a cookie.
    """

    name: str
    clearance: frozenset[str]
    limited_as: str
    rate: int
    signed_in: str = ""


class Gate:
    """Says who asks, and whether that is too often. Safe to share between threads."""

    def __init__(self, keys: KeyFile, tokens: Tokens | None, rate: int) -> None:
        """Take keys and tokens. rate: requests a minute of an address, and of a key that has none of its own; 0: any"""
        self._keys = keys
        self._tokens = tokens
        self._rate = rate
        self._times: OrderedDict[str, deque[float]] = OrderedDict()  # caller -> its requests of the last minute
        self._lock = Lock()

    def admit(self, authorization: Sequence[str], address: str, cookie: str = "", *, is_counted: bool = True) -> Caller:
        """Return the caller of a request, by its headers `Authorization`; without one, by the key that a reader signs
        in or has signed in with. May wait for the issuer of a token.

        is_counted: whether the request counts as one that the caller makes

        Raises NotAuthenticated, TooMany, IssuerUnavailable, StoreUnavailable.
        """
        origin = f"address:{_origin(address)}"
        try:
            caller = self._known(authorization, cookie) or Caller("anonymous", ANONYMOUS, origin, self._rate)
        except (NotAuthenticated, IssuerUnavailable):
            about: dict[str, Any] = {"what": "with credentials that are not good", "code": "too_many_keys"}
            self._count(f"failures of {origin}", FAILURES, **about)
            raise
        if caller.rate and is_counted:
            self._count(caller.limited_as, caller.rate)
        return caller

    def lets_in(self) -> bool:
        """Return whether anybody may see more than what is public. Raises StoreUnavailable."""
        return self._tokens is not None or self._asking_keys(lambda: bool(self._keys.all()))

    def count(self, caller: Caller, requests: int) -> None:
        """Count requests of a caller, all or none. Raises TooMany where they are more than it may make just now, and
        QueryError where it may never make as many.
        """
        if caller.rate and requests >= caller.rate:
            message = f"This counts as {requests + 1:,} requests, and this caller may make {caller.rate:,} a minute."
            raise QueryError(message, field="body", remedy="Ask for less at a time.")
        if caller.rate and requests:
            self._count(caller.limited_as, caller.rate, requests=requests)

    def allowance(self, caller: Caller) -> dict[str, str]:
        """Return the headers that tell a caller how many requests it may make, and how many are left, as
        draft-ietf-httpapi-ratelimit-headers-10 has them; none where it may make any number.
        """
        if not caller.rate:
            return {}
        now = monotonic()
        with self._lock:
            counted = [time for time in self._times.get(caller.limited_as, ()) if time > now - 60]
        left, more_in = max(0, caller.rate - len(counted)), ceil(counted[0] + 60 - now) if counted else 0
        return {
            "RateLimit-Policy": f'"requests";q={caller.rate};w=60',
            "RateLimit": f'"requests";r={left};t={more_in}',
        }

    def count_feedback(self, caller: Caller) -> None:
        """Count a feedback of a caller. Raises TooMany."""
        if caller.rate:
            self._count(f"feedback of {caller.limited_as}", FEEDBACK, "with feedback")

    def _known(self, authorization: Sequence[str], cookie: str) -> Caller | None:
        if not authorization and cookie:
            key = self._key(cookie)
            if key is None:
                raise self._not_good(cookie, "Sign in with another, or read what is public.", "signed_out")
            return self._holding(key, signed_in=key.id)
        if not authorization:
            return None
        scheme, _, text = authorization[0].partition(" ")
        if scheme.lower() != "bearer" or not text or len(authorization) > 1:
            raise NotAuthenticated(
                "The header `Authorization` is not of the form `Bearer kb_…`.",
                remedy="Send it once, with a key or a token, or leave it out for what is public.",
            )
        if is_token(text) and self._tokens is not None:
            subject, opened = self._tokens.holder(text)
            return Caller(f"token:{subject}", opened, f"token:{subject}", self._rate)
        key = None if is_token(text) else self._key(text)
        if key is None:
            remedy = "Send `Authorization: Bearer kb_…` with a good one, or no such header for what is public."
            raise self._not_good(text, remedy)
        return self._holding(key)

    def _key(self, text: str) -> ApiKey | None:
        return self._asking_keys(lambda: self._keys.holder(text))

    def _not_good(self, text: str, remedy: str, code: Code | None = None) -> NotAuthenticated:
        message = "The key is not good: it is wrong, has expired or was revoked."
        error = NotAuthenticated(message, remedy=remedy, code=code)
        if key_id := self._asking_keys(lambda: self._keys.named(text)):
            error.who = f"key:{key_id}"
        return error

    def _asking_keys(self, ask: Callable[[], Answer]) -> Answer:
        """Return what is asked of the keys' file. Raises StoreUnavailable."""
        try:
            return ask()
        except SettingsError as error:  # it says where the file is
            raise StoreUnavailable(
                "Keys cannot be checked at the moment.", remedy="Tell the operator of this server."
            ) from error

    def _holding(self, key: ApiKey, signed_in: str = "") -> Caller:
        rate = self._rate if key.rate is None else key.rate
        return Caller(f"key:{key.id}", key.clearance, f"key:{key.id}", rate, signed_in)

    def _count(self, of: str, most: int, what: str = "", requests: int = 1, code: Code | None = None) -> None:
        """Count requests, unless they would be too many: then none. Raises TooMany."""
        now = monotonic()
        with self._lock:
            times = self._times.setdefault(of, deque())
            self._times.move_to_end(of)
            while times and times[0] <= now - 60:
                times.popleft()
            if len(times) + requests > most:
                seconds = ceil(times[len(times) + requests - most - 1] + 60 - now)
                message = " ".join(filter(None, (f"More than {most:,} requests", what, "in a minute.")))
                remedy, values = f"Ask again in {seconds} seconds.", {"seconds": seconds}
                error = TooMany(message, remedy=remedy, values=values, code=code)
                error.who = of
                raise error
            times.extend([now] * requests)
            while len(self._times) > MOST or next(iter(self._times.values()))[-1] <= now - 60:
                self._times.popitem(last=False)


def _origin(address: str) -> str:
    """Return what one caller has of addresses: of IPv6 a network of them, which may be an IPv4 address."""
    with suppress(ValueError):  # of IPv4, or none
        parsed = IPv6Address(address)
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))
    return address


def is_token(text: str) -> bool:
    """Return whether credentials are a token, which has three parts with dots between them, and no key."""
    return text.count(".") == 2


class ReaderRoute(APIRoute):
    """A route of a page, the only kind that takes the cookie of a reader who signed in."""


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def _caller(request: Request) -> Caller:  # async: a plain function would cost a thread
    gate, route = request.app.state.gate, request.scope["route"]
    authorization, address = request.headers.getlist("authorization"), _address(request)
    signs_in = route.name == "sign_in"  # with another key than that of the cookie
    takes_cookie = isinstance(route, ReaderRoute) and not signs_in
    cookie = request.cookies.get(COOKIE, "") if takes_cookie else ""
    admit = partial(gate.admit, authorization, address, cookie, is_counted=OPERATION not in route.tags)
    by_token = any(map(is_token, authorization))
    caller: Caller = await to_thread.run_sync(admit, limiter=_WAITING) if by_token else admit()
    request.state.signed_in, request.state.caller = caller.signed_in, caller
    return caller


async def _typed(request: Request) -> str:
    """Return the key that a form sends. Raises WrongOrigin, QueryError, and what `Gate.admit` does."""
    await _own_site(request)
    text = (await form_fields(request)).get(COOKIE, [""])[0].strip()
    if text:
        request.app.state.gate.admit((), _address(request), text)
    return text


async def _own_site(request: Request) -> None:
    """Raise WrongOrigin for what a page of another site sends. Old browsers, and all without TLS, name the origin
    alone; where they keep it back, the cookie proves it: none is sent along with what another site sends.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    elif origin == "null":
        is_ours = COOKIE in request.cookies
    else:
        is_ours = origin is None or origin.partition("://")[2] == request.url.netloc
    if not is_ours:
        raise WrongOrigin("A page of another site sent this.", remedy="Send it from the page of this server.")


TypedKey = Annotated[str, Depends(_typed)]
"""The key, checked, that a reader signs in with on a page; "": none was typed."""
OWN_SITE: Final = Depends(_own_site)
"""Refuses what a page of another site sends."""
Known = Annotated[Caller, Depends(_caller)]
"""The caller of a route that opens views by itself (`open_view`)."""


def open_view(searcher: Searcher, caller: Caller, log: SecurityLog, asked: Asked) -> IndexView:
    """Return the index as a caller may see it."""
    return searcher.view(caller.clearance, partial(log.shown, caller.name, asked))


def asked_in(request: Request, what: str = "") -> Asked:
    """Return what logs say of a request. what: the tool that is asked at its route"""
    route = getattr(request.scope.get("route"), "path", "")
    return Asked(f"{route} {what}".strip(), request.scope["state"].get("number", ""), _address(request)[:64])


async def _view(request: Request, caller: Known) -> IndexView:  # async, for the same reason: it opens nothing yet
    return open_view(request.app.state.searcher, caller, request.app.state.security_log, asked_in(request))


async def _count(request: Request, caller: Known) -> Callable[[int], None]:
    return cache(partial(request.app.state.gate.count, caller))  # cached: a route that answers anew counts once


View = Annotated[IndexView, Depends(_view)]
"""The index as the caller of a route may see it. For routes of an `IndexRouter`."""
Count = Annotated[Callable[[int], None], Depends(_count)]
"""Counts further requests of the caller that are made in one. Raises TooMany, QueryError (`Gate.count`)."""


class IndexRouter(APIRouter):
    """Routes that read the index: one with a `view` is answered anew where its generation was replaced under way."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        """Add a route."""

        @wraps(endpoint)
        def anew(*, view: IndexView, **asked: Any) -> Any:
            return view.read(lambda view: endpoint(view=view, **asked))

        super().add_api_route(path, anew if "view" in signature(endpoint).parameters else endpoint, **given)


def directly(route: APIRoute, reads: Callable[[Request], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers a request in place of a route with a `view` and what is `asked`, and does what it does.

    The framework looks for the route twice, and at each dependency anew: four times as long. reads: what is asked
    """

    async def answer(request: Request) -> Response:
        request.scope["route"] = route
        view = await _view(request, await _caller(request))
        return await run_in_threadpool(route.endpoint, request=request, view=view, asked=await reads(request))

    return answer


async def _turn(request: Request, caller: Known) -> AsyncIterator[None]:
    """Have a request that asks much wait for its turn, which ends when its answer is made."""
    if len(await request.body()) < MUCH and not request.scope["path"].endswith("/batch"):
        yield
        return
    async with request.app.state.turns.taken(caller.limited_as, request.receive):
        yield


_BEARER = HTTPBearer(
    auto_error=False, description="An API key, `kb_…`, or a token of the operator's issuer. None: public."
)
TURN: Final = Depends(_turn, scope="function")
"""Has a request that asks much wait for its turn."""
ADMITTED = (Depends(_caller), TURN, Security(_BEARER))
"""What a route depends on before all else but that a body is JSON: its caller is known, and may ask, and has its turn.
`_BEARER` says so in the description.
"""
