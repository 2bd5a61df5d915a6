"""`kb preview`: what would find a note, indexed or not. `kb diff`: what has changed since a revision."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def kb(run_kb: Run, content: Any, tmp_path: Path, empty_data_dir: Callable[[Path], Path]) -> Run:
    """`kb` on three notes that are indexed."""
    data = empty_data_dir(tmp_path / "data")
    content.practice("be-a", title="Blocking false bank sites")
    content.practice("nl-b", countries=["NL"], title="Blocking false sites of banks")
    content.practice("lu-c", countries=["LU"], title="Helping victims of ransomware", body=RANSOM)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_kb(*arguments, KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data)

    assert run("index").returncode == 0
    return run


RANSOM = "## Problem\n\nFiles are encrypted for money.\n\n## Approach\n\nKeys are given to victims.\n"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "gegijzelde bestanden terugkrijgen", "lang": "nl"}\n'
        '{"_id": "q2", "text": "bloquer un faux site de banque", "lang": "fr"}\n'
    )
    (folder / "qrels.tsv").write_text("q1\t0\tlu-c\t1\nq2\t0\tbe-a\t1\n")
    return folder


def test_a_draft_is_previewed_and_not_indexed(kb: Run, content: Any, questions: Path) -> None:
    content.practice(
        "be-d", title="Sleutels voor slachtoffers van gijzelsoftware", language="nl", draft=True,
        body="## Probleem\n\nBestanden zijn gegijzeld.\n\n## Aanpak\n\nSlachtoffers krijgen hun bestanden terug.\n",
        questions=["Wie helpt mij aan de sleutel van mijn bestanden?"],
    )  # fmt: skip
    done = kb("preview", "be-d", "--queries", str(questions))
    assert done.returncode == 0, done.stderr
    nearest, own, asked = (done.stdout.partition(part)[2] for part in ("Nearest to", "Found by its own", "2 questions"))
    assert nearest.splitlines()[1].split()[0] == "lu-c"
    assert "nl title: 1. (" in own
    assert "nl question: 1. (" in own
    assert "nl q1: 1. (" in asked
    assert "be-d" not in kb("search", "gegijzelde bestanden terugkrijgen", "--lang", "nl").stdout
    assert not [*Path(content.root).parent.glob("data/trial-*")]


def test_a_note_with_errors_is_told_them(kb: Run, content: Any) -> None:
    content.practice("be-d", crime_types=["fishing"])
    done = kb("preview", "be-d")
    assert done.returncode == 1
    assert "KB111" in done.stderr
    missing = kb("preview", "be-x")
    assert (missing.returncode, "There is no note `be-x`." in missing.stderr) == (1, True)


def test_diff_says_what_changed_and_what_is_found_otherwise(kb: Run, content: Any, questions: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(content.root), *who, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    content.practice("be-a", title="Blocking false bank sites", status="ended", ended="2025")
    content.practice("nl-b", countries=["NL"], title="Blocking false sites of banks", body=RANSOM)
    content.practice("be-new", title="Keys for victims of ransomware", body=RANSOM)
    (content.root / "practices" / "lu-c" / "en.md").unlink()
    done = kb("diff", "HEAD", "--queries", str(questions))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        "~ be-a: ended (None → 2025), status (operational → ended)",
        "+ be-new: Keys for victims of ransomware",
        "- lu-c",
        "~ nl-b: text en",
    ]
    assert any(one.startswith("q1 (nl): ") and "+be-new" in one and "-lu-c" in one for one in lines)
    assert lines[-1] == "2 of 2 questions find other notes, or in another order."
    wrong = kb("diff", "no-such-revision")
    assert wrong.returncode == 1
    assert "cannot be read" in wrong.stderr
    assert "Traceback" not in wrong.stderr
