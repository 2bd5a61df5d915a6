"""Search over HTTP, on the real server with the real collection: answers, and every way to ask wrongly."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from api.models.requests import SearchRequest

HIT = {
    "id",
    "kind",
    "title",
    "summary",
    "lang",
    "available_languages",
    "countries",
    "crime_types",
    "phases",
    "status",
    "evidence",
    "score",
    "passage",
    "counterparts",
    "implements",
    "implemented_by",
    "explanation",
    "url",
}
QUESTION = "hoe blokkeren we phishingsites bij de provider"
Check = Callable[..., dict[str, Any]]


def untimed(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {name: value for name, value in answer.json().items() if name != "took_ms"}


def test_get_and_post_give_the_same_answer(client: httpx.Client) -> None:
    asked = {"q": QUESTION, "lang": "fr", "country": ["BE"], "kind": ["practice"], "limit": 7}
    answer = untimed(client.get("/v1/search", params=asked))
    assert (len(answer["practices"]), answer["strategies"]) == (7, [])
    assert answer == untimed(client.post("/v1/search", json=asked))
    assert answer == untimed(client.post("/v1/search", json={**asked, "country": "BE", "limit": 7.0}))


def test_a_hit_has_every_promised_field(client: httpx.Client) -> None:
    answer = untimed(client.get("/v1/search", params={"q": QUESTION, "lang": "nl"}))
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


def test_explained_hits_say_why_and_are_otherwise_the_same(client: httpx.Client) -> None:
    asked = {"q": QUESTION, "lang": "nl"}
    plain, explained = (untimed(client.get("/v1/search", params={**asked, "explain": one})) for one in (False, True))
    assert explained == untimed(client.post("/v1/search", json={**asked, "explain": True}))
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


def test_what_a_hit_promises_is_found_under_its_url(client: httpx.Client) -> None:
    hit = untimed(client.get("/v1/search", params={"q": QUESTION, "lang": "nl"}))["practices"][0]
    note = client.get(f"/v1/notes/{hit['id']}", params={"lang": hit["lang"]}).json()
    assert (note["title"], note["lang"], note["url"]) == (hit["title"], hit["lang"], hit["url"])
    assert hit["passage"]["anchor"] in {section["anchor"] for section in note["sections"]}
    page = client.get(hit["url"], follow_redirects=True)
    assert f'id="{hit["passage"]["anchor"]}"' in page.text


def test_repeated_values_join_and_different_parameters_narrow(client: httpx.Client) -> None:
    both = untimed(
        client.get("/v1/search", params={"q": QUESTION, "crime_type": ["phishing", "ransomware"], "limit": 50})
    )
    assert {frozenset({"phishing", "ransomware"} & set(hit["crime_types"])) for hit in both["practices"]} >= {
        frozenset({"phishing"}),
        frozenset({"ransomware"}),
    }
    narrow = untimed(
        client.get("/v1/search", params={"q": QUESTION, "crime_type": ["phishing", "ransomware"], "country": "LU"})
    )
    assert {hit["id"] for hit in narrow["practices"]} != {hit["id"] for hit in both["practices"]}
    assert all({"LU"} & {*hit["countries"], "LU" if hit["applies_through"] else ""} for hit in narrow["practices"])
    assert set(narrow["query"]["filters"]) == {"crime_type", "country"}


def test_a_wider_area_answers_for_a_country_and_says_so(client: httpx.Client) -> None:
    answer = untimed(client.get("/v1/search", params={"q": QUESTION, "country": "BE", "limit": 50}))
    through = {area for hit in answer["strategies"] for area in hit["applies_through"]}
    assert "EU" in through
    assert all(hit["applies_through"] or "BE" in hit["countries"] for hit in answer["strategies"])


def test_a_hit_is_linked_with_counterparts_and_strategies_and_they_with_it(client: httpx.Client) -> None:
    answer = untimed(client.get("/v1/search", params={"q": QUESTION, "lang": "fr", "limit": 50}))
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
    assert ("be-baps", ["o2"]) in [(one["id"], one["objectives"]) for one in note["implemented_by"]]
    back = client.get("/v1/notes/nl-anti-phishing-shield", params={"lang": "fr"}).json()
    assert [one["id"] for one in back["counterparts"]] == ["be-baps"]


def test_practices_by_country_stand_beside_the_lists(client: httpx.Client) -> None:
    asked = {"q": QUESTION, "lang": "nl", "limit": 3}
    plain = untimed(client.get("/v1/search", params=asked))
    assert (plain["by_country"], plain["countries_without"]) == (None, None)
    answer = untimed(client.get("/v1/search", params={**asked, "group_by": "country"}))
    assert answer == untimed(client.post("/v1/search", json={**asked, "group_by": "country"}))
    assert {**answer, "by_country": None, "countries_without": None} == plain
    assert list(answer["by_country"])[:3] == ["BE", "NL", "LU"]
    for country, hits in answer["by_country"].items():
        assert len(hits) <= 3
        assert all(country in hit["countries"] and hit["level"] != "low" for hit in hits)
        assert bool(hits) is (country not in answer["countries_without"])


def test_facets_count_at_least_what_is_shown(client: httpx.Client) -> None:
    answer = client.get("/v1/search", params={"q": QUESTION, "limit": 50}).json()
    shown = [hit for hit in (*answer["practices"], *answer["strategies"]) if hit["level"] != "low"]
    assert set(answer["facets"]) == {"country", "crime_type", "phase", "kind", "note_lang", "status", "evidence"}
    for facet, field in (("country", "countries"), ("phase", "phases"), ("note_lang", "available_languages")):
        for value, count in answer["facets"][facet].items():
            assert count >= max(1, sum(value in hit[field] for hit in shown))
    assert answer["facets"]["kind"]["practice"] == sum(hit["kind"] == "practice" for hit in shown) > 1
    assert answer["took_ms"] > 0


@pytest.mark.parametrize("reader", ["fr", "nl"])
def test_the_readers_language_decides_the_version_shown(client: httpx.Client, reader: str) -> None:
    answer = untimed(client.get("/v1/search", params={"q": "Belgian Anti-Phishing Shield BAPS", "lang": reader}))
    hit = next(hit for hit in answer["practices"] if hit["id"] == "be-baps")
    assert (hit["lang"], hit["passage"]["lang"], answer["query"]["lang"]) == (reader, reader, reader)
    assert hit["url"].endswith(f"lang={reader}")


@pytest.mark.parametrize(
    "question", ["a" * 2000, "  phishing \t\n ", "e\u0301tat 👮 \u202e", "' OR 1=1 --", "\"' {}[]*?\\"]
)
def test_odd_but_allowed_questions_are_answered(client: httpx.Client, question: str) -> None:
    answer = untimed(client.post("/v1/search", json={"q": question}))
    assert answer["practices"]


# --- asked wrongly ---

REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"q": ""}, "q", "empty"),
    ({"q": " \t\n"}, "q", "empty"),
    ({"lang": "nl"}, "q", "empty"),
    ({"q": "é" * 2001}, "q", "2,000"),
    ({"q": "a\x00b"}, "q", "control"),
    ({"q": "a\x1b[31mb"}, "q", "control"),
    ({"q": "x", "lang": "de"}, "lang", "Known: en, fr, nl."),
    ({"q": "x", "lang": ""}, "lang", "Known: en, fr, nl."),
    ({"q": "x", "note_lang": "xx"}, "note_lang", "Known: en, fr, nl."),
    ({"q": "x", "country": "Belgium"}, "country", "`country=BELGIUM`"),
    ({"q": "x", "phase": "preventoin"}, "phase", "Did you mean `prevention`?"),
    ({"q": "x", "crime_type": "ransomwar"}, "crime_type", "Did you mean `ransomware`?"),
    ({"q": "x", "kind": "practices"}, "kind", "Did you mean `practice`?"),
    ({"q": "x", "status": "alive"}, "status", "`status=alive`"),
    ({"q": "x", "organisation": "cbb"}, "organisation", "Did you mean `ccb`?"),
    ({"q": "x", "group_by": "phase"}, "group_by", "country"),
    ({"q": "x", "contry": "BE"}, "contry", "Did you mean `country`?"),
    ({"q": "x", "limit": 0}, "limit", "at least 1"),
    ({"q": "x", "limit": -1}, "limit", "at least 1"),
    ({"q": "x", "limit": 51}, "limit", "at most 50"),
    ({"q": "x", "limit": 99999999999999999999}, "limit", "at most 50"),
    ({"q": "x", "limit": "abc"}, "limit", "a whole number"),
    ({"q": "x", "limit": ""}, "limit", "a whole number"),
    ({"q": "x", "limit": "1e9"}, "limit", "a whole number"),
]


@pytest.mark.parametrize(("asked", "field", "words"), REFUSED)
def test_what_is_asked_wrongly_is_refused_with_a_remedy(
    client: httpx.Client, assert_problem: Check, asked: dict[str, Any], field: str, words: str
) -> None:
    for answer in (client.get("/v1/search", params=asked), client.post("/v1/search", json=asked)):
        body = assert_problem(answer, 400, field=field)
        assert words in f"{body['detail']} {body['remedy']} {body.get('allowed')}"


def test_known_names_and_values_are_listed(client: httpx.Client, assert_problem: Check) -> None:
    body = assert_problem(client.get("/v1/search", params={"q": "x", "contry": "BE"}), 400)
    assert {*body["allowed"], "similar_to"} == {*SearchRequest.model_fields}
    body = assert_problem(client.get("/v1/search", params={"q": "x", "crime_type": "fishing"}), 400)
    assert "phishing" in body["allowed"]
    assert_problem(client.post("/v1/search?country=BE", json={"q": "phishing"}), 400, field="country")
    assert_problem(client.get("/v1/notes/be-baps", params={"language": "nl"}), 400, field="language")
    assert_problem(client.get("/v1/taxonomy", params={"lang": "nl"}), 400, field="lang")


@pytest.mark.parametrize("name", ["q", "lang", "limit", "group_by"])
def test_a_parameter_with_one_value_given_twice_is_refused(
    client: httpx.Client, assert_problem: Check, name: str
) -> None:
    query = {"q": "phishing", "lang": "nl", "limit": "5", "group_by": "country"}
    answer = client.get("/v1/search", params=[*query.items(), (name, query[name])])
    assert_problem(answer, 400, field=name)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("q", value) for value in (5, None, ["a"])),
        ("lang", 1),
        *(("country", value) for value in (5, [1], {"a": 1})),
        *(("limit", value) for value in ("x", 1.5, [])),
    ],
)
def test_a_wrong_type_names_its_field(client: httpx.Client, assert_problem: Check, field: str, value: object) -> None:
    assert_problem(client.post("/v1/search", json={"q": "phishing", field: value}), 400, field=field)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"null", b'"phishing"', b"\xff\xfe"),
        pytest.param(b"[" * 60_000, id="deep"),
        pytest.param(b'{"q":' * 900 + b"1" + b"}" * 900, id="deep object"),
        *(
            json.dumps(asked).encode()
            for asked in ({"q": "\ud800"}, {"q": "a", "country": ["\udfff"]}, {"q": "a", "\ud800": 1})
        ),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, assert_problem: Check, content: bytes) -> None:
    answer = client.post("/v1/search", content=content, headers={"content-type": "application/json"})
    problem = assert_problem(answer, 400)
    assert ("half a character" in problem["detail"]) == (b"\\u" in content or b'{"q":{' in content)


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_a_wrong_content_type_is_refused_and_told_the_right_one(
    client: httpx.Client, assert_problem: Check, media_type: str | None
) -> None:
    headers = {} if media_type is None else {"content-type": media_type}
    body = assert_problem(client.post("/v1/search", content=b'{"q":"phishing"}', headers=headers), 400)
    assert "application/json" in body["remedy"]


# --- too large ---


def in_pieces(size: int) -> Iterator[bytes]:
    yield b'{"q": "'
    for _ in range(size // 1000):
        yield b"a" * 1000
    yield b'"}'


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
@pytest.mark.parametrize("size", [401_000, 2_000_000])
def test_a_body_over_the_limit_is_refused(
    client: httpx.Client, assert_problem: Check, announced: bool, size: int
) -> None:
    content = b"".join(in_pieces(size)) if announced else in_pieces(size)
    answer = client.post("/v1/search", content=content, headers={"content-type": "application/json"})
    assert ("content-length" in answer.request.headers) is announced
    assert "400,000" in assert_problem(answer, 413)["detail"]


def test_a_body_just_under_the_limit_is_read_whole(client: httpx.Client, assert_problem: Check) -> None:
    answer = client.post("/v1/search", content=in_pieces(399_000), headers={"content-type": "application/json"})
    assert "2,000" in assert_problem(answer, 400, field="q")["detail"]


def test_a_body_that_lies_about_its_length_does_not_stop_the_server(client: httpx.Client) -> None:
    host, port = client.base_url.host, client.base_url.port
    assert port is not None
    with socket.create_connection((host, port), timeout=10) as connection:
        head = (
            f"POST /v1/search HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
        )
        connection.sendall(head.encode() + b'{"q": "phish')
    assert client.get("/healthz").status_code == 200


# --- other addresses and methods ---


def test_an_unknown_note_is_not_found(client: httpx.Client, assert_problem: Check) -> None:
    body = assert_problem(client.get("/v1/notes/be-nothing"), 404)
    assert "be-nothing" in body["detail"]
    assert body["remedy"]
    assert_problem(client.get("/v1/notes/be-baps", params={"lang": "de"}), 400, field="lang")


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/", "/v2/search", "/docs", "/static/", "/static/../app.py"])
def test_an_unknown_path_is_not_found(client: httpx.Client, assert_problem: Check, path: str) -> None:
    assert_problem(client.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/search", "GET, HEAD, POST"),
        ("PUT", "/v1/notes/be-baps", "GET, HEAD"),
        ("POST", "/", "GET, HEAD"),
        ("OPTIONS", "/v1/search", "GET, HEAD, POST"),
        ("BREW", "/healthz", "GET, HEAD"),
        ("DELETE", "/openapi.json", "GET"),
        ("DELETE", "/static/style.css", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    client: httpx.Client, assert_problem: Check, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert_problem(answer, 405)
    assert answer.headers["allow"] == allowed
    assert answer.json()["remedy"] == f"Send {allowed.replace(', ', ' or ')}."


@pytest.mark.parametrize(
    "path", ["/en/", "/healthz", "/readyz", "/v1/search?q=phishing", "/en/notes/be-baps", "/v1/notes/no"]
)
def test_head_is_get_without_the_body(client: httpx.Client, path: str) -> None:
    full, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (full.status_code, b"")
    assert head.headers["content-type"] == full.headers["content-type"]


NASTY = [
    "q=%00",
    "q=%ff%fe",
    "q=%ED%A0%80",
    "q=%",
    "q=%zz",
    "q=a%0d%0aSet-Cookie:x",
    "q=a&lang=%00",
    "q=a&country=%ff",
    "q=a&%00=1",
    "q=a&%ff=1",
    "q=a&limit=%F0%9F%98%80",
    "q=a&q=b",
    "q[]=a",
    "&&&",
    "q=a&country=%C4%B0",
    "q=a;b",
    "q=a&organisation=%00",
    "q=a&organisation=%20",
]


@pytest.mark.parametrize(
    "path", ["/v1/search", "/en/", "/v1/notes/be-baps", "/en/notes/be-baps", "/v1/notes/%00", "/en/notes/%ff"]
)
def test_nasty_addresses_are_answered_and_are_nobodys_defect(client: httpx.Client, path: str) -> None:
    for query in NASTY:
        answer = client.get(httpx.URL(f"{client.base_url}{path}").copy_with(query=query.encode()))
        assert answer.status_code in (200, 400, 404), (query, answer.text)
        assert answer.headers.get("set-cookie", "language=en;").startswith("language=en;")
        if answer.status_code >= 400 and path != "/en/":
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("size", [20_000, 300_000])
def test_a_very_long_address_is_no_defect(client: httpx.Client, size: int) -> None:
    host, port = client.base_url.host, client.base_url.port
    assert port is not None
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(b"GET /v1/search?q=" + b"a" * size + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        status = connection.makefile("rb").readline().split()[1]
    assert status in (b"400", b"414", b"431")
    assert client.get("/healthz").status_code == 200


def test_healthz_and_readyz_say_that_all_is_well(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert ready["chunks"] > ready["versions"] > ready["notes"] >= 40


def test_coverage_counts_the_collection(client: httpx.Client) -> None:
    found = client.get("/v1/coverage").json()
    ready = client.get("/readyz").json()
    assert sum(found["kinds"].values()) == ready["notes"]
    assert sum(found["originals"].values()) + sum(found["translations"].values()) == ready["versions"]
    assert sum(found["evidence"].values()) == found["kinds"]["practice"]
    assert {"BE", "NL", "LU"} <= found["countries"].keys()
    assert {"phishing"} <= {cell["crime_type"] for cell in found["cells"]}
    assert client.get("/v1/coverage", params={"country": "BE"}).status_code == 400


def test_the_taxonomy_is_skos_in_three_languages(client: httpx.Client) -> None:
    schemes = client.get("/v1/taxonomy").json()
    assert len(schemes) == 4
    for one in schemes.values():
        known = {concept["id"] for concept in one["concepts"]}
        for concept in one["concepts"]:
            assert set(concept["prefLabel"]) == {"fr", "nl", "en"}
            assert {*concept["narrower"], concept["broader"]} <= known | {None}
