"""Who asks, on a real server: keys, limits, the audit log. What is opened by them: `test_leaks`."""

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import count, cycle
from pathlib import Path
from typing import Any

import httpx
import pytest
from scipy.stats import mannwhitneyu

from api.auth.key_file import KeyFile
from ingest.indexing.index import index_content
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from tests.conftest import Content

HTML = {"accept": "text/html"}
ADDRESSES = (f"10.1.0.{number}" for number in count(1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, empty_data_dir: Callable[[Path], Path], encoder: Any) -> Path:
    """A data directory with an index of an open note and two restricted ones."""
    folder = tmp_path_factory.mktemp("access")
    content = Content(folder / "content")
    content.practice("be-open", title="Blocking false sites")
    content.practice(
        "be-amber",
        title="How false sites are taken over",
        tlp="amber",
        pap="red",
        audience={"countries": ["BE", "NL"], "organisations": ["Europol"]},
    )
    content.strategy(
        "be-own", title="Operation Quuxovar", tlp="amber+strict", pap="red", owner="Federal Judicial Police"
    )
    data = empty_data_dir(folder / "data")
    index_content(Settings(content_dirs=(content.root,), data_dir=data), EdgeStore(data), encoder)
    return folder


class Asked:
    """A server on that index, and its keys."""

    def __init__(self, folder: Path, start_server: Any, **settings: Any) -> None:
        self.data = folder / "data"
        self.keys = KeyFile(self.data / "keys.json")
        (self.data / "audit.jsonl").unlink(missing_ok=True)
        self.server = start_server(KB_DATA_DIR=self.data, KB_CONTENT_DIRS=folder / "content", **settings)
        self.texts: list[str] = []
        self.more_headers: list[tuple[str, str]] = []

    def key(self, *cleared: Any, **more: Any) -> dict[str, str]:
        """The headers of a caller with a new key."""
        _, text = self.keys.create("test", *cleared, **more)
        self.texts.append(text)
        return {"Authorization": f"Bearer {text}"}

    def get(self, address: str, headers: dict[str, str] | None = None) -> httpx.Response:
        given = [*(headers or {}).items(), *self.more_headers]
        answer: httpx.Response = self.server.client.get(address, headers=given)
        return answer

    def audit(self) -> list[dict[str, str]]:
        path = self.data / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="module")
def running(folder: Path, start_server: Any) -> Iterator[Asked]:
    """One server for all; nothing that it wrote may hold a key."""
    one = Asked(folder, start_server, KB_TRUSTED_PROXIES="127.0.0.1")
    yield one
    one.server.stop()
    written = one.server.output + (one.data / "keys.json").read_text()
    assert all(text.rpartition("_")[2] not in written for text in one.texts)


@pytest.fixture
def asked(running: Asked) -> Iterator[Asked]:
    """The server with an empty audit log, asked from an address that has not failed yet."""
    running.more_headers = [("X-Forwarded-For", next(ADDRESSES))]
    yield running
    log = json.dumps(running.audit())
    assert all(text.rpartition("_")[2] not in log for text in running.texts)
    (running.data / "audit.jsonl").unlink(missing_ok=True)


@pytest.fixture
def limited(folder: Path, start_server: Any) -> Iterator[Asked]:
    one = Asked(folder, start_server, KB_RATE_LIMIT=20)
    yield one
    one.server.stop()


def ids(answer: httpx.Response) -> set[str]:
    found = answer.json()
    return {hit["id"] for hit in (*found["practices"], *found["strategies"])}


def test_a_key_opens_what_it_was_made_for_and_nothing_else(asked: Asked) -> None:
    search = "/v1/search?q=false+sites&lang=en"
    assert ids(asked.get(search)) == {"be-open"}
    assert ids(asked.get(search, asked.key("amber"))) == {"be-open"}
    assert ids(asked.get(search, asked.key("amber", ["NL"]))) == {"be-open", "be-amber"}
    own = asked.key("amber+strict", [], ["federal judicial police"])
    assert ids(asked.get(search, own)) == {"be-open", "be-own"}
    assert asked.get("/v1/notes/be-own", own).status_code == 200
    hidden, absent = (asked.get(f"/v1/notes/{one}", asked.key("amber", ["BE"])) for one in ("be-own", "be-owm"))
    assert (hidden.status_code, hidden.text) == (404, absent.text.replace("be-owm", "be-own"))


@pytest.mark.parametrize("language", Language)
def test_pages_say_whom_a_note_is_for(asked: Asked, language: Language) -> None:
    key = asked.key("amber", ["BE"])
    countries = {"fr": "Belgique, Pays-Bas", "nl": "België, Nederland", "en": "Belgium, Netherlands"}[language]
    page = asked.get(f"/{language}/notes/be-amber", {**key, **HTML})
    assert "TLP:AMBER" in page.text
    assert f"<dd>{countries}, Europol</dd>" in page.text
    assert f"{countries}, Europol" in asked.get(f"/{language}/notes/be-amber.md", key).text
    own = asked.get(f"/{language}/notes/be-own", {**asked.key("amber+strict", [], ["Federal Judicial Police"]), **HTML})
    assert "<dd>Federal Judicial Police</dd>" in own.text
    assert asked.get("/v1/notes/be-amber", key).json()["metadata"]["audience"]["countries"] == ["BE", "NL"]


def test_a_key_that_is_not_good_is_refused_and_never_taken_for_none(asked: Asked) -> None:
    good = asked.key("amber", ["BE"])
    expired = asked.key("amber", expires=date.today())
    wrong = [
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer kb_0"},
        {"Authorization": good["Authorization"].replace("Bearer", "Basic")},
        {"Authorization": good["Authorization"].removeprefix("Bearer ")},
        {"Authorization": good["Authorization"] + "0"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    ]
    everywhere = ("/v1/search?q=x", "/v1/notes/be-open", "/v1/notes/be-amber", "/v1/taxonomy", "/v1/coverage")
    for address, headers in zip(cycle(everywhere), (expired, *wrong), strict=False):
        answer = asked.get(address, headers)
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["title"] == "The credentials are not good"
    page = asked.get("/nl/notes/be-open", {**expired, **HTML})
    assert (page.status_code, "toegangsgegevens" in page.text) == (401, True)
    assert page.headers["WWW-Authenticate"].startswith("Bearer")
    assert asked.get("/v1/search?q=x", {"Authorization": good["Authorization"].replace("Bearer", "bearer")}).is_success


def test_a_key_is_refused_as_soon_as_it_is_revoked(asked: Asked) -> None:
    key = asked.key("amber", ["BE"])
    assert asked.get("/v1/notes/be-amber", key).is_success
    asked.keys.revoke(asked.keys.all()[-1].id)
    assert asked.get("/v1/notes/be-amber", key).status_code == 401
    assert asked.get("/v1/notes/be-amber").status_code == 404


def test_who_was_shown_what_is_put_down(asked: Asked) -> None:
    key = asked.key("amber", ["BE"])
    who = f"key:{asked.keys.all()[-1].id}"
    asked.get("/v1/notes/be-open", key)
    asked.get("/v1/search?q=false+sites")
    asked.get("/v1/notes/be-own", key)
    assert asked.audit() == []
    for address, version in (
        ("/v1/search?q=false+sites", None),
        ("/v1/notes/be-amber", "en"),
        ("/nl/notes/be-amber", "en"),
        ("/en/notes/be-amber.md", "en"),
    ):
        before = len(asked.audit())
        asked.get(address, key)
        [entry] = asked.audit()[before:]
        assert (entry["who"], entry["note"], entry["read"]) == (who, "be-amber", version)
        assert entry["when"].startswith(date.today().isoformat()[:7])
        assert entry.keys() == {"when", "who", "note", "read", "route"}
        assert "false" not in entry["route"]
    assert asked.audit()[-1]["route"] == "/{language:language}/notes/{note_id}.md"
    assert (asked.data / "audit.jsonl").stat().st_mode & 0o077 == 0


def test_half_a_line_in_the_log_spoils_no_other(asked: Asked) -> None:
    key, log = asked.key("amber", ["BE"]), asked.data / "audit.jsonl"
    asked.get("/v1/notes/be-amber", key)
    log.write_text(log.read_text() + '{"when": "2026-11-2')
    asked.get("/v1/notes/be-amber", key)
    lines = log.read_text().splitlines()
    assert [json.loads(lines[place])["note"] for place in (0, 2)] == ["be-amber", "be-amber"]
    log.unlink()


def test_what_cannot_be_put_down_is_not_shown(asked: Asked) -> None:
    key = asked.key("amber", ["BE"])
    (asked.data / "audit.jsonl").mkdir()
    try:
        for address in ("/v1/search?q=false+sites", "/v1/notes/be-amber"):
            answer = asked.get(address, key)
            assert answer.status_code == 503
            assert "audit log" in answer.json()["detail"]
        for address in ("/nl/?q=false+sites", "/nl/notes/be-amber", "/nl/compare?crime_type=phishing", "/nl/coverage"):
            page = asked.get(address, {**key, **HTML})
            assert (page.status_code, "taken over" in page.text) == (503, False), address
        assert asked.get("/v1/notes/be-open", key).is_success
        assert ids(asked.get("/v1/search?q=false+sites")) == {"be-open"}
    finally:
        (asked.data / "audit.jsonl").rmdir()


def test_more_than_is_allowed_in_a_minute_is_refused_with_the_time_to_wait(limited: Asked) -> None:
    busy, calm = limited.key("green", rate=3), limited.key("green")
    answers = [limited.get("/v1/taxonomy", busy) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["detail"] == "More than 3 requests in a minute."
    page = limited.get("/fr/", {**busy, **HTML})
    assert (page.status_code, page.headers["Retry-After"] in page.text) == (429, True)
    assert limited.get("/v1/taxonomy", calm).is_success
    # What an address says of itself counts for nothing, nor does a parameter that is wrong.
    pretended = [{"X-Forwarded-For": f"10.0.0.{number}"} for number in range(20)]
    assert [limited.get("/v1/taxonomy", one).status_code for one in pretended] == 20 * [200]
    assert limited.get("/v1/taxonomy?x=1").status_code == 429
    assert limited.get("/en/about", HTML).status_code == 429
    assert limited.get("/v1/taxonomy", calm).is_success
    assert limited.get("/healthz").is_success


def test_a_proxy_that_the_operator_names_says_who_asks(folder: Path, start_server: Any) -> None:
    asked = Asked(folder, start_server, KB_RATE_LIMIT=1, KB_TRUSTED_PROXIES="127.0.0.1")
    who = ("10.0.0.1", "10.0.0.2", "10.0.0.1", "2001:db8::1", "2001:db8::2", "::ffff:10.0.0.3", "::ffff:10.0.0.4")
    answers = [asked.get("/v1/taxonomy", {"X-Forwarded-For": one}).status_code for one in who]
    asked.server.stop()
    assert answers == [200, 200, 429, 200, 429, 200, 200]


def test_whoever_tries_keys_is_told_to_wait(limited: Asked) -> None:
    good = limited.key("amber", ["BE"])
    tried = [{"Authorization": f"Bearer kb_{number:08x}_{64 * '0'}"} for number in range(9)]
    tried += [{"Authorization": good["Authorization"].replace(" ", space)} for space in ("  ", " \t")]
    tried += [{"Authorization": good["Authorization"][:-64] + 64 * "0"}]
    told = [limited.get("/v1/taxonomy", one) for one in tried]
    assert [one.status_code for one in told] == [*10 * [401], 429, 429]
    assert int(told[-1].headers["Retry-After"]) <= 60
    assert told[-1].json()["detail"] == "More than 10 requests with credentials that are not good in a minute."
    assert limited.get("/v1/taxonomy", good).is_success  # nobody is locked out by others at the same address


def test_of_two_credentials_none_counts(asked: Asked) -> None:
    good = asked.key("amber", ["BE"])["Authorization"]
    for pair in ((good, "Bearer no"), ("Bearer no", good), (good, good)):
        given = [("Authorization", one) for one in pair]
        answer = asked.server.client.get("/v1/taxonomy", headers=[*given, *asked.more_headers])
        assert answer.status_code == 401


def test_a_damaged_key_file_tells_no_caller_where_it_is(asked: Asked) -> None:
    key, path = asked.key("amber", ["BE"]), asked.data / "keys.json"
    kept = path.read_bytes()
    path.write_text("[")
    answer = asked.get("/v1/taxonomy", key)
    assert (answer.status_code, "keys.json" in answer.text) == (503, False)
    assert asked.get("/v1/taxonomy").is_success
    path.write_bytes(kept)
    assert asked.get("/v1/taxonomy", key).is_success


def likelihood(asked: Asked, addresses: Sequence[str], times_each: int, headers: dict[str, str]) -> float:
    """How likely the times of two addresses are, if they take the same time (Mann-Whitney)."""
    times: dict[str, list[float]] = {one: [] for one in addresses}
    for one in random.Random(0).sample([*addresses] * times_each, 2 * times_each):
        started = time.perf_counter()
        asked.get(one, headers)
        times[one].append(time.perf_counter() - started)
    return float(mannwhitneyu(*times.values()).pvalue)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("addresses", "times_each"),
    [
        (("/v1/notes/be-own", "/v1/notes/be-owm"), 1000),
        (("/v1/notes/be-own/stix", "/v1/notes/be-owm/stix"), 300),
        (("/v1/search?q=Quuxovar&limit=1", "/v1/search?q=Quuxovam&limit=1"), 200),
    ],
    ids=["a note", "a note in a format of others", "a name in a title"],
)
def test_the_time_of_an_answer_does_not_tell_what_is_hidden_from_what_is_not_there(
    asked: Asked, addresses: Sequence[str], times_each: int
) -> None:
    headers = asked.key("amber", ["BE"])
    visible = addresses[0].replace("be-own", "be-amber").replace("Quuxovar", "taken")
    assert likelihood(asked, (visible, addresses[1]), times_each, headers) < 0.01  # the test can tell times apart
    # One time in a hundred chance alone makes such a difference; three times in a row, one in a million.
    assert any(likelihood(asked, addresses, times_each, headers) > 0.01 for _ in range(3))


def test_what_is_answered_to_a_key_is_kept_nowhere(asked: Asked) -> None:
    answer = asked.get("/v1/notes/be-amber", asked.key("amber", ["BE"]))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert asked.get("/v1/notes/be-amber", {"If-None-Match": answer.headers["etag"]}).status_code == 404
    assert asked.get("/v1/notes/be-amber", {"If-None-Match": "*"}).status_code == 404
