"""Read an HTML file as text, and what its head states of it. Follows no address in it."""

import codecs
import re
from contextlib import suppress
from html.parser import HTMLParser
from typing import Final

from ingest.documents.document import Stated, day
from kb.notes.front_matter import WEB_ADDRESS

_HEAD: Final = 200_000
"""Characters in which the head of a page is looked for."""
_CHARSET: Final = re.compile(
    rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*"
    rb"(utf-8|iso-8859-\d\d?|windows-125\d|macintosh|us-ascii)\b",
    re.IGNORECASE,
)
"""Only what pages are written in: Python knows encodings that take forever."""
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def page_text(data: bytes) -> str:
    """Return the text of a page in the encoding that it declares, else in UTF-8, else in that of old Windows."""
    marked = [name for mark, name in _MARKS if data.startswith(mark)]
    declared = [found.decode("ascii") for found in _CHARSET.findall(data[:1024])[:1]]
    for name in (*marked, *declared, "utf-8"):
        with suppress(UnicodeDecodeError, LookupError):
            return data.decode(name)
    return data.decode("cp1252", "replace")


def stated_by(page: str) -> Stated:
    """Return what the head of a page states. Names as in Dublin Core, Open Graph and HTML itself."""
    head = _Head()
    with suppress(AssertionError):  # what the parser says to `<![foo[x]]>`; what stands before it counts
        head.feed(page[:_HEAD])

    def first(*names: str) -> str:
        return next((head.found[name] for name in names if head.found.get(name)), "")

    url = first("canonical", "og:url")
    return Stated(
        title=first("og:title", "dcterms.title", "dc.title", "title"),
        author=first("author", "dcterms.creator", "dc.creator"),
        publisher=first("og:site_name", "dcterms.publisher", "dc.publisher", "publisher"),
        created=day(
            first("article:published_time", "dcterms.issued", "dcterms.created", "dcterms.date", "dc.date", "date")
        ),
        changed=day(first("article:modified_time", "dcterms.modified", "last-modified")),
        url=url if re.fullmatch(WEB_ADDRESS, url) else "",
    )


class _Head(HTMLParser):
    """Names and values in the head of a page; the first of each name counts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._in_title = False
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._over |= tag == "body"
        self._in_title = tag == "title" and not self._over
        values = {} if self._over else {name: value or "" for name, value in attrs}
        if tag == "meta":
            name = values.get("name") or values.get("property") or values.get("http-equiv") or ""
            self.found.setdefault(name.casefold(), " ".join(values.get("content", "").split()))
        elif tag == "link" and values.get("rel", "").casefold() == "canonical":
            self.found.setdefault("canonical", values.get("href", "").strip())

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.found["title"] = " ".join(f"{self.found.get('title', '')} {data}".split())
