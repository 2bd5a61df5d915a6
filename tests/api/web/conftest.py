"""Pages read as a browser would, and what holds for every one of them."""

from html.parser import HTMLParser
from typing import NamedTuple

import pytest

from kb.text.languages import Language

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
OFFERED = {"search", "alternate"}
"""What a link of a page's head may lead to that the browser does not load with it."""
VOID = {"meta", "link", "input", "br", "hr", "img", "col"}


class Element(NamedTuple):
    """said: the words inside it, piece by piece."""

    tag: str
    attributes: dict[str, str]
    said: list[str]


class Page(HTMLParser):
    """A page's elements, its text, the words of its tables row by row, and whether its tags nest."""

    def __init__(self, text):
        super().__init__()
        self.elements: list[Element] = []
        self.words = ""
        self.marks: list[int] = []
        self.rows: list[list[str]] = []
        self._open: list[Element] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs}, [])
        self.elements.append(element)
        if tag == "mark":
            self.marks.append(len(self.words))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self._open.pop().tag == tag

    def handle_data(self, data):
        self.words += data
        for element in self._open:
            element.said.append(data)
        if any(element.tag in ("td", "th") for element in self._open):
            self.rows[-1][-1] += data

    def all(self, tag, **wanted):
        return [one.attributes for one in self.elements if one.tag == tag and wanted.items() <= one.attributes.items()]

    def hrefs(self):
        return [link["href"] for link in self.all("a")]


def read_page(answer, status=200):
    """Read a page, and see that it loads nothing from elsewhere and runs nothing that stands in it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    read = Page(answer.text)
    assert all(script["src"].startswith("/static/") for script in read.all("script"))
    assert "<script>" not in answer.text
    assert read.all("style") == []
    assert not [name for one in read.elements for name in one.attributes if name.startswith("on") or name == "style"]
    for tag, attribute in LOADED.items():
        for element in read.all(tag):
            assert element.get(attribute, "/").startswith("/" if element.get("rel") in OFFERED else "/static/")
            assert not element.get(attribute, "/").startswith("//")
    for form in read.all("form"):
        assert form["action"].startswith("/")
    assert read.all("html")[0]["lang"] in set(Language)
    return read


@pytest.fixture
def opened(open_app, ask):
    """Index what has been written, and open a page of it."""

    def show(address, status=200, **changed):
        return read_page(ask(open_app(**changed), address, headers={"accept": "text/html"}), status)

    return show
