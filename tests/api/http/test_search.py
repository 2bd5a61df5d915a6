"""Search over HTTP on the real collection: what an answer holds. How a wrong request is refused: `test_refusals`."""

import pytest

FIELDS = """
id kind title summary lang available_languages countries crime_types phases status evidence score passage
counterparts implements implemented_by explanation url
"""
HIT = {*FIELDS.split()}
QUESTION = "hoe blokkeren we phishingsites bij de provider"


def untimed(answer):
    assert answer.status_code == 200, answer.text
    return {name: value for name, value in answer.json().items() if name != "took_ms"}


def search(client, **asked):
    return untimed(client.get("/v1/search", params={"q": QUESTION, **asked}))


def test_get_and_post_give_the_same_answer_and_one_value_needs_no_list(client):
    asked = {"lang": "fr", "country": ["BE", "LU"], "kind": ["practice"], "limit": 7}
    assert search(client, **asked) == untimed(client.post("/v1/search", json={"q": QUESTION, **asked}))
    single = client.post("/v1/search", json={"q": QUESTION, "country": "BE"})
    assert untimed(single) == untimed(client.post("/v1/search", json={"q": QUESTION, "country": ["BE"]}))


def test_a_hit_has_every_promised_field(client):
    answer = search(client, lang="nl")
    assert set(answer["query"]) >= {"text", "detected_language", "filters"}
    for kind, hits in (("practice", answer["practices"]), ("strategy", answer["strategies"])):
        assert 0 < len(hits) <= 10
        assert len({hit["id"] for hit in hits}) == len(hits)
        scores = [hit["score"] for hit in hits if hit["id"] not in {move["id"] for move in answer["moves"]}]
        assert scores == sorted(scores, reverse=True)
        for hit in hits:
            assert set(hit) >= HIT
            assert set(hit["passage"]) == {"text", "heading", "anchor", "lang", "highlight"}
            assert hit["explanation"] is None
            if marked := hit["passage"]["highlight"]:
                assert 0 <= marked["start"] < marked["end"] <= len(hit["passage"]["text"])
            assert hit["kind"] == kind
            assert hit["title"]
            assert hit["passage"]["text"]
            assert hit["lang"] in hit["available_languages"]
            assert hit["url"] == f"/notes/{hit['id']}?lang={hit['lang']}"
            assert (hit["evidence"] is None) is (kind == "strategy")


def test_explained_hits_say_why_and_are_otherwise_the_same(client):
    plain, explained = (search(client, lang="nl", explain=asked) for asked in (False, True))
    assert explained == untimed(client.post("/v1/search", json={"q": QUESTION, "lang": "nl", "explain": True}))
    for kind in ("practices", "strategies"):
        for hit in explained[kind]:
            why = hit["explanation"]
            assert sum(why["contributions"].values()) == pytest.approx(hit["score"], abs=1e-4)
            assert why["passage_language"] == hit["passage"]["lang"]
            assert why["calibration"]["level"] == hit["level"]
            assert set(why["calibration"]["thresholds"]) >= {"high", "medium"}
            marked = hit["passage"]["highlight"]
            assert why["sentence"] == (marked and hit["passage"]["text"][marked["start"] : marked["end"]])
            hit["explanation"] = None
        assert explained[kind] == plain[kind]


def test_what_a_hit_promises_is_found_under_its_url(client):
    hit = search(client, lang="nl")["practices"][0]
    note = client.get(f"/v1/notes/{hit['id']}", params={"lang": hit["lang"]}).json()
    assert (note["title"], note["lang"], note["url"]) == (hit["title"], hit["lang"], hit["url"])
    assert hit["passage"]["anchor"] in {section["anchor"] for section in note["sections"]}
    page = client.get(hit["url"], follow_redirects=True)
    assert f'id="{hit["passage"]["anchor"]}"' in page.text


def test_repeated_values_join_and_different_parameters_narrow(client):
    crimes = ["phishing", "ransomware"]
    both = search(client, crime_type=crimes, limit=50)["practices"]
    assert {frozenset({*crimes} & set(hit["crime_types"])) for hit in both} >= {
        frozenset({"phishing"}),
        frozenset({"ransomware"}),
    }
    narrow = search(client, crime_type=crimes, country="LU")
    assert {hit["id"] for hit in narrow["practices"]} != {hit["id"] for hit in both}
    assert all("LU" in hit["countries"] or hit["applies_through"] for hit in narrow["practices"])
    assert set(narrow["query"]["filters"]) == {"crime_type", "country"}


def test_a_wider_area_answers_for_a_country_and_says_so(client):
    strategies = search(client, country="BE", limit=50)["strategies"]
    assert "EU" in {area for hit in strategies for area in hit["applies_through"]}
    assert all(hit["applies_through"] or "BE" in hit["countries"] for hit in strategies)


def test_limit_counts_notes_of_each_list_and_a_kind_empties_the_other(client):
    answer = search(client, limit=3)
    assert (len(answer["practices"]), len(answer["strategies"])) == (3, 3)
    answer = search(client, kind="strategy")
    assert (answer["practices"], bool(answer["strategies"])) == ([], True)


def test_a_hit_is_linked_with_counterparts_and_strategies_and_they_with_it(client):
    answer = search(client, lang="fr", limit=50)
    hits = {hit["id"]: hit for hit in (*answer["practices"], *answer["strategies"])}
    [counterpart] = hits["be-baps"]["counterparts"]
    assert counterpart == {
        "id": "nl-anti-phishing-shield",
        "title": hits["nl-anti-phishing-shield"]["title"],
        "lang": "fr",
        "countries": ["NL"],
        "status": "pilot",
        "legal_outcome": None,
        "draft": False,
        "url": "/notes/nl-anti-phishing-shield?lang=fr",
    }
    [strategy] = hits["be-baps"]["implements"]
    assert (strategy["id"], strategy["objectives"]) == ("be-css-2", ["o2"])
    note = client.get("/v1/notes/be-css-2", params={"lang": "fr"}).json()
    assert note["title"] == strategy["title"]
    assert ("be-baps", ["o2"]) in [(link["id"], link["objectives"]) for link in note["implemented_by"]]
    back = client.get("/v1/notes/nl-anti-phishing-shield", params={"lang": "fr"}).json()
    assert [link["id"] for link in back["counterparts"]] == ["be-baps"]


def test_practices_by_country_stand_beside_the_lists(client):
    plain = search(client, lang="nl", limit=3)
    assert (plain["by_country"], plain["countries_without"]) == (None, None)
    answer = search(client, lang="nl", limit=3, group_by="country")
    assert {**answer, "by_country": None, "countries_without": None} == plain
    assert list(answer["by_country"])[:3] == ["BE", "NL", "LU"]
    for country, hits in answer["by_country"].items():
        assert len(hits) <= 3
        assert all(country in hit["countries"] and hit["level"] != "low" for hit in hits)
        assert bool(hits) is (country not in answer["countries_without"])


def test_facets_count_at_least_the_relevant_hits(client):
    answer = search(client, limit=50)
    relevant = [hit for hit in (*answer["practices"], *answer["strategies"]) if hit["level"] != "low"]
    assert set(answer["facets"]) == {"country", "crime_type", "phase", "kind", "note_lang", "status", "evidence"}
    for facet, field in (("country", "countries"), ("phase", "phases"), ("note_lang", "available_languages")):
        for value, count in answer["facets"][facet].items():
            assert count >= max(1, sum(value in hit[field] for hit in relevant))
    assert answer["facets"]["kind"]["practice"] == sum(hit["kind"] == "practice" for hit in relevant) > 1


@pytest.mark.parametrize("reader", ["fr", "nl"])
def test_the_readers_language_decides_the_version(client, reader):
    answer = search(client, q="Belgian Anti-Phishing Shield BAPS", lang=reader)
    hit = next(hit for hit in answer["practices"] if hit["id"] == "be-baps")
    assert (hit["lang"], hit["passage"]["lang"], answer["query"]["lang"]) == (reader, reader, reader)
    assert hit["url"].endswith(f"lang={reader}")


@pytest.mark.parametrize(
    "question", ["a" * 2000, "  phishing \t\n ", "e\u0301tat 👮 \u202e", "' OR 1=1 --", "\"' {}[]*?\\"]
)
def test_odd_but_allowed_questions_are_answered(client, question):
    assert untimed(client.post("/v1/search", json={"q": question}))["practices"]


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


def test_the_taxonomy_is_skos_in_three_languages(client):
    schemes = client.get("/v1/taxonomy").json()
    assert len(schemes) == 4
    for scheme in schemes.values():
        known = {concept["id"] for concept in scheme["concepts"]}
        for concept in scheme["concepts"]:
            assert set(concept["prefLabel"]) == {"fr", "nl", "en"}
            assert {*concept["narrower"], concept["broader"]} <= known | {None}
