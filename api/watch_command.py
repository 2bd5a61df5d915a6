"""`kb watch`: brings notes into the index as they are saved, until it is told to end."""

import os
import signal
from typing import Annotated, NoReturn

import typer

from api import terminal
from api.console import err, failures, say
from kb.settings import load_settings


def watch(
    of_server: Annotated[bool, typer.Option("--of-server", hidden=True, help="End with the server.")] = False,
) -> None:
    """Index notes as they are saved, until interrupted. A server that is running shows them at once."""
    parent = os.getppid()
    _at_signals(_end)
    with failures():
        from api.compose import encoder, store
        from api.watch_desk import Desk
        from ingest.follow import Follower
        from ingest.index import index_content
        from kb.watching import changes

        settings = load_settings()
        index, model = store(settings), encoder(settings, say)
        model.encode_queries(["who"])  # loads what the first save would wait for
        model.encode_passages(["who"])

        def whole() -> None:
            with terminal.progress(err) as step:
                index_content(settings, index, model, progress=step)

        desk = Desk(settings, whole, lambda: Follower(settings, index, model))
        try:
            for paths in changes(settings.content_dirs):
                if of_server and os.getppid() != parent:
                    break  # the server was killed
                desk.see(paths)
        finally:
            _at_signals(signal.SIG_IGN)
            desk.leave()


def _at_signals(action: "signal._HANDLER") -> None:
    """What to do when told to end: by Ctrl-C, or by whoever started this."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, action)


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)
