"""The file of a note holds what its page says: fields, links, the days its sources were read; and no marks."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.http.app import create_app
from api.locales.texts import TEXTS
from api.web.dates import day
from ingest.indexing.index import index_content
from kb.text.languages import Language

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
        "be-a", countries=["BE"], crime_types=["phishing", "ransomware"], phases=["prevention", "disruption"],
        organisations=[{"name": "A bank", "role": "partner"}, {"name": "The police", "role": "lead"}],
        evidence={"level": "evaluated-locally", "effect": "none", "evaluations": [
            {"year": 2024, "url": "https://example.org/e", "method": "survey", "outcome": "No fewer victims."}]},
        legal_basis=LAWS, related=[{"id": "nl-b", "rel": "counterpart-of"}], implements=["be-plan#o1"],
        sources=[{"url": "https://example.org/a", "title": "T", "publisher": "P", "accessed": "2026-02-03"}],
        reviewed="2020-01-01", review_by="2020-02-01",
    )  # fmt: skip
    content.practice("nl-b", title="Theirs", countries=["NL"], status="annulled", implements=["be-plan"])
    content.strategy("be-plan", title="Plan", issuer="The ministry")
    index_content(settings, store, fake_encoder)
    app = create_app(settings.model_copy(update={"public_url": "https://kb.example"}), fake_searcher())
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
        f"**{words['is_overdue'].format(day('2020-02-01', language))}**",
        f"- {pair(words['crime_type'], labels[0])}", f"- {pair(words['phase'], labels[1])}",
        f"- {pair(words['organisations'], '').rstrip()}", "  - A bank", f"  - The police ({words['leads']})",
        "  - 2024: No fewer victims. <https://example.org/e>",
        f"  - {pair(labels[2], 'Act of 1 May')} (eli/loi/2020, article 3)",
        f"  - {pair(labels[3], words['no_law'])}", "  - A principle (32016R0679)",
    ):  # fmt: skip
        assert f"\n{line}\n" in head, line
    assert f"- T, P, {words['read_on']} {day('2026-02-03', language)}: <https://example.org/a>\n" in told


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
