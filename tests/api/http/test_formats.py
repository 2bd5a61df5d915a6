"""Notes and answers in the formats of others, as the server gives them; what they hold: tests/api/exports."""

from typing import Any
from xml.etree import ElementTree as ET

import pymisp
import pytest
import stix2validator
from rdflib import DCAT, RDF, SKOS, Graph

ATOM = "{http://www.w3.org/2005/Atom}"
QUESTION = {"q": "hoe blokkeren we phishingsites", "lang": "nl", "limit": 5}


def is_stix(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/stix+json;version=2.1"
    options = stix2validator.ValidationOptions(version="2.1", strict=True, disabled="103,302")
    assert stix2validator.validate_string(answer.text, options).is_valid
    bundle: dict[str, Any] = answer.json()
    return bundle


def actions(bundle):
    found = (item for item in bundle.get("objects", ()) if item["type"] == "course-of-action")
    return [action["external_references"][0]["external_id"] for action in found]


def misp_event(answer):
    assert answer.status_code == 200, answer.text
    event = pymisp.MISPEvent(strict_validation=True)
    event.from_dict(**answer.json()["Event"])
    return event


def test_a_note_is_given_as_stix_in_the_language_wanted(client):
    bundle = is_stix(client.get("/v1/notes/be-baps/stix", params={"lang": "fr"}))
    assert actions(bundle) == ["be-baps"]
    [action] = [item for item in bundle["objects"] if item["type"] == "course-of-action"]
    assert action["lang"] == "fr"
    page = action["external_references"][0]["url"]
    assert client.get(page, follow_redirects=True).status_code == 200


def test_a_search_is_given_as_stix_with_the_notes_it_finds(client):
    found = client.post("/v1/search", json=QUESTION).json()
    bundle = is_stix(client.post("/v1/search/stix", json=QUESTION))
    practices = [hit for hit in found["practices"] if hit["level"] != "low"]
    served = {strategy["id"] for hit in practices for strategy in hit["implements"]}
    strategies = [hit["id"] for hit in found["strategies"] if hit["level"] != "low" or hit["id"] in served]
    assert actions(bundle) == [*(hit["id"] for hit in practices), *strategies]
    assert strategies
    assert len(actions(bundle)) < len(found["practices"]) + len(found["strategies"])


def test_a_search_that_finds_nothing_relevant_gives_no_notes(client):
    asked = {"q": "recept voor krentenbollen"}
    assert not client.post("/v1/search", json=asked).json()["relevant"]
    assert actions(is_stix(client.post("/v1/search/stix", json=asked))) == []
    assert misp_event(client.post("/v1/search/misp", json=asked)).objects == []


def test_notes_are_given_as_events_that_pymisp_reads(client):
    event = misp_event(client.get("/v1/notes/be-baps/misp", params={"lang": "nl"}))
    assert [item.name for item in event.objects] == ["report"]
    assert not event.published
    several = misp_event(client.post("/v1/search/misp", json=QUESTION))
    assert 5 < len(several.objects) < 10
    assert QUESTION["q"] not in several.to_json()


@pytest.mark.parametrize("ending", ["stix", "misp"])
def test_what_is_asked_wrongly_is_refused_as_elsewhere(client, assert_problem, ending):
    assert_problem(client.get(f"/v1/notes/be-none/{ending}"), 404)
    assert_problem(client.post(f"/v1/search/{ending}", json={"q": ""}), 400, field="q")


def test_the_vocabularies_are_given_as_skos(client):
    graph = Graph().parse(data=client.get("/v1/taxonomy.jsonld").text, format="json-ld")
    concepts = sum(len(scheme["concepts"]) for scheme in client.get("/v1/taxonomy").json().values())
    schemes = [*graph.subjects(RDF.type, SKOS.ConceptScheme)]
    assert len([*graph.subject_objects(SKOS.inScheme)]) >= concepts
    assert schemes


def test_the_collection_is_given_as_a_catalogue(client):
    answer = client.get("/catalog.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    graph = Graph().parse(data=answer.text, format="json-ld")
    assert len([*graph.subjects(RDF.type, DCAT.Dataset)]) == client.get("/readyz").json()["notes"]
    for url in ("/be-baps/stix?lang=nl", "/be-baps?lang=fr", "/be-baps.md?version=en"):
        [found] = [str(each) for each in set(graph.objects(None, DCAT.accessURL)) if str(each).endswith(url)]
        assert client.get(found).status_code == 200, found


def test_a_feed_has_the_notes_that_pass_the_filters_of_the_page(client):
    asked = {"country": "LU", "phase": "prevention", "kind": "practice"}
    answer = client.get("/nl/feed.atom", params=asked)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == client.get("/v1/notes", params={**asked, "limit": 50}).json()["total"]
    links = {link.attrib["rel"]: link.attrib["href"] for link in feed.findall(f"{ATOM}link")}
    assert client.get(links["self"]).content == answer.content
    page = client.get(links["alternate"], headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "country=LU" in links["alternate"]


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
def test_a_page_says_where_feed_and_description_are(client, language):
    page = client.get(f"/{language}/", headers={"accept": "text/html"}).text
    for path in (f"/{language}/feed.atom", f"/{language}/opensearch.xml"):
        assert f'href="{path}"' in page
        answer = client.get(path)
        assert answer.status_code == 200
        ET.fromstring(answer.content)


def test_the_form_of_notes_is_given_as_json_schema(client):
    answer = client.get("/v1/schema/note.json")
    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "phishing" in schema["$defs"]["practice"]["properties"]["crime_types"]["items"]["enum"]
