"""The vocabularies as SKOS: read without a network, all labels there, and the conditions of SKOS hold."""

from collections import defaultdict
from pathlib import Path

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS

from api.exports.skos import concept_iri, scheme_graph, scheme_iri
from kb.content.reader import read_taxonomy
from kb.notes.taxonomy import scheme
from kb.text.languages import Language
from tests.api.exports.graphs import ADDRESS, read_graph, unknown_terms

PHISHING = URIRef(f"{ADDRESS}/v1/taxonomy#crime-types/phishing")
FRAUD = URIRef(f"{ADDRESS}/v1/taxonomy#crime-types/online-fraud")


@pytest.fixture(scope="module")
def taxonomy():
    return read_taxonomy([Path(__file__).parents[3] / "content"])


@pytest.fixture
def graph(taxonomy):
    return read_graph(scheme_graph(taxonomy.schemes(), ADDRESS))


def faults(graph):
    """What breaks a condition of SKOS (S13, S14), or a promise of ours on the tree."""
    kinds = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        preferred = [label.language for label in graph.objects(concept, SKOS.prefLabel) if isinstance(label, Literal)]
        if len(preferred) != len(set(preferred)):
            yield f"{concept} has several preferred labels in a language"
        told = [label for kind in kinds for label in graph.objects(concept, kind)]
        if len(told) != len(set(told)):
            yield f"{concept} has a label twice"
        if graph.value(concept, SKOS.broader) and graph.value(concept, SKOS.topConceptOf):
            yield f"{concept} is on top and below another"
        above = graph.value(concept, SKOS.broader)
        if above is not None and concept in graph.transitive_objects(above, SKOS.broader):
            yield f"{concept} is above itself"
    for node, other in graph.subject_objects(SKOS.broader):
        if (other, SKOS.narrower, node) not in graph:
            yield f"{node} is not below {other}"
        if graph.value(node, SKOS.inScheme) != graph.value(other, SKOS.inScheme):
            yield f"{node} is below {other} of another vocabulary"
    for node, other in graph.subject_objects(SKOS.narrower):
        if (other, SKOS.broader, node) not in graph:
            yield f"{other} is not above {node}"
    if set(graph.subject_objects(SKOS.topConceptOf)) != {
        (node, top) for top, node in graph.subject_objects(SKOS.hasTopConcept)
    }:
        yield "top concepts differ from those that say so"


def test_every_label_comes_back_in_its_language(graph, taxonomy):
    found = 0
    for vocabulary in taxonomy.schemes():
        iri = URIRef(scheme_iri(ADDRESS, vocabulary.name))
        assert set(graph.objects(iri, DCTERMS.title)) == {
            Literal(text, lang=str(language)) for language, text in vocabulary.title.items()
        }
        for concept in vocabulary.values():
            node = URIRef(concept_iri(ADDRESS, vocabulary.name, concept.id))
            assert graph.value(node, SKOS.inScheme) == iri
            preferred = {Literal(concept.label(language), lang=language.value) for language in Language}
            assert set(graph.objects(node, SKOS.prefLabel)) == preferred
            labels = preferred
            for kind, given in ((SKOS.altLabel, concept.alternatives), (SKOS.hiddenLabel, concept.hidden)):
                wanted = {
                    Literal(text, lang=language.value) for language in Language for text in given.get(language, ())
                } - labels
                assert set(graph.objects(node, kind)) == wanted
                labels = labels | wanted
                found += len(wanted)
            told = {Literal(text, lang=language.value) for language, text in concept.definitions.items()}
            assert set(graph.objects(node, SKOS.definition)) == told
    assert found > 300
    assert len({label.language for label in graph.objects(None, SKOS.altLabel) if isinstance(label, Literal)}) == 3


def test_the_conditions_of_skos_hold(graph):
    assert list(faults(graph)) == []
    assert unknown_terms(graph) == set()
    assert (PHISHING, SKOS.broader, FRAUD) in graph
    assert not list(graph.objects(FRAUD, SKOS.broader))


@pytest.mark.parametrize(
    "planted",
    [
        (PHISHING, SKOS.prefLabel, Literal("fishing", lang="en")),
        (PHISHING, SKOS.altLabel, Literal("phishing", lang="en")),
        (FRAUD, SKOS.broader, PHISHING),
        (PHISHING, SKOS.narrower, FRAUD),
        (PHISHING, SKOS.topConceptOf, URIRef(f"{ADDRESS}/v1/taxonomy#crime-types")),
        (URIRef(f"{ADDRESS}/v1/taxonomy#phases/evidence"), SKOS.broader, PHISHING),
    ],
)
def test_a_broken_condition_is_seen(graph, planted):
    graph.add(planted)
    assert list(faults(graph)) != []


def test_terms_of_other_classifications_are_concepts_known_by_their_codes(graph):
    matches = defaultdict(set)
    for node, other in graph.subject_objects(SKOS.closeMatch):
        matches[node].add(str(graph.value(other, SKOS.notation)))
        assert (other, RDF.type, SKOS.Concept) in graph
        outside = graph.value(other, SKOS.inScheme)
        assert outside != graph.value(node, SKOS.inScheme)
        assert (outside, RDF.type, SKOS.ConceptScheme) in graph
    assert matches[PHISHING] == {"rsit:fraud", "attck4fraud:Phishing"}


def _scheme(*concepts):
    title = {"en": "Any", "fr": "Tout", "nl": "Alles"}
    return scheme(
        {
            "scheme": "any <odd> name",
            "title": title,
            "concepts": [{"prefLabel": title, **concept} for concept in concepts],
        },
        "here",
    )


def test_any_name_makes_an_address_and_no_label_stands_twice():
    odd = _scheme(
        {
            "id": 'a b/c#d"<é>',
            "altLabel": {"en": ["Any", "Other", "Other"]},
            "hiddenLabel": {"en": ["Other", "Any", "Typo"]},
        },
        {"id": "plain", "closeMatch": ["https://example.org/x#y", "odd:a b", "no-prefix"]},
    )
    graph = read_graph(scheme_graph([odd], ADDRESS))
    assert list(faults(graph)) == []
    node = URIRef(concept_iri(ADDRESS, odd.name, 'a b/c#d"<é>'))
    assert list(graph.objects(node, SKOS.altLabel)) == [Literal("Other", lang="en")]
    assert list(graph.objects(node, SKOS.hiddenLabel)) == [Literal("Typo", lang="en")]
    assert len(set(graph.objects(None, SKOS.closeMatch))) == 3
    assert URIRef("https://example.org/x#y") in set(graph.objects(None, SKOS.closeMatch))
    for iri in (node for triple in graph for node in triple if isinstance(node, URIRef)):
        assert not set(iri) & set(' <>"{}|\\^`é')
        assert iri.count("#") <= 1


def test_what_is_outside_the_collection_is_not_shown(graph, taxonomy):
    assert len(taxonomy.out_of_scope) > 20
    assert not [iri for iri in graph.subjects(RDF.type, SKOS.ConceptScheme) if "outside" in iri]
