"""`kb watch`: `kb index` in a loop, so that notes are found as they are saved, until it is ended.

What takes long and can wait is done by `kb index` in a process beside it, once it has been quiet, and given up when a
note is saved. It reports whatever goes wrong, tries again and goes on. It ends where another version of the program has
written the index meanwhile, or one with another model or other chunk sizes: it would take back what that has done.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import typer

from api.cli.console import at_signals, failures, issue_line, progress, say
from api.cli.index import became, left_out
from api.signals import exiting
from kb.collection import id_in
from kb.content.watch import TICK, changes
from kb.errors import IndexBusy, IndexStale, KbError
from kb.files import write_file
from kb.issue import Level
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.indexing.index import IndexReport

QUIET: Final = 30_000 // TICK
"""Ticks without a change after which is done what was put off: statistics fitted anew, withdrawn notes wiped out."""
AGAIN: Final = 10_000 // TICK
"""Ticks after which is tried again what could not be done. Another process that writes is looked for at every tick."""
_PATIENCE: Final = 1.0
"""Seconds in which a process that is to end may clear up, such as release a lease."""


def watch(
    of_server: Annotated[bool, typer.Option("--of-server", hidden=True, help="End with the server.")] = False,
) -> None:
    """Index notes as they are saved, until interrupted. A server that is running shows them at once."""
    parent = os.getppid()
    at_signals(exiting())
    with failures():
        from api.cli.preview import sweep
        from api.compose import encoder, store
        from ingest.indexing.index import index_content
        from kb.content.reader import ReadCache

        settings = load_settings()
        index, model = store(settings), encoder(settings, say)
        model.load()
        again = partial(index_content, settings, index, model, put_off=True, cache=ReadCache())

        def run(*, going_on: bool) -> "IndexReport":
            sweep(settings.data_dir)
            with progress() as step:
                return again(progress=step, going_on=going_on)

        loop = WatchLoop(settings, run, IndexProcess)
        try:
            for paths in changes(settings.content_dirs):
                if of_server and os.getppid() != parent:
                    break  # the server was killed
                loop.tick(paths)
        finally:
            at_signals(signal.SIG_IGN)
            loop.end()


class Beside(Protocol):
    """A whole run beside the loop."""

    def ended(self) -> str | None:
        """Return what is to be said of it once it has ended, None as long as it goes on. Raises KbError if it failed"""

    def stop(self) -> None:
        """End it, whatever it is doing."""


class IndexProcess:
    """`kb index` in a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", "-m", "api.cli.main", "index", "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._output = ThreadPoolExecutor(1).submit(self.process.communicate)

    def ended(self) -> str | None:
        """See `Beside`."""
        if not self._output.done():
            return None
        printed, said = self._output.result()
        if self.process.returncode:
            raise KbError(" ".join(said[-2_000:].split()))
        done = json.loads(printed)
        return f"The whole index was made anew ({done['seconds']:.1f} s)." if done["fitted"] else ""

    def stop(self) -> None:
        """See `Beside`."""
        self.process.terminate()
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class BringIn(Protocol):
    """Brings the index up to date, and puts off what takes long. going_on: as of `index_content`"""

    def __call__(self, *, going_on: bool) -> "IndexReport":
        """Do so. Raises KbError."""
        ...


class WatchLoop:
    """Follows the notes from one set of changed paths to the next. For one thread."""

    def __init__(self, settings: Settings, index: BringIn, whole_run: Callable[[], Beside]) -> None:
        """whole_run: begins to do what is put off, too"""
        self._settings, self._index, self._whole_run = settings, index, whole_run
        self._written: frozenset[str] = frozenset()
        self._saved: set[str] = set()
        self._begun = False
        self._wait = 1  # ticks until something is tried again
        self._due = True  # a watch that was ended may have put something off
        self._quiet = 0
        self._beside: Beside | None = None

    def tick(self, paths: frozenset[Path]) -> None:
        """Bring in what changed; after a while without changes, do what was put off.

        paths: that changed since the last time, none if a tick has passed

        Raises IndexStale if another has written the index since the first tick.
        """
        self._wait -= 1
        self._quiet = 0 if paths else self._quiet + 1
        if paths or self._wait == 0:
            self._stop()
            self._bring_in()
        elif self._beside:
            self._look_at(self._beside)
        elif self._quiet == QUIET and self._due:
            self._bring_in()  # which looks whose the index is
            if self._wait:
                self._quiet = 0
            elif self._due:
                self._beside = self._whole_run()

    def end(self) -> None:
        """End what is under way."""
        self._stop()
        self._settings.issues_file.unlink(missing_ok=True)

    def _stop(self) -> None:
        if self._beside:
            self._beside.stop()
            self._beside = None

    def _look_at(self, beside: Beside) -> None:
        """See whether the whole run has ended, and say what came of it."""
        try:
            said = beside.ended()
        except KbError as error:
            self._beside, self._quiet = None, 0
            self._report([*sorted(self._written), str(error)])
            return
        if said is not None:
            self._beside, self._due = None, False
            if said:
                say(said)

    def _bring_in(self) -> None:
        """Index what was saved, and say what became of it."""
        try:
            done = self._index(going_on=self._begun)
        except IndexStale:
            raise
        except KbError as error:
            busy = isinstance(error, IndexBusy)
            self._wait = 1 if busy else AGAIN
            self._report([f"{error.message} Waiting until it has finished." if busy else " ".join(str(error).split())])
            return
        self._wait, self._due = 0, done.due or (self._due and not done.fitted)
        self._saved.update(done.saved)
        told = [issue for issue in done.issues if issue.level is Level.ERROR or id_in(issue.path) in self._saved]
        self._report(filter(None, (*map(issue_line, told), done.vocabulary_error)))
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
