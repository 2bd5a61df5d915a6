"""The pages: what they show, in three languages, without scripts and without a way in for anybody else's."""

import re
from html import escape
from urllib.parse import quote

import httpx
import pytest

from api.http.guard import HEADERS
from api.locales.texts import EXAMPLES, TEXTS
from api.models.problems import KINDS
from kb.notes.note import Kind
from kb.text.languages import NAMES, Language
from tests.api.web.conftest import read_page
from tests.conftest import REPOSITORY
from tests.depth import depth

DUTCH = "## Probleem\n\nMensen krijgen valse berichten.\n\n## Aanpak\n\nBlokkeren.\n"
EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.mark.parametrize("language", Language)
def test_the_start_page_invites_a_question_and_its_examples_find_notes(client, language):
    words = TEXTS[language]
    start = read_page(client.get(f"/{language}/"))
    assert start.all("html")[0]["lang"] == language
    assert start.all("li", **{"class": "hit"}) == []
    assert all(text in start.words for text in (words["question"], *EXAMPLES[language]))
    for kind in Kind:
        notes = client.get("/v1/notes", params={"kind": kind, "limit": 1}).json()["total"]
        assert words.count(f"n_{kind}", notes) in start.words
    links = [link for link in start.hrefs() if "q=" in link]
    assert len(links) == len(EXAMPLES[language])
    for link in links:
        assert len([found for found in read_page(client.get(link)).hrefs() if "/notes/" in found]) >= 15


def shown(answer):
    """The hits of an answer in the order of the page: five practices, two of others; three that are only near."""
    lists = [answer[kind] for kind in ("practices", "playbooks", "powers", "strategies")]
    return [
        hit
        for place, hits in enumerate(lists)
        for hit in hits[: 3 if hits and hits[0]["level"] == "low" else 2 if place else 5]
    ]


def test_the_page_shows_what_the_api_answers(client):
    asked = {"q": "slachtoffers van ransomware helpen", "country": "LU"}
    answer = client.get("/v1/search", params={**asked, "lang": "nl"}).json()
    read = read_page(client.get("/nl/", params=asked))
    linked = [link["href"] for link in read.all("a") if link.get("class") == "linked"]
    groups = ("counterparts", "implements", "implemented_by")
    hits = shown(answer)
    wanted = [note for hit in hits for note in (hit, *(note for name in groups for note in hit[name][:4]))]
    glance = answer["at_a_glance"].values()
    first = [link for place in glance for link in ([place["note"]] * bool(place["note"]), place["contacts"])]
    at_a_glance = [
        f"/nl/notes/{note}" if isinstance(note, str) else f"/nl/notes/{note['note']}#contacts"
        for notes in first
        for note in notes
    ]
    assert len(at_a_glance) > 1
    assert linked == [*at_a_glance, *(f"/nl/notes/{note['id']}" for note in wanted)]
    (off,) = read.find("ul", id="active")
    assert off.words == "Land of gebied: Luxemburg ×"
    assert "/nl/?q=slachtoffers+van+ransomware+helpen" in read.hrefs()


@pytest.mark.parametrize(("header", "language"), [("de,fr;q=0.5,nl;q=0.7", "nl"), ("", "en"), (";;,,;q=", "en")])
def test_the_browsers_language_decides_where_the_address_does_not(client, header, language):
    client.cookies.clear()
    accept = {"accept-language": header}
    sent = client.get("/?q=x", headers=accept)
    assert (sent.status_code, sent.headers["location"]) == (307, f"/{language}/?q=x")
    assert read_page(client.get("/nl/", headers=accept)).all("html")[0]["lang"] == "nl"


@pytest.mark.parametrize(
    "path",
    ["/{}/?q=a+%26+b+%7B%7D+%3Cc%3E&country=BE&sort=date", "/{}/notes/be-baps", "/{}/about"],
)
def test_only_the_language_switch_is_a_choice_that_is_kept(client, path):
    client.cookies.clear()
    read = read_page(client.get(path.format("fr")))
    assert not client.cookies
    switch = next(link["href"] for link in read.all("a") if link.get("hreflang") == "nl")
    sent = client.get(switch)
    assert (sent.status_code, sent.headers["location"]) == (307, path.format("nl"))
    read_page(client.get(path.format("fr")))  # a colleague's link
    assert client.get("/", headers={"accept-language": "en"}).headers["location"] == "/nl/"
    client.cookies.clear()


# --- a note's page ---


@pytest.mark.parametrize("language", Language)
def test_a_note_is_shown_with_its_sources_in_the_readers_words(client, language):
    answer = client.get(f"/{language}/notes/be-baps")
    read = read_page(answer)
    note = client.get("/v1/notes/be-baps", params={"lang": language.value}).json()
    assert all(text in read.words for text in (note["title"], note["summary"], TEXTS[language]["sources"]))
    badge = TEXTS[language]["only_in"].format(NAMES[Language(note["lang"])][language])
    assert (badge in read.words) is (note["lang"] != language)
    away = {link for link in read.hrefs() if "//" in link}
    sources = [*note["metadata"]["sources"], *(source for each in note["contacts"] for source in each["sources"])]
    channels = {way["value"] for each in note["contacts"] for way in each["channels"] if way["type"] == "web"}
    assert away == {source["url"] for source in sources} | channels
    compared = {f"/{language}/compare?crime_type={word}" for word in note["metadata"]["crime_types"]}
    assert compared <= {*read.hrefs()}


@pytest.mark.deep
def test_every_note_has_a_page_and_all_links_are_of_notes(client):
    ids = sorted(path.name for kind in Kind for path in (REPOSITORY / "content" / kind.folder).iterdir())
    assert len(ids) >= 40
    inside: set[str] = set()
    languages = [*Language]
    for number, note_id in enumerate(ids):
        for language in depth([languages[number % 3]], languages):
            read = read_page(client.get(f"/{language}/notes/{note_id}"))
            inside |= {httpx.URL(link).path[3:] for link in read.hrefs() if "/notes/" in link}
            assert not [link for link in read.hrefs() if link.startswith(".")]
    assert {re.sub(r"^/notes/|\.md$|/(stix|misp)$", "", path) for path in inside} <= {*ids}


@pytest.mark.parametrize(("public", "host"), [(None, "kb.local:8000"), ("https://kb.example", "evil.example")])
def test_a_citation_gives_the_address_that_readers_use(content, open_app, ask, public, host):
    content.practice("be-one")
    app = open_app(public_url=public)
    for path in ("/fr/notes/be-one", "/fr/notes/be-one.md"):
        answer = ask(app, path, headers={"host": host})
        assert f"{public or f'http://{host}'}/fr/notes/be-one?version=en" in answer.text
        assert "evil" not in answer.text


# --- problems, headers, files ---


def test_problems_are_pages_for_browsers_and_json_for_everything_else(client, assert_problem):
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "nl"}
    read = read_page(client.get("/nl/notes/no-such-note", headers=browser), 404)
    assert TEXTS[Language.NL]["status_404"] in read.words
    assert "no-such-note" in read.words
    assert read.all("a", **{"aria-current": "page"}) == []
    assert_problem(client.get("/nl/notes/no-such-note"), 404)
    assert read_page(client.get("/fr/nothing", headers=browser), 404).all("html")[0]["lang"] == "fr"
    client.cookies.clear()
    assert TEXTS[Language.NL]["status_404"] in read_page(client.get("/de/", headers=browser), 404).words
    assert_problem(client.get("/v1/notes/no-such-note", headers=browser), 404)


def test_what_mail_tools_add_to_an_address_is_ignored_and_led_on_nowhere(client):
    for path in ("?q=phishing", "notes/be-baps?version=nl", "compare?crime_type=phishing", "coverage?", "about?"):
        answer = client.get(f"/fr/{path}&utm_source=letter&fbclid=1", headers={"accept": "text/html"})
        assert not [link for link in read_page(answer).hrefs() if "utm_" in link or "fbclid" in link]
    for path in ("/fr/feed.atom", "/fr/opensearch.xml"):
        answer = client.get(f"{path}?utm_source=letter")
        assert (answer.status_code, "utm_source" in answer.text) == (200, False)
    assert client.get("/v1/notes?utm_source=letter").status_code == 400


def test_what_is_not_there_is_searched_for(client, content, opened):
    read = read_page(client.get("/nl/notes/be-safeonweb-app", headers={"accept": "text/html"}), 404)
    assert [box.words for box in read.find("textarea", id="q")] == ["be safeonweb app"]
    assert "/nl/notes/be-safeonweb-extension" in read.hrefs()
    (box,) = read_page(client.get("/nl/nothing", headers={"accept": "text/html"}), 404).find("textarea", id="q")
    assert box.words == ""
    content.practice("be-hidden-one", tlp="green", title="Hidden")
    content.practice("be-hidden-two", title="Open")
    hidden = opened("/en/notes/be-hidden-one", 404)
    assert [link for link in hidden.hrefs() if "/notes/" in link] == [
        "/en/notes/be-hidden-two",
        "/en/notes/be-hidden-one",  # itself, to be opened again
    ]
    assert "Hidden" not in hidden.words


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/fr/", "no-store"), ("/notes/be-baps", "no-store"), ("/static/style.css", "immutable"), ("/none", "no-store")],
)
def test_answers_carry_the_protecting_headers(client, path, kept):
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} | {"Cache-Control": kept} == {
        **HEADERS,
        "Cache-Control": kept,
    }
    assert answer.headers["cache-control"].endswith(kept)
    assert "server" not in answer.headers
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_best_sentence_is_marked_and_hostile_text_in_it_is_text(content, opened):
    sentence = f"Evil {EVIL} words."
    before = "Providers block the sites behind them. " * 12
    content.practice("be-evil", body=f"## Problem\n\nNothing.\n\n## Approach\n\n{before}{sentence} </mark>\n\nMore.\n")
    read = opened(f"/en/?q={quote(sentence)}")
    assert [mark.words for mark in read.find("mark")] == [sentence]
    assert "Providers block the sites behind them." in read.words
    assert "…" in read.words


def test_a_stale_machine_translation_says_both(content, opened):
    content.practice("be-one")
    content.translation("be-one", "nl", "en", DUTCH)
    machine, stale = (TEXTS[Language.NL][key] for key in ("machine", "stale"))
    words = opened("/nl/notes/be-one").words
    assert (machine in words, stale in words, stale in opened("/nl/?q=valse+berichten").words) == (True, True, True)
    assert TEXTS[Language.FR]["only_in"].format("anglais") in opened("/fr/?q=valse+berichten").words
    assert TEXTS[Language.EN]["stale"] not in opened("/en/notes/be-one").words


# --- lists, places, files ---


def test_filters_alone_list_the_latest_notes(client):
    newest, by_date = TEXTS[Language.EN]["newest_first"], TEXTS[Language.EN]["by_date"]
    listed = read_page(client.get("/en/", params={"crime_type": "ransomware", "kind": "practice"}))
    assert "Crime type: ransomware" in listed.words
    assert "/en/notes/nl-melissa" in listed.hrefs()
    found = read_page(client.get("/en/", params={"q": "ransomware"}))
    assert [(newest in read.words, by_date in read.words) for read in (listed, found)] == [(True, False), (False, True)]


def test_a_list_has_pages_that_do_not_overlap(client):
    asked = {"q": "phishing", "kind": "practice"}
    first, second = (client.get("/nl/", params={**asked, "page": number}) for number in (1, 2))
    heads = [re.findall(r'<h3><a class="linked" href="([^"]+)"', answer.text) for answer in (first, second)]
    assert [len(found) for found in heads] == [10, 10]
    assert not set(heads[0]) & set(heads[1])
    last = client.get("/nl/", params={**asked, "page": 100})
    steps = [re.findall(r'href="([^"]+)" rel="(?:next|prev)"', answer.text) for answer in (first, second, last)]
    assert steps[0] == ["/nl/?q=phishing&amp;kind=practice&amp;page=2"]
    assert steps[1][0] == "/nl/?q=phishing&amp;kind=practice"
    assert (len(steps[1]), len(steps[2])) == (2, 1)
    assert re.search(r'<ol start="[1-9]\d*1">', last.text)


def test_every_page_of_an_answer_says_the_same_of_it(client):
    answers = {
        (re.findall(r'class="number">(\d+)', answer.text)[0], TEXTS[Language.FR]["nearest_only"] in answer.text)
        for address in ("", "&kind=practice", "&kind=practice&page=2", "&kind=strategy", "&kind=practice&sort=date")
        for answer in (client.get(f"/fr/?q=phishing{address}"),)
    }
    assert len(answers) == 1
    assert answers.pop()[1] is False


@pytest.mark.parametrize(
    "address", ["/nl/?kind=practice", "/nl/?country=BE&kind=practice", "/nl/?phase=cooperation&kind=strategy"]
)
def test_a_number_beside_a_value_is_that_of_the_list_behind_it(client, address):
    text = client.get(address).text
    nav = text[text.index('id="facets"') :]
    found = re.findall(r'<a href="([^"]+)"([^>]*)>(?:(?!</a>).)*</a> <span class="number">(\d+)', nav)
    offered = [(link.replace("&amp;", "&"), number) for link, more, number in found if "aria-current" not in more]
    assert len(offered) > 8
    for link, number in offered[::3]:
        listed = client.get(link).text
        heading = re.search(r'<h2 id="of-\w+">[^<]* <span class="number">(\d+)', listed)
        assert heading is not None
        assert heading[1] == number, link


def test_the_page_says_in_words_why_a_note_is_a_hit(client):
    asked = {"q": "slachtoffers van ransomware helpen"}
    answer = client.get("/v1/search", params={**asked, "lang": "fr", "explain": True}).json()
    number = len(shown(answer))
    linked = {hit["explanation"]["linked_with"] for hit in answer["practices"][:5]} - {None}
    assert linked
    page = client.get("/fr/", params=asked).text
    why = re.findall(r"<details[^>]*><summary.*?</details>", page, re.DOTALL)
    assert page.count(TEXTS[Language.FR]["why"]) == page.count(TEXTS[Language.FR]["counted_most"]) == number
    for note_id in linked:
        title = escape(client.get(f"/v1/notes/{note_id}", params={"lang": "fr"}).json()["title"])
        assert any(f'href="/fr/notes/{note_id}"' in part and f">{title}</a> (" in part for part in why), note_id
    assert not [part for part in why if re.search(r"[+-]?\d[.,]\d{3}", part) or "≥" in part]


def test_a_version_is_chosen_apart_from_the_language_of_the_page(client):
    read = read_page(client.get("/fr/notes/be-baps", params={"version": "nl"}))
    assert read.all("html")[0]["lang"] == "fr"
    assert read.all("h1")[0]["lang"] == "nl"
    assert "@misc{be-baps," in read.words
    file = client.get("/fr/notes/be-baps.md", params={"version": "nl"})
    assert file.headers["content-disposition"] == 'attachment; filename="be-baps.nl.md"'
    note = client.get("/v1/notes/be-baps", params={"lang": "nl"}).json()
    assert note["title"] in file.text
    assert note["markdown"].strip().partition("](../")[0] in file.text
    assert "](../" not in file.text
    assert "/fr/notes/be-suspicious-mailbox?version=nl" in file.text
    old = client.get("/notes/be-baps", params={"lang": "nl"}, headers={"accept-language": "fr"})
    assert old.headers["location"] == "/fr/notes/be-baps?version=nl"


def test_a_note_stands_first_beside_its_counterparts(client):
    section = client.get("/en/notes/be-baps").text.partition('id="elsewhere"')[2].partition("</section>")[0]
    cards = re.findall(r'<h3><a class="linked" href="/en/notes/([^"]+)"', section)
    note = client.get("/v1/notes/be-baps", params={"lang": "en"}).json()
    assert cards == ["be-baps", *(counterpart["id"] for counterpart in note["counterparts"])]


def test_a_strategy_shows_its_objectives_and_what_it_replaces(client):
    read = read_page(client.get("/en/notes/be-css-2"))
    assert TEXTS[Language.EN]["no_practice"] in read.words
    assert {"objective-o2", "objective-o6"} <= {item.get("id") for item in read.all("li")}
    assert "/en/notes/be-baps" in read.hrefs()
    read = read_page(client.get("/en/notes/nl-iaof-2025"))
    assert TEXTS[Language.EN]["succession"] in read.words
    assert len(read.all("li", **{"aria-current": "true"})) == 1


def test_the_type_of_every_problem_leads_to_what_it_means(client):
    address = client.get("/v1/notes/be-none").json()["type"]
    page = client.get(address, follow_redirects=True, headers={"accept-language": "nl"})
    read = read_page(page)
    assert page.url.path == "/nl/problems"
    assert [heading["id"] for heading in read.all("h2")] == [
        kind.code for kind in sorted(KINDS.values(), key=lambda kind: kind.status)
    ]
    assert address.partition("#")[2] == "not-found"
    assert all(kind.remedy.replace("`", "") in read.words for kind in KINDS.values())


def test_help_has_the_same_sections_in_every_language(client):
    for language in Language:
        read = read_page(client.get(f"/{language}/about"))
        anchors = [heading["id"] for heading in read.all("h2") if "id" in heading]
        assert anchors == ["what", "search", "labels", "compare", "contribute", "privacy", "shortcuts"]
        assert "{#" not in read.words
