"""The socket of a server in its data directory: `kb search` asks there what would take seconds to load.

Only who owns it can open it and asks it, and is answered what the terminal answers: what is public. Its name says by
which settings and version its server answers, so that nobody finds one that would answer otherwise. Whatever goes wrong
with it, the terminal loads the index itself.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from kb.settings import Settings
from kb.values import digest

PATIENCE: Final = 5.0
"""Seconds that a server may take to answer."""
_ANSWERING: Final = (
    *("embedding_model", "allow_model_hub", "chunk_tokens", "chunk_overlap"),
    *("qdrant_url", "qdrant_collection"),
)
"""Settings that decide which index is searched, and how."""
_BACKLOG: Final = 16
_KIND: Final = getattr(socket, "AF_UNIX", None)  # which Windows does not know
_OPENED: Final = Path("/proc/self/fd")


def socket_path(settings: Settings) -> Path:
    """Return where a server of these settings, and of this version, can be asked."""
    from kb.store.manifest import SCHEMA_VERSION  # with NumPy, which `kb --help` need not wait for

    made_by = [version("benelux-practice-base"), SCHEMA_VERSION]
    given = settings.model_dump(mode="json", include=set(_ANSWERING))
    return settings.data_dir / f"serve-{digest([made_by, given])}.sock"


@contextmanager
def listening(settings: Settings, say: Callable[[str], None]) -> Iterator[list[socket.socket]]:
    """Yield the socket, which is removed at the end. None where another server has it, or where it cannot be made."""
    path = socket_path(settings)
    try:
        listener = _listener(path)
    except OSError as error:
        say(f"`kb search` will load the index by itself, since there can be no socket in KB_DATA_DIR: {error}.")
        listener = None
    try:
        yield [listener] if listener else []
    finally:
        if listener:
            listener.close()
            path.unlink(missing_ok=True)


def answered(
    settings: Settings, path: str, asked: Mapping[str, Any] | None = None, patience: float = PATIENCE
) -> bytes | None:
    """Return the body that a running server answers at a path, if it does so in time. asked: posted as JSON

    patience: seconds
    """
    place = socket_path(settings)
    with suppress(OSError, HTTPException), closing(HTTPConnection("localhost")) as connection:
        if place.stat().st_uid != os.geteuid():
            return None  # a question can reveal an investigation: it goes to no server of somebody else
        with _connected(place, patience) as connection.sock:
            body = None if asked is None else json.dumps(asked)
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request("POST" if body else "GET", path, body, headers)
            answer = connection.getresponse()
            return answer.read() if answer.status == 200 else None
    return None  # no server, one that was killed, or one that hangs


def _listener(path: Path) -> socket.socket | None:
    """Return a socket that listens, in place of one that is dead; none where a server listens there already."""
    with suppress(OSError), _connected(path, PATIENCE):
        return None
    path.unlink(missing_ok=True)
    with ExitStack() as unless_it_listens, _short(path) as address:
        listener = unless_it_listens.enter_context(_new())
        listener.bind(address)
        path.chmod(0o600)  # nobody can connect before it listens
        listener.listen(_BACKLOG)
        unless_it_listens.pop_all()
    return listener


@contextmanager
def _connected(path: Path, patience: float) -> Iterator[socket.socket]:
    with _new() as asking, _short(path) as address:
        asking.settimeout(patience)
        asking.connect(address)
        yield asking


def _new() -> socket.socket:
    if _KIND is None:
        raise OSError("this system has none")
    return socket.socket(_KIND, socket.SOCK_STREAM)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Yield a name of a path that has room in the address of a socket, which takes some hundred bytes."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        opened = _OPENED / str(folder)
        yield str(opened / path.name) if opened.exists() else str(path)
    finally:
        os.close(folder)


def is_served(data_dir: Path) -> bool:
    """Return whether a server of whatever settings and version listens in a data directory."""
    for path in data_dir.glob("serve-*.sock"):
        with suppress(OSError), _connected(path, PATIENCE):
            return True
    return False
