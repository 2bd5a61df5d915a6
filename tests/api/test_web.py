"""The pages: what they show, in three languages, without scripts and without a way in for anybody else's."""

import re
import string
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import httpx
import pytest

from api.app import create_app
from api.guard import HEADERS
from api.interface_texts import EXAMPLES, TEXTS, status_text
from ingest.index import index_content
from kb.front_matter import Evidence, PracticeFields, Relation, TranslationInfo
from kb.languages import NAMES, Language
from kb.note import Kind
from search.query import STATUSES

Check = Callable[..., dict[str, Any]]
LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
VOID = {"meta", "link", "input", "br", "hr", "img"}
EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """A page's elements with their attributes, its text, and whether its tags nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words = ""
        self.marks: list[int] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "mark":
            self.marks.append(len(self.words))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(answer: httpx.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    read = Page(answer.text)
    assert read.all("script") == []
    assert not [name for _, attributes in read.elements for name in attributes if name.startswith("on")]
    assert not [1 for _, attributes in read.elements if "style" in attributes]
    for tag, attribute in LOADED.items():
        for element in read.all(tag):
            assert element.get(attribute, "/").startswith("/static/")
    for form in read.all("form"):
        assert form["action"].startswith("/")
    assert read.all("html")[0]["lang"] in set(Language)
    return read


# --- the search page ---


@pytest.mark.parametrize("language", Language)
def test_the_page_without_a_question_invites_one(client: httpx.Client, language: Language) -> None:
    read = page(client.get("/", params={"lang": language.value}))
    assert read.all("html")[0]["lang"] == language
    assert TEXTS[language]["question"] in read.words
    assert all(example in read.words for example in EXAMPLES[language])
    assert TEXTS[language]["practices"] not in read.words


@pytest.mark.parametrize("language", Language)
def test_an_example_finds_notes_of_both_kinds(client: httpx.Client, language: Language) -> None:
    start = page(client.get("/", params={"lang": language.value}))
    links = [link["href"] for link in start.all("a") if "q=" in link["href"]]
    assert len(links) == len(EXAMPLES[language])
    for link in links:
        read = page(client.get(link))
        assert TEXTS[language]["practices"] in read.words
        assert TEXTS[language]["strategies"] in read.words
        assert TEXTS[language]["none"] not in read.words
        assert len([one for one in read.all("a") if one["href"].startswith("/notes/")]) >= 15


def test_the_page_shows_what_the_api_answers(client: httpx.Client) -> None:
    asked = {"q": "slachtoffers van ransomware helpen", "lang": "nl", "country": "LU"}
    answer = client.get("/v1/search", params=asked).json()
    read = page(client.get("/", params=asked))
    linked = {link["href"] for link in read.all("a") if link.get("class") == "linked"}
    hits = [*answer["practices"], *answer["strategies"]]
    assert linked == {
        f"/notes/{one['id']}?lang=nl"
        for hit in hits
        for one in (*hit["counterparts"], *hit["implements"], *hit["implemented_by"])
    }
    shown = [
        link["href"] for link in read.all("a") if link["href"].startswith("/notes/") and link.get("class") != "linked"
    ]
    assert shown == [f"/notes/{hit['id']}?lang=nl" for hit in hits]
    chosen = [option["value"] for option in read.all("option") if "selected" in option]
    assert chosen == ["LU"]


@pytest.mark.parametrize("language", Language)
def test_where_nothing_relevant_was_found_the_page_says_so(client: httpx.Client, language: Language) -> None:
    said = TEXTS[language]["nearest_only"]
    pie = {"q": "recette de tarte aux pommes", "lang": language.value}
    assert client.get("/v1/search", params=pie).json()["relevant"] is False
    shown = page(client.get("/", params=pie))
    assert said in shown.words
    assert shown.all("li")
    assert said not in page(client.get("/", params={"q": EXAMPLES[language][0], "lang": language.value})).words


def test_a_note_in_another_language_wears_a_badge(
    content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any, ask: Callable[..., httpx.Response]
) -> None:
    body = "## Probleem\n\nMensen krijgen valse berichten.\n\n## Aanpak\n\nBlokkeren.\n"
    content.practice("nl-one", "nl", countries=["NL"], body=body)
    index_content(settings, store, fake_encoder)
    read = page(ask(create_app(settings, fake_searcher()), "/?q=valse+berichten&lang=en"))
    assert TEXTS[Language.EN]["only_in"].format(NAMES[Language.NL][Language.EN]) in read.words
    assert "nl" in {link.get("lang") for link in read.all("a") if link["href"].startswith("/notes/")}


def test_switching_the_language_keeps_the_question(client: httpx.Client) -> None:
    read = page(client.get("/", params={"q": "a & b <c>", "country": "BE", "lang": "nl"}))
    french = next(link["href"] for link in read.all("a") if link.get("hreflang") == "fr")
    params = httpx.URL(french).params
    assert (params["q"], params["country"], params["lang"]) == ("a & b <c>", "BE", "fr")


@pytest.mark.parametrize("parameter", ["q", "country", "crime_type", "phase", "status", "lang"])
def test_what_is_asked_is_shown_as_text(client: httpx.Client, parameter: str) -> None:
    answer = client.get("/", params={"q": "phishing", parameter: EVIL}, headers={"accept": "text/html"})
    read = page(answer, 200 if parameter == "q" else 400)
    assert read.all("img") == []
    assert "<script>" not in answer.text
    if parameter == "q":
        assert next(field["value"] for field in read.all("input") if field.get("name") == "q") == EVIL


def test_a_refused_question_stays_in_the_form_and_says_why(client: httpx.Client) -> None:
    read = page(client.get("/", params={"q": "phishing", "country": "XX", "lang": "fr"}), 400)
    assert TEXTS[Language.FR]["problem"] in read.words
    assert "BE" in read.words
    assert next(field["value"] for field in read.all("input") if field.get("name") == "q") == "phishing"


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr", "fr"), ("nl-BE,nl;q=0.9,en;q=0.8", "nl"), ("de,fr;q=0.5,nl;q=0.7", "nl"), ("de", "en"), ("", "en"),
     ("nl;q=x,fr", "fr"), (";;,,;q=", "en"), ("*", "en"), ("en;q=0.1,fr;q=0.2", "fr")],
)  # fmt: skip
def test_the_browsers_language_decides_where_the_address_does_not(
    client: httpx.Client, header: str, language: str
) -> None:
    assert page(client.get("/", headers={"accept-language": header})).all("html")[0]["lang"] == language
    asked = client.get("/", params={"lang": "nl"}, headers={"accept-language": header})
    assert page(asked).all("html")[0]["lang"] == "nl"


# --- a note's page ---


@pytest.mark.parametrize("language", Language)
def test_a_note_is_shown_with_its_sources_in_the_readers_words(client: httpx.Client, language: Language) -> None:
    answer = client.get("/notes/be-baps", params={"lang": language.value})
    read = page(answer)
    note = client.get("/v1/notes/be-baps", params={"lang": language.value}).json()
    assert note["title"] in read.words
    assert note["summary"] in read.words
    assert TEXTS[language]["sources"] in read.words
    badge = TEXTS[language]["only_in"].format(NAMES[Language(note["lang"])][language])
    assert (badge in read.words) is (note["lang"] != language)
    outside = {link["href"] for link in read.all("a") if "//" in link["href"]}
    assert outside == {source["url"] for source in note["metadata"]["sources"]}


def test_every_note_has_a_page_in_every_language(client: httpx.Client) -> None:
    ids = {
        path.parent.name
        for kind in Kind
        for path in (Path(__file__).parents[2] / "content" / kind.folder).glob("*/*.md")
    }
    assert len(ids) >= 40
    inside: set[str] = set()
    for note_id in ids:
        for language in Language:
            read = page(client.get(f"/notes/{note_id}", params={"lang": language.value}))
            inside |= {httpx.URL(link["href"]).path for link in read.all("a") if link["href"].startswith("/notes/")}
            assert not [link["href"] for link in read.all("a") if link["href"].startswith(".")]
    assert {path.removeprefix("/notes/") for path in inside} <= ids


@pytest.mark.parametrize("language", Language)
def test_the_annulled_practice_says_so_wherever_it_is_shown(client: httpx.Client, language: Language) -> None:
    words = TEXTS[language]["annulled"]
    note = page(client.get("/notes/nl-online-area-ban", params={"lang": language.value}))
    assert words in note.words
    assert "badge status annulled" in {span.get("class") for span in note.all("span")}
    found = page(client.get("/", params={"q": "online gebiedsverbod burgemeester Utrecht", "lang": language.value}))
    assert words in found.words
    assert "hit annulled" in {item.get("class") for item in found.all("li")}
    hits = client.get("/v1/search", params={"q": "online gebiedsverbod burgemeester Utrecht"}).json()["practices"]
    assert next(hit["status"] for hit in hits if hit["id"] == "nl-online-area-ban") == "annulled"


# --- problems, headers, files ---


def test_problems_are_pages_for_browsers_and_json_for_everything_else(
    client: httpx.Client, assert_problem: Check
) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "nl"}
    read = page(client.get("/notes/no-such-note", headers=browser), 404)
    assert TEXTS[Language.NL]["problem"] in read.words
    assert "no-such-note" in read.words
    assert_problem(client.get("/notes/no-such-note"), 404)
    assert_problem(client.get("/v1/notes/no-such-note", headers=browser), 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/?country=XX&q=x", 400), ("/notes/be-baps", 200), ("/notes/none", 404),
     ("/v1/search?q=phishing", 200),
     ("/v1/search", 400), ("/nothing", 404), ("/static/style.css", 200), ("/static/none", 404), ("/healthz", 200),
     ("/openapi.json", 200)],
)  # fmt: skip
def test_every_answer_carries_the_protecting_headers(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "server" not in answer.headers
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_what_a_page_loads_is_there_and_loads_nothing_further(client: httpx.Client) -> None:
    links = [link["href"] for link in page(client.get("/")).all("link")]
    assert links
    for link in links:
        answer = client.get(link)
        assert answer.status_code == 200
        assert not {"url(", "@import", "<script"} & {
            word for word in ("url(", "@import", "<script") if word in answer.text
        }
    assert "//" not in client.get("/static/style.css").text


def test_a_hostile_note_cannot_act(
    content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any, ask: Callable[..., httpx.Response]
) -> None:
    body = (
        f"## Problem\n\n{EVIL}\n\n## Approach\n\n[a](javascript:alert(1)) [b](data:text/html,x)\n\n"
        "<style>*{display:none}</style>\n\n"
        "| a |\n|---|\n| <b onclick=x> |\n"
    )
    content.practice(
        "be-evil", body=body, title=f"Evil {EVIL}", summary=f"Summary {EVIL}", status="annulled",
        organisations=[{"name": EVIL, "role": "lead", "country": "BE"}], legal_basis=[{"name": EVIL}],
        sources=[{"url": 'https://x.org/"onclick="x', "title": EVIL, "publisher": EVIL, "accessed": "2026-01-01"}],
        legal_outcome="annulled",
    )  # fmt: skip
    index_content(settings, store, fake_encoder)
    app = create_app(settings, fake_searcher())
    for address in ("/notes/be-evil?lang=en", "/?q=evil&lang=en", "/?q=script+alert&lang=en"):
        read = page(ask(app, address), 200)
        assert EVIL in read.words
        assert read.all("style") == []
        assert read.all("b") == [] or "onclick" not in read.all("b")[0]
        for link in read.all("a"):
            assert link["href"].startswith(("/", "#", "https://"))
            assert set(link) <= {"href", "rel", "lang", "hreflang", "class", "aria-current"}
    html = ask(app, "/v1/notes/be-evil").json()["html"]
    assert Page(html).all("script") == Page(html).all("style") == []


def test_the_best_sentence_is_marked_and_hostile_text_in_it_is_text(
    content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any, ask: Callable[..., httpx.Response]
) -> None:
    sentence = f"Evil {EVIL} words."
    before = "Providers block the sites behind them. " * 12
    content.practice("be-evil", body=f"## Problem\n\nNothing.\n\n## Approach\n\n{before}{sentence} </mark>\n\nMore.\n")
    index_content(settings, store, fake_encoder)
    read = page(ask(create_app(settings, fake_searcher()), f"/?q={quote(sentence)}&lang=en"))
    assert len(read.marks) == 1
    assert read.words[read.marks[0] :].startswith(sentence)
    assert read.all("img") == read.all("script") == []
    assert "Providers block the sites behind them." in read.words
    assert "…" in read.words


def test_each_hit_says_why_it_is_one(client: httpx.Client) -> None:
    asked = {"q": "slachtoffers van ransomware helpen", "lang": "nl"}
    read = page(client.get("/", params=asked))
    answer = client.get("/v1/search", params={**asked, "explain": True}).json()
    hits = [*answer["practices"], *answer["strategies"]]
    assert read.words.count(TEXTS[Language.NL]["why"]) == len(hits)
    scores = [float(score) for score in re.findall(r"(\d\.\d{3}) = betekenis", read.words)]
    assert scores == pytest.approx([hit["score"] for hit in hits], abs=6e-4)
    assert "criminaliteitsvorm: " in read.words


def test_a_stale_machine_translation_says_both(
    content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any, ask: Callable[..., httpx.Response]
) -> None:
    content.practice("be-one")
    content.translation(
        "be-one", "nl", "en", "## Probleem\n\nMensen krijgen valse berichten.\n\n## Aanpak\n\nBlokkeren.\n"
    )
    index_content(settings, store, fake_encoder)
    app = create_app(settings, fake_searcher())
    words = page(ask(app, "/notes/be-one?lang=nl")).words
    assert TEXTS[Language.NL]["machine"] in words
    assert TEXTS[Language.NL]["stale"] in words
    assert TEXTS[Language.NL]["stale"] in page(ask(app, "/?q=valse+berichten&lang=nl")).words
    assert TEXTS[Language.EN]["stale"] not in page(ask(app, "/notes/be-one?lang=en")).words


# --- the words ---


def test_every_text_exists_in_every_language() -> None:
    keys = {frozenset(texts) for texts in TEXTS.values()}
    assert (set(TEXTS), len(keys)) == (set(Language), 1)
    for key in next(iter(keys)):
        words = [TEXTS[language][key] for language in Language]
        assert all(word.strip() == word and word for word in words), key
        holes = [[name for _, name, _, _ in string.Formatter().parse(word) if name is not None] for word in words]
        assert holes[0] == holes[1] == holes[2], key
    assert all(EXAMPLES[language] for language in Language)


@pytest.mark.parametrize("language", Language)
def test_every_closed_list_of_the_notes_has_its_words(language: Language) -> None:
    outcome = PracticeFields.model_fields["legal_outcome"].annotation
    levels, effects, relations, translations = (
        get_args(model.model_fields[name].annotation)
        for model, name in ((Evidence, "level"), (Evidence, "effect"), (Relation, "rel"), (TranslationInfo, "status"))
    )
    outcomes = [value for part in get_args(outcome) for value in get_args(part)]
    assert len(levels) == len(effects) == len(outcomes) == 5
    assert "annulled" in outcomes
    for status in STATUSES:
        assert status_text(status, language)
    for key in (*levels, *outcomes, *relations, *translations, *Kind):
        assert TEXTS[language][key]
    for effect in effects:  # as the template of a note looks it up
        assert TEXTS[language]["none_effect" if effect == "none" else effect]
