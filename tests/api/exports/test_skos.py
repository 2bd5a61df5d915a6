"""The vocabularies as SKOS: read without a network, all labels there, and the conditions of SKOS hold."""

from pathlib import Path

from rdflib import URIRef
from rdflib.namespace import RDF, SKOS

from api.exports.skos import scheme_graph
from kb.content.reader import read_taxonomy
from kb.notes.taxonomy import scheme
from tests.api.exports.conftest import ADDRESS, assert_as_in, read_graph, unknown_terms

PHISHING = URIRef(f"{ADDRESS}/v1/taxonomy#crime-types/phishing")
LABELS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
FRAUD = URIRef(f"{ADDRESS}/v1/taxonomy#crime-types/online-fraud")


def check(graph):
    """Assert the conditions of SKOS (S13, S14), and our promises on the tree."""
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        preferred = [label.language for label in graph.objects(concept, SKOS.prefLabel)]
        assert len(preferred) == len(set(preferred)), concept
        labels = [label for kind in LABELS for label in graph.objects(concept, kind)]
        assert len(labels) == len(set(labels)), concept
    broader, on_top = (set(graph.subject_objects(kind)) for kind in (SKOS.broader, SKOS.topConceptOf))
    assert broader == {(node, above) for above, node in graph.subject_objects(SKOS.narrower)}
    assert on_top == {(node, vocabulary) for vocabulary, node in graph.subject_objects(SKOS.hasTopConcept)}
    assert {node for node, _ in broader}.isdisjoint(node for node, _ in on_top)
    assert all(graph.value(node, SKOS.inScheme) == graph.value(above, SKOS.inScheme) for node, above in broader)


def test_the_conditions_of_skos_hold_for_all_but_what_is_out_of_scope():
    taxonomy = read_taxonomy([Path(__file__).parents[3] / "content"])
    graph = read_graph(scheme_graph(taxonomy.schemes(), ADDRESS))
    check(graph)
    assert unknown_terms(graph) == set()
    assert list(graph.objects(PHISHING, SKOS.broader)) == [FRAUD]
    assert not list(graph.objects(FRAUD, SKOS.broader))
    assert len(taxonomy.out_of_scope) > 20
    assert not [iri for iri in graph.subjects(RDF.type, SKOS.ConceptScheme) if "outside" in iri]


def test_all_of_a_vocabulary_is_written_whatever_its_names_and_no_label_stands_twice():
    title = {"en": "Any", "fr": "Tout", "nl": "Alles"}
    concepts = [
        {
            "id": 'a b/c#d"<é>',
            "altLabel": {"en": ["Any", "Other", "Other"], "fr": ["Autre"]},
            "hiddenLabel": {"en": ["Other", "Any", "Typo"]},
            "definition": title,
        },
        {"id": "plain", "closeMatch": ["https://example.org/x#y", "odd:a b", "no-prefix", "rsit:fraud"]},
        {"id": "narrow", "broader": "plain"},
    ]
    labelled = [{"prefLabel": title, **concept} for concept in concepts]
    odd = scheme({"scheme": "any <odd> name", "title": title, "concepts": labelled}, "here")
    made = scheme_graph([odd], ADDRESS)
    graph = read_graph(made)
    check(graph)
    assert unknown_terms(graph) == set()
    for iri in (node for triple in graph for node in triple if isinstance(node, URIRef)):
        assert not set(iri) & set(' <>"{}|\\^`é')
        assert iri.count("#") <= 1
    assert_as_in("skos.json", made)
