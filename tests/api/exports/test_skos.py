"""The vocabularies as SKOS: read without a network, all labels there, and the conditions of SKOS hold."""

from collections import defaultdict
from pathlib import Path

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS

from api.exports.skos import concept_iri, scheme_graph, scheme_iri
from kb.content.reader import read_taxonomy
from kb.notes.taxonomy import scheme
from tests.api.exports.conftest import ADDRESS, read_graph, unknown_terms

PHISHING = URIRef(f"{ADDRESS}/v1/taxonomy#crime-types/phishing")
LABELS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
FRAUD = URIRef(f"{ADDRESS}/v1/taxonomy#crime-types/online-fraud")


@pytest.fixture(scope="module")
def taxonomy():
    return read_taxonomy([Path(__file__).parents[3] / "content"])


@pytest.fixture
def graph(taxonomy):
    return read_graph(scheme_graph(taxonomy.schemes(), ADDRESS))


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


def literals(texts):
    """Texts by language, or lists of texts, as RDF has them."""
    given = {language: [text] if isinstance(text, str) else text for language, text in texts.items()}
    return {Literal(text, lang=language.value) for language, several in given.items() for text in several}


def test_every_label_comes_back_in_its_language(graph, taxonomy):
    for vocabulary in taxonomy.schemes():
        iri = URIRef(scheme_iri(ADDRESS, vocabulary.name))
        assert set(graph.objects(iri, DCTERMS.title)) == literals(vocabulary.title)
        for concept in vocabulary.values():
            node = URIRef(concept_iri(ADDRESS, vocabulary.name, concept.id))
            assert graph.value(node, SKOS.inScheme) == iri
            assert set(graph.objects(node, SKOS.prefLabel)) == literals(concept.labels)
            assert set(graph.objects(node, SKOS.definition)) == literals(concept.definitions)
            labels = {label for kind in LABELS for label in graph.objects(node, kind)}
            assert labels == set().union(*map(literals, (concept.labels, concept.alternatives, concept.hidden)))


def test_the_conditions_of_skos_hold(graph):
    check(graph)
    assert unknown_terms(graph) == set()
    assert (PHISHING, SKOS.broader, FRAUD) in graph
    assert not list(graph.objects(FRAUD, SKOS.broader))


def test_terms_of_other_classifications_are_concepts_known_by_their_codes(graph):
    matches = defaultdict(set)
    for node, other in graph.subject_objects(SKOS.closeMatch):
        matches[node].add(str(graph.value(other, SKOS.notation)))
        assert (other, RDF.type, SKOS.Concept) in graph
        classification = graph.value(other, SKOS.inScheme)
        assert classification != graph.value(node, SKOS.inScheme)
        assert (classification, RDF.type, SKOS.ConceptScheme) in graph
    assert matches[PHISHING] == {"rsit:fraud", "attck4fraud:Phishing"}


def test_any_name_makes_an_address_and_no_label_stands_twice():
    title = {"en": "Any", "fr": "Tout", "nl": "Alles"}
    concepts = [
        {
            "id": 'a b/c#d"<é>',
            "altLabel": {"en": ["Any", "Other", "Other"]},
            "hiddenLabel": {"en": ["Other", "Any", "Typo"]},
        },
        {"id": "plain", "closeMatch": ["https://example.org/x#y", "odd:a b", "no-prefix"]},
    ]
    labelled = [{"prefLabel": title, **concept} for concept in concepts]
    odd = scheme({"scheme": "any <odd> name", "title": title, "concepts": labelled}, "here")
    graph = read_graph(scheme_graph([odd], ADDRESS))
    check(graph)
    node = URIRef(concept_iri(ADDRESS, odd.name, 'a b/c#d"<é>'))
    assert list(graph.objects(node, SKOS.altLabel)) == [Literal("Other", lang="en")]
    assert list(graph.objects(node, SKOS.hiddenLabel)) == [Literal("Typo", lang="en")]
    assert len(set(graph.objects(None, SKOS.closeMatch))) == 3
    assert URIRef("https://example.org/x#y") in set(graph.objects(None, SKOS.closeMatch))
    for iri in (node for triple in graph for node in triple if isinstance(node, URIRef)):
        assert not set(iri) & set(' <>"{}|\\^`é')
        assert iri.count("#") <= 1


def test_subjects_out_of_scope_are_left_out(graph, taxonomy):
    assert len(taxonomy.out_of_scope) > 20
    assert not [iri for iri in graph.subjects(RDF.type, SKOS.ConceptScheme) if "outside" in iri]
