"""From a request to its caller: the only place where credentials are read. No credentials: anonymous.

Credentials that are not good are refused, never taken for none: who sends a key would miss what it opens, and not know.
"""

from dataclasses import dataclass
from math import ceil
from time import time
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.audit import AuditLog
from api.key_file import KeyFile
from kb.access import ANONYMOUS
from kb.errors import NotAuthenticated, TooMany
from search.service import Door, Searcher

if TYPE_CHECKING:
    from api.tokens import Tokens

FAILURES: Final = 10
"""Wrong keys a minute from one address for one key id, from which on none is looked at."""


@dataclass(frozen=True)
class Caller:
    """Who asks. name: for the audit log; limited_as: whose requests are counted together, `rate` of them a minute."""

    name: str
    clearance: frozenset[str]
    limited_as: str
    rate: int


class Gate:
    """Says who asks, and whether that is too often. Safe to share between threads."""

    def __init__(self, keys: KeyFile, tokens: "Tokens | None", rate: int) -> None:
        """rate: requests a minute of an address, and of a key that has none of its own; 0: any number."""
        self._keys = keys
        self._tokens = tokens
        self._rate = rate
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._failures = RateLimitItemPerMinute(FAILURES)

    def admit(self, authorization: str | None, address: str) -> Caller:
        """The caller of a request; may wait for the issuer of a token.

        Raises NotAuthenticated, TooMany, IssuerUnavailable, SettingsError.
        """
        caller = Caller("anonymous", ANONYMOUS, f"address {address}", self._rate)
        if authorization is not None:
            caller = self._known(authorization, address)
        if caller.rate:
            self._count(RateLimitItemPerMinute(caller.rate), caller.limited_as)
        return caller

    def _known(self, authorization: str, address: str) -> Caller:
        scheme, _, text = authorization.partition(" ")
        tried = ("failures", address, text[:11])  # as far as the id of a key goes
        if not self._limiter.test(self._failures, *tried):
            raise self._too_many(self._failures, *tried)
        try:
            if scheme.lower() != "bearer":
                raise _not_good()
            return self._by_token(text.strip()) if is_token(authorization) else self._by_key(text.strip())
        except NotAuthenticated:
            self._limiter.hit(self._failures, *tried)
            raise

    def _by_key(self, text: str) -> Caller:
        key = self._keys.holder(text)
        if key is None:
            raise _not_good()
        return Caller(f"key:{key.id}", key.clearance, f"key {key.id}", self._rate if key.rate is None else key.rate)

    def _by_token(self, text: str) -> Caller:
        if self._tokens is None:
            raise _not_good()
        subject, clearance = self._tokens.holder(text)
        return Caller(f"token:{subject}", clearance, f"token {subject}", self._rate)

    def _count(self, item: RateLimitItem, *of: str) -> None:
        if not self._limiter.hit(item, *of):
            raise self._too_many(item, *of)

    def _too_many(self, item: RateLimitItem, *of: str) -> TooMany:
        seconds = max(1, ceil(self._limiter.get_window_stats(item, *of).reset_time - time()))
        return TooMany(
            f"More than {item.amount:,} requests in a minute.", seconds, remedy=f"Ask again in {seconds} seconds."
        )


def _not_good() -> NotAuthenticated:
    return NotAuthenticated(
        "The key is not good: it is wrong, has expired or was revoked.",
        remedy="Send `Authorization: Bearer kb_…` with a good one, or no such header for what is public.",
    )


def is_token(authorization: str) -> bool:
    """Whether credentials are meant for the issuer of tokens: three parts with dots between them; keys have none."""
    return authorization.count(".") == 2


async def _door(request: Request) -> Door:  # async: a plain function would cost a thread
    state = request.app.state
    gate: Gate = state.gate
    audit: AuditLog = state.audit
    searcher: Searcher = state.searcher
    authorization, address = request.headers.get("authorization"), request.client.host if request.client else ""
    if authorization and is_token(authorization):
        caller = await run_in_threadpool(gate.admit, authorization, address)  # it may wait for the issuer
    else:
        caller = gate.admit(authorization, address)
    route = request.scope["route"].path
    return Door(searcher, caller.clearance, lambda note_id: audit.write(caller.name, route, note_id))


Entrance = Annotated[Door, Depends(_door)]
"""The door through which a route answers its caller."""
BEARER = Security(
    HTTPBearer(auto_error=False, description="An API key, `kb_…`, or a token of the operator's issuer. None: public.")
)
"""Says in the description of the API what `_door` reads."""
