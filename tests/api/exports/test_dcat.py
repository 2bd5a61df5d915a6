"""The catalogue: what DCAT-AP asks for, the facts of the notes where portals look for them, nothing of hidden ones."""

import json
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF, SKOS

from api.exports.dcat import catalogue
from kb.access import ANONYMOUS, clearance
from kb.text.languages import Language
from tests.api.exports.conftest import ADDRESS, assert_as_in, read_graph, unknown_terms

SHAPES = Path(__file__).parent / "shapes" / "dcat-ap.ttl"
CATALOGUE = URIRef(f"{ADDRESS}/catalog.jsonld")
NOTE = URIRef(f"{ADDRESS}/v1/notes/be-a")
EVERYTHING = clearance("amber+strict", ["BE"], ["Police"]) | clearance("amber", ["BE"])


@pytest.fixture(scope="module")
def show(index_of):
    """Gives what a caller gets of a practice in two languages, two strategies and two restricted practices."""
    searcher = index_of("catalogued.yaml")
    return lambda keys=ANONYMOUS: (searcher.view(keys).versions(), searcher.taxonomy())


def made(versions, taxonomy):
    return read_graph(catalogue(versions, taxonomy, ADDRESS))


def faults(graph):
    """What breaks a shape, in words; none: an empty text."""
    conforms, _, words = validate(graph, shacl_graph=Graph().parse(SHAPES), inference="none")
    return "" if conforms else words


@pytest.mark.parametrize("keys", [ANONYMOUS, EVERYTHING], ids=["anonymous", "cleared"])
def test_a_catalogue_is_as_the_profile_wants_it(show, keys):
    graph = made(*show(keys))
    assert faults(graph) == ""
    assert unknown_terms(graph) == set()
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == (3 if keys == ANONYMOUS else 5)
    graph.remove((NOTE, DCTERMS.title, None))
    assert faults(graph) != ""


def test_notes_of_every_form_are_described_in_whatever_order_they_come(show):
    versions, taxonomy = show(EVERYTHING)
    assert_as_in("dcat.json", catalogue(versions[::-1], taxonomy, ADDRESS))


def test_nothing_in_a_catalogue_comes_of_a_note_that_is_not_in_it(show):
    versions, taxonomy = show(EVERYTHING)
    public = [version for version in versions if version.payload["tlp"] == "clear"]
    text = json.dumps(catalogue(public, taxonomy, ADDRESS))  # their links were read by who may see all
    for word in ("be-secret", "be-own", "AMBER", "RESTRICTED", "Police"):
        assert word not in text
    assert text == json.dumps(catalogue(*show(), ADDRESS))


def test_an_empty_collection_has_a_catalogue(show):
    graph = made([], show()[1])
    assert faults(graph) == ""
    assert graph.value(CATALOGUE, DCTERMS.modified) is None
    assert {title.language for title in graph.objects(CATALOGUE, DCTERMS.title)} == set(Language)


def test_the_whole_collection_conforms_and_every_address_is_one(searcher):
    graph = made(searcher.view().versions(), searcher.taxonomy())
    assert faults(graph) == ""
    assert unknown_terms(graph) == set()
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == len(searcher.view().kinds())
    assert str(graph.value(CATALOGUE, DCTERMS.license)).endswith("/licence/CC_BY_4_0")
    for iri in {str(value) for triple in graph for value in triple if isinstance(value, URIRef)}:
        assert iri.isascii()
        assert iri.startswith(("https://", "http://"))
        assert not set(iri) & set(' <>"{}|\\^`')
    assert all(graph.value(concept, SKOS.prefLabel) for concept in graph.objects(None, DCAT.theme))
