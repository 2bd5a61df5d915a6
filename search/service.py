"""Opens the index for reading: checks that these settings made it, and gives every caller a view of it."""

import logging
import time
from contextlib import nullcontext
from pathlib import PurePath
from typing import Final

from kb.access import ANONYMOUS
from kb.encoder.encoders import Encoder
from kb.errors import IndexStale, KbError, StoreUnavailable
from kb.notes.taxonomy import Taxonomy
from kb.store.manifest import SCHEMA_VERSION, Manifest
from kb.store.protocol import ChunkReader, ChunkStore
from search.view import Generation, IndexView, OnShown, Step

_LOG = logging.getLogger("kb")
_AGAIN: Final = 10.0
"""Seconds after which it is tried again to open a generation that is damaged."""


class Searcher:
    """The current generation of the index, for every surface. Safe to share between threads.

    step:   is called around each part of a search (`Step`); to be set before the first
    opened: how many generations were opened
    """

    def __init__(self, store: ChunkStore, encoder: Encoder, recipe: str) -> None:
        self._store = store
        self._encoder = encoder
        self._recipe = recipe
        self._current: Generation | None = None
        self._warm = False
        self._refused: KbError | None = None
        self._damaged: tuple[Manifest, float] | None = None
        self.step: Step = nullcontext
        self.opened = 0

    @property
    def current(self) -> Generation | None:
        """The generation that was read last, if one was."""
        return self._current

    def view(self, clearance: frozenset[str] = ANONYMOUS, on_shown: OnShown = lambda *_: None) -> IndexView:
        """Return a view of the index as a caller may see it. Opens nothing yet."""
        return IndexView(self._generation, clearance, on_shown)

    def taxonomy(self) -> Taxonomy:
        """Return the vocabularies of the index. Raises IndexMissing, IndexStale, StoreUnavailable."""
        return self._reader().manifest.taxonomy

    def versions(self) -> dict[str, tuple[str, str]]:
        """Return the hashes of text and fields of every version in the index, whoever may see it, by version id."""
        return dict(self._reader().manifest.versions)

    def warm_up(self) -> None:
        """Load encoder and index, so that the first question is not slow."""
        if not self._warm:
            for words in (1, 22, 44):  # short questions and long ones are encoded by models of their own
                self._encoder.encode_question("who " * words)
            self._warm = True
        self.view().vocabulary()

    def check(self) -> None:
        """Look again at the files of the index that is open. Raises StoreUnavailable where it was damaged since."""
        try:
            self._store.check()
        except StoreUnavailable:
            self._current = None  # nor is anything of it answered should the next one be damaged, too
            raise

    def refuse(self, error: KbError | None) -> None:
        """Answer nothing any more but this error: what searches rest on is damaged. None: it is not, or no more."""
        self._refused = error

    def _generation(self, *, to_query: bool = False) -> Generation:
        while True:
            reader, current = self._reader(to_query=to_query), self._current
            if current is not None and current.reader is reader:
                return current
            try:
                self._current = current = Generation(reader, self._encoder, self.step)
                self.opened += 1
                return current
            except StoreUnavailable:
                if self._reader() is reader:
                    raise  # it was not replaced while it was being read
                to_query = False

    def _reader(self, *, to_query: bool = False) -> ChunkReader:
        if self._refused:
            raise self._refused
        reader = self._opened(to_query)
        if reader.manifest.recipe != self._recipe:
            made, wanted = (PurePath(name).name for name in (reader.manifest.encoder, self._encoder.name))
            otherwise = "with other chunk sizes or other files of its model"
            remedy = "Run `kb index`, or set KB_EMBEDDING_MODEL and the chunk sizes as they were."
            if reader.manifest.schema_version != SCHEMA_VERSION:
                otherwise = "by another version of this program"
                remedy = "If the server was started before that version was installed, restart it; else run `kb index`."
            elif made != wanted:
                otherwise = f"with the model `{made}`, and the settings name `{wanted}`"
            raise IndexStale(
                f"The index was made {otherwise}.",
                remedy=remedy,
            )
        return reader

    def _opened(self, to_query: bool) -> ChunkReader:
        """Open the current generation. Where it is damaged, the last good one serves on, as far as all of that may
        still be shown: what was withdrawn or restricted since is shown by none.
        """
        last = self._current.reader if self._current else None
        if last and self._damaged:
            damaged, again = self._damaged
            if time.monotonic() < again and self._store.info() is damaged:
                return last
        try:
            reader = self._store.reader(to_query=to_query)
        except StoreUnavailable as error:
            current = self._store.info()
            if last is None or current is None or current is last.manifest:
                raise
            if not last.manifest.shows_no_more_than(current):
                raise
            if self._damaged is None or self._damaged[0] is not current:
                _LOG.error("The generation of the index before it serves on: %s", error)
            self._damaged = current, time.monotonic() + _AGAIN
            return last
        self._damaged = None
        return reader
