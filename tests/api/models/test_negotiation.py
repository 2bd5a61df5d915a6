"""Headers: languages, unchanged answers, numbers of requests."""

import re

import pytest

from api.models.negotiation import conditional

KEPT = ("/v1/notes/be-baps", "/v1/notes/be-baps?lang=nl", "/v1/taxonomy.jsonld", "/v1/coverage", "/fr/feed.atom")


@pytest.mark.parametrize("address", KEPT)
def test_an_answer_that_the_caller_has_is_not_sent_again(client, address):
    first = client.get(address)
    tag = first.headers["etag"]
    for given in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.get(address, headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = client.get(address, headers={"If-None-Match": 'W/"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_what_may_be_kept_is_asked_after_each_time_and_questions_never_are(client):
    tags = [client.get(address).headers["etag"] for address in KEPT]
    assert len({*tags}) == len(KEPT)
    assert [client.get(address, headers={"Accept-Encoding": "identity"}).headers["etag"] for address in KEPT] == tags
    kept = client.get("/v1/notes/be-baps")
    assert kept.headers["cache-control"] == "no-cache"
    assert {"Accept-Language", "Authorization"} <= {*re.split(", ?", kept.headers["vary"])}
    search = client.get("/v1/search?q=phishing")
    assert search.headers["cache-control"] == "no-store"
    assert "etag" not in search.headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, "no-cache"), ({"authorization": "Bearer x"}, None), ({"signed_in": True}, None)],
)
def test_what_somebody_is_let_in_to_read_is_kept_by_nobody_on_the_way(request_of, given, kept):
    answer = conditional(request_of(**given), b"{}")
    assert (answer.status_code, answer.headers.get("cache-control")) == (200, kept)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("fr", "fr"),
        ("nl-BE,nl;q=0.9,fr;q=0.8", "nl"),
        ("de, fr;q=0.3, en;q=0.4", "en"),
        ("fr;q=0, nl;q=0.1", "nl"),
        ("", None),
        ("frr, enm", None),
        ("fr;q=nan, nl", "nl"),
        ("*", None),
        ("fr;q=x, nl", "nl"),
    ],
)
def test_the_languages_of_the_request_choose_the_version(client, accepted, expected):
    note = client.get("/v1/notes/be-baps", headers={"Accept-Language": accepted}).json()
    assert note["lang"] == (expected or note["original_language"])
    found = client.get("/v1/search?q=LMIO", headers={"Accept-Language": accepted}).json()
    assert found["query"]["lang"] == (expected or "en")
    named = client.get("/v1/search?q=LMIO&lang=fr", headers={"Accept-Language": accepted}).json()
    assert named["query"]["lang"] == "fr"


def test_every_answer_has_a_number_and_a_proxys_is_kept(client):
    addresses = ("/v1/search?q=x", "/v1/search?q=", "/v1/notes/none", "/static/style.css", "/en/")
    answers = [client.get(address) for address in addresses]
    numbers = [answer.headers["x-request-id"] for answer in answers]
    assert len({*numbers}) == len(answers)
    assert all(re.fullmatch(r"[0-9a-f]{32}", number) for number in numbers)
    given = "0b0c7c7e-from-the-proxy"
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] == given
    for odd in ("short", "x" * 65, "with space", "new\tline", '"><script>'):
        assert client.get("/healthz", headers={"X-Request-ID": odd}).headers["x-request-id"] != odd
