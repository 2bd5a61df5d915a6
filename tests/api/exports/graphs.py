"""JSON-LD read as a graph, and the terms that vocabularies have."""

import json

from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS

VOCABULARIES = (DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS)
VCARD = "http://www.w3.org/2006/vcard/ns#"
ADDRESS = "https://kb.example"


def read_graph(document):
    """The graph of a document, read from its JSON. The fixture `_no_network` sees that nothing is fetched."""
    graph = Graph()
    graph.parse(data=json.dumps(document), format="json-ld")
    assert len(graph) > 0
    return graph


def unknown_terms(graph):
    """Properties and classes that none of the vocabularies has, but for two of vCard, which is not at hand."""
    used = set(graph.predicates()) | set(graph.objects(None, RDF.type))
    return {str(one) for one in used if not any(one in known for known in VOCABULARIES)} - {
        f"{VCARD}Kind",
        f"{VCARD}fn",
    }
