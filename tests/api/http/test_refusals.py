"""Every wrong request over HTTP is answered with a problem that names the field. The rules: `search.query`."""

import json
import socket

import httpx
import pytest

from api.models.requests import SearchRequest

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"q": ""}, "q", "empty"),
        ({"q": " \t\n"}, "q", "empty"),
        ({"q": "é" * 2001}, "q", "2,000"),
        ({"q": "a\x00b"}, "q", "control"),
        ({"lang": "nl"}, "q", "empty"),
        ({"q": "a", "lang": "de"}, "lang", "nl"),
        ({"q": "a", "lang": ""}, "lang", "nl"),
        ({"q": "a", "note_lang": "xx"}, "note_lang", "fr"),
        ({"q": "a", "country": "Belgium"}, "country", "BE"),
        ({"q": "a", "phase": "preventoin"}, "phase", "Did you mean `prevention`?"),
        ({"q": "a", "crime_type": "ransomwar"}, "crime_type", "Did you mean `ransomware`?"),
        ({"q": "a", "kind": "practices"}, "kind", "practice"),
        ({"q": "a", "status": "alive"}, "status", "operational"),
        ({"q": "a", "organisation": "cbb"}, "organisation", "ccb"),
        ({"q": "a", "group_by": "phase"}, "group_by", "country"),
        ({"q": "a", "contry": "BE"}, "contry", "Did you mean `country`?"),
        ({"q": "a", "limit": 0}, "limit", "at least 1"),
        ({"q": "a", "limit": 51}, "limit", "at most 50"),
        ({"q": "a", "limit": 10**20}, "limit", "at most 50"),
        ({"q": "a", "limit": "abc"}, "limit", "a whole number"),
        ({"q": "a", "limit": ""}, "limit", "a whole number"),
        ({"q": "a", "limit": "1e9"}, "limit", "a whole number"),
    ],
)
def test_what_is_asked_wrongly_is_refused_and_names_its_field(client, assert_problem, asked, field, words):
    for answer in (client.get("/v1/search", params=asked), client.post("/v1/search", json=asked)):
        problem = assert_problem(answer, 400, field=field)
        assert words in json.dumps(problem, ensure_ascii=False)
        assert problem["remedy"]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/v1/search?q=a&q=a", "q"),
        ("/v1/search?q=a&lang=nl&lang=nl", "lang"),
        ("/v1/search?q=a&limit=5&limit=5", "limit"),
        ("/v1/notes/be-baps?language=nl", "language"),
        ("/v1/notes/be-baps?lang=de", "lang"),
        ("/v1/taxonomy?lang=nl", "lang"),
        ("/v1/coverage?country=BE", "country"),
        ("/v1/suggest", "q"),
        (f"/v1/suggest?q={'x' * 201}", "q"),
        ("/v1/suggest?q=a&limit=0", "limit"),
        ("/v1/suggest?q=a&country=BE", "country"),
        ("/v1/changes?since=yesterday", "since"),
        ("/v1/changes?since=2026-11-27T10:00:00", "since"),
        ("/v1/changes?since=0001-01-01T00:00:00%2B10:00", "since"),
        ("/v1/changes?since=", "since"),
        ("/fr/feed.atom?q=phishing", "q"),
        ("/fr/feed.atom?country=XX", "country"),
        ("/fr/feed.atom?page=2", "page"),
        ("/fr/feed.atom?organisation=Nobody+at+all", "organisation"),
    ],
)
def test_parameters_of_other_addresses_are_checked_too(client, assert_problem, address, field):
    assert_problem(client.get(address), 400, field=field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"q": 5}, "q"),
        ({"q": None}, "q"),
        ({"q": ["a"]}, "q"),
        ({"q": "a", "lang": 1}, "lang"),
        ({"q": "a", "country": [1]}, "country"),
        ({"q": "a", "country": {"a": 1}}, "country"),
        ({"q": "a", "limit": 1.5}, "limit"),
        ({"q": "a", "limit": []}, "limit"),
        ({"similar_to": {"note": "be-none"}}, "similar_to.note"),
        ({"similar_to": {}}, "similar_to"),
        ({"similar_to": {"note": "be-baps", "text": "a"}}, "similar_to"),
        ({"similar_to": {"nte": "be-baps"}}, "similar_to.nte"),
        ({"similar_to": "be-baps"}, "similar_to"),
        ({"similar_to": {"text": "a" * 20_001}}, "similar_to.text"),
        ({"similar_to": {"text": " \f "}}, "similar_to.text"),
        ({"q": "phishing", "similar_to": {"note": "be-baps"}}, "body"),
    ],
)
def test_a_body_with_a_wrong_value_names_its_field_also_in_a_batch(client, assert_problem, body, field):
    assert_problem(client.post("/v1/search", json=body), 400, field=field)
    batch = {"queries": [{"q": "phishing"}, body]}
    place = assert_problem(client.post("/v1/search/batch", json=batch), 400)["field"]
    assert place.startswith("queries.1" if field in ("body", "q") else f"queries.1.{field}")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"queries": [{"q": "phishing"}, {}]}, "queries.1"),
        ({"queries": [{"q": "phishing"}, {"q": "phishing", "cursor": "x"}]}, "queries.1.cursor"),
        ({"queries": [{"q": "phishing"}, {"q": "x", "organisation": ["Nobody at all"]}]}, "queries.1.organisation"),
        ({"queries": [{"q": "phishing"}, {"q": "phishing", "country": ["BEE"]}]}, "queries.1.country"),
        ({"queries": []}, "queries"),
        ({"queries": [{"q": "phishing"}] * 51}, "queries"),
        ({"queries": [{"similar_to": {"text": "a b " * 4_000}}] * 3}, "body"),
        ({"q": "phishing"}, "queries"),
        ({}, "queries"),
    ],
)
def test_a_wrong_batch_is_refused(client, assert_problem, body, field):
    assert_problem(client.post("/v1/search/batch", json=body), 400, field=field)


def test_an_unknown_parameter_is_told_the_known_ones(client, assert_problem):
    problem = assert_problem(client.get("/v1/search", params={"q": "phishing", "contry": "BE"}), 400)
    assert {*problem["allowed"], "similar_to"} == {*SearchRequest.model_fields}
    assert_problem(client.post("/v1/search?country=BE", json={"q": "phishing"}), 400, field="country")


@pytest.mark.parametrize("address", ["/v1/search", "/v1/notes", "/v1/changes"])
def test_a_cursor_of_another_list_is_refused(client, assert_problem, address):
    asked = {"q": "phishing"} if address == "/v1/search" else {}
    cursor = client.get(address, params={**asked, "limit": 3}).json()["next"]
    assert_problem(client.get(address, params={**asked, "limit": 4, "cursor": cursor}), 400, field="cursor")
    assert_problem(client.get(address, params={**asked, "cursor": "none"}), 400, field="cursor")


# --- bodies that cannot be read ---


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"phishing"',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"q":' * 900 + b"1" + b"}" * 900,
        rb'{"q": "\ud800"}',
        rb'{"q": "a", "country": ["\udfff"]}',
        rb'{"q": "a", "\ud800": 1}',
    ],
    ids=["empty", "cut", "list", "null", "text", "bytes", "deep", "deep object", "half", "half in a list", "half name"],
)
def test_a_body_that_is_no_json_object_of_texts_is_refused(client, assert_problem, content):
    problem = assert_problem(client.post("/v1/search", content=content, headers=JSON), 400)
    assert ("half a character" in problem["detail"]) is (rb"\u" in content)


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data", None])
def test_a_wrong_content_type_is_told_the_right_one(client, assert_problem, media_type):
    headers = {} if media_type is None else {"content-type": media_type}
    problem = assert_problem(client.post("/v1/search", content=b'{"q":"phishing"}', headers=headers), 400)
    assert "application/json" in problem["remedy"]


def in_pieces(size):
    yield b'{"q": "'
    for _ in range(size // 1000):
        yield b"a" * 1000
    yield b'"}'


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
@pytest.mark.parametrize("size", [401_000, 2_000_000])
def test_a_body_over_the_limit_is_refused(client, assert_problem, announced, size):
    content = b"".join(in_pieces(size)) if announced else in_pieces(size)
    answer = client.post("/v1/search", content=content, headers=JSON)
    assert ("content-length" in answer.request.headers) is announced
    assert "400,000" in assert_problem(answer, 413)["detail"]


def test_a_body_just_under_the_limit_is_read_whole(client, assert_problem):
    answer = client.post("/v1/search", content=in_pieces(399_000), headers=JSON)
    assert "2,000" in assert_problem(answer, 400, field="q")["detail"]


def connect(client):
    assert client.base_url.port is not None
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=20)


def test_a_body_that_lies_about_its_length_does_not_stop_the_server(client):
    with connect(client) as connection:
        head = (
            b"POST /v1/search HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
        )
        connection.sendall(head + b'{"q": "phish')
    assert client.get("/healthz").status_code == 200


# --- addresses and methods ---


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/", "/v2/search", "/docs", "/static/", "/static/../app.py"])
def test_an_unknown_path_is_not_found(client, assert_problem, path):
    assert_problem(client.get(path), 404)


def test_an_unknown_note_is_not_found(client, assert_problem):
    problem = assert_problem(client.get("/v1/notes/be-nothing"), 404)
    assert "be-nothing" in problem["detail"]
    assert problem["remedy"]


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
        ("GET", "/v1/search/stix", "POST"),
        ("GET", "/v1/search/misp", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client, assert_problem, method, path, allowed):
    answer = client.request(method, path)
    assert_problem(answer, 405)
    assert answer.headers["allow"] == allowed
    assert answer.json()["remedy"] == f"Send {allowed.replace(', ', ' or ')}."


@pytest.mark.parametrize(
    "path", ["/en/", "/healthz", "/readyz", "/v1/search?q=phishing", "/en/notes/be-baps", "/v1/notes/no"]
)
def test_head_is_get_without_the_body(client, path):
    full, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (full.status_code, b"")
    assert head.headers["content-type"] == full.headers["content-type"]


NASTY = """
q=%00 q=%ff%fe q=%ED%A0%80 q=% q=%zz q=a%0d%0aSet-Cookie:x q=a&lang=%00 q=a&country=%ff q=a&%00=1 q=a&%ff=1
q=a&limit=%F0%9F%98%80 q=a&q=b q[]=a &&& q=a&country=%C4%B0 q=a;b q=a&organisation=%00 q=a&organisation=%20
"""


@pytest.mark.parametrize(
    "path", ["/v1/search", "/en/", "/v1/notes/be-baps", "/en/notes/be-baps", "/v1/notes/%00", "/en/notes/%ff"]
)
def test_nasty_addresses_are_answered_and_are_nobodys_defect(client, path):
    for query in NASTY.split():
        answer = client.get(httpx.URL(f"{client.base_url}{path}").copy_with(query=query.encode()))
        assert answer.status_code in (200, 400, 404), (query, answer.text)
        assert answer.headers.get("set-cookie", "language=en;").startswith("language=en;")
        if answer.status_code >= 400 and path != "/en/":
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("size", [20_000, 300_000])
def test_a_very_long_address_is_no_defect(client, size):
    with connect(client) as connection:
        connection.sendall(b"GET /v1/search?q=" + b"a" * size + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        status = connection.makefile("rb").readline().split()[1]
    assert status in (b"400", b"414", b"431")
    assert client.get("/healthz").status_code == 200
