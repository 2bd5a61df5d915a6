"""A place with notes and an index of them, for the tests of indexing."""

from pathlib import Path

import pytest

from ingest.indexing.index import index_content
from kb.content.reader import ReadCache
from kb.notes.note_file import note_file
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import recipe
from kb.store.records import CHUNK, RECORD, VERSION
from search.service import Searcher


class Place:
    """Notes, and an index of them. What is not here is of the notes: `place.practice("be-a")`."""

    def __init__(self, content, settings, encoder):
        self.content, self.settings, self.encoder = content, settings, encoder
        self.cache = ReadCache()
        self.store = EdgeStore(settings.data_dir)

    def __getattr__(self, name):
        return getattr(self.content, name)

    def run(self, **options):
        """Index as a new process would."""
        self.encoder.encoded.clear()
        return index_content(self.settings, EdgeStore(self.settings.data_dir), self.encoder, **options)

    def update(self, **options):
        """Index as a loop does, within the epoch."""
        self.encoder.encoded.clear()
        return index_content(self.settings, self.store, self.encoder, put_off=True, cache=self.cache, **options)

    @staticmethod
    def reading():
        """What reads a note's file."""
        return note_file

    def records(self, record=VERSION):
        return dict(self.store.reader().scroll({RECORD: (record,)}))

    def notes(self, record=VERSION):
        return {payload["note_id"] for payload in self.records(record).values()}

    def texts(self):
        return {payload["text"] for payload in self.records(CHUNK).values()}

    def generation(self):
        return (self.settings.data_dir / "index" / "CURRENT").read_text()

    def searcher(self):
        made_by = recipe(self.encoder.fingerprint, self.settings.chunk_tokens, self.settings.chunk_overlap)
        return Searcher(self.store, self.encoder, made_by)

    def edit(self, file, old, new):
        """Replace the first place in a file of notes. Characters are bytes."""
        path = self.content.root / file
        path.write_bytes(path.read_bytes().replace(old.encode("latin-1"), new.encode("latin-1"), 1))

    @staticmethod
    def named(issues):
        """Note and code of each issue."""
        return [(Path(issue.path).parent.name, issue.code) for issue in issues]


@pytest.fixture
def place(content, settings, fake_encoder):
    """No notes yet."""
    return Place(content, settings, fake_encoder)


@pytest.fixture
def two(place):
    """A practice in two languages and a strategy."""
    place.practice("be-shield")
    place.translation("be-shield", "fr", "en", "## Problème\n\nDe faux messages.\n\n## Approche\n\nOn bloque.\n")
    place.strategy("be-plan")
    return place
