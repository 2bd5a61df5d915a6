"""Readers who sign in on a page: what the cookie opens, where it counts, and that no other site can use it."""

import random
import re
from datetime import date
from html import unescape
from http.cookies import SimpleCookie

import pytest

from api.auth.key_file import KeyFile
from api.locales.texts import TEXTS
from kb.text.languages import Language
from tests.every_route import ROUTES

HTML = {"accept": "text/html"}
AMBER = {"tlp": "amber", "pap": "red", "audience": {"countries": ["BE"]}}
FORM = {**HTML, "content-type": "application/x-www-form-urlencoded"}


class Reader:
    """A browser without scripts: asks pages, sends forms, keeps the cookie."""

    def __init__(self, app, ask, settings):
        self._app, self._ask = app, ask
        self.keys = KeyFile(settings.key_file)
        self.cookie = {}

    def key(self, **more):
        return self.keys.create("test", "amber", ["BE"], **more)

    def get(self, address, **headers):
        return self._took(self._ask(self._app, address, headers={**HTML, **self.cookie, **headers}))

    def send(self, address, text="", **headers):
        content = f"key={text}"
        return self._took(
            self._ask(self._app, address, "POST", headers={**FORM, **self.cookie, **headers}, content=content)
        )

    def _took(self, answer):
        for morsel in SimpleCookie(answer.headers.get("set-cookie", "")).values():
            self.cookie = {"cookie": f"{morsel.key}={morsel.value}"} if morsel["max-age"] != "0" else {}
        return answer


@pytest.fixture
def app(content, open_app):
    content.practice("be-open", title="Blocking false sites")
    content.practice("be-amber", title="How false sites are taken over", **AMBER)
    return open_app(rate_limit=0)


@pytest.fixture
def reader(app, ask, settings):
    return Reader(app, ask, settings)


@pytest.mark.parametrize("language", Language)
def test_a_reader_signs_in_reads_what_the_key_opens_and_signs_out(reader, language):
    words, (key, text) = TEXTS[language], reader.key()
    form, note = f"/{language}/sign-in", f"/{language}/notes/be-amber"
    assert reader.get(note).status_code == 404
    page = reader.get(form).text
    assert re.search(r'<input id="key" type="password" name="key" required autocomplete="off"', page)
    sent = reader.send(form, f"%20{text}+")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/{language}/")
    opened = reader.get(note)
    assert (opened.status_code, opened.headers["cache-control"]) == (200, "no-store")
    assert words["signed_in_as"].format(key.id) in opened.text
    assert text not in opened.text
    left = reader.send(f"/{language}/sign-out")
    assert (left.status_code, reader.cookie) == (303, {})
    again = reader.get(note)
    assert again.status_code == 404
    assert f'href="{form}"' in again.text


@pytest.mark.parametrize(("public", "is_secure"), [(None, False), ("https://kb.example", True)])
def test_no_script_no_other_site_and_no_line_in_the_open_gets_the_cookie(
    content, open_app, ask, settings, public, is_secure
):
    content.practice("be-open")
    reader = Reader(open_app(public_url=public), ask, settings)
    _, text = reader.key()
    [cookie] = SimpleCookie(reader.send("/fr/sign-in", text).headers["set-cookie"]).values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
    assert (bool(cookie["secure"]), cookie["max-age"], cookie["domain"]) == (is_secure, "43200", "")


def test_pages_alone_take_the_cookie(app, ask, settings):
    reader, chance = Reader(app, ask, settings), random.Random(1)
    _, text = reader.key()
    cookie, bearer = {"cookie": f"key={text}"}, {"authorization": f"Bearer {text}"}
    taken, differing = set(), set()
    for route, make in ROUTES:
        asked = make(chance, ["be-amber"])
        is_page = not asked.address.startswith(("/v1", "/mcp", "/readyz", "/catalog"))
        given = {("params" if asked.method == "GET" else "data" if is_page else "json"): asked.parameters}

        def answer(headers, asked=asked, given=given):
            found = ask(app, asked.address, asked.method, headers={**HTML, **asked.headers, **headers}, **given)
            # Formats of the API do not take the cookie: a page does not lead a reader who signed in there.
            text = re.sub(
                r" · <a href=.?/v1/[^>]*>[^<]*</a>|<footer.*</footer>|\"took_ms\":[0-9.e-]+|[0-9a-f]{32}",
                "",
                found.text,
                flags=re.DOTALL,
            )
            return found.status_code, found.headers.get("cache-control"), text

        assert answer(cookie) == answer(bearer if is_page else {}), route
        if answer(bearer) != answer({}):
            (taken if is_page else differing).add(route)
    assert len(taken) >= 5
    assert len(differing) >= 5, "the cookie would have opened nothing there"


@pytest.mark.parametrize("path", ["", "notes/be-open", "coverage", "compare?crime_type=phishing", "about", "feed.atom"])
def test_a_cookie_that_is_not_good_any_more_is_said_and_deleted_and_locks_nobody_out(reader, path):
    key, text = reader.key()
    reader.send("/nl/sign-in", text)
    reader.keys.revoke(key.id)
    refused = reader.get(f"/nl/{path}")
    assert refused.status_code == 401
    assert TEXTS[Language.NL]["error_signed_out"] in refused.text
    assert 'action="/nl/sign-in"' in refused.text
    assert reader.cookie == {}
    assert reader.get(f"/nl/{path}").status_code == 200


def test_a_mistyped_key_signs_nobody_out(reader):
    _, good = reader.key()
    reader.send("/en/sign-in", good)
    assert reader.send("/en/sign-in", f"{good}0").status_code == 401
    assert reader.get("/en/notes/be-amber").status_code == 200


def test_keys_that_are_wrong_expired_or_tokens_are_refused_and_counted(reader):
    _, expired = reader.key(expires=date.today())
    _, good = reader.key()
    wrong = ["x", expired, good[:-1] + "%C3%A9", "a.b.c", f"{good}0", "a" * 300_000, *4 * [good[:-64] + 64 * "0"]]
    answers = [reader.send("/en/sign-in", text) for text in wrong]
    assert [answer.status_code for answer in answers] == 10 * [401]
    assert {TEXTS[Language.EN]["error_signed_out"] in answer.text for answer in answers} == {True}
    assert not any("set-cookie" in answer.headers for answer in answers)
    late = reader.send("/en/sign-in", "x")
    assert (late.status_code, int(late.headers["retry-after"]) <= 60) == (429, True)
    assert reader.get("/en/notes/be-open", cookie="key=x").status_code == 429
    assert reader.cookie == {}
    assert reader.get("/en/notes/be-open").status_code == 200
    assert reader.send("/en/sign-in", good).status_code == 303  # others at the address are not locked out
    assert reader.send("/en/sign-in", "").headers["location"] == "/en/sign-in"


OWN, NULL = "http://test", {"origin": "null"}


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({}, True),
        ({"origin": OWN}, True),
        ({"sec-fetch-site": "same-origin", **NULL}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site", "origin": OWN}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": f"{OWN}.evil.example"}, False),
        (NULL, False),
    ],
    ids=str,
)
def test_what_another_site_sends_is_refused(reader, headers, is_taken):
    _, text = reader.key()
    for address in ("/fr/sign-in", "/fr/sign-out"):
        answer = reader.send(address, text, **headers, cookie="")
        assert answer.status_code == (303 if is_taken else 403)
        assert ("set-cookie" in answer.headers) is is_taken
        assert is_taken or TEXTS[Language.FR]["error_other_site"] in unescape(answer.text)
    reader.send("/fr/sign-in", text)
    assert reader.send("/fr/sign-out", **NULL).status_code == 303  # the cookie came along, as from no other site
