"""What pages say of errors: every error a reader can meet, in three languages, and a way on."""

import re
from typing import get_args

import pytest
from fastapi import FastAPI

from api.compose import Services
from api.http.app import create_app
from api.locales.texts import TEXTS
from kb.errors import Code, ModelError, StoreUnavailable
from kb.text.languages import Language

PROVOKED: dict[Code, tuple[str, str]] = {
    "no_page": ("There is nothing", "nothing"),
    "no_note": ("There is no note", "notes/none notes/none.md"),
    "control_characters": ("control characters", "?q=phi%00shing"),
    "too_long": ("2,000 are", "?q=" + "a" * 3_000),
    "unknown_page": ("is no page", "?kind=practice&page=x"),
    "repeated_parameter": ("given more", "?q=a&q=b compare?phase=a&phase=b"),
    "unknown_parameter": (
        "no parameter",
        "?q=a&cuontry=BE compare?country=BE coverage?x=y about?x=y notes/be-a?lang=fr notes/be-a.md?x=y",
    ),
    "unknown_value": (
        "not known",
        "?q=a&country=XX ?q=a&organisation=xx ?q=a&kind=xx ?q=a&sort=xx ?q=a&note_lang=xx ?q=a&status=xx "
        "?q=a&evidence=xx compare?phase=xx notes/be-a?version=xx notes/be-a.md?version=xx",
    ),
}
"""Code -> what the API says, and addresses that meet it."""
BY_HAND: set[Code] = {"defect", "unavailable", "not_allowed", "too_large", "not_authenticated", "too_many"}
NOT_BY_ADDRESS: set[Code] = {"empty", "refused", "too_far"}
"""A page takes no question for none, and one beyond the last for the last; what is refused without a
narrower code is asked of the API or the terminal.
"""


@pytest.fixture
def app(content, open_app):
    content.practice("be-a", organisations=[{"name": f"Unit {letter}", "role": "lead"} for letter in "ABCDEFG"])
    application: FastAPI = open_app()
    return application


def shown(answer, language):
    """What a page says of an error, and where its links lead."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}">' in answer.text
    (section,) = re.findall(r'<section class="warning" role="alert".*?</section>', answer.text, re.DOTALL)
    assert " lang=" not in section
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section)).replace("&#39;", "'")
    return words, [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', section)]


def says(words, code, language):
    """Whether the text of a code stands in words, whatever its values are."""
    parts = re.split(r"\{\w+\}", re.sub(r"\s+", " ", TEXTS[language][f"error_{code}"]))
    return re.search(".*".join(map(re.escape, parts)), words) is not None


def test_every_error_that_a_page_can_meet_is_met_here():
    assert {*PROVOKED, *BY_HAND, *NOT_BY_ADDRESS} == set(get_args(Code))
    for language in Language:
        assert all(TEXTS[language][f"error_{code}"] for code in get_args(Code))


@pytest.mark.parametrize("language", Language)
def test_what_is_wrong_is_said_in_the_readers_language(app, ask, language):
    for code, (english, met) in PROVOKED.items():
        for path in met.split():
            told = ask(app, f"/{language}/{path}")
            page = ask(app, f"/{language}/{path}", headers={"accept": "text/html"})
            words, _ = shown(page, language)
            assert says(words, code, language), (path, words)
            assert language is Language.EN or english not in words
            if told.headers["content-type"] == "application/problem+json":
                assert english in told.json()["detail"]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("error", [StoreUnavailable("/srv/secret is gone."), ModelError("x"), ValueError("secret")])
def test_what_only_an_operator_can_mend_is_told_without_its_details(
    content, settings, ask, fake_searcher, language, error
):
    class Broken:
        def __getattr__(self, name):
            def fail(*_, **__):
                raise error

            return fail

    app = create_app(Services(settings, Broken()))
    code: Code = "defect" if isinstance(error, ValueError) else "unavailable"
    for path in ("?q=a", "notes/be-a", "coverage", "compare?phase=prevention"):
        answer = ask(app, f"/{language}/{path}", headers={"accept": "text/html"})
        assert answer.status_code == (500 if code == "defect" else 503)
        assert says(shown(answer, language)[0], code, language)
        assert "secret" not in answer.text


@pytest.mark.parametrize("language", Language)
def test_a_page_says_that_credentials_are_not_good_and_how_long_to_wait(app, ask, language):
    wrong = {"accept": "text/html", "authorization": "Bearer kb_wrong"}
    answers = [ask(app, f"/{language}/about", headers=wrong) for _ in range(12)]
    for answer, status, code in ((answers[0], 401, "not_authenticated"), (answers[-1], 429, "too_many")):
        assert answer.status_code == status
        assert says(shown(answer, language)[0], code, language)
    assert answers[-1].headers["retry-after"] in shown(answers[-1], language)[0]


REFUSED: tuple[tuple[str, str, int, Code, int], ...] = (
    ("POST", "about", 0, "not_allowed", 405),
    ("POST", "about", 401_000, "too_large", 413),
    ("GET", f"compare?phase={'x' * 64_000}", 0, "too_large", 414),
)


@pytest.mark.parametrize("language", Language)
def test_what_is_sent_and_an_address_without_end_are_refused_and_a_long_one_is_not_multiplied(app, ask, language):
    browser = {"accept": "text/html"}
    for method, path, size, code, status in REFUSED:
        answer = ask(app, f"/{language}/{path}", method, headers=browser, content=b"x" * size)
        assert answer.status_code == status
        assert says(shown(answer, language)[0], code, language)
    answer = ask(app, f"/{language}/compare?crime_type=x&phase={'x' * 60_000}", headers=browser)
    assert answer.status_code == 400
    assert len(answer.content) < 300_000


@pytest.mark.parametrize(
    ("path", "meant", "without"),
    [
        ("?q=a&country=belgiqe", "?q=a&country=BE", "?q=a"),
        (
            "?country=BE&crime_type=hameconage&sort=date",
            "?country=BE&crime_type=phishing&sort=date",
            "?country=BE&sort=date",
        ),
        ("?q=a&crime_type=fishing", "?q=a&crime_type=phishing", "?q=a"),
        ("?q=a&cuontry=BE", "?q=a&country=BE", "?q=a"),
        (
            "?organisation=unit%20b&organisation=Unït%20bb",
            "?organisation=unit+b&organisation=unit+b",
            "?organisation=unit+b",
        ),
        ("notes/be-a?version=frr", "notes/be-a?version=fr", "notes/be-a"),
    ],
)
def test_links_lead_to_what_was_meant(app, ask, path, meant, without):
    words, links = shown(ask(app, f"/fr/{path}", headers={"accept": "text/html"}), Language.FR)
    assert TEXTS[Language.FR]["meant"] in words
    assert links[0] == f"/fr/{meant}"
    assert f"/fr/{without}" in links
    assert ask(app, f"/fr/{meant}", headers={"accept": "text/html"}).status_code == 200


def test_values_are_offered_by_their_labels_and_of_names_the_nearest_few(app, ask):
    words, links = shown(ask(app, "/nl/?q=a&country=XX", headers={"accept": "text/html"}), Language.NL)
    assert "“XX”" in words
    assert "België" in words
    assert "/nl/?q=a&country=BE" in links
    words, links = shown(ask(app, "/nl/?organisation=Zzz", headers={"accept": "text/html"}), Language.NL)
    assert "“Zzz”" in words
    assert len([link for link in links if "organisation=" in link]) == 5


@pytest.mark.parametrize("text", ["%00a%1b", "a" * 50_000])
def test_what_cannot_be_asked_is_neither_lost_nor_shown_as_it_is(app, ask, text):
    for path in (f"/en/?q={text}", f"/en/?q=a&status={text}", f"/en/?{text}=a", f"/en/notes/{text[:900]}"):
        answer = ask(app, path, headers={"accept": "text/html"})
        assert answer.status_code in (400, 404)
        assert not re.search(r"[\x00-\x08\x0b-\x1f]|a{2001}", re.sub(r'href="[^"]*"', "", answer.text))
    again = re.findall(r'name="q" value="([^"]*)"', ask(app, f"/en/?q={text}", headers={"accept": "text/html"}).text)
    assert ask(app, "/en/", params={"q": again[0].strip()}).status_code == 200
