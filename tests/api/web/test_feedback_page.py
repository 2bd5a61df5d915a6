"""What a reader says of a note: kept without whose it is, of notes that the reader may see, from our own pages only."""

import json
import re
from urllib.parse import urlencode

import pytest

from api.auth.gate import FEEDBACK
from api.auth.key_file import KeyFile
from api.locales.texts import TEXTS
from api.web.feedback_page import MOST
from kb.text.languages import Language
from tests.api.web.conftest import BROWSER, read_page

FORM = {**BROWSER, "content-type": "application/x-www-form-urlencoded"}
OURS = {"origin": "http://test", "sec-fetch-site": "same-origin"}
LONG = f"<b>{'é' * MOST}"
SAID = {"kind": "error", "text": "The number is old."}


@pytest.fixture
def app(content, open_app):
    content.practice("be-open")
    content.practice("be-amber", tlp="amber", pap="red", audience={"countries": ["BE"]})
    return open_app()


@pytest.fixture
def send(ask):
    """Sends the form of a note's page, as a browser does."""

    def post(app, form, note="be-open", *, version="en", language="en", **headers):
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        address = f"/{language}/notes/{note}/feedback?version={version}"
        return ask(app, address, "POST", content=body, headers={**FORM, **OURS, **headers})

    return post


@pytest.fixture
def kept(settings):
    """The lines that were kept."""
    path = settings.feedback_file
    return lambda: [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


@pytest.mark.parametrize("language", Language)
def test_the_form_leads_back_with_thanks_and_keeps_nothing_of_who_sends_it(app, send, ask, kept, settings, language):
    page = read_page(ask(app, f"/{language}/notes/be-open", headers=BROWSER))
    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("post", f"/{language}/notes/be-open/feedback?version=en")
    fields = {field["name"] for tag in ("input", "textarea") for field in page.all(tag) if "name" in field}
    assert fields == {"kind", "text"}
    text = "  Le numéro\r\na\x00 chang\u202eé.\x1b[2J 🙂 "
    who = {"user-agent": "Somebody's browser", "cookie": "language=fr", "x-forwarded-for": "10.9.8.7"}
    sent = send(app, {"kind": "error", "text": text, "name": "Somebody"}, language=language, **who)
    assert (sent.status_code, sent.content) == (303, b"")
    assert sent.headers["location"] == f"/{language}/notes/be-open?version=en&thanks=1#tell-editors"
    back = read_page(ask(app, sent.headers["location"], headers=BROWSER))
    assert [line.words for line in back.find("p", id="tell-editors")] == [TEXTS[language]["feedback_thanks"]]
    (line,) = kept()
    assert re.fullmatch(r"[0-9a-f]{16}", line.pop("id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z", line.pop("when"))
    assert line == {"note": "be-open", "read": "en", "kind": "error", "text": "Le numéro\na  chang é. [2J 🙂"}
    assert settings.feedback_file.stat().st_mode & 0o777 == 0o600


def test_what_was_useful_needs_no_words(app, send, kept):
    assert send(app, {"kind": "useful", "text": ""}).status_code == 303
    assert [(line["kind"], line["text"]) for line in kept()] == [("useful", "")]


@pytest.mark.parametrize(
    ("form", "code", "text", "chosen"),
    [
        ({"kind": "error", "text": LONG}, "feedback_too_long", LONG, ["error"]),
        ({"kind": "not_useful", "text": " \n"}, "feedback_incomplete", "", ["not_useful"]),
        ({"kind": "else", "text": "<b>x"}, "feedback_incomplete", "<b>x", []),
        ({"text": "<b>x"}, "feedback_incomplete", "<b>x", []),
    ],
    ids=["too long", "no words", "another kind", "no kind"],
)
def test_what_is_to_be_mended_is_said_and_what_was_written_stands_there(app, send, kept, form, code, text, chosen):
    page = read_page(send(app, form, language="fr"), 400)
    assert TEXTS[Language.FR][f"error_{code}"].partition("{")[0] in page.words
    assert [area.words for area in page.find("textarea")] == [text]
    assert [field["value"] for field in page.all("input") if "checked" in field] == chosen
    assert "/fr/notes/be-open?version=en" in page.hrefs()
    assert kept() == []


@pytest.mark.parametrize("body", [b"\xff%ff&&=&kind", b"kind=useful&text=%ff", b"&".join([b"kind=useful"] * 1000)])
def test_what_is_no_form_is_refused(app, send, kept, body):
    assert TEXTS[Language.EN]["error_no_utf_8"] in read_page(send(app, body), 400).words
    assert kept() == []


def test_a_text_of_just_as_many_characters_is_taken(app, send, kept):
    assert send(app, {"kind": "error", "text": "é" * MOST}).status_code == 303
    assert len(kept()[0]["text"]) == MOST


def test_a_note_that_the_caller_may_not_see_is_as_if_it_were_not_there(app, send, kept, settings):
    hidden, absent = (send(app, SAID, note) for note in ("be-amber", "be-ambar"))
    assert (hidden.status_code, hidden.text) == (404, re.sub("be([- ])ambar", r"be\1amber", absent.text))
    assert kept() == []
    _, key = KeyFile(settings.key_file).create("one", "amber", ["BE"])
    assert send(app, SAID, "be-amber", authorization=f"Bearer {key}").status_code == 303
    assert [line["note"] for line in kept()] == ["be-amber"]
    assert not [part for part in key.split("_")[1:] if part in settings.feedback_file.read_text()]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://test", "sec-fetch-site": "cross-site"},
        {"origin": "http://other.test", "sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://test.evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
    ],
    ids=str,
)
def test_what_another_site_has_a_browser_send_is_refused(app, ask, kept, headers):
    answer = ask(app, "/nl/notes/be-open/feedback", "POST", data=SAID, headers={**BROWSER, **headers})
    assert TEXTS[Language.NL]["error_other_site"] in read_page(answer, 403).words
    assert kept() == []


@pytest.mark.parametrize("headers", [{}, {"origin": "http://test"}, {"origin": "https://test"}], ids=str)
def test_an_older_browser_and_a_program_may_send(app, ask, kept, headers):
    assert ask(app, "/nl/notes/be-open/feedback", "POST", data=SAID, headers=headers).status_code == 303
    assert len(kept()) == 1


def test_a_page_that_sends_lets_the_browser_say_where_from(app, ask, send):
    pages = (ask(app, "/en/notes/be-open", headers=BROWSER), send(app, {}))
    assert [page.headers["referrer-policy"] for page in pages] == ["same-origin"] * 2
    assert ask(app, "/en/?q=x", headers=BROWSER).headers["referrer-policy"] == "no-referrer"


def test_a_caller_may_send_a_few_a_minute_and_keeps_what_was_written(content, open_app, send, kept):
    content.practice("be-open")
    app = open_app(rate_limit=50)
    answers = [send(app, SAID) for _ in range(FEEDBACK + 1)]
    assert [answer.status_code for answer in answers] == [*[303] * FEEDBACK, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert [area.words for area in read_page(answers[-1], 429).find("textarea")] == [SAID["text"]]
    assert len(kept()) == FEEDBACK


def test_what_cannot_be_kept_is_not_thanked_for(app, send, settings):
    settings.feedback_file.mkdir()
    page = read_page(send(app, SAID), 503)
    assert TEXTS[Language.EN]["error_feedback_unavailable"] in page.words
    assert [area.words for area in page.find("textarea")] == [SAID["text"]]


def test_a_note_can_be_taken_along_in_the_formats_of_others(app, ask):
    read = read_page(ask(app, "/fr/notes/be-open", headers=BROWSER))
    files = {link["download"]: link["href"] for link in read.all("a") if "download" in link}
    assert files.keys() == {"", "be-open.en.stix.json", "be-open.en.misp.json"}
    assert [ask(app, address).status_code for address in files.values()] == [200] * 3
    (link, citation) = (button["data-copy"] for button in read.all("button") if "data-copy" in button)
    assert link == "http://test/fr/notes/be-open?version=en"
    assert citation.endswith(link)
