"""The box sends a question in a body; only one that cannot tell of a case ends up in an address."""

import re
from urllib.parse import urlencode

import pytest

from api.locales.texts import TEXTS
from api.web.search_address import ADDRESSED
from kb.text.languages import Language
from search.query import MAX_CHARACTERS, MAX_PASTED
from tests.api.web.conftest import read_page

CASE = "Le bureau de Mme Zyxwvut a été rançonné.\nLes sauvegardes étaient en ligne. "
LONG = CASE * 30
assert len(LONG) > MAX_CHARACTERS


def send(client, text, path="/fr/", **headers):
    return client.post(path, data={"q": text}, headers=headers, follow_redirects=False)


def test_a_short_question_gets_an_address(client):
    sent = send(client, " hameçonnage ", "/fr/?country=BE&kind=practice")
    assert (sent.status_code, sent.headers["location"]) == (303, "/fr/?q=hame%C3%A7onnage&country=BE&kind=practice")


@pytest.mark.parametrize("text", ["x" * (ADDRESSED + 1), CASE, LONG], ids=["long", "lines", "pasted"])
@pytest.mark.parametrize("script", [{}, {"HX-Request": "true"}], ids=["form", "script"])
def test_a_text_that_may_tell_of_a_case_stands_in_no_address_and_no_title(client, text, script):
    sent = send(client, text, "/fr/?country=BE", **script)
    read = read_page(sent)
    assert sent.headers["cache-control"] == "no-store"
    assert [part["data-address"] for part in read.all("div", id="results")] == ["/fr/?country=BE"]
    assert read.all("base") == [{"target": "_blank"}]
    addresses = [*read.hrefs(), *re.findall(r'(?:action|formaction|data-hx-post)="([^"]*)"', sent.text)]
    assert any("kind=practice" in address for address in addresses)
    assert not any("q=" in address or "Zyxwvut" in address for address in addresses)
    [title] = read.find("title")
    assert title.words == TEXTS[Language.FR]["site"]
    [box] = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", sent.text, re.DOTALL)
    assert box == text.strip()


def test_what_is_still_typed_stands_in_no_title_and_gets_its_address_when_the_box_is_left(client):
    read = read_page(send(client, "phishing", **{"HX-Request": "true"}))
    assert [part["data-address"] for part in read.all("div", id="results")] == ["/fr/?q=phishing"]
    assert [title.words for title in read.find("title")] == [TEXTS[Language.FR]["site"]]
    assert read.all("base") == [{"target": "_self"}]


def test_what_is_not_meant_of_a_private_text_stands_in_no_address(client):
    read = read_page(send(client, CASE + "Sky ECC"))
    (chip,) = read.all("button", name="not_meant", value="identifier:skyecc")
    assert "not_meant" not in chip["formaction"]
    back = client.post("/fr/", data={"q": CASE + "Sky ECC", "not_meant": "identifier:skyecc"})
    read = read_page(back)
    assert {"type": "hidden", "name": "not_meant", "value": "identifier:skyecc"} in read.all("input")
    assert read.all("button", name="not_meant", value="identifier:skyecc") == []
    (chip,) = read.all("button", name="meant", value="identifier:skyecc")
    again = {"q": CASE + "Sky ECC", "not_meant": "identifier:skyecc", "meant": "identifier:skyecc"}
    assert read_page(client.post("/fr/", data=again)).all("button", name="not_meant", value="identifier:skyecc")


def test_a_whole_incident_in_an_address_is_refused_as_a_question_too_long(client):
    read_page(client.get("/fr/", params={"q": LONG}), 400)


def test_a_text_that_counts_as_too_many_requests_is_kept(content, ask, open_app):
    content.practice("be-a")
    app = open_app(rate_limit=5)
    form = {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"}
    answer = ask(app, "/fr/", "POST", content=urlencode({"q": LONG}).encode(), headers=form)
    assert answer.status_code == 400
    assert LONG.strip() in answer.text


@pytest.mark.parametrize("text", [CASE * 4, LONG], ids=["question", "pasted"])
def test_it_finds_what_the_api_finds(client, text):
    pasted = len(text) > MAX_CHARACTERS
    asked = {"similar_to": {"text": text}} if pasted else {"q": text}
    answer = client.post("/v1/search", json={**asked, "lang": "fr"}).json()
    wanted = [hit["id"] for hit in answer["practices"]]
    page = send(client, text, "/fr/?kind=practice").text
    assert re.findall(r'<h3><a class="linked" href="/fr/notes/([^"]+)"', page) == wanted


@pytest.mark.parametrize("language", Language)
def test_too_long_a_text_is_told_so_and_kept(client, language):
    text = "Beaucoup trop. " * (MAX_PASTED // 10)
    answer = send(client, text, f"/{language}/")
    read = read_page(answer, 400)
    assert re.sub(r"\D", "", read.find("section", role="alert")[0].words).startswith(str(len(text.strip())))
    assert text.strip() in answer.text


def test_what_it_understood_is_taken_back_and_meant_again(client):
    read = read_page(client.get("/en/?q=phishing+in+Belgium"))
    back = "/en/?q=phishing+in+Belgium&not_meant=country%3ABE"
    assert back in read.hrefs()
    read = read_page(client.get(back))
    assert "/en/?q=phishing+in+Belgium" in read.hrefs()
    assert not read.all("span", **{"class": "not-here"})
    for nothing in ("country:XX", "BE", "identifier:", "x:y"):
        read_page(client.get("/en/", params={"q": "phishing", "not_meant": nothing}))


def test_a_body_that_no_form_sends_is_refused(client):
    answer = client.post("/fr/", content=b"q=\xff%ff", headers={"Accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 400
    assert client.post("/fr/", content=b"", follow_redirects=False).status_code == 303
