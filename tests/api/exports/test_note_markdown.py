"""A note taken along: its text as HTML with working links, its file with all that its page says, its citation."""

from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from api.compose import Services
from api.exports.note_markdown import citation, note_html
from api.http.app import create_app
from api.locales.texts import TEXTS, day_text
from ingest.indexing.index import index_content
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Links, NoteVersion

Load = Callable[[str], str]
LAWS = [
    {"name": "Act of 1 May", "country": "BE", "eli": "eli/loi/2020", "note": "article 3"},
    {"country": "NL"},
    {"name": "A principle", "celex": "32016R0679"},
]


@pytest.fixture
def load(
    content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any, ask: Callable[..., httpx.Response]
) -> Load:
    """Indexes a practice, its counterpart and a strategy, and gives the file at a path."""
    content.practice(
        "be-a",
        countries=["BE"],
        crime_types=["phishing", "ransomware"],
        phases=["prevention", "disruption"],
        organisations=[{"name": "A bank", "role": "partner"}, {"name": "The police", "role": "lead"}],
        evidence={
            "level": "evaluated-locally",
            "effect": "none",
            "evaluations": [
                {"year": 2024, "url": "https://example.org/e", "method": "survey", "outcome": "No fewer victims."}
            ],
        },
        legal_basis=LAWS,
        related=[{"id": "nl-b", "rel": "counterpart-of"}],
        implements=["be-plan#o1"],
        sources=[{"url": "https://example.org/a", "title": "T", "publisher": "P", "accessed": "2026-02-03"}],
        reviewed="2020-01-01",
        review_by="2020-02-01",
    )
    content.practice("nl-b", title="Theirs", countries=["NL"], status="annulled", implements=["be-plan"])
    content.strategy("be-plan", title="Plan", issuer="The ministry")
    index_content(settings, store, fake_encoder)
    app = create_app(Services(settings.model_copy(update={"public_url": "https://kb.example"}), fake_searcher()))
    return lambda path: ask(app, path).text


@pytest.mark.parametrize("language", Language)
def test_a_practice_has_every_field_of_its_page(load: Load, language: Language) -> None:
    words, told = TEXTS[language], load(f"/{language}/notes/be-a.md")
    pair = words["pair"].format
    head = told.partition("## Problem")[0]
    labels = {
        Language.EN: ("phishing; ransomware", "prevention; disruption", "Belgium", "Netherlands"),
        Language.NL: ("phishing; ransomware", "preventie; verstoring", "België", "Nederland"),
        Language.FR: ("hameçonnage\u00a0; rançongiciel", "prévention\u00a0; entrave", "Belgique", "Pays-Bas"),
    }[language]
    for line in (
        f"**{words['is_overdue'].format(day_text('2020-02-01', language))}**",
        f"- {pair(words['crime_type'], labels[0])}",
        f"- {pair(words['phase'], labels[1])}",
        f"- {pair(words['organisations'], '').rstrip()}",
        "  - A bank",
        f"  - The police ({words['leads']})",
        "  - 2024: No fewer victims. <https://example.org/e>",
        f"  - {pair(labels[2], 'Act of 1 May')} (eli/loi/2020, article 3)",
        f"  - {pair(labels[3], words['no_law'])}",
        "  - A principle (32016R0679)",
    ):
        assert f"\n{line}\n" in head, line
    assert f"- T, P, {words['read_on']} {day_text('2026-02-03', language)}: <https://example.org/a>\n" in told


def test_links_are_whole_addresses_and_say_what_no_longer_stands(load: Load) -> None:
    told = load("/en/notes/be-a.md")
    assert (
        "## Counterparts elsewhere\n\n- [Theirs](https://kb.example/en/notes/nl-b) (NL), **annulled**\n\n"
        "## Implements\n\n- [Plan](https://kb.example/en/notes/be-plan) (BE)\n\n## Sources\n"
    ) in told


def test_a_strategy_has_its_issuer_and_objectives_and_no_marks(load: Load) -> None:
    told = load("/en/notes/be-plan.md")
    assert "\n- Issuer: The ministry\n" in told
    assert "\n- Block false sites.\n- Help victims.\n" in told
    assert (
        "implement them\n\n- Block false sites.\n  - [A practice](https://kb.example/en/notes/be-a) (BE)\n"
        "- Help victims.\n  - No practice here implements this objective.\n\n"
        "## Practices that serve the document as a whole\n\n"
        "- [Theirs](https://kb.example/en/notes/nl-b) (NL), **annulled**\n"
    ) in told
    assert "{#" not in told


def test_no_file_of_the_collection_has_marks_or_relative_links(client: httpx.Client) -> None:
    for note_id in ("be-css-2", "nl-nlcs", "eu-tco", "be-cyber-emergency-plan", "be-baps"):
        told = client.get(f"/fr/notes/{note_id}.md")
        assert told.status_code == 200, note_id
        assert "{#" not in told.text
        assert "](.." not in told.text


# --- its text as HTML, its citation ---


def note(**payload: Any) -> NoteVersion:
    return NoteVersion(
        "be-baps", Language.NL, {"kind": "practice", **payload}, Links(), datetime(2026, 6, 1, tzinfo=UTC)
    )


def html(markdown: str, **payload: Any) -> str:
    return note_html(note(markdown=markdown, **payload))


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
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](vbscript:a)",
        '[x](# "\\" onclick=alert(1)")',
        '<https://example.org/"onclick=alert(1)>',
        '[x](../x/#"onclick=alert)',
        "[x](../x/javascript:alert(1))",
        "[x](../x/fr.md#javascript:alert(1))",
    ],
)
def test_nothing_a_note_holds_can_run(markdown: str) -> None:
    for tag, attributes in Elements(html(markdown)).found:
        assert tag in ("p", "a")
        assert set(attributes) <= {"href", "rel", "title"}
        assert not str(attributes.get("href")).lower().startswith(("javascript:", "data:", "vbscript:"))


def test_a_citation_names_note_version_day_and_address() -> None:
    cited = citation(note(title="Frappes & co: 100 % {sûr}", reviewed="2026-11-25"), Language.EN, "http://kb")
    assert cited.text == (
        "Frappes & co: 100 % {sûr}. Benelux cybercrime practice base, be-baps (nl), 25 November 2026. "
        "http://kb/en/notes/be-baps?version=nl"
    )
    assert r"title = {Frappes \& co: 100 \% \{sûr\}}" in cited.bibtex
    assert "url = {http://kb/en/notes/be-baps?version=nl}" in cited.bibtex
    assert cited.bibtex.count("{") == cited.bibtex.count("}")
