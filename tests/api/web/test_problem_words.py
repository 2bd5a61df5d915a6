"""What pages say of errors: every error a reader can meet, in three languages, and a way on."""

import re
from html import unescape
from typing import get_args

import pytest

from api.compose import Services
from api.http.app import create_app
from api.locales.texts import TEXTS
from kb.errors import Code, ModelError, StoreUnavailable
from kb.text.languages import Language
from tests.api.web.conftest import BROWSER, read_page

PROVOKED = {
    "no_page": "nothing",
    "no_note": "notes/none notes/none.md",
    "no_utf_8": "?q=hame%E7onnage compare?phase=%ff",
    "control_characters": "?q=phi%00shing",
    "too_long": "?q=" + "a" * 21_000,
    "not_comparable": "compare?note=be-a",
    "unknown_page": "?kind=practice&page=x",
    "repeated_parameter": "?q=a&q=b compare?phase=a&phase=b",
    "unknown_parameter": "?q=a&cuontry=BE compare?country=BE coverage?q=x notes/be-a?lang=fr notes/be-a.md?verison=fr",
    "unknown_value": "?q=a&country=XX ?organisation=xx ?kind=xx ?q=a&sort=xx ?note_lang=xx ?status=xx ?evidence=xx "
    "compare?phase=xx notes/be-a?version=xx notes/be-a.md?version=xx",
}
"""Code -> addresses that meet it."""
BY_HAND = {"defect", "unavailable", "not_allowed", "too_large", "not_authenticated", "too_many"} | {
    "signed_out",
    "too_many_keys",
    "other_site",
}
OF_A_FORM = {"feedback_incomplete", "feedback_too_long", "feedback_unavailable"}
"""`test_feedback_page` sends them."""
STATUS = {"no_page": 404, "no_note": 404}
NOT_BY_ADDRESS = {"empty", "refused", "too_far"}
"""A page takes no question for none, and one beyond the last for the last; what is refused without a
narrower code is asked of the API or the terminal.
"""


@pytest.fixture
def app(content, open_app):
    content.practice("be-a", organisations=[{"name": f"Unit {letter}", "role": "lead"} for letter in "ABCDEFG"])
    return open_app()


def read_problem(answer, language, status=400):
    """What a page says of an error, and where its links lead."""
    read = read_page(answer, status)
    assert read.all("html") == [{"lang": language}]
    (section,) = read.find("section", **{"class": "warning", "role": "alert"})
    html = answer.text.partition('<section class="warning"')[2].partition("</section>")[0]
    assert " lang=" not in html
    return " ".join(section.words.split()), [unescape(link) for link in re.findall(r'href="([^"]+)"', html)]


def says(words, code, language):
    """Whether the text of a code stands in words, whatever its values are."""
    parts = re.split(r"\{\w+\}", re.sub(r"\s+", " ", TEXTS[language][f"error_{code}"]))
    return re.search(".*".join(map(re.escape, parts)), words) is not None


def test_every_error_that_a_page_can_meet_is_met_here():
    assert {*PROVOKED, *BY_HAND, *OF_A_FORM, *NOT_BY_ADDRESS} == set(get_args(Code))


@pytest.mark.parametrize("language", Language)
def test_what_is_wrong_is_said_in_the_readers_language(app, ask, language):
    for code, met in PROVOKED.items():
        for path in met.split():
            words, _ = read_problem(ask(app, f"/{language}/{path}", headers=BROWSER), language, STATUS.get(code, 400))
            assert says(words, code, language), (path, words)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("error", [StoreUnavailable("/srv/secret is gone."), ModelError("x"), ValueError("secret")])
def test_what_only_an_operator_can_mend_has_no_details(settings, ask, language, error):
    class Broken:
        def __getattr__(self, name):
            def fail(*_, **__):
                raise error

            return fail

    app = create_app(Services(settings, Broken()))
    code, status = ("defect", 500) if isinstance(error, ValueError) else ("unavailable", 503)
    for path in ("?q=a", "notes/be-a", "coverage", "compare?phase=prevention"):
        answer = ask(app, f"/{language}/{path}", headers=BROWSER)
        assert says(read_problem(answer, language, status)[0], code, language)
        assert "secret" not in answer.text


@pytest.mark.parametrize("language", Language)
def test_a_page_says_that_credentials_are_not_good_and_how_long_to_wait(app, ask, language):
    wrong = {**BROWSER, "authorization": "Bearer kb_wrong"}
    answers = [ask(app, f"/{language}/about", headers=wrong) for _ in range(12)]
    assert says(read_problem(answers[0], language, 401)[0], "not_authenticated", language)
    words = read_problem(answers[-1], language, 429)[0]
    assert says(words, "too_many_keys", language)
    assert answers[-1].headers["retry-after"] in words
    assert answers[0].headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "size", "code", "status"),
    [
        ("POST", "about", 0, "not_allowed", 405),
        ("POST", "about", 401_000, "too_large", 413),
        ("GET", f"compare?phase={'x' * 64_000}", 0, "too_large", 414),
    ],
    ids=["method", "body", "address"],
)
def test_what_no_page_takes_is_refused(app, ask, method, path, size, code, status):
    answer = ask(app, f"/fr/{path}", method, headers=BROWSER, content=b"x" * size)
    assert says(read_problem(answer, Language.FR, status)[0], code, Language.FR)


def test_a_long_address_is_not_multiplied(app, ask):
    answer = ask(app, f"/fr/compare?crime_type=x&phase={'x' * 60_000}", headers=BROWSER)
    assert answer.status_code == 400
    assert len(answer.content) < 300_000


@pytest.mark.parametrize(
    ("path", "meant", "without"),
    [
        ("?q=a&country=belgiqe", "?q=a&country=BE", "?q=a"),
        ("?phase=detection&crime_type=hameconage", "?phase=detection&crime_type=phishing", "?phase=detection"),
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
    answer = ask(app, f"/fr/{path}", headers=BROWSER)
    words, links = read_problem(answer, Language.FR)
    assert TEXTS[Language.FR]["meant"] in words
    assert links[0] == f"/fr/{meant}"
    assert f"/fr/{without}" in links
    read_page(ask(app, f"/fr/{meant}", headers=BROWSER))


def test_values_are_offered_by_their_labels_and_of_names_the_nearest_few(app, ask):
    words, links = read_problem(ask(app, "/nl/?q=a&country=XX", headers=BROWSER), Language.NL)
    assert ("“XX”" in words, "België" in words, "/nl/?q=a&country=BE" in links) == (True, True, True)
    words, links = read_problem(ask(app, "/nl/?organisation=Zzz", headers=BROWSER), Language.NL)
    assert "“Zzz”" in words
    assert len([link for link in links if "organisation=" in link]) == 5


@pytest.mark.parametrize("text", ["%00a%1b", "a" * 50_000])
def test_what_cannot_be_asked_is_neither_lost_nor_shown_as_it_is(app, ask, text):
    statuses = {f"/en/?q={text}": 400, f"/en/?q=a&status={text}": 400, f"/en/?{text}=a": 200}
    for path, status in (statuses | {f"/en/notes/{text[:900]}": 404}).items():
        answer = ask(app, path, headers=BROWSER)
        assert answer.status_code == status
        shown = re.sub(r'href="[^"]*"|<textarea.*?</textarea>', "", answer.text, flags=re.DOTALL)
        assert not re.search(r"[\x00-\x08\x0b-\x1f]|a{2001}", shown)
    (box,) = read_page(ask(app, f"/en/?q={text}", headers=BROWSER), 400).find("textarea", id="q")
    assert box.words.strip() == text.replace("%00", " ").replace("%1b", "").strip()
