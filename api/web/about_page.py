"""The pages that explain: what this is, how the search works, what the labels mean, how to contribute; and what the
problems of the API mean.
"""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from fastapi import Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import Response

from api.models.problems import KINDS
from api.web.rendering import page
from kb.text.languages import Language

_TEXTS: Final = Path(__file__).parent / "about"
_ANCHOR: Final = re.compile(r"\s*\{#([a-z-]+)\}\s*$")


def about_page(request: Request, language: Language) -> Response:
    """Answer with the page in a language."""
    html, contents = _text(language)
    return page(request, "about.html", language, "/{}/about", html=html, contents=contents)


def problems_page(request: Request, language: Language) -> Response:
    """Answer with every kind of problem, by status; in English, as problems are. Their `type` names this page."""
    read = MarkdownIt("commonmark").renderInline
    by_status = sorted(KINDS.values(), key=lambda kind: kind.status)
    marked = (Markup(read(kind.remedy)) for kind in by_status)  # noqa: S704 - our own words
    kinds = [kind._replace(remedy=remedy) for kind, remedy in zip(by_status, marked, strict=True)]
    return page(request, "problems.html", language, "/{}/problems", kinds_of_problem=kinds)


@cache
def _text(language: Language) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return HTML, and (anchor, heading) of each section."""
    reader = MarkdownIt("commonmark").enable("table")
    tokens = reader.parse((_TEXTS / f"{language}.md").read_text(encoding="utf-8"))
    contents: list[tuple[str, str]] = []
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open" and (found := _ANCHOR.search(inline.content)):
            heading.attrSet("id", found[1])
            contents.append((found[1], _ANCHOR.sub("", inline.content)))
            for child in inline.children or ():
                child.content = _ANCHOR.sub("", child.content)
    return reader.renderer.render(tokens, reader.options, {}), tuple(contents)
