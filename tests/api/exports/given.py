"""Notes as the Searcher gives them: all of a collection, and a few made-up ones under different labels."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.indexing.index import index_content
from kb.access import clearance
from kb.notes.taxonomy import Taxonomy
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from search.results import NoteVersion
from search.service import Searcher

ADDRESS = "https://kb.example"
WHEN = datetime(2026, 12, 1, tzinfo=UTC)
"""When the notes were indexed."""
ALL = clearance("amber+strict", ["BE"], ["Alphadienst"])
RSIT = 'rsit:fraud="phishing"'
ODD = "https://example.org/résumé?a=[1]|2#%C3%A9"
"""An address as browsers show it and no standard allows."""


def whole(searcher: Searcher, language: Language) -> tuple[list[NoteVersion], Taxonomy]:
    """Every note for everybody, as a reader of this language sees it."""
    view = searcher.view()
    return [view.note(note_id, language) for note_id in view.kinds()], view.taxonomy


@pytest.fixture
def given(
    content: Any,
    settings: Settings,
    fake_encoder: Any,
    fake_searcher: Callable[[], Searcher],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[list[NoteVersion], Taxonomy]]:
    """A strategy, a practice for everybody that serves it, and practices for some and for one organisation.

    Call it with ids to get these notes, in this order.
    """
    monkeypatch.setattr("ingest.indexing.index.now", lambda: WHEN)
    source = {"url": ODD, "title": "A page", "publisher": "An issuer", "accessed": "2026-01-01", "admiralty": "B2"}
    evaluation = {"url": "https://example.org/study", "year": 2024, "method": "Survey", "outcome": "Fewer victims"}
    content.strategy("be-plan")
    content.practice(
        "be-open",
        implements=["be-plan#o1", "be-plan#o2"],
        attack=["T1566.002"],
        tags=[RSIT],
        sources=[source, {**source}],
        evidence={"level": "evaluated-locally", "effect": "positive", "evaluations": [evaluation]},
    )
    content.translation("be-open", "nl", "en", "## Probleem\n\nValse berichten.\n\n## Aanpak\n\nWij blokkeren ze.\n")
    content.practice(
        "nl-amber",
        countries=["NL"],
        tlp="amber",
        pap="green",
        licence=None,
        started="2030-05",
        tags=[RSIT],
        audience={"countries": ["BE"], "organisations": []},
        related=[{"id": "be-open", "rel": "counterpart-of"}],
    )
    content.practice(
        "lu-strict",
        countries=["LU"],
        tlp="amber+strict",
        pap="red",
        licence=None,
        owner="Alphadienst",
        status="annulled",
        attack=["T1566.002"],
        tags=['circl:incident-classification="scam"'],
        related=[{"id": "be-open", "rel": "counterpart-of"}],
    )
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    searcher = fake_searcher()

    def read(*note_ids: str, language: Language = Language.EN) -> tuple[list[NoteVersion], Taxonomy]:
        view = searcher.view(ALL)
        return [view.note(note_id, language) for note_id in note_ids], view.taxonomy

    return read
