"""API keys in a file: who holds one, what it opens, how often it may ask. The keys themselves stand in no file.

A key is `kb_<id>_<64 hexadecimal digits>`. Of these digits, 32 random bytes, the file has the SHA-256.
"""

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kb.access import clearance
from kb.errors import SettingsError
from kb.files import write_file
from kb.notes.front_matter import Tlp

_FORM = re.compile(r"kb_([0-9a-f]{8})_([0-9a-f]{64})", re.ASCII)
_NO_DIGEST = sha256(b"").hexdigest()


class ApiKey(BaseModel):
    """Describes a key.

    label:   who holds it, in the operator's words
    expires: the first day on which it is refused; None: never
    tlp, countries, organisations: what it is cleared for (`kb.access.clearance`)
    rate:    requests a minute; None: as many as the settings give to everybody
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: str
    digest: str
    created: date
    expires: date | None = None
    revoked: date | None = None
    tlp: Tlp
    countries: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    rate: int | None = None

    @property
    def clearance(self) -> frozenset[str]:
        """Return the access keys that its holder has."""
        return clearance(self.tlp, self.countries, self.organisations)

    def is_good(self, today: date) -> bool:
        """Return whether it is neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or today < self.expires)


_KEYS = TypeAdapter(tuple[ApiKey, ...])


class KeyFile:
    """All keys of an installation. Safe to share between threads and processes; a change counts at once.

    Raises SettingsError where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, ...] | None, dict[str, ApiKey]] = (None, {})
        self._lock = Lock()

    def all(self) -> tuple[ApiKey, ...]:
        """Return all keys there ever were, the oldest first."""
        return tuple(self._known().values())

    def create(
        self, label: str, tlp: Tlp, countries: Iterable[str] = (), organisations: Iterable[str] = (), **more: Any
    ) -> tuple[ApiKey, str]:
        """Make a key, and return it with its text, which is kept nowhere. more: `expires` and `rate` of `ApiKey`"""
        key_id, secret = secrets.token_hex(4), secrets.token_hex(32)
        cleared = {"tlp": tlp, "countries": tuple(countries), "organisations": tuple(organisations)}
        made = ApiKey(id=key_id, label=label, digest=_digest(secret), created=date.today(), **cleared, **more)
        with self._changing() as known:
            known[key_id] = made
        return made, f"kb_{key_id}_{secret}"

    def revoke(self, key_id: str) -> ApiKey:
        """Refuse a key from now on. Raises SettingsError if there is none with this id."""
        with self._changing() as known:
            if (key := known.get(key_id)) is None:
                raise SettingsError(f"There is no key `{key_id[:40]}`.", remedy="`kb keys list` shows all.")
            known[key_id] = key.model_copy(update={"revoked": key.revoked or date.today()})
        return known[key_id]

    def holder(self, text: str) -> ApiKey | None:
        """Return the key with this text, if there is one that is good today."""
        found = _FORM.fullmatch(text)
        key_id, secret = found.groups() if found else ("", "")
        key = self._known().get(key_id)
        right = hmac.compare_digest(_digest(secret), key.digest if key else _NO_DIGEST)
        return key if key and right and key.is_good(date.today()) else None

    def named(self, text: str) -> str:
        """Return the id of the key that a text pretends to be, if there is one with this id."""
        found = _FORM.fullmatch(text)
        return found[1] if found and found[1] in self._known() else ""

    def _known(self) -> dict[str, ApiKey]:
        with self._lock:
            try:
                state = self._path.stat()
                version = (state.st_mtime_ns, state.st_size, state.st_ino)
                if self._read[0] != version:
                    found = _KEYS.validate_json(self._path.read_bytes())
                    self._read = (version, {key.id: key for key in found})
            except FileNotFoundError:
                return {}
            except (OSError, ValidationError) as error:
                why = "it is damaged" if isinstance(error, ValidationError) else str(error)  # never what stands in it
                raise SettingsError(
                    f"`{self._path}` cannot be read: {why}.", remedy="Mend it, or put back a copy of it."
                ) from error
            return self._read[1]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, ApiKey]]:
        """Yield all keys by id, which are written once they have been changed."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=10):
                known = dict(self._known())
                yield known
                write_file(self._path, _KEYS.dump_json(tuple(known.values()), indent=1) + b"\n", private=True)
        except OSError as error:
            raise SettingsError(f"`{self._path}` cannot be written: {error}.", remedy="Check KB_DATA_DIR.") from error


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
