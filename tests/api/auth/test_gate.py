"""Who asks, through a server: keys, limits, the audit log. What they open on every route: `test_leaks`."""

import json
import os
import random
import re
import statistics
import time
from datetime import date
from itertools import cycle

import pytest
from scipy.stats import mannwhitneyu

from api.auth.audit import AuditLog
from api.auth.key_file import KeyFile
from ingest.indexing.index import index_content
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from tests.conftest import Content, FakeEncoder, searcher_on
from tests.depth import depth

HTML = {"accept": "text/html"}
SEARCH = "/v1/search?q=false+sites&lang=en"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    """An index of an open note and two restricted ones; to be read only."""
    folder = tmp_path_factory.mktemp("restricted")
    content = Content(folder / "content")
    content.practice("be-open", title="Blocking false sites")
    audience = {"countries": ["BE", "NL"], "organisations": ["Europol"]}
    content.practice("be-amber", title="How false sites are taken over", tlp="amber", pap="red", audience=audience)
    owner = "Federal Judicial Police"
    content.strategy("be-own", title="Operation Quuxovar", tlp="amber+strict", pap="red", owner=owner)
    settings = Settings(content_dirs=(content.root,), data_dir=folder / "data", rate_limit=0)
    index_content(settings, EdgeStore(settings.data_dir), FakeEncoder())
    return settings


class Visit:
    """A server, and the keys made for it."""

    def __init__(self, settings, server):
        self.settings, self.server = settings, server
        self.keys = KeyFile(settings.key_file)
        self.texts = []

    def key(self, *cleared, **more):
        """Make a key, and return the headers of a caller who has it."""
        _, text = self.keys.create("test", *cleared, **more)
        self.texts.append(text)
        return {"Authorization": f"Bearer {text}"}

    def get(self, address, headers=None):
        return self.server.client.get(address, headers=headers or {})

    def audit(self):
        path = self.settings.audit_log
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def open_server(indexed, serve, tmp_path):
    """Starts a server with settings of its own. No secret of a key may be written anywhere."""
    visits = []

    def start(**more):
        data = tmp_path / f"data-{len(visits)}"
        data.mkdir()
        (data / "index").symlink_to(indexed.data_dir / "index", target_is_directory=True)
        settings = indexed.model_copy(update={"data_dir": data, **more})
        visits.append(Visit(settings, serve(settings, searcher_on(settings, FakeEncoder()))))
        return visits[-1]

    yield start
    for visit in visits:
        files = [file.read_text() for file in visit.settings.data_dir.glob("*.json*")]
        assert all(text.rpartition("_")[2] not in "".join([visit.server.output, *files]) for text in visit.texts)


@pytest.fixture
def visit(open_server):
    return open_server()


def ids(answer):
    found = answer.json()
    return {hit["id"] for hit in (*found["practices"], *found["strategies"])}


def test_a_key_opens_what_it_was_made_for_and_nothing_else(visit):
    assert ids(visit.get(SEARCH)) == {"be-open"}
    assert ids(visit.get(SEARCH, visit.key("amber"))) == {"be-open"}
    assert ids(visit.get(SEARCH, visit.key("amber", ["NL"]))) == {"be-open", "be-amber"}
    own = visit.key("amber+strict", [], ["federal judicial police"])
    assert ids(visit.get(SEARCH, own)) == {"be-open", "be-own"}
    assert visit.get("/v1/notes/be-own", own).status_code == 200
    hidden, absent = (visit.get(f"/v1/notes/{name}", visit.key("amber", ["BE"])) for name in ("be-own", "be-owm"))
    assert (hidden.status_code, hidden.text) == (404, absent.text.replace("be-owm", "be-own"))


@pytest.mark.parametrize("language", Language)
def test_pages_say_whom_a_note_is_for(visit, language):
    key = visit.key("amber", ["BE"])
    countries = {"fr": "Belgique, Pays-Bas", "nl": "België, Nederland", "en": "Belgium, Netherlands"}[language]
    page = visit.get(f"/{language}/notes/be-amber", {**key, **HTML})
    assert "TLP:AMBER" in page.text
    assert f"<dd>{countries}, Europol</dd>" in page.text
    assert f"{countries}, Europol" in visit.get(f"/{language}/notes/be-amber.md", key).text
    own = visit.get(f"/{language}/notes/be-own", {**visit.key("amber+strict", [], ["Federal Judicial Police"]), **HTML})
    assert "<dd>Federal Judicial Police</dd>" in own.text
    assert visit.get("/v1/notes/be-amber", key).json()["metadata"]["audience"]["countries"] == ["BE", "NL"]


def test_a_key_that_is_not_good_is_refused_and_never_taken_for_none(visit):
    bearer = visit.key("amber", ["BE"])["Authorization"]
    expired = visit.key("amber", expires=date.today())["Authorization"]
    wrong = (
        ("",),
        ("Bearer",),
        (expired,),
        ("Bearer eyJhbGciOiJub25lIn0.e30.",),
        (bearer.replace("Bearer", "Basic"),),
        (bearer.removeprefix("Bearer "),),
        (f"{bearer}0",),
        (bearer, bearer),
    )
    everywhere = ("/v1/search?q=x", "/v1/notes/be-open", "/v1/notes/be-amber", "/v1/taxonomy", "/v1/coverage")
    for address, texts in zip(cycle(everywhere), wrong, strict=False):
        answer = visit.get(address, [("Authorization", text) for text in texts])
        assert answer.status_code == 401, texts
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["title"] == "The credentials are not good"
    assert visit.get("/v1/notes/be-amber", {"Authorization": bearer.replace("Bearer", "bearer")}).is_success
    visit.keys.revoke(visit.keys.all()[0].id)
    assert visit.get("/v1/notes/be-amber", {"Authorization": bearer}).status_code == 401


def test_who_read_which_restricted_note_is_written_down(visit):
    key = visit.key("amber", ["BE"])
    who = f"key:{visit.keys.all()[-1].id}"
    visit.get("/v1/notes/be-open", key)
    visit.get(SEARCH)
    visit.get("/v1/notes/be-own", key)
    assert visit.audit() == []
    page, file = "/nl/notes/be-amber", "/en/notes/be-amber.md"
    lists = ((SEARCH, None), ("/v1/notes", None), ("/nl/?kind=practice", None))
    # Twice: what comes from a cache is written down as well.
    for address, version in 2 * (*lists, ("/v1/notes/be-amber", "en"), (page, "en"), (file, "en")):
        before = len(visit.audit())
        visit.get(address, key)
        [entry] = visit.audit()[before:]
        assert entry.pop("when").startswith(date.today().isoformat()[:7])
        route = entry.pop("route")
        assert (len(entry.pop("request")), len(entry.pop("before") or 64 * "0")) == (32, 64)
        assert entry == {"who": who, "note": "be-amber", "read": version}
        assert "false" not in route
    assert route == "/{language:language}/notes/{note_id}.md"
    assert visit.settings.audit_log.stat().st_mode & 0o077 == 0


def test_the_log_may_be_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "log")
    with open(os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)) as other_end:
        AuditLog(tmp_path / "log").write("key:1", "/v1/search", ["be-amber"], None)
        assert json.loads(other_end.readline())["note"] == "be-amber"


def test_half_a_line_in_the_log_spoils_no_other(visit):
    key, log = visit.key("amber", ["BE"]), visit.settings.audit_log
    visit.get("/v1/notes/be-amber", key)
    log.write_text(log.read_text() + '{"when": "2026-11-2')
    visit.get("/v1/notes/be-amber", key)
    lines = log.read_text().splitlines()
    assert [json.loads(lines[place])["note"] for place in (0, 2)] == ["be-amber", "be-amber"]
    log.unlink()


def test_what_cannot_be_written_down_is_not_answered(visit):
    key = visit.key("amber", ["BE"])
    visit.settings.audit_log.mkdir()
    for address in (SEARCH, "/v1/notes/be-amber"):
        answer = visit.get(address, key)
        assert answer.status_code == 503
        assert "audit log" in answer.json()["detail"]
    for address in (
        "/nl/?q=false+sites",
        "/nl/notes/be-amber",
        "/nl/compare?crime_type=phishing",
        "/nl/list?note=be-amber",
        "/nl/coverage",
    ):
        page = visit.get(address, {**key, **HTML})
        assert (page.status_code, "taken over" in page.text) == (503, False), address
    assert visit.get("/v1/notes/be-open", key).is_success
    assert ids(visit.get(SEARCH)) == {"be-open"}
    visit.settings.audit_log.rmdir()


def test_more_than_is_allowed_in_a_minute_is_refused_with_the_time_to_wait(open_server):
    limited = open_server(rate_limit=20)
    busy, calm = limited.key("green", rate=3), limited.key("green")
    answers = [limited.get("/v1/taxonomy", busy) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["detail"] == "More than 3 requests in a minute."
    assert limited.get("/v1/taxonomy", calm).is_success
    # What an address says of itself does not count, nor does a parameter that is wrong.
    pretended = [{"X-Forwarded-For": f"10.0.0.{number}"} for number in range(20)]
    assert [limited.get("/v1/taxonomy", headers).status_code for headers in pretended] == 20 * [200]
    assert limited.get("/v1/taxonomy?x=1").status_code == 429
    assert limited.get("/en/about", HTML).status_code == 429
    assert limited.get("/v1/taxonomy", calm).is_success
    assert limited.get("/healthz").is_success
    assert limited.get("/readyz").is_success


def test_every_answer_says_what_is_left(open_server):
    limited, unlimited = open_server(rate_limit=20), open_server(rate_limit=0)
    key = limited.key("green", rate=3)
    for asked, most, left in ((None, 20, [19, 18]), (key, 3, [2, 1, 0])):
        for rest in left:
            headers = limited.get("/v1/taxonomy", asked).headers
            assert headers["RateLimit-Policy"] == f'"requests";q={most};w=60'
            assert re.fullmatch(rf'"requests";r={rest};t=(60|59)', headers["RateLimit"])
    assert "RateLimit" not in unlimited.get("/v1/taxonomy").headers


def test_a_batch_counts_as_its_searches(open_server, assert_problem):
    client = open_server(rate_limit=10).server.client
    batch = {"queries": [{"q": "phishing"}] * 6}
    first = client.post("/v1/search/batch", json=batch)
    assert (first.status_code, first.headers["RateLimit"].partition(";t=")[0]) == (200, '"requests";r=4')
    text = "All files of the town hall are encrypted, and a message on each screen asks for bitcoins. " * 12
    assert_problem(client.post("/v1/search", json={"similar_to": {"text": text}}), 429)
    refused = client.post("/v1/search/batch", json=batch)
    assert_problem(refused, 429)
    assert int(refused.headers["retry-after"]) > 0
    assert_problem(client.post("/v1/search/batch", json={"queries": [{"q": "phishing"}] * 11}), 400, field="body")


def test_a_proxy_that_the_operator_names_says_who_asks(open_server):
    proxied = open_server(rate_limit=1, trusted_proxies="127.0.0.1")
    who = ("10.0.0.1", "10.0.0.2", "10.0.0.1", "2001:db8::1", "2001:db8::2", "::ffff:10.0.0.3", "::ffff:10.0.0.4")
    answers = [proxied.get("/v1/taxonomy", {"X-Forwarded-For": address}).status_code for address in who]
    assert answers == [200, 200, 429, 200, 429, 200, 200]


def test_whoever_tries_keys_must_wait(open_server):
    limited = open_server(rate_limit=20)
    good = limited.key("amber", ["BE"])
    bearer = good["Authorization"]
    tried = [f"Bearer kb_{number:08x}_{64 * '0'}" for number in range(9)]
    tried += [bearer.replace(" ", "  "), bearer.replace(" ", " \t"), bearer[:-64] + 64 * "0"]
    answers = [limited.get("/v1/taxonomy", {"Authorization": text}) for text in tried]
    assert [answer.status_code for answer in answers] == [*10 * [401], 429, 429]
    assert int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["detail"] == "More than 10 requests with credentials that are not good in a minute."
    assert limited.get("/v1/taxonomy", good).is_success  # nobody is locked out by others at the same address


def test_a_damaged_key_file_tells_no_caller_where_it_is(visit):
    key, path = visit.key("amber", ["BE"]), visit.settings.key_file
    kept = path.read_bytes()
    path.write_text("[")
    answer = visit.get("/v1/taxonomy", key)
    assert (answer.status_code, "keys.json" in answer.text) == (503, False)
    assert visit.get("/v1/taxonomy").is_success
    path.write_bytes(kept)
    assert visit.get("/v1/taxonomy", key).is_success


def times_of(visit, addresses, times_each, headers):
    """Ask the addresses in turns, and return the seconds each took, by address."""
    times = {address: [] for address in addresses}
    for address in random.Random(0).sample([*addresses] * times_each, len(addresses) * times_each):
        started = time.perf_counter()
        visit.get(address, headers)
        times[address].append(time.perf_counter() - started)
    return times.values()


def same(times, others):
    """Return how likely two lists of times are, if both answers take the same time (Mann-Whitney)."""
    return float(mannwhitneyu(times, others).pvalue)


@pytest.mark.deep
@pytest.mark.parametrize(
    ("addresses", "times_each"),
    [
        (("/v1/notes/be-own", "/v1/notes/be-owm"), depth(300, 1000)),
        (("/v1/notes/be-own/stix", "/v1/notes/be-owm/stix"), depth(100, 300)),
        (("/v1/search?q=Quuxovar&limit=1", "/v1/search?q=Quuxovam&limit=1"), depth(100, 300)),
    ],
    ids=["a note", "a note in a format of others", "a name in a title"],
)
def test_the_time_of_an_answer_does_not_tell_what_is_hidden_from_what_is_not_there(visit, addresses, times_each):
    headers = visit.key("amber", ["BE"])
    told = []
    for _ in range(10):  # a busy machine may hide a difference; such a round does not count
        hidden, absent = times_of(visit, addresses, times_each, headers)
        slower = [seconds + statistics.median(hidden) / 5 for seconds in hidden]
        if same(hidden, slower) < 0.001:
            told.append(same(hidden, absent))
        # One time in a hundred chance alone makes such a difference; three times, one in a million.
        if len(told) == 3 or max(told, default=0) > 0.01:
            break
    assert max(told, default=0) > 0.01


def test_what_is_answered_to_a_key_is_kept_nowhere(visit):
    answer = visit.get("/v1/notes/be-amber", visit.key("amber", ["BE"]))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert visit.get("/v1/notes/be-amber", {"If-None-Match": answer.headers["etag"]}).status_code == 404
    assert visit.get("/v1/notes/be-amber", {"If-None-Match": "*"}).status_code == 404
