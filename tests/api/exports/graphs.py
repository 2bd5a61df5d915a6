"""JSON-LD read as a graph, and the terms that vocabularies have."""

import json

from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS

VOCABULARIES = (DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS)
VCARD = "http://www.w3.org/2006/vcard/ns#"


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
