"""`kb watch`: brings notes into the index as they are saved, until it is ended.

It reports whatever goes wrong, tries again and goes on.
"""

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.console import at_signals, failures, issue_line, progress, say
from kb.content.watch import TICK, changes
from kb.errors import IndexBusy, IndexMissing, IndexStale, KbError, NoteError
from kb.files import write_file
from kb.issue import Issue
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.indexing.delta import DeltaIndexer, DeltaReport

QUIET: Final = 30_000 // TICK
"""Ticks without a change after which the whole index is made anew."""
AGAIN: Final = 10_000 // TICK
"""Ticks after which is tried again what could not be done. Another process that writes is looked for at every tick."""
_PATIENCE: Final = 2
"""Seconds that a process may take to end."""
_MOST: Final = 5
"""Notes that one message names."""
_BEGUN: Final = "Watching. Save a note, and it is found. Ctrl-C ends."


def watch(
    of_server: Annotated[bool, typer.Option("--of-server", hidden=True, help="End with the server.")] = False,
) -> None:
    """Index notes as they are saved, until interrupted. A server that is running shows them at once."""
    parent = os.getppid()
    at_signals(lambda *_: sys.exit(0))
    with failures():
        from api.compose import encoder, store
        from ingest.indexing.delta import DeltaIndexer
        from ingest.indexing.index import index_content

        settings = load_settings()
        index, model = store(settings), encoder(settings, say)
        model.encode_queries(["who"])  # loads what the first save would wait for
        model.encode_passages(["who"])
        model.count_tokens("who")

        def make_index() -> None:
            with progress() as step:
                index_content(settings, index, model, progress=step)

        def follow() -> DeltaIndexer:
            follower = DeltaIndexer(settings, index, model)
            # What it has read stays: the collector need not walk through it while a saved note waits.
            gc.collect()
            gc.freeze()
            return follower

        loop = WatchLoop(settings, make_index, follow)
        try:
            for paths in changes(settings.content_dirs):
                if of_server and os.getppid() != parent:
                    break  # the server was killed
                loop.tick(paths)
        finally:
            at_signals(signal.SIG_IGN)
            loop.end()


def index_beside() -> "subprocess.Popen[bytes]":
    """Start `kb index` in a process of its own. Its messages are left out: they are known already."""
    command = [sys.executable, "-P", "-m", "api.cli.main", "index"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class WatchLoop:
    """Follows the notes from one set of changed paths to the next. For one thread."""

    def __init__(
        self,
        settings: Settings,
        index: Callable[[], object],
        follow: Callable[[], "DeltaIndexer"],
        index_beside: Callable[[], "subprocess.Popen[bytes]"] = index_beside,
    ) -> None:
        """index: makes the index whole in this process, index_beside in another; follow: begins to follow it."""
        self._settings, self._index, self._follow, self._index_beside = settings, index, follow, index_beside
        self._follower: DeltaIndexer | None = None
        self._issues: tuple[Issue, ...] = ()
        self._written: frozenset[str] = frozenset()
        self._stale = True  # what all notes rest on, the index and its vocabularies, is to be read first
        self._wait = 1  # ticks until something is tried again
        self._unsettled = False
        self._quiet = 0
        self._beside: subprocess.Popen[bytes] | None = None
        self._beside_failed = False

    def tick(self, paths: frozenset[Path]) -> None:
        """Bring in what changed; after a while without changes, make the index whole.

        paths: that changed since the last time, none if a tick has passed
        """
        roots = {root.absolute() for root in self._settings.content_dirs}
        vocabularies = {root / "taxonomy" for root in roots}
        self._stale |= any(path in roots or not vocabularies.isdisjoint((path, path.parent)) for path in paths)
        self._wait -= 1
        if paths or self._wait == 0:
            self._stop()
            self._bring_in()
        elif self._beside is not None:
            self._look_at(self._beside)
        else:
            self._quiet += 1
            # After a run that failed it is quiet until the next change, so that no run follows upon the other.
            if self._quiet == QUIET and self._unsettled and not self._stale:
                self._beside = self._index_beside()

    def end(self) -> None:
        """End what is under way."""
        self._stop()
        self._settings.issues_file.unlink(missing_ok=True)

    def _bring_in(self) -> None:
        """Index what was saved, and say what became of it."""
        failed: list[KbError] = []
        saved: DeltaReport | None = None
        is_first, was_stale = self._follower is None, self._stale
        try:
            if was_stale:
                self._begin_anew()
        except KbError as error:
            failed.append(error)
        try:
            saved = self._follower.update() if self._follower else None
        except KbError as error:
            failed.append(error)
        if was_stale and not self._stale:  # not before following has loaded what it needs: the next save is quick
            say(_BEGUN if is_first else "The vocabularies have changed: the whole index was made anew.")
        self._quiet = 0
        # What notes forbid fails again until one has changed.
        pauses = (1 if isinstance(error, IndexBusy) else AGAIN for error in failed if not isinstance(error, NoteError))
        self._wait = min(pauses, default=0)
        if saved:
            self._unsettled |= bool(saved.indexed or saved.removed)
            self._issues = saved.issues
        self._report([*(line for error in failed for line in _lines(error)), *map(issue_line, self._issues)])
        if saved:
            _say_what_became(saved)

    def _begin_anew(self) -> None:
        """Make the index whole and follow it from then on. If that fails, the notes are followed as before.

        Notes with errors keep the index from being whole, but not from being followed when this begins.
        """
        try:
            self._index()
        except NoteError as error:
            if not self._follower:
                with suppress(IndexMissing, IndexStale):
                    self._follower = self._follow()
                    say(f"{error} Notes without errors are indexed as you save them.")
                    self._unsettled, self._stale = True, False
                    return
            raise
        if self._follower:
            self._follower.reload()
        else:
            self._follower = self._follow()
        self._unsettled = self._stale = False

    def _look_at(self, run: "subprocess.Popen[bytes]") -> None:
        """Take note of the end of an indexing run beside."""
        if (code := run.poll()) is None:
            return
        if code and not self._beside_failed:
            say("The whole index could not be made anew; it is tried again after the next change. `kb index` says why.")
        self._beside, self._unsettled, self._beside_failed = None, code != 0, code != 0
        if code == 0:
            self._bring_in()  # the names that it found

    def _stop(self) -> None:
        """End the indexing run beside, if one is under way: it keeps others from writing."""
        if self._beside is not None:
            self._beside.terminate()
            try:
                self._beside.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._beside.kill()
                self._beside.wait()
            self._beside, self._unsettled = None, True

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


def _lines(error: KbError) -> list[str]:
    if isinstance(error, IndexBusy):
        return [f"{error.message} Waiting until it has finished."]
    issues = error.issues if isinstance(error, NoteError) else ()
    return [*map(issue_line, issues), " ".join(str(error).split())]


def _say_what_became(saved: "DeltaReport") -> None:
    for outcome, note_ids in (
        ("Found now", saved.indexed),
        ("Left the index", saved.removed),
        ("As it was, until its errors are mended", saved.kept),
        ("Not found until its errors are mended", saved.refused),
        ("A draft, not indexed (set KB_DRAFTS to index drafts)", saved.drafts),
    ):
        more = f" and {len(note_ids) - _MOST} more" if len(note_ids) > _MOST else ""
        if note_ids:
            say(f"{outcome}: {', '.join(note_ids[:_MOST])}{more} ({saved.seconds:.1f} s).")
