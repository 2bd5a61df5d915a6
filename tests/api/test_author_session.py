"""An author's afternoon in a real terminal: begin a note, be told what is wrong, mend it, see it found."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.api.conftest import DEADLINE, REPOSITORY, environment

Type = Callable[..., "pexpect.spawn[str]"]
TEXT = {
    "## Problème": "Des escrocs créent de faux sites de banques et volent les codes de leurs clients.",
    "## Approche": "Les fournisseurs d'accès envoient vers une page d'avertissement qui ouvre un faux site de banque.",
}


@pytest.fixture
def kb(content: Any, tmp_path: Path, empty_data_dir: Callable[[Path], Path]) -> Iterator[Type]:
    """Types `kb …` into a terminal."""
    data = empty_data_dir(tmp_path / "data")
    opened: list[pexpect.spawn[str]] = []

    def type_in(*arguments: str) -> "pexpect.spawn[str]":
        terminal = pexpect.spawn(
            sys.executable, ["-m", "api.cli", *arguments], cwd=str(REPOSITORY), encoding="utf-8", timeout=DEADLINE,
            dimensions=(50, 200),
            env=environment(KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY),
        )  # fmt: skip
        opened.append(terminal)
        return terminal

    yield type_in
    for terminal in opened:
        terminal.close(force=True)


def filled_in(text: str) -> str:
    """The skeleton with what an author knows; three things are wrong."""
    for field, value in {
        "summary": "Les fournisseurs d'accès avertissent qui ouvre un faux site de banque.",
        "organisations": "[{name: Centre pour la Cybersécurité Belgique, role: lead, country: BE}]",
        "status": "en service",
        "started": "2026-13",
        "evidence": "{level: monitored, effect: unknown}",
        "sources": "[{url: example.org, title: Une page, publisher: CCB, accessed: 2026-01-01}]",
        "authors": "[Équipe de rédaction]",
    }.items():
        head, _, rest = text.partition(f"\n{field}:")
        kept = "\n".join(line for line in rest.split("\n")[1:]).lstrip("\n")
        while kept.startswith("  "):
            kept = kept.partition("\n")[2]
        text = f"{head}\n{field}: {value}\n{kept}"
    for heading, paragraph in TEXT.items():
        text = text.replace(f"{heading}\n", f"{heading}\n\n{paragraph}\n")
    return text


def test_an_author_begins_mends_and_finds_a_note(kb: Type, content: Any) -> None:
    content.practice("nl-other", countries=["NL"], no_counterpart=["BE", "LU"])
    kb("index").expect(pexpect.EOF)

    new = kb("new", "practice", "be-page", "--lang", "fr")
    new.expect("Titre: ")
    new.sendline("Page d'avertissement devant les faux sites de banques")
    new.expect("Pays: ")
    new.sendline("BE")
    new.expect("Types de criminalité: ")
    new.sendline("fishing")
    new.expect("Did you mean `phishing`")
    new.expect("Types de criminalité: ")
    new.sendline("phishing")
    new.expect("Phases: ")
    new.sendline("prevention")
    new.expect("be-page/fr.md")
    new.expect(pexpect.EOF)
    file = content.root / "practices" / "be-page" / "fr.md"
    file.write_text(filled_in(file.read_text("utf-8")), "utf-8")

    lint = kb("lint", str(file.parent))
    said = lint.read()
    lines = file.read_text("utf-8").splitlines()
    for field, wrong in (("status", "en service"), ("started", "2026-13"), ("sources", "example.org")):
        number = next(place for place, line in enumerate(lines, 1) if line.startswith(f"{field}: "))
        assert wrong in lines[number - 1]
        assert f"{file}:{number}:" in said, said
        assert wrong in said
    assert "3 errors" in said

    watch = kb("watch")
    watch.expect("Watching.")
    mended = file.read_text("utf-8").replace("en service", "operational").replace("2026-13", "2026-01")
    mended = mended.replace("url: example.org", "url: https://example.org/a")
    file.write_text(mended, "utf-8")
    watch.expect("Found now: be-page")

    search = kb("search", "wie een valse banksite opent een waarschuwing tonen", "--lang", "nl")
    search.expect("be-page")
    search.expect(pexpect.EOF)

    file.write_text(mended.replace("prevention", "preventoin"), "utf-8")
    watch.expect("KB111")
    watch.expect("As it was, until its errors are mended: be-page")
    watch.sendintr()
    watch.expect(pexpect.EOF)
    watch.close()
    assert watch.exitstatus == 0
    shown = kb("show", "be-page")
    shown.expect("avertissement")
    shown.expect(pexpect.EOF)
