"""Two small collections to export: notes under several labels, and notes of every form for the catalogue."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS

from kb.access import clearance
from kb.text.languages import Language
from tests.conftest import index_notes

WHEN = datetime(2026, 12, 1, tzinfo=UTC)
"""When the notes were indexed."""
ADDRESS = "https://kb.example"
ALL = clearance("amber+strict", ["BE"], ["Alphadienst"])

VOCABULARIES = (DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS)
VCARD = "http://www.w3.org/2006/vcard/ns#"


def assert_as_in(name, made):
    """Compare a document or text with the file of this name; KB_TEST_EXPECTED=write writes it anew, to be reviewed."""
    file = Path(__file__).parent / "expected" / name
    text = made if isinstance(made, str) else json.dumps(made, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("KB_TEST_EXPECTED") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), name


def read_graph(document):
    """The graph of a document, read from its JSON. The fixture `_no_network` sees that nothing is fetched."""
    graph = Graph()
    graph.parse(data=json.dumps(document), format="json-ld")
    assert len(graph) > 0
    return graph


def unknown_terms(graph):
    """Properties and classes that none of the vocabularies has, but for two of vCard, which is not at hand."""
    used = {*graph.predicates(), *graph.objects(None, RDF.type)}
    unknown = {str(term) for term in used if not any(term in known for known in VOCABULARIES)}
    return unknown - {f"{VCARD}Kind", f"{VCARD}fn"}


@pytest.fixture(scope="session")
def index_of(tmp_path_factory):
    """Indexes the notes of a file beside this one."""

    def index(name):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("ingest.indexing.changing.now", lambda: WHEN)
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
