"""Errors -> problems: every class has its answer, and what nobody foresaw says nothing about itself."""

import pytest

from api.http.app import bare_app
from api.http.guard import HEADERS
from api.models.problems import KINDS, PATH, headers, problem
from kb.errors import IndexMissing, KbError, NotAuthenticated, NotFound, QueryError, TooMany

SECRET = "a question nobody else should read"
CODES = {
    "invalid-request": 400,
    "not-authenticated": 401,
    "wrong-origin": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "too-slow": 408,
    "body-too-large": 413,
    "address-too-long": 414,
    "invalid-note": 422,
    "unreadable-document": 422,
    "backup-failed": 422,
    "too-many-requests": 429,
    "defect": 500,
    "invalid-settings": 500,
    "encoder-unavailable": 503,
    "index-busy": 503,
    "index-missing": 503,
    "index-stale": 503,
    "issuer-unavailable": 503,
    "overdue": 503,
    "store-unavailable": 503,
}
"""Code -> status: what programs go by, which no version changes."""


def descendants(kind):
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


@pytest.mark.parametrize("kind", [*descendants(KbError)], ids=lambda kind: kind.__name__)
def test_every_error_of_ours_has_its_own_status_and_title(kind):
    assert kind in KINDS, f"add {kind.__name__} to api.models.problems.KINDS"
    code, status, title, remedy = KINDS[kind]
    found = problem(kind("What happened.", remedy="What to do."))
    assert (found.status, found.title, found.detail, found.remedy) == (status, title, "What happened.", "What to do.")
    assert (found.type, found.code) == (f"{PATH}#{code}", code)
    assert 400 <= status <= 599
    assert remedy
    for part in ("title", "code"):
        assert [getattr(other, part) for other in KINDS.values()].count(getattr(KINDS[kind], part)) == 1


def test_codes_stay():
    assert {kind.code: kind.status for kind in KINDS.values()} == CODES


def test_a_class_without_a_line_of_its_own_is_answered_as_its_parent():
    assert problem(type("OfTomorrow", (IndexMissing,), {})("x")).status == 503


def test_members_that_say_nothing_are_left_out():
    assert set(problem(NotFound("x")).model_dump(exclude_none=True)) == {"type", "code", "title", "status", "detail"}
    asked = problem(QueryError("x", field="lang", allowed=("fr",), remedy="y"))
    assert (asked.field, asked.allowed, asked.remedy) == ("lang", ["fr"], "y")


def test_headers_say_how_to_be_let_in_and_when_to_come_again():
    assert headers(NotAuthenticated("x")) == {"WWW-Authenticate": 'Bearer realm="kb"'}
    assert headers(TooMany("x", values={"seconds": 7})) == {"Retry-After": "7"}
    assert headers(NotFound("x")) == {}


def test_a_host_that_is_none_is_refused(ask, assert_problem):
    for host in ('x"><b>', "a b", "[", "", "a/b", "user@host", "x:y", "x:123456", "é".encode()):
        assert_problem(ask(bare_app(), "/healthz", headers={b"host": host}), 400, field="Host")
    for host in ("kb", "kb.example:8000", "127.0.0.1", "[::1]:8000", "my_host"):
        assert ask(bare_app(), "/healthz", headers={"host": host}).status_code == 200


def test_a_defect_has_a_number_and_no_details(ask, assert_problem, caplog):
    app, path = bare_app(), "/notes/broken/x"

    def broken():
        raise KeyError(SECRET)

    app.add_api_route(path, broken)
    answer = ask(app, path, params={"q": SECRET})
    number = answer.headers["x-request-id"]
    assert number in assert_problem(answer, 500)["remedy"]
    assert [record.getMessage() for record in caplog.records if record.name == "kb"] == [
        f"Unexpected KeyError at GET {path}, request {number}"
    ]
    page = ask(app, path, params={"q": SECRET}, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
    for text in (answer.text, page.text):
        assert not [secret for secret in (SECRET, "KeyError") if secret in text]
    assert SECRET not in caplog.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
