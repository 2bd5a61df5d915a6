"""What has changed in an original since it was translated, in folders with and without a Git history."""

import subprocess
from pathlib import Path

import pytest

from ingest.authoring.history import change
from kb.content.reader import read_collection
from kb.text.languages import Language

FIRST = "## Problem\n\nPeople receive messages.\n\n## Approach\n\nProviders block.\n"
LATER = "## Problem\n\nPeople receive messages.\n\n## Approach\n\nProviders warn.\n\n## Partners and roles\n\nBanks.\n"
RENDERED = "## Problème\n\nDes messages.\n\n## Approche\n\nOn bloque.\n"


def git(content, *arguments):
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=content.root, check=True, capture_output=True)


def note(content):
    return read_collection([content.root]).notes[0]


@pytest.fixture
def translated(content):
    """A note and its translation, which renders it as it is."""
    content.practice("be-a", body=FIRST)
    info = {"of": "en", "status": "human", "source_revision": note(content).original_version.revision}
    content.translation("be-a", "fr", "en", RENDERED, translation=info)
    return content


@pytest.fixture
def committed(translated):
    """The same in Git, then changed twice."""
    git(translated, "init", "-q")
    for number in range(3):
        if number:
            translated.practice("be-a", body=LATER, summary=f"Said otherwise, {number}.")
        git(translated, "add", ".")
        git(translated, "commit", "-q", "-m", str(number))
    return translated


def test_what_has_changed_is_said_by_field_heading_and_line(committed):
    committed.practice("be-a", body=LATER.replace("Banks", "Some banks"), summary="Not committed yet.")
    parts, *diff = change(note(committed), Language.FR)
    assert parts == "Changed since: `summary`, `Approach`, `Partners and roles` (new)."
    assert "\n".join(line for line in diff if line[0] in "+-").split("\n", 2)[2] == (
        "-What it is, in a sentence.\n+Not committed yet.\n-Providers block.\n+Providers warn.\n+\n"
        "+## Partners and roles\n+\n+Some banks."
    )


def test_a_broken_version_on_the_way_hides_nothing(committed):
    file = Path(committed.root, "practices", "be-a", "en.md")
    file.write_bytes(b"\xff")
    git(committed, "commit", "-q", "-a", "-m", "broken")
    git(committed, "rm", "-q", "practices/be-a/en.md")
    git(committed, "commit", "-q", "-m", "gone")
    committed.practice("be-a", body=LATER)
    assert next(change(note(committed), Language.FR)) == "Changed since: `Approach`, `Partners and roles` (new)."


def test_where_nothing_is_known_the_reason_is_said(translated, monkeypatch):
    unknown = "What has changed cannot be told:"
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(translated.root.parent))
    translated.practice("be-a", body=LATER)
    assert [*change(note(translated), Language.FR)] == [f"{unknown} the content folder has no Git history."]
    git(translated, "init", "-q")
    git(translated, "add", ".")
    git(translated, "commit", "-q", "-m", "late")
    missing = f"{unknown} its history has no text of the revision that the translation names."
    assert [*change(note(translated), Language.FR)] == [missing]
    monkeypatch.setenv("PATH", "")
    assert [*change(note(translated), Language.FR)] == [f"{unknown} Git is not installed."]
