"""What pages say of errors: every error a reader can meet, in three languages, and a way on."""

import re
from collections.abc import Callable
from typing import Any, NoReturn, get_args

import httpx
import pytest
from fastapi import FastAPI

from api.compose import Services
from api.http.app import create_app
from api.locales.texts import TEXTS
from ingest.indexing.index import index_content
from kb.errors import Code, ModelError, StoreUnavailable
from kb.text.languages import Language

Send = Callable[..., httpx.Response]
PROVOKED: dict[Code, list[tuple[str, str]]] = {
    "no_page": [("nothing", "There is nothing")],
    "no_note": [("notes/none", "There is no note"), ("notes/none.md", "There is no note")],
    "control_characters": [("?q=phi%00shing", "control characters")],
    "too_long": [("?q=" + "a" * 3_000, "2,000 are")],
    "unknown_page": [("?kind=practice&page=x", "is no page")],
    "repeated_parameter": [("?q=a&q=b", "given more"), ("compare?phase=a&phase=b", "given more")],
    "unknown_parameter": [
        ("?q=a&cuontry=BE", "no parameter"),
        ("compare?country=BE", "no parameter"),
        ("coverage?x=y", "no parameter"),
        ("about?x=y", "no parameter"),
        ("notes/be-a?lang=fr", "no parameter"),
        ("notes/be-a.md?x=y", "no parameter"),
    ],
    "unknown_value": [
        ("?q=a&country=XX", "not known"),
        ("?q=a&organisation=xx", "not known"),
        ("?q=a&kind=xx", "not known"),
        ("?q=a&sort=xx", "not known"),
        ("?q=a&note_lang=xx", "not known"),
        ("?q=a&status=xx", "not known"),
        ("?q=a&evidence=xx", "not known"),
        ("compare?phase=xx", "not known"),
        ("notes/be-a?version=xx", "not known"),
        ("notes/be-a.md?version=xx", "not known"),
    ],
}
"""Code -> addresses that meet it, and what the API would say."""
BY_HAND: set[Code] = {"defect", "unavailable", "not_allowed", "too_large", "not_authenticated", "too_many"}
NOT_BY_ADDRESS: set[Code] = {"empty", "refused", "too_far"}
"""A page takes no question for none, and one beyond the last for the last; what is refused without a
narrower code is asked of the API or the terminal.
"""


@pytest.fixture
def app(content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any) -> FastAPI:
    content.practice("be-a", organisations=[{"name": f"Police {letter}", "role": "lead"} for letter in "ABCDEFG"])
    index_content(settings, store, fake_encoder)
    return create_app(Services(settings, fake_searcher()))


def shown(answer: httpx.Response, language: Language) -> tuple[str, list[str]]:
    """What a page says of an error, and where its links lead."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}">' in answer.text
    (section,) = re.findall(r'<section class="warning" role="alert".*?</section>', answer.text, re.DOTALL)
    assert " lang=" not in section
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section)).replace("&#39;", "'")
    return words, [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', section)]


def says(words: str, code: Code, language: Language) -> bool:
    """Whether the text of a code stands in words, whatever its values are."""
    parts = re.split(r"\{\w+\}", re.sub(r"\s+", " ", TEXTS[language][f"error_{code}"]))
    return re.search(".*".join(map(re.escape, parts)), words) is not None


def test_every_error_that_a_page_can_meet_is_met_here() -> None:
    assert {*PROVOKED, *BY_HAND, *NOT_BY_ADDRESS} == set(get_args(Code))
    for language in Language:
        assert all(TEXTS[language][f"error_{code}"] for code in get_args(Code))


@pytest.mark.parametrize("language", Language)
def test_what_is_wrong_is_said_in_the_readers_language(app: FastAPI, ask: Send, language: Language) -> None:
    for code, met in PROVOKED.items():
        for path, english in met:
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
    content: Any, settings: Any, ask: Send, fake_searcher: Any, language: Language, error: Exception
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Callable[..., NoReturn]:
            def fail(*_: Any, **__: Any) -> NoReturn:
                raise error

            return fail

    app = create_app(Services(settings, Broken()))  # type: ignore[arg-type]  # a door that opens on nothing
    code: Code = "defect" if isinstance(error, ValueError) else "unavailable"
    for path in ("?q=a", "notes/be-a", "coverage", "compare?phase=prevention"):
        answer = ask(app, f"/{language}/{path}", headers={"accept": "text/html"})
        assert answer.status_code == (500 if code == "defect" else 503)
        assert says(shown(answer, language)[0], code, language)
        assert "secret" not in answer.text


@pytest.mark.parametrize("language", Language)
def test_a_page_says_that_credentials_are_not_good_and_how_long_to_wait(
    app: FastAPI, ask: Send, language: Language
) -> None:
    wrong = {"accept": "text/html", "authorization": "Bearer kb_wrong"}
    answers = [ask(app, f"/{language}/about", headers=wrong) for _ in range(12)]
    for answer, status, code in ((answers[0], 401, "not_authenticated"), (answers[-1], 429, "too_many")):
        assert answer.status_code == status
        assert says(shown(answer, language)[0], code, language)
    assert answers[-1].headers["retry-after"] in shown(answers[-1], language)[0]


@pytest.mark.parametrize("language", Language)
def test_a_page_that_is_written_to_says_that_it_can_only_be_read(app: FastAPI, ask: Send, language: Language) -> None:
    sent: tuple[tuple[bytes, int, Code], ...] = ((b"", 405, "not_allowed"), (b"x" * 401_000, 413, "too_large"))
    for content, status, code in sent:
        answer = ask(app, f"/{language}/about", "POST", headers={"accept": "text/html"}, content=content)
        assert answer.status_code == status
        assert says(shown(answer, language)[0], code, language)


@pytest.mark.parametrize("language", Language)
def test_an_address_without_end_is_refused_and_a_long_one_is_not_multiplied(
    app: FastAPI, ask: Send, language: Language
) -> None:
    answer = ask(app, f"/{language}/compare?phase={'x' * 64_000}", headers={"accept": "text/html"})
    assert answer.status_code == 414
    assert says(shown(answer, language)[0], "too_large", language)
    answer = ask(app, f"/{language}/compare?crime_type=x&phase={'x' * 60_000}", headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert len(answer.content) < 300_000


@pytest.mark.parametrize(
    ("path", "meant", "without"),
    [
        ("/fr/?q=a&country=belgiqe", "/fr/?q=a&country=BE", "/fr/?q=a"),
        (
            "/fr/?country=BE&crime_type=hameconage&sort=date",
            "/fr/?country=BE&crime_type=phishing&sort=date",
            "/fr/?country=BE&sort=date",
        ),
        ("/fr/?q=a&crime_type=fishing", "/fr/?q=a&crime_type=phishing", "/fr/?q=a"),
        ("/fr/?q=a&cuontry=BE", "/fr/?q=a&country=BE", "/fr/?q=a"),
        (
            "/fr/?organisation=police%20b&organisation=Polïce%20bb",
            "/fr/?organisation=police+b&organisation=police+b",
            "/fr/?organisation=police+b",
        ),
        ("/fr/notes/be-a?version=frr", "/fr/notes/be-a?version=fr", "/fr/notes/be-a"),
    ],
)
def test_links_lead_to_what_was_meant(app: FastAPI, ask: Send, path: str, meant: str, without: str) -> None:
    words, links = shown(ask(app, path, headers={"accept": "text/html"}), Language.FR)
    assert TEXTS[Language.FR]["meant"] in words
    assert links[0] == meant
    assert without in links
    assert ask(app, meant, headers={"accept": "text/html"}).status_code == 200


def test_values_are_offered_by_their_labels_and_of_names_the_nearest_few(app: FastAPI, ask: Send) -> None:
    words, links = shown(ask(app, "/nl/?q=a&country=XX", headers={"accept": "text/html"}), Language.NL)
    assert "“XX”" in words
    assert "België" in words
    assert "/nl/?q=a&country=BE" in links
    words, links = shown(ask(app, "/nl/?organisation=Zzz", headers={"accept": "text/html"}), Language.NL)
    assert "“Zzz”" in words
    assert len([link for link in links if "organisation=" in link]) == 5


@pytest.mark.parametrize("text", ["%00a%1b", "a" * 50_000])
def test_what_cannot_be_asked_is_neither_lost_nor_shown_as_it_is(app: FastAPI, ask: Send, text: str) -> None:
    for path in (f"/en/?q={text}", f"/en/?q=a&status={text}", f"/en/?{text}=a", f"/en/notes/{text[:900]}"):
        answer = ask(app, path, headers={"accept": "text/html"})
        assert answer.status_code in (400, 404)
        assert not re.search(r"[\x00-\x08\x0b-\x1f]|a{2001}", re.sub(r'href="[^"]*"', "", answer.text))
    again = re.findall(r'name="q" value="([^"]*)"', ask(app, f"/en/?q={text}", headers={"accept": "text/html"}).text)
    assert ask(app, "/en/", params={"q": again[0].strip()}).status_code == 200
