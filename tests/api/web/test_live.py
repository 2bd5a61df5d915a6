"""Open pages learn when a note was saved, and what is wrong with notes: on the own machine alone."""

import json

import pytest

from api.compose import Services
from api.http.app import create_app
from api.web.live import ENDED
from tests.api.web.conftest import BROWSER, read_page

HERE = "http://127.0.0.1:8000"


@pytest.fixture
def app(settings, fake_searcher):
    """The application of `kb serve --watch`, without an index."""
    return create_app(Services(settings, fake_searcher()), live=lambda: True)


def state(answer, status=200):
    """The state of the index that a page says it was made from."""
    (state,) = [script["data-state"] for script in read_page(answer, status).all("script") if "data-state" in script]
    return state


def test_a_page_says_which_index_it_was_made_from(app, content, index, ask):
    content.practice("be-a")
    index()
    page = state(ask(app, f"{HERE}/en/notes/be-a", headers=BROWSER))
    assert ask(app, f"{HERE}/live").json() == {"state": page, "problems": []}
    content.practice("be-a", title="Another title")
    index()
    assert ask(app, f"{HERE}/live").json()["state"] != page
    again = state(ask(app, f"{HERE}/en/notes/be-a", headers=BROWSER))
    assert ask(app, f"{HERE}/live").json()["state"] == again


def test_problems_are_reported_without_an_index_too(app, settings, ask):
    settings.data_dir.mkdir(exist_ok=True)
    settings.issues_file.write_text(json.dumps(["be-a/en.md:1:1: KB111 no."]))
    assert ask(app, f"{HERE}/live").json() == {"state": "", "problems": ["be-a/en.md:1:1: KB111 no."]}
    assert state(ask(app, f"{HERE}/en/", headers=BROWSER), 503) == ""
    settings.issues_file.write_text("[")
    assert ask(app, f"{HERE}/live").json()["problems"] == []


def test_a_watch_that_has_ended_is_reported(settings, fake_searcher, ask):
    app = create_app(Services(settings, fake_searcher()), live=lambda: False)
    for address in (HERE, "http://localhost:8000", "http://[::1]:8000"):
        assert ask(app, f"{address}/live").json()["problems"] == [ENDED]


OTHERS = {"http://localhost.example:8000": {}, "http://10.0.0.7": {}, HERE: {"origin": "https://b.example"}}
"""Addresses that are not the own machine's, and a script of another site."""


@pytest.mark.parametrize(("address", "headers"), OTHERS.items())
def test_to_others_it_is_absent(app, ask, address, headers):
    live, absent = (ask(app, f"{address}{path}", headers=headers) for path in ("/live", "/none"))
    assert (live.status_code, live.content) == (404, absent.content)
    page = read_page(ask(app, f"{address}/en/about", headers={**BROWSER, **headers}))
    assert not [script for script in page.all("script") if "live.js" in script["src"]]


def test_without_watch_it_is_absent(settings, fake_searcher, ask):
    app = create_app(Services(settings, fake_searcher()))
    assert ask(app, f"{HERE}/live").content == ask(app, f"{HERE}/none").content
    assert b"live.js" not in ask(app, f"{HERE}/en/about", headers=BROWSER).content
