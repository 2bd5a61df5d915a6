"""The security log: who was refused, who met a limit, who was shown what is restricted. Lines of JSON, and syslog.

Holds no question, no address of a page, no key and no id of a note. That somebody meets a limit is written down once a
minute, so that no caller can fill it. Restricted reads are in the audit log first; a line here names its last hash.
"""

import atexit
import json
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener, SysLogHandler
from pathlib import Path
from queue import Queue
from threading import Lock
from time import monotonic
from typing import Final

from api.auth.audit import AuditLog
from kb.errors import KbError, NotAuthenticated, SettingsError, TooMany, WrongOrigin
from kb.files import append_line
from kb.text.languages import Language

REFUSALS: Final = (NotAuthenticated, TooMany, WrongOrigin)
"""Errors that are written down."""
_MOST: Final = 10_000
"""Callers of whom is known that they were written down within the last minute."""
_WAITING: Final = 1_000
"""Lines that may wait for syslog; more are in the file alone."""
_LOG: Final = logging.getLogger("kb")


@dataclass(frozen=True)
class Asked:
    """What logs say of a request. route: its template, or the tool; request: its number; address: whose it is"""

    route: str
    request: str = ""
    address: str = ""


class SecurityLog:
    """Both logs. Safe to share between threads and processes."""

    def __init__(self, path: Path, audit: AuditLog, syslog: str | None = None) -> None:
        """syslog: the path of a local socket, or host and port to which UDP is sent"""
        self.audit = audit
        self._path = path
        self._lock = Lock()
        self._written: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._syslog = _to_syslog(syslog) if syslog else None

    def refused(self, error: KbError, asked: Asked) -> None:
        """Write down that a request was refused, if it was for a reason of security (`REFUSALS`)."""
        if not isinstance(error, REFUSALS):
            return
        # Of credentials that are not good, ten a minute are let through to here.
        if isinstance(error, NotAuthenticated) or self._is_first(error.code, error.who or asked.address):
            self._write(logging.WARNING, error.code, asked, who=error.who)

    def shown(self, who: str, asked: Asked, note_ids: list[str], version: Language | None) -> None:
        """Write down that somebody is about to be shown restricted notes. Raises as `AuditLog.write` does."""
        last = self.audit.write(who, asked.route, note_ids, version, asked.request)
        self._write(logging.INFO, "restricted_read", asked, who=who, notes=len(note_ids), audit=last)

    def _write(self, level: int, event: str, asked: Asked, **more: str | int) -> None:
        when = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"when": when, "event": event, **vars(asked), **more})
        try:
            append_line(self._path, line.encode())
        except OSError as error:
            if self._is_first("unwritable", ""):
                _LOG.error("The security log cannot be written: %s.", error.strerror or type(error).__name__)
        if self._syslog:
            self._syslog.handle(logging.LogRecord("kb", level, "", 0, line, None, None))

    def _is_first(self, event: str, whose: str) -> bool:
        """Return whether it was not so within the last minute."""
        now = monotonic()
        with self._lock:
            if now - self._written.get((event, whose), -60.0) < 60:
                return False
            self._written[event, whose] = now
            self._written.move_to_end((event, whose))
            if len(self._written) > _MOST:
                self._written.popitem(last=False)
        return True


class _Sending(SysLogHandler):
    """Sends lines to syslog; one that cannot be sent is in the file."""

    ident = "kb: "
    append_nul = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Do nothing: logging itself would write a traceback for each line."""


class _Waiting(QueueHandler):
    """Lets nobody who asks wait for syslog."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Leave out what has no room."""


def _to_syslog(address: str) -> logging.Handler:
    host, _, port = address.rpartition(":")
    place = address if address.startswith("/") else (host.strip("[]"), int(port))
    waiting: Queue[logging.LogRecord] = Queue(_WAITING)
    try:
        listener = QueueListener(waiting, _Sending(place, SysLogHandler.LOG_AUTHPRIV))
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"KB_SYSLOG: `{address}` cannot be reached: {error}.", remedy="Name a socket or an address and its port."
        ) from error
    listener.start()
    atexit.register(listener.stop)
    return _Waiting(waiting)
