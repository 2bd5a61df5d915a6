"""The security log: who was refused, who met a limit, who was shown what is restricted; and what is never in it."""

import json
import socket
from hashlib import sha256

import pytest

from api.auth.key_file import KeyFile

AMBER = {"tlp": "amber", "pap": "red", "audience": {"countries": ["BE"]}}
SEARCH = "/v1/search?q=false+sites+of+Quuxovar&lang=en"


@pytest.fixture
def keys(settings):
    return KeyFile(settings.key_file)


@pytest.fixture
def logged(settings):
    """Returns the lines of the log, each without its time, and looks at what may not be in it."""

    def read():
        text = settings.security_log.read_text() if settings.security_log.exists() else ""
        assert settings.security_log.stat().st_mode & 0o077 == 0
        assert not [word for word in ("Quuxovar", "false", "be-amber", "secret") if word in text]
        lines = [json.loads(line) for line in text.splitlines()]
        assert all(line.pop("when").startswith("20") for line in lines)
        return lines

    return read


@pytest.fixture
def app(content, open_app):
    content.practice("be-open", title="Blocking false sites")
    content.practice("be-amber", title="How false sites are taken over", **AMBER)
    return open_app(rate_limit=5)


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def test_who_is_refused_is_written_down(app, ask, keys, logged):
    key, text = keys.create("test", "amber", ["BE"])
    headers = {"X-Request-ID": "number-of-this", **bearer(f"{text[:-64]}{64 * '0'}")}
    for sent in (headers, bearer("secret"), bearer("secret.of.somebody")):
        assert ask(app, SEARCH, headers=sent).status_code == 401
    page = ask(app, "/en/sign-in", "POST", content="key=secret", headers={"sec-fetch-site": "cross-site"})
    assert page.status_code == 403
    known, *others = logged()
    about = {"event": "not_authenticated", "request": "number-of-this", "address": "127.0.0.1"}
    assert known == {**about, "route": "/v1/search", "who": f"key:{key.id}"}
    assert [(line["event"], line["who"]) for line in others] == [*2 * [("not_authenticated", "")], ("other_site", "")]
    assert others[-1]["route"] == "/{language:language}/sign-in"


def test_a_limit_is_written_down_once_a_minute_for_each_caller(app, ask, keys, logged):
    key, text = keys.create("test", "green", rate=1)
    assert [ask(app, SEARCH, headers=bearer(text)).status_code for _ in range(4)] == [200, 429, 429, 429]
    assert {ask(app, SEARCH).status_code for _ in range(9)} == {200, 429}
    assert [ask(app, SEARCH, headers=bearer("secret")).status_code for _ in range(12)] == [*10 * [401], 429, 429]
    limits = [(line["event"], line["who"]) for line in logged() if line["event"] != "not_authenticated"]
    address = "address:127.0.0.1"
    assert limits == [
        ("too_many", f"key:{key.id}"),
        ("too_many", address),
        ("too_many_keys", f"failures of {address}"),
    ]


def test_a_restricted_read_names_the_line_of_the_audit_log(app, ask, keys, logged, settings):
    key, text = keys.create("test", "amber", ["BE"])
    answer = ask(app, SEARCH, headers=bearer(text))
    [line] = logged()
    [audited] = settings.audit_log.read_bytes().splitlines()
    assert line.pop("audit") == sha256(audited).hexdigest()
    number = answer.headers["x-request-id"]
    assert json.loads(audited)["request"] == number
    where = {"route": "/v1/search", "request": number, "address": "127.0.0.1"}
    assert line == {"event": "restricted_read", **where, "who": f"key:{key.id}", "notes": 1}


def test_syslog_gets_the_same_lines(content, open_app, ask, logged):
    content.practice("be-open")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as syslog:
        syslog.bind(("127.0.0.1", 0))
        syslog.settimeout(20)
        app = open_app(syslog=f"127.0.0.1:{syslog.getsockname()[1]}")
        ask(app, SEARCH, headers=bearer("secret"))
        priority, _, line = syslog.recv(10_000).decode().partition("kb: ")
    assert priority == "<84>"  # a warning, to those who may read what is private
    assert json.loads(line)["event"] == logged()[0]["event"]


def test_a_log_that_cannot_be_written_stops_nobody_and_fills_no_other(app, ask, settings, caplog):
    settings.security_log.mkdir()
    assert [ask(app, SEARCH, headers=bearer("secret")).status_code for _ in range(3)] == [401, 401, 401]
    assert [record.message for record in caplog.records if record.name == "kb"] == [
        "The security log cannot be written: Is a directory."
    ]


def test_it_is_not_ready_where_keys_are_not_read_or_reads_not_written_down(app, ask, keys, settings, assert_problem):
    assert ask(app, "/readyz").is_success
    settings.audit_log.mkdir()
    assert ask(app, "/readyz").is_success  # nobody is shown anything to be written down
    keys.create("test", "green")
    assert "audit log" in assert_problem(ask(app, "/readyz"), 503)["detail"]
    settings.audit_log.rmdir()
    assert ask(app, "/readyz").is_success
    settings.key_file.write_text("[")
    assert "Keys" in assert_problem(ask(app, "/readyz"), 503)["detail"]
