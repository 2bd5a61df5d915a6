"""Search over HTTP on the real collection: what an answer holds. How a wrong request is refused: `test_refusals`.

What is found, filtered, counted and balanced: tests/search.
"""

import re

import pytest

from api.compose import Services
from api.http.app import create_app
from api.http.routes import router
from api.models.answers import BatchResponse, SearchResponse
from kb.notes.note import Kind

QUESTION = "hoe blokkeren we phishingsites bij de provider"
TIMES = re.compile(r'"took_ms":[0-9.e-]+|[0-9]+ seconds')


def untimed(answer):
    assert answer.status_code == 200, answer.text
    return {name: value for name, value in answer.json().items() if name != "took_ms"}


def search(client, **asked):
    return untimed(client.get("/v1/search", params={"q": QUESTION, **asked}))


def test_get_and_post_give_the_same_answer_and_one_value_needs_no_list(client):
    asked = {"lang": "fr", "country": ["BE", "LU"], "kind": ["practice"], "limit": 7}
    answer = search(client, **asked)
    assert answer == untimed(client.post("/v1/search", json={"q": QUESTION, **asked}))
    assert (len(answer["practices"]), answer["strategies"]) == (7, [])
    assert all({"BE", "LU"} & {*hit["countries"]} or hit["applies_through"] for hit in answer["practices"])
    assert set(answer["query"]["filters"]) == {"country", "kind"}
    single = client.post("/v1/search", json={"q": QUESTION, "country": "BE"})
    assert untimed(single) == untimed(client.post("/v1/search", json={"q": QUESTION, "country": ["BE"]}))


@pytest.mark.parametrize(
    "asked",
    [
        {"q": QUESTION, "lang": "fr", "explain": True, "group_by": "country", "limit": 20},
        {"q": "article 35 de la convention de Budapest", "country": ["BE"], "sort": "date"},
        {"similar_to": {"text": QUESTION}, "explain": True},
        {"q": "recette de tarte aux pommes"},
    ],
)
def test_an_answer_is_what_the_description_promises_to_the_letter(client, asked):
    answer = client.post("/v1/search", json=asked).content
    assert SearchResponse.model_validate_json(answer, strict=True).model_dump_json().encode() == answer
    batch = client.post("/v1/search/batch", json={"queries": [asked, asked]}).content
    assert BatchResponse.model_validate_json(batch, strict=True).model_dump_json().encode() == batch


def test_a_caller_gets_the_members_of_hits_that_it_names(client):
    names = ["id", "title", "level"]
    asked = {"q": QUESTION, "lang": "nl", "group_by": "country"}
    whole, narrowed = (search(client, **asked, **more) for more in ({}, {"fields": names}))
    assert narrowed == untimed(client.post("/v1/search", json={**asked, "fields": names}))
    in_batch = client.post("/v1/search/batch", json={"queries": [{**asked, "fields": names}, asked]}).json()["results"]
    assert [in_batch[0]["practices"], in_batch[1]["practices"]] == [narrowed["practices"], whole["practices"]]
    for hits in (*(whole[kind.folder] for kind in Kind), *whole["by_country"].values()):
        hits[:] = [{name: hit[name] for name in hit if name in names} for hit in hits]
    assert narrowed == whole
    first = client.get("/v1/search", params={**asked, "limit": 3}).json()["next"]
    assert search(client, **asked, limit=3, fields=["id"], cursor=first)["practices"] == [
        {"id": hit["id"]} for hit in whole["practices"][3:6]
    ]


SHORT = ["id", "title", "level", "countries", "status", "url"]


@pytest.mark.parametrize("q", [QUESTION, "ransomware decryption keys", "saisie de cryptomonnaies au Luxembourg"])
def test_an_answer_of_what_a_list_shows_is_short(client, q):
    sizes = []
    for encoding in ("identity", "gzip", "zstd"):
        sent = {"json": {"q": q, "fields": SHORT}, "headers": {"accept-encoding": encoding}}
        with client.stream("POST", "/v1/search", **sent) as answer:
            sizes.append(len(b"".join(answer.iter_raw())))
    assert sizes[0] <= 12_000
    assert max(sizes[1:]) <= 4_000


REQUESTS = (
    ("GET", "/v1/search?q=phishing&lang=nl&country=BE&country=NL", {}),
    ("GET", "/v1/search?q=phishing", {"Accept-Language": "nl, fr;q=.5"}),
    ("HEAD", "/v1/search?q=phishing&lang=nl", {}),
    ("GET", "/v1/search?q=phishing&limit=3&explain=true", {"Accept-Encoding": "gzip"}),
    ("GET", "/v1/search?q=", {}),
    ("GET", "/v1/search?q=phishing&nothing=1", {}),
    ("GET", "/v1/search?q=phishing&nothing=1", {"Authorization": "Bearer kb_wrong"}),
    ("GET", "/v1/search?q=phishing", {"Authorization": "Basic x"}),
    ("DELETE", "/v1/search", {}),
    ("GET", "/v1/search/", {}),
    ("GET", "/v1/notes?limit=2&lang=fr", {}),
    ("GET", "/v1/notes?limit=2", {"If-None-Match": "*"}),
    ("GET", "/v1/notes?cursor=none", {}),
    ("GET", "/v1/changes?limit=2", {}),
    ("GET", "/v1/changes?since=now", {}),
)


def untimed_headers(answer):
    """Without the seconds that are in them."""
    left = answer.headers.get("ratelimit", "").partition(";t=")[0]
    return {**answer.headers, "ratelimit": left, **dict.fromkeys(("content-length", "retry-after"))}


def test_what_is_answered_past_the_framework_is_what_its_routes_answer(collection, searcher, ask):
    settings = collection.model_copy(update={"rate_limit": 10})  # of those above 11 count
    direct, framework = (create_app(Services(settings, searcher)) for _ in range(2))
    past = [route for route in framework.routes if getattr(route, "path", "") in router.direct]
    framework.router.routes = [route for route in framework.routes if route not in past]
    for method, address, headers in REQUESTS:
        known = {**headers, "X-Request-ID": "the-same"}
        first, second = (ask(app, address, method, headers=known) for app in (direct, framework))
        assert first.status_code == second.status_code
        assert TIMES.sub("", first.text) == TIMES.sub("", second.text)
        assert untimed_headers(first) == untimed_headers(second)
    assert (len(past), first.status_code) == (3, 429)


def test_odd_but_allowed_questions_are_answered(client):
    odd = ("a" * 2000, "  phishing \t\n ", "e\u0301tat 👮 \u202e", "' OR 1=1 --", "\"' {}[]*?\\")
    found = untimed(client.post("/v1/search/batch", json={"queries": [{"q": question} for question in odd]}))
    assert [bool(answer["practices"]) for answer in found["results"]] == [True] * len(odd)


def test_explained_hits_say_why_and_are_otherwise_the_same(client):
    plain, explained = (search(client, lang="nl", explain=asked) for asked in (False, True))
    assert explained == untimed(client.post("/v1/search", json={"q": QUESTION, "lang": "nl", "explain": True}))
    for kind in ("practices", "strategies"):
        for hit in explained[kind]:
            why, marked = hit["explanation"], hit["passage"]["highlight"]
            assert sum(why["contributions"].values()) == pytest.approx(hit["score"], abs=1e-4)
            assert why["passage_language"] == hit["passage"]["lang"]
            assert why["calibration"]["level"] == hit["level"]
            assert set(why["calibration"]["thresholds"]) >= {"high", "medium"}
            assert why["sentence"] == (marked and hit["passage"]["text"][marked["start"] : marked["end"]])
            hit["explanation"] = None
        assert explained[kind] == plain[kind]
    assert any(hit["passage"]["highlight"] for hit in plain["practices"])


def test_what_a_hit_promises_is_found_under_its_url(client):
    hit = search(client, lang="nl")["practices"][0]
    assert hit["url"] == f"/notes/{hit['id']}?lang=nl"
    note = client.get(f"/v1/notes/{hit['id']}", params={"lang": hit["lang"]}).json()
    assert (note["title"], note["lang"], note["url"]) == (hit["title"], hit["lang"], hit["url"])
    assert hit["passage"]["anchor"] in {section["anchor"] for section in note["sections"]}
    page = client.get(hit["url"], follow_redirects=True)
    assert f'id="{hit["passage"]["anchor"]}"' in page.text


def test_a_hit_is_linked_with_counterparts_and_strategies_and_they_with_it(client):
    answer = search(client, lang="fr", limit=50)
    hits = {hit["id"]: hit for hit in (*answer["practices"], *answer["strategies"])}
    assert hits["be-baps"]["counterparts"] == [
        {
            "id": "nl-anti-phishing-shield",
            "title": hits["nl-anti-phishing-shield"]["title"],
            "lang": "fr",
            "countries": ["NL"],
            "status": "pilot",
            "legal_outcome": None,
            "draft": False,
            "url": "/notes/nl-anti-phishing-shield?lang=fr",
        }
    ]
    [strategy] = hits["be-baps"]["implements"]
    assert (strategy["id"], strategy["objectives"]) == ("be-css-2", ["o2"])
    note = client.get("/v1/notes/be-css-2", params={"lang": "fr"}).json()
    assert note["title"] == strategy["title"]
    assert ("be-baps", ["o2"]) in [(link["id"], link["objectives"]) for link in note["implemented_by"]]


def test_practices_by_country_stand_beside_the_lists(client):
    plain = search(client, lang="nl", limit=3)
    assert (plain["by_country"], plain["countries_without"]) == (None, None)
    answer = search(client, lang="nl", limit=3, group_by="country")
    assert {**answer, "by_country": None, "countries_without": None} == plain
    assert list(answer["by_country"])[:3] == ["BE", "NL", "LU"]
    for country, hits in answer["by_country"].items():
        assert all(country in hit["countries"] for hit in hits)
        assert bool(hits) is (country not in answer["countries_without"])


def test_the_collection_is_counted_alike_everywhere(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert ready["chunks"] > ready["versions"] > ready["notes"] >= 40
    found = client.get("/v1/coverage").json()
    assert sum(found["kinds"].values()) == ready["notes"]
    assert sum(found["originals"].values()) + sum(found["translations"].values()) == ready["versions"]
    assert sum(found["evidence"].values()) == found["kinds"]["practice"]
    assert {"BE", "NL", "LU"} <= found["countries"].keys()
    assert {"phishing"} <= {cell["crime_type"] for cell in found["cells"]}
    facets = search(client, limit=50)["facets"]
    assert set(facets) == {"country", "crime_type", "phase", "power", "kind", "note_lang", "status", "evidence"}
    assert 1 < facets["kind"]["practice"] <= found["kinds"]["practice"]


def test_the_taxonomy_is_skos_in_three_languages(client):
    schemes = client.get("/v1/taxonomy").json()
    assert [*schemes] == ["crime-types", "phases", "countries", "bodies", "powers"]
    for scheme in schemes.values():
        known = {concept["id"] for concept in scheme["concepts"]}
        for concept in scheme["concepts"]:
            assert set(concept["prefLabel"]) == {"fr", "nl", "en"}
            assert {*concept["narrower"], concept["broader"]} <= known | {None}


def test_an_answer_is_relevant_where_only_a_power_answers(client):
    asked = {"q": "saisie de cryptomonnaies au Luxembourg", "kind": "power"}
    answer = client.get("/v1/search", params=asked).json()
    assert answer["relevant"] is True
    assert (answer["practices"], answer["strategies"], answer["playbooks"]) == ([], [], [])
    first, *others = answer["powers"]
    assert (first["id"], first["level"], first["does_not_hold_in"]) == ("lu-asset-seizure", "high", [])
    assert {"LU"} in [{*hit["does_not_hold_in"]} for hit in others]


def test_a_question_with_a_slip_is_answered_as_it_stands_and_another_is_offered(client):
    query = search(client, q="aangfite van phishing")["query"]
    assert (query["text"], query["did_you_mean"]) == ("aangfite van phishing", "aangifte van phishing")
    assert search(client)["query"]["did_you_mean"] is None
    pasted = client.post("/v1/search", json={"similar_to": {"text": "aangfite van phishing"}})
    assert untimed(pasted)["query"]["did_you_mean"] is None
