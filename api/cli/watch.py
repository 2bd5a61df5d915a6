"""`kb watch`: brings notes into the index as they are saved, until it is told to end."""

import gc
import os
import signal
from typing import Annotated

import typer

from api.cli import terminal
from api.cli.console import at_signals, err, failures, leave, say
from kb.settings import load_settings


def watch(
    of_server: Annotated[bool, typer.Option("--of-server", hidden=True, help="End with the server.")] = False,
) -> None:
    """Index notes as they are saved, until interrupted. A server that is running shows them at once."""
    parent = os.getppid()
    at_signals(leave)
    with failures():
        from api.cli.watch_loop import Desk
        from api.compose import encoder, store
        from ingest.indexing.follow import Follower
        from ingest.indexing.index import index_content
        from kb.content.watch import changes

        settings = load_settings()
        index, model = store(settings), encoder(settings, say)
        model.encode_queries(["who"])  # loads what the first save would wait for
        model.encode_passages(["who"])
        model.count_tokens("who")

        def whole() -> None:
            with terminal.progress(err) as step:
                index_content(settings, index, model, progress=step)

        def follower() -> Follower:
            begun = Follower(settings, index, model)
            # What it has read stays: the collector need not walk through it while a saved note waits.
            gc.collect()
            gc.freeze()
            return begun

        desk = Desk(settings, whole, follower)
        try:
            for paths in changes(settings.content_dirs):
                if of_server and os.getppid() != parent:
                    break  # the server was killed
                desk.see(paths)
        finally:
            at_signals(signal.SIG_IGN)
            desk.leave()
