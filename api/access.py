"""From a request to its caller: the only place where credentials are read. No credentials: anonymous.

Credentials that are not good are refused, never taken for none: who sends a key would miss what it opens, and not know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.audit import AuditLog
from api.key_file import KeyFile
from kb.access import ANONYMOUS
from kb.errors import NotAuthenticated, SettingsError, StoreUnavailable, TooMany
from search.service import Door, Searcher

if TYPE_CHECKING:
    from api.tokens import Tokens

FAILURES: Final = 10
"""Credentials that are not good a minute from one address; beyond them it is told to wait."""


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
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def admit(self, authorization: Sequence[str], address: str) -> Caller:
        """The caller of a request; may wait for the issuer of a token.

        authorization: what its headers of this name say

        Raises NotAuthenticated, TooMany, IssuerUnavailable, StoreUnavailable.
        """
        origin = f"address {_origin(address)}"
        try:
            caller = self._known(authorization) or Caller("anonymous", ANONYMOUS, origin, self._rate)
        except NotAuthenticated:
            self._count(RateLimitItemPerMinute(FAILURES), f"failures of {origin}")
            raise
        if caller.rate:
            self._count(RateLimitItemPerMinute(caller.rate), caller.limited_as)
        return caller

    def _known(self, authorization: Sequence[str]) -> Caller | None:
        if not authorization:
            return None
        scheme, _, text = authorization[0].partition(" ")
        if scheme.lower() != "bearer" or len(authorization) > 1:
            raise _not_good()
        return self._by_token(text) if is_token(text) else self._by_key(text)

    def _by_key(self, text: str) -> Caller:
        try:
            key = self._keys.holder(text)
        except SettingsError as error:  # it says where the file is
            raise StoreUnavailable(
                "Keys cannot be checked at the moment.", remedy="Tell the operator of this server."
            ) from error
        if key is None:
            raise _not_good()
        return Caller(f"key:{key.id}", key.clearance, f"key {key.id}", self._rate if key.rate is None else key.rate)

    def _by_token(self, text: str) -> Caller:
        if self._tokens is None:
            raise _not_good()
        subject, clearance = self._tokens.holder(text)
        return Caller(f"token:{subject}", clearance, f"token {subject}", self._rate)

    def _count(self, item: RateLimitItem, of: str) -> None:
        if not self._limiter.hit(item, of):
            seconds = max(1, ceil(self._limiter.get_window_stats(item, of).reset_time - time()))
            raise TooMany(
                f"More than {item.amount:,} requests in a minute.", seconds, remedy=f"Ask again in {seconds} seconds."
            )


def _not_good() -> NotAuthenticated:
    return NotAuthenticated(
        "The key is not good: it is wrong, has expired or was revoked.",
        remedy="Send `Authorization: Bearer kb_…` with a good one, or no such header for what is public.",
    )


def _origin(address: str) -> str:
    """What one caller has of addresses: of IPv6, a network of them."""
    try:
        one = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((one, 64), strict=False)) if isinstance(one, IPv6Address) else address


def is_token(text: str) -> bool:
    """Whether credentials are meant for the issuer of tokens: three parts with dots between them; keys have none."""
    return text.count(".") == 2


async def _door(request: Request) -> Door:  # async: a plain function would cost a thread
    state = request.app.state
    gate: Gate = state.gate
    audit: AuditLog = state.audit
    searcher: Searcher = state.searcher
    authorization, address = request.headers.getlist("authorization"), request.client.host if request.client else ""
    if any(map(is_token, authorization)):
        caller = await run_in_threadpool(gate.admit, authorization, address)  # it may wait for the issuer
    else:
        caller = gate.admit(authorization, address)
    return Door(searcher, caller.clearance, partial(audit.write, caller.name, request.scope["route"].path))


Entrance = Annotated[Door, Depends(_door)]
"""The door through which a route answers its caller."""
_BEARER = HTTPBearer(
    auto_error=False, description="An API key, `kb_…`, or a token of the operator's issuer. None: public."
)
ADMITTED = (Depends(_door), Security(_BEARER))
"""What a route depends on before all else: its caller is known, and may ask. `_BEARER` says so in the description."""
