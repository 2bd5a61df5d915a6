"""Every wrong request over HTTP is answered with a problem that names the field. The rules: `search.query`."""

import json
import socket
from pathlib import Path

import httpx
import pytest
import yaml

from api.models.requests import SearchRequest

JSON = {"content-type": "application/json"}
WRONG = yaml.safe_load(Path(__file__).with_name("refusals.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("asked", "field", "words"), [*WRONG["search"], ({"q": "é" * 2001}, "q", "2,000")])
def test_what_is_asked_wrongly_is_refused_and_names_its_field(client, assert_problem, asked, field, words):
    for answer in (client.get("/v1/search", params=asked), client.post("/v1/search", json=asked)):
        problem = assert_problem(answer, 400, field=field)
        assert words in json.dumps(problem, ensure_ascii=False)
        assert problem["remedy"]


@pytest.mark.parametrize(("address", "field"), [*WRONG["addresses"], (f"/v1/suggest?q={'x' * 201}", "q")])
def test_parameters_of_other_addresses_are_checked_too(client, assert_problem, address, field):
    assert_problem(client.get(address), 400, field=field)


@pytest.mark.parametrize(
    ("body", "field"), [*WRONG["bodies"], ({"similar_to": {"text": "a" * 20_001}}, "similar_to.text")]
)
def test_a_body_with_a_wrong_value_names_its_field_also_in_a_batch(client, assert_problem, body, field):
    assert_problem(client.post("/v1/search", json=body), 400, field=field)
    batch = {"queries": [{"q": "phishing"}, body]}
    place = assert_problem(client.post("/v1/search/batch", json=batch), 400)["field"]
    assert place.startswith("queries.1" if field in ("body", "q") else f"queries.1.{field}")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *WRONG["batches"],
        ({"queries": [{"q": "phishing"}] * 51}, "queries"),
        ({"queries": [{"similar_to": {"text": "a b " * 4_000}}] * 3}, "body"),
    ],
)
def test_a_wrong_batch_is_refused(client, assert_problem, body, field):
    assert_problem(client.post("/v1/search/batch", json=body), 400, field=field)


def test_a_refusal_of_a_parameter_names_the_known(client, assert_problem):
    problem = assert_problem(client.get("/v1/search", params={"q": "phishing", "contry": "BE"}), 400)
    assert {*problem["allowed"], "similar_to"} == {*SearchRequest.model_fields}
    assert_problem(client.post("/v1/search?country=BE", json={"q": "phishing"}), 400, field="country")


@pytest.mark.parametrize("address", ["/v1/search?q=phishing", "/v1/notes?", "/v1/changes?"])
def test_a_cursor_of_another_list_is_refused(client, assert_problem, address):
    cursor = client.get(f"{address}&limit=3").json()["next"]
    for wrong in (f"limit=4&cursor={cursor}", "cursor=none"):
        assert_problem(client.get(f"{address}&{wrong}"), 400, field="cursor")


HALVES = (rb'{"q": "\ud800"}', rb'{"q": "a", "country": ["\udfff"]}', rb'{"q": "a", "\ud800": 1}')
UNREADABLE = (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 60_000, b'{"q":' * 900 + b"1" + b"}" * 900)


def test_a_body_that_is_no_json_object_of_texts_is_refused(client, assert_problem):
    for content in (*HALVES, *UNREADABLE):
        problem = assert_problem(client.post("/v1/search", content=content, headers=JSON), 400)
        assert ("half a character" in problem["detail"]) is (content in HALVES)
    for headers in ({"content-type": "text/plain"}, {}):
        problem = assert_problem(client.post("/v1/search", content=b'{"q":"phishing"}', headers=headers), 400)
        assert "application/json" in problem["remedy"]


def in_pieces(size):
    yield b'{"q": "'
    for _ in range(size // 1000):
        yield b"a" * 1000
    yield b'"}'


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_a_body_over_the_limit_is_refused_and_one_just_under_it_is_read_whole(client, assert_problem, announced):
    for size, status, words in ((401_000, 413, "400,000"), (2_000_000, 413, "400,000"), (399_000, 400, "2,000")):
        content = b"".join(in_pieces(size)) if announced else in_pieces(size)
        answer = client.post("/v1/search", content=content, headers=JSON)
        assert ("content-length" in answer.request.headers) is announced
        assert words in assert_problem(answer, status)["detail"]


def connect(client):
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=20)


def test_a_body_that_lies_about_its_length_does_not_stop_the_server(client):
    with connect(client) as connection:
        head = b"POST /v1/search HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 500\r\n"
        connection.sendall(head + b'\r\n{"q": "phish')
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/v1/", "/docs", "/static/", "/static/../app.py", "/v1/notes/be-nothing"])
def test_an_unknown_path_is_not_found(client, assert_problem, path):
    problem = assert_problem(client.get(path), 404)
    assert ("`be-nothing`" in problem["detail"]) is path.endswith("be-nothing")
    assert problem["remedy"]


@pytest.mark.parametrize(("method", "path", "allowed"), WRONG["methods"])
def test_a_refusal_of_a_method_names_the_right(client, assert_problem, method, path, allowed):
    answer = client.request(method, path)
    problem = assert_problem(answer, 405)
    assert (answer.headers["allow"], problem["remedy"]) == (allowed, f"Send {allowed.replace(', ', ' or ')}.")


@pytest.mark.parametrize("path", ["/en/", "/readyz", "/v1/search?q=phishing", "/v1/notes/no"])
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
        assert connection.makefile("rb").readline().split()[1] in (b"400", b"414", b"431")
    assert client.get("/healthz").status_code == 200
