"""An author's afternoon in a real terminal: begin a note, be told what is wrong, mend it, see it found."""

import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pexpect.fdpexpect
import pytest

from tests.api.conftest import DEADLINE, REPOSITORY, environment

Type = Callable[..., "Terminal"]
TEXT = {
    "## Problème": "Des escrocs créent de faux sites de banques et volent les codes de leurs clients.",
    "## Approche": "Les fournisseurs d'accès envoient vers une page d'avertissement qui ouvre un faux site de banque.",
}

OTHERS = {
    "Seizing the servers of a booter service": "The police take the servers over and write to those who paid.",
    "Freezing the accounts of money mules": "Banks freeze an account for two days when the police ask for it.",
    "A leaflet on passwords for schools": "Teachers hand out a leaflet on long passwords.",
    "Training investigators in crypto-assets": "A course of five days ends with a trace on a public ledger.",
    "Reporting fraud online": "Victims report on a website, and a team sorts the reports by bank account.",
    "Young offenders repair damage": "A prosecutor offers a course and work for the victim in place of a trial.",
    "Removing terrorist content within an hour": "An authority orders hosting companies to remove what it finds.",
    "Sharing indicators of ransomware": "Companies and police share addresses and hashes on one platform.",
}


class Terminal(pexpect.fdpexpect.fdspawn):  # type: ignore[type-arg]  # generic for checkers alone
    """`kb …` in a terminal of its own. Not by `pexpect.spawn`, which runs Python in a fork of this process: beside the
    threads of the encoder such a fork may hang.
    """

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, 200))
        self.process = subprocess.Popen(
            ["setsid", "--ctty", sys.executable, "-m", "api.cli.main", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=REPOSITORY,
            env=environment,
        )
        os.close(theirs)
        super().__init__(ours, timeout=DEADLINE, encoding="utf-8")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.send("\x03")

    def end(self) -> None:
        """Close the terminal, and see to it that nothing runs in it."""
        self.process.kill()
        self.process.wait()
        self.close()


@pytest.fixture
def kb(content: Any, tmp_path: Path, empty_data_dir: Callable[[Path], Path]) -> Iterator[Type]:
    """Types `kb …` into a terminal."""
    data = empty_data_dir(tmp_path / "data")
    opened: list[Terminal] = []

    def type_in(*arguments: str) -> Terminal:
        given = environment(KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY)
        opened.append(Terminal(arguments, given))
        return opened[-1]

    yield type_in
    for terminal in opened:
        terminal.end()


def filled_in(text: str) -> str:
    """The skeleton with what an author knows; three things are wrong."""
    for field, value in {
        "summary": "Les fournisseurs d'accès avertissent qui ouvre un faux site de banque.",
        "organisations": "[{name: Centre pour la Cybersécurité Belgique, role: lead, country: BE}]",
        "tlp": "clear",
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
    for number, (title, approach) in enumerate(OTHERS.items()):
        body = f"## Problem\n\n{title} is much asked for.\n\n## Approach\n\n{approach}\n"
        content.practice(f"nl-{number}", title=title, summary=approach, body=body, countries=["NL"])
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
    found = re.findall(r"\b(?:be-page|nl-\d)\b", search.read())
    assert found[0] == "be-page", found

    file.write_text(mended.replace("prevention", "preventoin").replace("avertissement", "blague"), "utf-8")
    watch.expect("KB111")
    watch.expect("As it was, until its errors are mended: be-page")
    watch.interrupt()
    watch.expect(pexpect.EOF)
    assert watch.process.wait(DEADLINE) == 0
    shown = kb("show", "be-page").read()
    assert "avertissement" in shown
    assert "blague" not in shown
