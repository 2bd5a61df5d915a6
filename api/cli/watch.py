"""`kb watch`: `kb index` in a loop, so that notes are found as they are saved, until it is ended.

It reports whatever goes wrong, tries again and goes on.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.console import at_signals, failures, issue_line, progress, say
from api.cli.index import became, left_out
from kb.collection import id_in
from kb.content.watch import TICK, changes
from kb.errors import IndexBusy, KbError
from kb.files import write_file
from kb.issue import Level
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.indexing.index import IndexReport

QUIET: Final = 30_000 // TICK
"""Ticks without a change after which is done what was put off: statistics fitted anew, withdrawn notes wiped out."""
AGAIN: Final = 10_000 // TICK
"""Ticks after which is tried again what could not be done. Another process that writes is looked for at every tick."""


def watch(
    of_server: Annotated[bool, typer.Option("--of-server", hidden=True, help="End with the server.")] = False,
) -> None:
    """Index notes as they are saved, until interrupted. A server that is running shows them at once."""
    parent = os.getppid()
    at_signals(lambda *_: sys.exit(0))
    with failures():
        from api.compose import encoder, store
        from ingest.indexing.index import index_content
        from kb.content.reader import ReadCache

        settings = load_settings()
        index, model = store(settings), encoder(settings, say)
        model.encode_queries(["who"])  # loads what the first save would wait for
        model.encode_passages(["who"])
        model.count_tokens("who")
        again = partial(index_content, settings, index, model, cache=ReadCache())

        def run(put_off: bool) -> "IndexReport":
            with progress() as step:
                return again(put_off=put_off, progress=step)

        loop = WatchLoop(settings, run)
        try:
            for paths in changes(settings.content_dirs):
                if of_server and os.getppid() != parent:
                    break  # the server was killed
                loop.tick(paths)
        finally:
            at_signals(signal.SIG_IGN)
            loop.end()


class WatchLoop:
    """Follows the notes from one set of changed paths to the next. For one thread."""

    def __init__(self, settings: Settings, index: Callable[[bool], "IndexReport"]) -> None:
        """index: brings the index up to date; it is told whether what takes long may be put off"""
        self._settings, self._index = settings, index
        self._written: frozenset[str] = frozenset()
        self._saved: set[str] = set()
        self._begun = False
        self._wait = 1  # ticks until something is tried again
        self._due = False
        self._quiet = 0

    def tick(self, paths: frozenset[Path]) -> None:
        """Bring in what changed; after a while without changes, do what was put off.

        paths: that changed since the last time, none if a tick has passed
        """
        self._wait -= 1
        self._quiet = 0 if paths else self._quiet + 1
        if paths or self._wait == 0:
            self._bring_in(put_off=True)
        elif self._quiet == QUIET and self._due:
            self._bring_in(put_off=False)

    def end(self) -> None:
        """End what is under way."""
        self._settings.issues_file.unlink(missing_ok=True)

    def _bring_in(self, put_off: bool) -> None:
        """Index what was saved, and say what became of it."""
        try:
            done = self._index(put_off)
        except KbError as error:
            self._wait = 1 if isinstance(error, IndexBusy) else AGAIN
            waits = isinstance(error, IndexBusy)
            self._report([f"{error.message} Waiting until it has finished." if waits else " ".join(str(error).split())])
            return
        self._wait, self._due = 0, done.due or (put_off and self._due)
        self._saved.update(done.saved)
        told = [issue for issue in done.issues if issue.level is Level.ERROR or id_in(issue.path) in self._saved]
        self._report(filter(None, (*map(issue_line, told), done.without)))
        whole = done.fitted or not self._begun
        for line in left_out(done) if whole else became(done):
            say(line)
        if not self._begun:
            say("Watching. Save a note, and it is found. Ctrl-C ends.")
        elif done.fitted:
            say(f"The whole index was made anew ({done.seconds:.1f} s).")
        self._begun = True

    def _report(self, lines: Iterable[str]) -> None:
        """Write the lines that are new since the last time, and keep all of them for the pages."""
        lines = list(dict.fromkeys(lines))
        for line in lines:
            if line not in self._written:
                say(line)
        self._written = frozenset(lines)
        try:
            write_file(self._settings.issues_file, json.dumps(lines), private=True)
        except OSError as error:
            say(f"Pages do not show what is wrong with notes: `{error.filename}` cannot be written: {error.strerror}.")
