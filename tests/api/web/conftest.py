"""Pages read as a browser reads them, and what holds for every page."""

import re
from itertools import pairwise
from typing import NamedTuple

import html5rdf
import pytest

from api.auth.key_file import KeyFile
from kb.text.languages import Language

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
OFFERED = {"search", "alternate"}
"""What a link of a page's head may lead to that the browser does not load with it."""
PICTURE = re.compile(r"/(fr|nl|en)/notes/[a-z0-9-]+/[\w-]+\.png\?version=(fr|nl|en)")
"""A picture in the folder of a note."""
BROWSER = {"accept": "text/html"}


class Element(NamedTuple):
    """words: all that are inside it, with single spaces"""

    tag: str
    attributes: dict[str, str]
    words: str


class Page:
    """A page's elements, its text, and the text of its tables row by row. Raises ParseError for bad HTML."""

    def __init__(self, text):
        tree = html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
        self.elements = [
            Element(
                part.tag.rpartition("}")[2], part.attrib, re.sub(r"[ \n]+", " ", "".join(part.itertext())).strip(" ")
            )
            for part in tree.iter()
            if isinstance(part.tag, str)  # no comment
        ]
        self.words = "".join(tree.itertext())
        self.rows = [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]

    def find(self, tag, **wanted):
        """The elements with this tag and these attributes."""
        return [
            element for element in self.elements if element.tag == tag and wanted.items() <= element.attributes.items()
        ]

    def all(self, tag, **wanted):
        """The attributes of these elements."""
        return [element.attributes for element in self.find(tag, **wanted)]

    def hrefs(self):
        return [link["href"] for link in self.all("a")]


def read_page(answer, status=200):
    """Read a page, and see that its headings and anchors fit, that it loads nothing from elsewhere and runs nothing
    that is written in it.
    """
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    read = Page(answer.text)
    assert all(script["src"].startswith("/static/") for script in read.all("script"))
    assert "<script>" not in answer.text
    assert read.all("style") == []
    names = {name for element in read.elements for name in element.attributes}
    assert not [name for name in names if name.startswith("on") or name == "style"]
    for tag, attribute in LOADED.items():
        for element in read.all(tag):
            own = element.get("rel") in OFFERED or (tag == "img" and PICTURE.fullmatch(element["src"]))
            assert element.get(attribute, "/").startswith("/" if own else "/static/")
            assert not element.get(attribute, "/").startswith("//")
    for form in read.all("form"):
        assert form["action"].startswith("/")
    assert read.all("html")[0]["lang"] in set(Language)
    anchors = [element.attributes["id"] for element in read.elements if "id" in element.attributes]
    assert len(anchors) == len(set(anchors))
    assert {link[1:] for link in read.hrefs() if link.startswith("#")} <= set(anchors)
    levels = [int(element.tag[1]) for element in read.elements if re.fullmatch("h[1-6]", element.tag)]
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    return read


@pytest.fixture
def with_key(settings, open_app, ask):
    """Index what has been written, and ask for an address with a key for TLP:AMBER and without one."""

    def asked(address):
        app, key = open_app(), KeyFile(settings.key_file).create("one", "amber")[1]
        return tuple(
            ask(app, address, headers={**BROWSER, **more}) for more in ({"Authorization": f"Bearer {key}"}, {})
        )

    return asked


@pytest.fixture
def opened_with_key(with_key):
    """Index what has been written, and open a page of it with a key for TLP:AMBER."""
    return lambda address: read_page(with_key(address)[0])


@pytest.fixture
def opened(open_app, ask):
    """Index what has been written, and open a page of it."""
    return lambda address, status=200: read_page(ask(open_app(), address, headers=BROWSER), status)
