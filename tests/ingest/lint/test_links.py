"""Links of a body: what leads elsewhere, what leads nowhere, and how to mend it (KB203)."""

from typing import Any

import pytest

from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from tests.conftest import BODY

NOTE = "Write `../<id>/` for a note of the same kind, `../../strategies/<id>/` for a strategy."
BEGIN = "Begin it with `https://`."
WEB = "Write `https://`, the site, and its path."


def remedies(content: Any, target: str) -> list[str]:
    content.practice("be-a", body=f"{BODY}\nSee [it]({target}).\n")
    content.practice("be-b")
    issues = check(read_collection([content.root]), read_taxonomy([content.root]), "2026-11-28")
    return [one.remedy for one in issues if one.code == "KB203"]


@pytest.mark.parametrize(
    "target",
    [
        "https://www.politie.be", "HTTPS://politie.be/a", "Http://localhost:8000", "https://politie.be?q=1", "#risks",
        "mailto:info@example.org", "MAILTO:info@example.org", "https://müller.example/", "../be-b/", "../be-b/#risks",
    ],
)  # fmt: skip
def test_a_link_that_leads_somewhere_is_left_alone(content: Any, target: str) -> None:
    assert remedies(content, target) == []


@pytest.mark.parametrize(
    ("target", "remedy"),
    [
        ("www.politie.be", BEGIN), ("WWW.Politie.be/aangifte", BEGIN), ("politie.be", BEGIN),
        ("ccb.belgium.be/en?a#b", BEGIN), ("//politie.be", BEGIN), ("politie.be:443/a", BEGIN),
        ("https:/x", WEB), ("https://", WEB), ("https:///x", WEB), ("https:politie.be", WEB), ("http://?q", WEB),
        ("other.md", NOTE), ("plan.pdf", NOTE), ("page.html#a", NOTE), ("be-b", NOTE), ("/practices/be-b", NOTE),
        ("mailto:", NOTE), ("../be-bb/", "Did you mean `be-b`?"),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_told_what_was_meant(content: Any, target: str, remedy: str) -> None:
    assert remedies(content, target) == [remedy]
