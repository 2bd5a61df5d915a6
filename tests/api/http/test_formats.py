"""Notes and answers in the formats of others, as the server gives them; what they hold: tests/api/exports."""

from xml.etree import ElementTree as ET

from rdflib import DCAT, RDF, SKOS, Graph

ATOM = "{http://www.w3.org/2005/Atom}"
QUESTION = {"q": "hoe blokkeren we phishingsites", "lang": "nl", "limit": 5}


def actions(answer):
    """The notes of a bundle: whether it is a valid one, tests/api/exports sees."""
    assert answer.headers["content-type"] == "application/stix+json;version=2.1"
    return [item for item in answer.json().get("objects", ()) if item["type"] == "course-of-action"]


def ids(answer):
    return [action["external_references"][0]["external_id"] for action in actions(answer)]


def test_a_note_is_given_in_the_language_wanted(client):
    [action] = actions(client.get("/v1/notes/be-baps/stix", params={"lang": "fr"}))
    assert (action["lang"], action["external_references"][0]["external_id"]) == ("fr", "be-baps")
    assert client.get(action["external_references"][0]["url"], follow_redirects=True).status_code == 200
    event = client.get("/v1/notes/be-baps/misp", params={"lang": "fr"}).json()["Event"]
    assert ([item["name"] for item in event["Object"]], event["info"]) == (["report"], action["name"])


def test_a_search_is_given_with_the_relevant_notes_it_finds(client):
    found = client.post("/v1/search", json=QUESTION).json()
    practices = [hit for hit in found["practices"] if hit["level"] != "low"]
    served = {strategy["id"] for hit in practices for strategy in hit["implements"]}
    strategies = [hit["id"] for hit in found["strategies"] if hit["level"] != "low" or hit["id"] in served]
    given = ids(client.post("/v1/search/stix", json=QUESTION))
    assert given == [*(hit["id"] for hit in practices), *strategies]
    assert strategies
    assert len(given) < len(found["practices"]) + len(found["strategies"])
    event = client.post("/v1/search/misp", json=QUESTION)
    assert len(event.json()["Event"]["Object"]) == len(given)
    assert QUESTION["q"] not in event.text


def test_a_search_that_finds_nothing_relevant_gives_no_notes(client):
    asked = {"q": "recept voor krentenbollen"}
    assert ids(client.post("/v1/search/stix", json=asked)) == []
    assert client.post("/v1/search/misp", json=asked).json()["Event"].get("Object", []) == []


def linked_data(answer):
    assert answer.headers["content-type"] == "application/ld+json"
    return Graph().parse(data=answer.text, format="json-ld")


def test_the_vocabularies_are_given_as_skos(client):
    graph = linked_data(client.get("/v1/taxonomy.jsonld"))
    concepts = sum(len(scheme["concepts"]) for scheme in client.get("/v1/taxonomy").json().values())
    assert len([*graph.subject_objects(SKOS.inScheme)]) >= concepts > 0


def test_the_collection_is_given_as_a_catalogue(client):
    graph = linked_data(client.get("/catalog.jsonld"))
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
    assert client.get(links["alternate"], headers={"accept": "text/html"}).status_code == 200
    assert "country=LU" in links["alternate"]


def test_a_feed_of_a_question_has_the_notes_that_answer_it_and_stays_the_same(client):
    asked = {"q": "hoe blokkeren we phishingsites", "country": "BE"}
    answer = client.get("/nl/feed.atom", params=asked)
    feed = ET.fromstring(answer.content)
    entries = [link.attrib["href"].rpartition("/")[2] for link in feed.findall(f"{ATOM}entry/{ATOM}link")]
    found = client.get("/v1/search", params={**asked, "lang": "nl", "limit": 50}).json()
    hits = [hit for kind in ("practices", "strategies", "powers", "playbooks") for hit in found[kind]]
    assert sorted(entries) == sorted(hit["id"] for hit in hits if hit["level"] != "low")
    assert 0 < len(entries) < len(hits)
    changed = [entry.findtext(f"{ATOM}updated") for entry in feed.findall(f"{ATOM}entry")]
    assert changed == sorted(changed, reverse=True)
    assert (feed.findtext(f"{ATOM}title") or "").endswith(" – hoe blokkeren we phishingsites – België")
    assert answer.headers["cache-control"] == "no-store"
    assert client.get("/nl/feed.atom", params=asked).content == answer.content
    links = {link.attrib["rel"]: link.attrib["href"] for link in feed.findall(f"{ATOM}link")}
    assert client.get(links["self"]).content == answer.content
    page = client.get(links["alternate"], headers={"accept": "text/html"}).text
    address = links["self"].removeprefix(str(client.base_url).rstrip("/")).replace("&", "&amp;")
    assert f'href="{address}" type="application/atom+xml"' in page


def test_a_page_says_where_feed_and_description_are(client):
    page = client.get("/fr/", headers={"accept": "text/html"}).text
    for path in ("/fr/feed.atom", "/fr/opensearch.xml"):
        assert f'href="{path}"' in page
        ET.fromstring(client.get(path).content)


def test_the_form_of_notes_is_given_as_json_schema(client):
    answer = client.get("/v1/schema/note.json")
    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    assert "phishing" in schema["$defs"]["practice"]["properties"]["crime_types"]["items"]["enum"]
