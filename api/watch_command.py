"""`kb watch`: brings notes into the index as they are saved, and makes it whole again when it has been quiet."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api import terminal
from api.console import err, failures, say
from kb.errors import IndexBusy, NoteError
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.follow import Follower, Saved
    from kb.problem import Problem

_INDEX: Final = (sys.executable, "-m", "api.cli", "index")
QUIET: Final = 30
"""Seconds without a change after which the whole index is made anew."""


def watch(
    of_server: Annotated[bool, typer.Option("--of-server", hidden=True, help="End with the server.")] = False,
) -> None:
    """Index notes as they are saved, until interrupted. A server that is running shows them at once."""
    parent = os.getppid()
    with failures():
        from api.compose import encoder, store
        from ingest.follow import Follower
        from ingest.index import index_content
        from kb.watching import changes

        settings = load_settings()
        index, model = store(settings), encoder(settings, say)
        try:
            with terminal.progress(err) as step:
                index_content(settings, index, model, progress=step)
        except NoteError as error:
            if index.info() is None:
                raise
            say(f"{error} Notes without errors are indexed as you save them.")
        model.encode_query("who")
        desk = _Desk(settings, lambda: Follower(settings, index, model))
        desk.bring_in()
        say("Watching. Save a note, and it is found. Ctrl-C ends.")
        try:
            for paths in changes(settings.content_dirs):
                if of_server and os.getppid() != parent:
                    break  # the server was killed
                desk.see(paths)
        finally:
            desk.leave()


class _Desk:
    """What `kb watch` does between one change and the next."""

    def __init__(self, settings: Settings, begin: Callable[[], "Follower"]) -> None:
        self._begin = begin
        self._problems_at = settings.problems_file
        self._roots = settings.content_dirs
        self._follower = begin()
        self._told: frozenset[Problem] = frozenset()
        self._waiting = False
        self._unsettled = False
        self._quiet = 0
        self._whole: subprocess.Popen[bytes] | None = None

    def see(self, paths: frozenset[Path]) -> None:
        """Bring in what changed; after a while without changes, make the index whole."""
        if paths or self._waiting:
            self._quiet = 0
            self._stop()
            if any(path.parent == root.absolute() / "taxonomy" for path in paths for root in self._roots):
                say("The vocabularies have changed: the whole index is made anew.")
                subprocess.run(_INDEX, stdout=subprocess.DEVNULL, check=False)
                self._follower = self._begin()
            self.bring_in()
        elif self._unsettled and self._whole is None:
            self._quiet += 1
            if self._quiet >= QUIET:
                self._unsettled = False
                self._whole = subprocess.Popen(_INDEX, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        elif self._whole is not None and self._whole.poll() is not None:
            self._whole = None

    def bring_in(self) -> None:
        """Index what was saved, and say what became of it."""
        try:
            saved = self._follower.follow()
        except IndexBusy:
            self._waiting = True
            return
        self._waiting = False
        self._unsettled |= bool(saved.indexed or saved.removed)
        self._say(saved)

    def leave(self) -> None:
        """End what is under way."""
        self._stop()
        self._problems_at.unlink(missing_ok=True)

    def _stop(self) -> None:
        if self._whole is not None:
            self._whole.terminate()
            self._whole.wait()
            self._whole, self._unsettled = None, True

    def _say(self, saved: "Saved") -> None:
        for problem in saved.problems:
            if problem not in self._told:
                say(terminal.line(problem))
        self._told = frozenset(saved.problems)
        write_private(self._problems_at, json.dumps([str(one) for one in saved.problems]))
        for what, note_ids in (
            ("Found now", saved.indexed),
            ("Left the index", saved.removed),
            ("As it was, until its errors are mended", saved.kept),
        ):
            if note_ids:
                say(f"{what}: {_named(note_ids)} ({saved.seconds:.1f} s).")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, so that a reader sees the old text or the new one."""
    fresh = path.with_suffix(".new")
    with open(fresh, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    fresh.replace(path)


def _named(note_ids: Sequence[str]) -> str:
    most = 5
    return ", ".join(note_ids[:most]) + (f" and {len(note_ids) - most} more" if len(note_ids) > most else "")
