"""Links of a note's text on its page."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from api.web.note_html import note_html
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Links
from search.view import NoteVersion

WHEN = datetime(2026, 6, 1, tzinfo=UTC)


def html(markdown: str, **payload: Any) -> str:
    return note_html(
        NoteVersion(
            "be-baps",
            Language.NL,
            {"kind": "practice", "markdown": markdown, **payload},
            Links(),
            WHEN,
        )
    )


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("../lu-spambee/", "/notes/lu-spambee?lang=nl"),
        ("../lu-spambee", "/notes/lu-spambee?lang=nl"),
        ("../lu-spambee/fr.md", "/notes/lu-spambee?lang=fr"),
        ("../lu-spambee/fr.md#approach", "/notes/lu-spambee?lang=fr#approach"),
        ("fr.md", "/notes/be-baps?lang=fr"),
        ("../../strategies/eu-tco/", "/notes/eu-tco?lang=nl"),
        ("../../strategies/eu-tco/en.md#objectives", "/notes/eu-tco?lang=en#objectives"),
        ("#approach", "#approach"),
        ("https://example.org/practices/x/", "https://example.org/practices/x/"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("../../taxonomy/phases.yaml", "../../taxonomy/phases.yaml"),
        ("../../../../etc/passwd", "../../../../etc/passwd"),
    ],
)
def test_a_link_to_a_note_leads_to_its_page_and_others_stay(target: str, address: str) -> None:
    assert html(f"See [this]({target}).") == f'<p>See <a href="{address}" rel="noreferrer">this</a>.</p>\n'


def test_a_strategy_links_from_its_own_folder() -> None:
    assert 'href="/notes/eu-tco?lang=nl"' in html("[x](../eu-tco/)", kind="strategy")


def test_headings_carry_the_anchors_that_passages_name() -> None:
    body = "## Aanpak\n\nx\n\n### Eén zaak\n\ny\n\n### Eén zaak\n"
    anchors = [section.anchor for section in sections(body, 1, Kind.PRACTICE)]
    assert len({*anchors}) == 3
    headings = [attributes["id"] for tag, attributes in Elements(html(body)).found if tag in ("h2", "h3")]
    assert headings == anchors


class Elements(HTMLParser):
    """The start tags of a fragment: (name, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))", "[x](data:text/html,<script>)", "[x](vbscript:a)",
        '[x](# "\\" onclick=alert(1)")', '<https://example.org/"onclick=alert(1)>', '[x](../x/#"onclick=alert)',
        "[x](../x/javascript:alert(1))", "[x](../x/fr.md#javascript:alert(1))",
    ],
)  # fmt: skip
def test_nothing_a_note_holds_can_run(markdown: str) -> None:
    for tag, attributes in Elements(html(markdown)).found:
        assert tag in ("p", "a")
        assert set(attributes) <= {"href", "rel", "title"}
        assert not str(attributes.get("href")).lower().startswith(("javascript:", "data:", "vbscript:"))
