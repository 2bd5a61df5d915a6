"""Bearer tokens of the operator's own OpenID Connect issuer: who holds one is cleared for what its claims stand for.

The issuer's keys are fetched when a token names one that is not known, and every five minutes; while the issuer does
not answer, the last ones serve for a day. Nothing else is ever asked of it.
"""

import math
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import jwt
import yaml
from jwt import PyJWK, PyJWKClient, PyJWKClientConnectionError, PyJWKSet, PyJWTError
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from kb.access import ANONYMOUS, STRICT, clearance
from kb.errors import IssuerUnavailable, NotAuthenticated, SettingsError
from kb.notes.front_matter import Tlp
from kb.notes.plain_yaml import PlainLoader

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that are accepted: those with a key of which the public half alone is known here."""
MAX_CHARACTERS: Final = 16_000
LEEWAY: Final = 30
"""Seconds by which the clocks of issuer and server may differ."""
FRESH: Final = 300
"""Seconds after which keys are fetched again."""
COOLDOWN: Final = 30
"""Seconds between two attempts to fetch them, whatever tokens name."""
STALE: Final = 86_400
"""Seconds for which the last keys serve while the issuer does not answer."""


class Grant(BaseModel):
    """What a value of a claim stands for.

    claim:     its name, or with dots the way to it (`realm_access.roles`)
    countries: each by itself, areas do not stand for those in them
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str
    value: str
    tlp: Tlp
    countries: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.tlp == "red":
            raise ValueError("nobody is cleared for red")
        if self.tlp == STRICT and not self.organisations:
            raise ValueError(f"{STRICT} is for one organisation: name it")
        if odd := [country for country in self.countries if not re.fullmatch("[A-Z]{2}", country)]:
            raise ValueError(f"{odd[0]} is no country's code")
        return self

    def fits(self, claims: Mapping[str, Any]) -> bool:
        """Return whether a token's claims have this value, by itself or in a list."""
        found: Any = claims
        for part in (self.claim,) if self.claim in claims else self.claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return self.value in (found if isinstance(found, list) else [found])


_GRANTS = TypeAdapter(tuple[Grant, ...])


def read_grants(path: Path) -> tuple[Grant, ...]:
    """Return the grants of a YAML file, a list. Raises SettingsError."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), PlainLoader)  # noqa: S506 - makes plain values only
        return _GRANTS.validate_python(data)
    except ValidationError as error:
        issues = error.errors(include_url=False)
        why = "; ".join(f"{'.'.join(map(str, issue['loc']))}: {issue['msg']}" for issue in issues)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        why = str(error)
    raise SettingsError(
        f"`{path}`, which says what tokens open, cannot be read: {why}.",
        remedy="Write a list of entries with `claim`, `value` and `tlp`; `countries` and `organisations` where wanted.",
    )


class Tokens:
    """Checks tokens. Safe to share between threads; may wait for the issuer."""

    def __init__(self, issuer: str, audience: str, jwks: str, grants: tuple[Grant, ...]) -> None:
        """Accept the tokens of an issuer. jwks: address of its keys"""
        self._issuer = issuer
        self._audience = audience
        self._keys = _Keys(jwks, lifespan=FRESH, cooldown_duration=COOLDOWN, timeout=5)
        self._grants = grants

    def holder(self, text: str) -> tuple[str, frozenset[str]]:
        """Return the subject of a token and its clearance. Raises NotAuthenticated, IssuerUnavailable."""
        try:
            if len(text) > MAX_CHARACTERS:
                raise PyJWTError
            key = self._key(jwt.get_unverified_header(text))
            claims = jwt.decode(
                text,
                key,
                ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except PyJWKClientConnectionError as error:
            raise IssuerUnavailable(
                "The issuer of tokens does not answer, so that none can be checked.", remedy="Try again in a minute."
            ) from error
        except PyJWTError as error:
            raise NotAuthenticated(
                "The token is not good: it has expired, is not for this server, or was not signed by its issuer.",
                remedy="Get a new one from your issuer, or send no `Authorization` for what is public.",
            ) from error
        fitting = [grant for grant in self._grants if grant.fits(claims)]
        opened = (clearance(grant.tlp, grant.countries, grant.organisations) for grant in fitting)
        return str(claims["sub"]), ANONYMOUS.union(*opened)

    def _key(self, header: Mapping[str, Any]) -> PyJWK:
        """Return the key that a token names; it need not name one where the issuer has no other."""
        if header.get("alg") not in ALGORITHMS:
            raise PyJWTError
        if "kid" in header:
            return self._keys.get_signing_key(header["kid"])
        known = [key for key in self._keys.get_jwk_set().keys if key.public_key_use in ("sig", None)]
        if len(known) != 1:
            raise PyJWTError
        return known[0]


class _Keys(PyJWKClient):
    """The issuer's keys; the last that were fetched while it does not answer."""

    _last: Any = None
    _fetched = _tried = -math.inf

    def fetch_data(self) -> Any:
        """Return the keys. Raises PyJWKClientConnectionError if none were fetched in the last day."""
        now = time.monotonic()
        last_serves = now - self._fetched <= STALE
        try:
            if now - self._tried < COOLDOWN and not last_serves:
                raise PyJWKClientConnectionError("not asked again so soon")
            self._tried = now
            found = super().fetch_data()
            PyJWKSet.from_dict(found)
        except (PyJWTError, OSError, TypeError, ValueError) as error:  # the network's, or what came are no keys
            if not last_serves:
                raise PyJWKClientConnectionError(str(error)) from error
            return self._last
        self._fetched, self._last = now, found
        return found
