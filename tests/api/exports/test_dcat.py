"""The catalogue: what DCAT-AP asks for, the facts of the notes where portals look for them, nothing of hidden ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyshacl import validate
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS, XSD

from api.exports.dcat import catalogue
from api.locales.texts import TEXTS
from ingest.indexing.index import index_content
from kb.access import ANONYMOUS, clearance
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.results import NoteVersion
from search.service import Searcher
from search.view import IndexView
from tests.api.exports.graphs import ADDRESS, read_graph, unknown_terms

SHAPES = Path(__file__).parent / "shapes" / "dcat-ap.ttl"
EU = "http://publications.europa.eu/resource/authority/"
CATALOGUE = URIRef(f"{ADDRESS}/catalog.jsonld")
NOTE = URIRef(f"{ADDRESS}/v1/notes/be-a")
PLAN = URIRef(f"{ADDRESS}/v1/notes/bnl-plan")
SECRET = URIRef(f"{ADDRESS}/v1/notes/be-secret")
EVERYTHING = clearance("amber+strict", ["BE"], ["Police"]) | clearance("amber", ["BE"])
ODD_URL = 'https://x.org/"<b>|é?a=1#b'

PLANTED = (
    (CATALOGUE, DCTERMS.title, None),
    (CATALOGUE, DCTERMS.publisher, None),
    (CATALOGUE, DCAT.dataset, URIRef(f"{ADDRESS}/")),
    (NOTE, DCTERMS.title, None),
    (NOTE, DCTERMS.description, None),
    (NOTE, DCTERMS.modified, Literal("yesterday")),
    (NOTE, DCTERMS.publisher, Literal("The police")),
    (NOTE, DCAT.theme, Literal("phishing")),
    (NOTE, DCTERMS.spatial, Literal("Belgium")),
    (NOTE, RDF.type, DCAT.Dataset),
    (URIRef(f"{EU}country/BEL"), RDF.type, None),
    (URIRef(f"{NOTE}#en-html"), DCAT.accessURL, None),
    (URIRef(f"{NOTE}#en-html"), DCAT.mediaType, Literal("text/html")),
)
"""Subject, property, and what is said instead of what it says; None: nothing."""


def every_version(view: IndexView) -> tuple[list[NoteVersion], Taxonomy]:
    notes = [view.note(one, None) for one in sorted(view.kinds())]
    versions = [view.note(note.id, Language(one)) for note in notes for one in note.payload["languages"]]
    return versions, view.taxonomy


Show = Callable[..., tuple[list[NoteVersion], Taxonomy]]


@pytest.fixture
def seen(content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any) -> Show:
    """Indexes a practice in two languages, a strategy and a restricted practice; gives what a caller sees of them."""
    content.practice(
        "be-a",
        countries=["BE"],
        phases=["prevention", "disruption"],
        started="2021-05",
        ended="2024-01-31",
        bodies=["benelux-union"],
        tags=['rsit:fraud="phishing"'],
        contact="A unit",
        implements=["bnl-plan#o1"],
        organisations=[{"name": "A bank", "role": "partner"}, {"name": "The police", "role": "lead"}],
        sources=[{"url": ODD_URL, "title": "T", "publisher": "P", "accessed": "2026-02-03"}],
        evidence={"level": "evaluated-locally", "effect": "positive"},
        legal_outcome="upheld",
        legal_basis=[{"country": "BE"}],
    )
    content.translation("be-a", "nl", "en", "## Probleem\n\nValse berichten.\n\n## Aanpak\n\nBlokkeren.\n")
    content.strategy(
        "bnl-plan",
        countries=["BNL", "COE"],
        issuer="The ministry",
        adopted="2020",
        replaces=["bnl-old"],
        identifiers={"celex": "32016R0679"},
        official_titles={"fr": "Le plan", "de": "Der Plan"},
        valid_until="2027",
    )
    content.strategy("bnl-old", countries=["BNL"], status="replaced", licence="Proprietary (see the page)")
    content.practice(
        "be-secret",
        countries=["BE"],
        tlp="amber",
        pap="green",
        licence=None,
        audience={"countries": ["BE"], "organisations": ["CCB"]},
        related=[{"id": "be-a", "rel": "part-of"}],
    )
    content.practice("be-own", countries=["BE"], tlp="amber+strict", pap="red", owner="Police", licence=None)
    index_content(settings, store, fake_encoder)
    searcher: Searcher = fake_searcher()
    return lambda keys=ANONYMOUS: every_version(searcher.view(keys))


def made(shown: tuple[list[NoteVersion], Taxonomy]) -> Graph:
    return read_graph(catalogue(*shown, ADDRESS))


def faults(graph: Graph) -> str:
    """What breaks a shape, in words; none: an empty text."""
    conforms, _, told = validate(graph, shacl_graph=Graph().parse(SHAPES), inference="none")
    assert isinstance(told, str)
    return "" if conforms else told


def texts(graph: Graph, subject: URIRef, name: URIRef) -> dict[str | None, str]:
    return {one.language: str(one) for one in graph.objects(subject, name) if isinstance(one, Literal)}


def iris(graph: Graph, subject: URIRef, name: URIRef) -> set[str]:
    return {str(one).replace(EU, "eu:").replace(ADDRESS, "") for one in graph.objects(subject, name)}


@pytest.mark.parametrize("keys", [ANONYMOUS, EVERYTHING], ids=["anonymous", "cleared"])
def test_a_catalogue_is_as_the_profile_wants_it(seen: Show, keys: frozenset[str]) -> None:
    graph = made(seen(keys))
    assert faults(graph) == ""
    assert unknown_terms(graph) == set()
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == (3 if keys == ANONYMOUS else 5)


def test_every_planted_fault_is_seen(seen: Show) -> None:
    whole = made(seen())
    for subject, name, instead in PLANTED:
        assert (subject, name, None) in whole
        graph = Graph() + whole
        graph.remove((subject, name, None))
        if instead is not None:
            graph.add((subject, name, instead))
        assert faults(graph) != "", (subject, name, instead)


def test_a_practice_stands_where_portals_look_for_it(seen: Show) -> None:
    graph = made(seen())
    assert str(graph.value(NOTE, DCTERMS.identifier)) == "be-a"
    assert texts(graph, NOTE, DCTERMS.title) == {"en": "A practice", "nl": "Title nl"}
    assert texts(graph, NOTE, DCTERMS.abstract)["nl"] == "Summary nl"
    told = texts(graph, NOTE, DCTERMS.description)
    assert told["en"].startswith("What it is, in a sentence. Status: operational. Evidence: ")
    assert told["en"].endswith(f"Legal outcome: {TEXTS[Language.EN]['upheld']}.")
    assert told["nl"].startswith("Summary nl Status: operationeel. Onderbouwing: ")
    assert iris(graph, NOTE, DCTERMS.language) == {"eu:language/ENG", "eu:language/NLD"}
    assert iris(graph, NOTE, DCTERMS.spatial) == {"eu:country/BEL"}
    assert iris(graph, NOTE, DCAT.theme) == {
        "eu:data-theme/JUST",
        "/v1/taxonomy#crime-types/phishing",
        "/v1/taxonomy#phases/prevention",
        "/v1/taxonomy#phases/disruption",
        "/v1/taxonomy#bodies/benelux-union",
    }
    assert set(graph.objects(NOTE, DCAT.keyword)) == {Literal('rsit:fraud="phishing"')}
    assert graph.value(NOTE, DCTERMS.modified) == Literal("2026-01-01", datatype=XSD.date)
    assert iris(graph, NOTE, DCTERMS.accessRights) == {"eu:access-right/PUBLIC"}
    assert iris(graph, NOTE, DCTERMS.license) == {"eu:licence/CC_BY_4_0"}
    assert iris(graph, NOTE, DCAT.landingPage) == {"/notes/be-a"}
    assert iris(graph, NOTE, DCTERMS.relation) == {"/v1/notes/bnl-plan"}
    [source] = graph.objects(NOTE, DCTERMS.references)
    assert str(source) == "https://x.org/%22%3Cb%3E%7C%C3%A9?a=1#b"
    assert str(graph.value(source, DCTERMS.title)) == "T"
    period = graph.value(NOTE, DCTERMS.temporal)
    assert graph.value(period, DCAT.startDate) == Literal("2021-05", datatype=XSD.gYearMonth)
    assert graph.value(period, DCAT.endDate) == Literal("2024-01-31", datatype=XSD.date)


def test_bodies_run_the_practice_and_do_not_publish_the_note(seen: Show) -> None:
    graph = made(seen())

    def names(subject: Any, name: URIRef) -> set[str]:
        return {str(graph.value(one, FOAF.name)) for one in graph.objects(subject, name)}

    assert names(NOTE, DCTERMS.publisher) == names(CATALOGUE, DCTERMS.publisher)
    assert names(NOTE, DCTERMS.publisher) < {TEXTS[one]["site"] for one in Language}  # one of its names
    assert names(NOTE, DCTERMS.creator) == {"Editorial team"}
    assert names(graph.value(NOTE, FOAF.primaryTopic), PROV.wasAssociatedWith) == {"A bank", "The police"}
    assert names(graph.value(PLAN, FOAF.primaryTopic), DCTERMS.publisher) == {"The ministry"}


def test_a_document_has_its_own_dates_titles_and_numbers(seen: Show) -> None:
    graph = made(seen())
    topic = graph.value(PLAN, FOAF.primaryTopic)
    assert isinstance(topic, URIRef)
    assert graph.value(topic, DCTERMS.issued) == Literal("2020", datatype=XSD.gYear)
    assert graph.value(PLAN, DCTERMS.issued) is None
    assert str(graph.value(topic, DCTERMS.identifier)) == "32016R0679"
    assert texts(graph, topic, DCTERMS.alternative) == {"fr": "Le plan", "de": "Der Plan"}
    assert iris(graph, PLAN, DCTERMS.replaces) == {"/v1/notes/bnl-old"}
    assert iris(graph, PLAN, DCTERMS.relation) == {"/v1/notes/be-a"}
    assert iris(graph, PLAN, DCTERMS.spatial) == {
        "/v1/taxonomy#countries/BNL",
        "/v1/taxonomy#countries/COE",
        "eu:country/BEL",
        "eu:country/NLD",
        "eu:country/LUX",
    }


def test_every_version_is_to_be_had_in_every_form(seen: Show) -> None:
    graph = made(seen())
    found = {
        str(graph.value(one, DCAT.accessURL)).removeprefix(ADDRESS): str(graph.value(one, DCAT.mediaType))
        for one in graph.objects(NOTE, DCAT.distribution)
        if str(graph.value(one, DCTERMS.language)).endswith("NLD")
    }
    types = "https://www.iana.org/assignments/media-types/"
    assert found == {
        "/nl/notes/be-a?version=nl": f"{types}text/html",
        "/nl/notes/be-a.md?version=nl": f"{types}text/markdown",
        "/v1/notes/be-a?lang=nl": f"{types}application/json",
        "/v1/notes/be-a/stix?lang=nl": f"{types}application/stix+json",
    }
    said = texts(graph, URIRef(f"{NOTE}#nl-json"), DCTERMS.description)
    assert said == {"nl": f"{TEXTS[Language.NL]['machine']}. {TEXTS[Language.NL]['stale']}"}


def test_what_is_restricted_says_so(seen: Show) -> None:
    graph = made(seen(EVERYTHING))
    assert iris(graph, SECRET, DCTERMS.accessRights) == {"eu:access-right/RESTRICTED"}
    for one in (SECRET, *graph.objects(SECRET, DCAT.distribution)):
        [rights] = graph.objects(one, DCTERMS.rights)
        assert str(graph.value(rights, RDFS.label)) == "TLP:AMBER PAP:GREEN"
        assert graph.value(one, DCTERMS.license) is None
    readers = {
        str(label) for one in graph.objects(SECRET, DCTERMS.audience) for label in graph.objects(one, RDFS.label)
    }
    assert readers == {"Belgium", "Belgique", "België", "CCB"}
    owner = graph.value(URIRef(f"{ADDRESS}/v1/notes/be-own"), DCTERMS.rightsHolder)
    assert str(graph.value(owner, FOAF.name)) == "Police"
    assert iris(graph, SECRET, DCTERMS.isPartOf) == {"/v1/notes/be-a"}
    assert graph.value(CATALOGUE, DCTERMS.license) is None


def test_nothing_in_a_catalogue_comes_of_a_note_that_is_not_in_it(seen: Show) -> None:
    versions, taxonomy = seen(EVERYTHING)
    public = [one for one in versions if one.payload["tlp"] == "clear"]
    told = json.dumps(catalogue(public, taxonomy, ADDRESS))  # their links were read by who may see all
    for word in ("be-secret", "be-own", "AMBER", "RESTRICTED", "Police"):
        assert word not in told
    assert told == json.dumps(catalogue(*seen(), ADDRESS))


def test_the_order_in_which_notes_come_changes_nothing(seen: Show) -> None:
    versions, taxonomy = seen()
    assert json.dumps(catalogue(versions[::-1], taxonomy, ADDRESS)) == json.dumps(
        catalogue(versions, taxonomy, ADDRESS)
    )


def test_a_licence_that_no_authority_lists_stands_by_its_words(seen: Show) -> None:
    graph = made(seen())
    licence = graph.value(URIRef(f"{ADDRESS}/v1/notes/bnl-old"), DCTERMS.license)
    assert graph.value(licence, RDFS.label) == Literal("Proprietary (see the page)")
    assert graph.value(CATALOGUE, DCTERMS.license) is None


def test_an_empty_collection_has_a_catalogue(seen: Show) -> None:
    graph = made(([], seen()[1]))
    assert faults(graph) == ""
    assert graph.value(CATALOGUE, DCTERMS.modified) is None
    assert set(texts(graph, CATALOGUE, DCTERMS.title)) == set(Language)


def test_the_whole_collection_conforms_and_every_address_is_one(searcher: Searcher) -> None:
    graph = made(every_version(searcher.view()))
    assert faults(graph) == ""
    assert unknown_terms(graph) == set()
    datasets = set(graph.subjects(RDF.type, DCAT.Dataset))
    assert len(datasets) >= 157
    assert set(graph.objects(CATALOGUE, DCAT.dataset)) == datasets
    assert iris(graph, CATALOGUE, DCTERMS.license) == {"eu:licence/CC_BY_4_0"}
    assert {f"{ADDRESS}/v1/taxonomy#{one}" for one in ("crime-types", "phases", "bodies")} < {
        str(one) for one in graph.objects(CATALOGUE, DCAT.themeTaxonomy)
    }
    for iri in {str(one) for triple in graph for one in triple if isinstance(one, URIRef)}:
        assert iri.isascii()
        assert iri.startswith(("https://", "http://"))
        assert not set(iri) & set(' <>"{}|\\^`')
    concepts = set(graph.objects(None, DCAT.theme))
    assert all(graph.value(one, SKOS.prefLabel) for one in concepts)
