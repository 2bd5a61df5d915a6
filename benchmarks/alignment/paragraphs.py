"""Paragraphs that say the same in English, French and Dutch, out of freely licensed manuals in Debian's packages.

Two versions of a page align where their blocks do: by id where blocks carry ids, else by order where both pages have
the same sequence of blocks. Pages that were translated in part, and paragraphs left in English, are passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

LANGUAGES = ("en", "fr", "nl")

PACKAGES = re.findall(
    r"\S+",
    "libreoffice-help-en-us libreoffice-help-fr libreoffice-help-nl gnome-user-docs gimp-help-en gimp-help-fr "
    "gimp-help-nl debian-faq debian-faq-fr debian-faq-nl installation-guide-amd64 kstars-data kleopatra okular",
)
"""Debian packages whose manuals exist in the three languages (MPL, GPL, FDL and CC-BY-SA)."""

_PLACES = (
    # a pattern for the English file below usr/share, and where its translation lies
    (re.compile(r"libreoffice/help/en-US/text/(.+\.html)$"), "libreoffice/help/{lang}/text/{rest}"),
    (re.compile(r"help/C/(.+\.page)$"), "help/{lang}/{rest}"),
    (re.compile(r"gimp/[\d.]+/help/en/(.+\.html)$"), "gimp/3.0/help/{lang}/{rest}"),
    (re.compile(r"doc/debian/FAQ/([\w-]+)\.en\.html$"), "doc/debian/FAQ/{lang}/{rest}.{lang}.html"),
    (re.compile(r"doc/debian/FAQ/([\w-]+)\.html$"), "doc/debian/FAQ/{lang}/{rest}.{lang}.html"),
    (re.compile(r"doc/installation-guide-amd64/en/(.+\.html)$"), "doc/installation-guide-amd64/{lang}/{rest}"),
    (re.compile(r"doc/HTML/en/(.+\.docbook)$"), "doc/HTML/{lang}/{rest}"),
)
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "title"}
_BLOCKS = _HEADINGS | {"p", "para", "simpara"}
_SHORTEST, _LONGEST = 25, 700
_NUMBERING = re.compile(r"^(?:[\d.]+|[A-Z]\.\d[\d.]*)\s+")


@dataclass(frozen=True)
class Aligned:
    """One text in the three languages. `heading`: what stands above it, in the three languages, or None."""

    texts: dict[str, str]
    heading: dict[str, str] | None


@dataclass(frozen=True)
class _Block:
    key: str
    heading: bool
    text: str


class _Reader(HTMLParser):
    """Collects the blocks of an HTML, Mallard or DocBook page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[_Block] = []
        self._open: tuple[str, str] | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._close()
            self._open = (tag, dict(attrs).get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[0]:
            self._close()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text.append(data)

    def _close(self) -> None:
        text = " ".join("".join(self._text).split())
        if self._open and text:
            tag, key = self._open
            self.blocks.append(_Block(key, tag in _HEADINGS, _NUMBERING.sub("", text.replace("&", ""))))
        self._open, self._text = None, []


def aligned(root: Path) -> Iterator[Aligned]:
    """Every aligned paragraph below `root`, where the packages were unpacked, in the order of files; none twice."""
    share = root / "usr" / "share"
    known: set[str] = set()
    for page in sorted(path for path in share.rglob("*") if path.suffix in (".html", ".page", ".docbook")):
        name = page.relative_to(share).as_posix()
        for pattern, place in _PLACES:
            if match := pattern.match(name):
                others = {lang: share / place.format(lang=lang, rest=match[1]) for lang in LANGUAGES[1:]}
                if all(path.is_file() for path in others.values()):
                    yield from _of_page({"en": page, **others}, known)
                break


def _of_page(pages: dict[str, Path], known: set[str]) -> Iterator[Aligned]:
    heading: dict[str, str] | None = None
    for english, french, dutch in _rows({lang: _blocks(page) for lang, page in pages.items()}):
        texts = {"en": english.text, "fr": french.text, "nl": dutch.text}
        if len(set(texts.values())) < len(texts):
            continue
        if english.heading:
            heading = texts
        elif english.text not in known and all(_SHORTEST <= len(text) <= _LONGEST for text in texts.values()):
            known.add(english.text)
            yield Aligned(texts, heading)
            heading = None


def _rows(blocks: dict[str, list[_Block]]) -> Iterator[tuple[_Block, ...]]:
    keyed = [{block.key: block for block in blocks[lang] if block.key} for lang in LANGUAGES]
    if len(keyed[0]) > len(blocks["en"]) // 2:
        for key, block in keyed[0].items():
            if all(key in other for other in keyed[1:]):
                yield block, keyed[1][key], keyed[2][key]
    elif len({tuple(block.heading for block in blocks[lang]) for lang in LANGUAGES}) == 1:
        yield from zip(*(blocks[lang] for lang in LANGUAGES), strict=True)


def _blocks(page: Path) -> list[_Block]:
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8", errors="replace"))
    reader.close()
    return reader.blocks
