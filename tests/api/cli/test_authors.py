"""`kb new` and `kb translate` in a terminal: what they write, ask for and refuse."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
FLAGS = ("--title", "Un bouclier", "--country", "BE", "--crime-type", "phishing", "--phase", "prevention")


@pytest.fixture
def kb(run_kb: Run, content: Any) -> Run:
    return lambda *arguments: run_kb(*arguments, KB_CONTENT_DIRS=content.root)


def test_a_new_note_is_written_where_it_belongs_and_lint_says_what_is_lacking(kb: Run, content: Any) -> None:
    done = kb("new", "practice", "be-shield", "--lang", "fr", *FLAGS)
    file = content.root / "practices" / "be-shield" / "fr.md"
    assert (done.returncode, done.stdout.strip()) == (0, str(file))
    assert f"kb lint {file.parent}" in done.stderr
    checked = kb("lint", str(file))
    assert checked.returncode == 1
    assert "field `summary` is empty. Fill it in." in checked.stdout
    assert "field `tlp` is empty; it is one of 'clear', " in checked.stdout  # nobody is told of a note by an oversight
    assert "is not one of" not in checked.stdout


def test_words_of_vocabularies_may_be_typed_in_small_letters_and_with_commas(kb: Run, content: Any) -> None:
    done = kb(
        "new", "practice", "bnl-a", "--lang", "en", "--title", "T", "--country", "be, nl", "--phase", "Prevention"
    )
    assert done.returncode == 0, done.stderr
    text = (content.root / "practices" / "bnl-a" / "en.md").read_text("utf-8")
    assert "countries:\n- BE\n- NL\n" in text
    assert "phases:\n- prevention\n" in text
    assert "# Choices: clear, green, amber, amber+strict.\n" in text
    assert "# Form: YYYY, YYYY-MM, YYYY-MM-DD.\nstarted:\n" in text
    assert "# Form: true, false.\n# draft:\n" in text
    assert '# questions:\n#   - "…"\n' in text


def test_words_of_vocabularies_may_be_typed_as_they_are_called(kb: Run, content: Any) -> None:
    phases = ("--phase", "Aide aux victimes, verstoring", "--phase", "preuve électronique")
    done = kb("new", "practice", "be-a", "--lang", "fr", "--title", "T", "--country", "pays-bas", *phases)
    assert done.returncode == 0, done.stderr
    text = (content.root / "practices" / "be-a" / "fr.md").read_text("utf-8")
    assert "countries:\n- NL\n" in text
    assert "phases:\n- victim-support\n- disruption\n- evidence\n" in text


@pytest.mark.parametrize(
    "asked",
    [
        ("new", "practice", "be-b", "--lang", "fr"),
        ("import", "b.html", "--id", "be-b"),
    ],
    ids=lambda asked: asked[0],
)
def test_where_nothing_can_be_written_it_is_said_in_a_line(kb: Run, content: Any, asked: tuple[str, ...]) -> None:
    content.practice("be-a")
    page = content.root.parent / "b.html"
    page.write_text("<h1>A shield against false sites</h1><p>People lose their money on the sites of thieves.</p>")
    (content.root / "practices" / "be-b").write_text("a file in the way")
    done = kb(*(str(page) if one == page.name else one for one in asked))
    assert done.returncode != 0
    assert "cannot be written: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_translation_begins_with_the_text_that_it_renders(kb: Run, content: Any) -> None:
    content.practice("be-a")
    done = kb("translate", "be-a", "--to", "nl")
    file = content.root / "practices" / "be-a" / "nl.md"
    assert (done.returncode, done.stdout.strip()) == (0, str(file))
    assert "## Probleem\n\nPeople receive false messages." in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("new", "practice", "Be Shield", "--lang", "fr"), "`Be Shield` is no id."),
        (("new", "practice", "be-a", "--lang", "fr"), "`kb translate be-a --to …` begins a translation"),
        (("new", "practice", "xx-a", "--lang", "fr"), "`xx-a` does not begin with a country or area."),
        (("new", "practice", "be-b", "--lang", "fr", "--country", "BE,XX"), "`XX` is not in the vocabulary countries."),
        (("translate", "be-broken", "--to", "nl"), "The note `be-broken` has errors. See `kb lint "),
        (("translate", "be-broken", "--to", "en"), "exists. Nothing was written"),
        (("new", "strategy", "be-a", "--lang", "fr"), "There is a note `be-a` already."),
        (("new", "practice", "be-b", "--lang", "fr", "--crime-type", "fishing"), "Did you mean `phishing`?"),
        (("translate", "be-x", "--to", "nl"), "There is no note `be-x`."),
        (("translate", "be-a", "--to", "en"), "exists. Nothing was written"),
        (("translate", "be-a", "--to", "fr"), "exists. Nothing was written"),
    ],
)
def test_what_cannot_be_begun_is_refused_and_nothing_is_written(
    kb: Run, content: Any, asked: tuple[str, ...], told: str
) -> None:
    content.practice("be-a")
    content.translation("be-a", "fr", "en", "## Problème\n\nA.\n\n## Approche\n\nB.\n")
    content.practice("be-broken", title=None)
    before = {file: file.read_bytes() for file in Path(content.root).rglob("*.md")}
    done = kb(*asked)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert {file: file.read_bytes() for file in Path(content.root).rglob("*.md")} == before
