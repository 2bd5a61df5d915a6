"""Two small collections to export: notes under several labels, and notes of every form for the catalogue."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.access import clearance
from kb.text.languages import Language
from tests.conftest import index_notes

WHEN = datetime(2026, 12, 1, tzinfo=UTC)
"""When the notes were indexed."""
ADDRESS = "https://kb.example"
ALL = clearance("amber+strict", ["BE"], ["Alphadienst"])


def assert_as_in(name, made):
    """Compare a document or text with the file of this name; KB_TEST_EXPECTED=write writes it anew, to be reviewed."""
    file = Path(__file__).parent / "expected" / name
    text = made if isinstance(made, str) else json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("KB_TEST_EXPECTED") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), name


@pytest.fixture(scope="session")
def index_of(tmp_path_factory):
    """Indexes the notes of a file beside this one."""

    def index(name):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("ingest.indexing.index.now", lambda: WHEN)
            return index_notes(Path(__file__).parent / "notes" / name, tmp_path_factory.mktemp("exported"))

    return index


@pytest.fixture(scope="session")
def marked(index_of):
    """Notes under several labels."""
    return index_of("marked.yaml")


@pytest.fixture
def given(marked):
    """Gives the notes with these ids, in this order, as somebody who may see all reads them."""

    def read(*note_ids, language=Language.EN):
        view = marked.view(ALL)
        return [view.note(note_id, language) for note_id in note_ids], view.taxonomy

    return read


@pytest.fixture(params=Language)
def whole(request, searcher):
    """Every note of the real collection that is for everybody, as a reader of one language gets it."""
    view = searcher.view()
    return [view.note(note_id, request.param) for note_id in view.kinds()], view.taxonomy
