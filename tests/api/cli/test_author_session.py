"""An author's afternoon in a real terminal: begin a note, be told what is wrong, mend it, see it found."""

import os
import pty
import re
import subprocess
import sys
import termios

import pexpect
import pexpect.fdpexpect
import pytest

from tests.api.conftest import DEADLINE, REPOSITORY, environment


class Terminal(pexpect.fdpexpect.fdspawn):
    """`kb …` in a terminal of its own. Not by `pexpect.spawn`, which runs Python in a fork of this process: beside the
    threads of the encoder such a fork may hang.
    """

    def __init__(self, arguments, environment):
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

    def interrupt(self):
        """Press Ctrl-C."""
        self.send("\x03")

    def end(self):
        """Close the terminal, and see to it that nothing runs in it."""
        self.process.kill()
        self.process.wait()
        self.close()


@pytest.fixture
def kb(content, tmp_path, empty_data_dir):
    """Types `kb …` into a terminal."""
    data = empty_data_dir(tmp_path / "data")
    opened: list[Terminal] = []

    def type_in(*arguments):
        given = environment(KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY)
        opened.append(Terminal(arguments, given))
        return opened[-1]

    yield type_in
    for terminal in opened:
        terminal.end()


def filled_in(text):
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
        text = re.sub(rf"\n{field}:.*(\n+  .*)*", f"\n{field}: {value}", text)
    text = text.replace("## Problème\n", "## Problème\n\nDes escrocs créent de faux sites et volent les codes.\n")
    return text.replace("## Approche\n", "## Approche\n\nLes fournisseurs d'accès envoient vers un avertissement.\n")


def test_an_author_begins_mends_and_finds_a_note(kb, content):
    new = kb("new", "practice", "be-page", "--lang", "fr")
    for asked, typed in (("Titre", "Page d'avertissement"), ("Pays", "BE"), ("Types de criminalité", "fishing")):
        new.expect(f"{asked}: ")
        new.sendline(typed)
    new.expect("Did you mean `phishing`")
    for asked, typed in (("Types de criminalité", "phishing"), ("Phases", "prevention")):
        new.expect(f"{asked}: ")
        new.sendline(typed)
    new.expect("be-page/fr.md")
    new.expect(pexpect.EOF)
    file = content.root / "practices" / "be-page" / "fr.md"
    file.write_text(filled_in(file.read_text("utf-8")), "utf-8")

    watch = kb("watch")
    watch.expect("KB\\d+")
    said = kb("lint", str(file.parent)).read()
    lines = file.read_text("utf-8").splitlines()
    for field, wrong in (("status", "en service"), ("started", "2026-13"), ("sources", "example.org")):
        number = next(place for place, line in enumerate(lines, 1) if line.startswith(f"{field}: "))
        assert f"{file}:{number}:" in said, said
        assert wrong in said
    assert "3 errors" in said

    mended = file.read_text("utf-8").replace("en service", "operational").replace("2026-13", "2026-01")
    mended = mended.replace("url: example.org", "url: https://example.org/a")
    file.write_text(mended, "utf-8")
    watch.expect("Watching.")
    file.write_text(mended.replace("prevention", "preventoin").replace("avertissement", "blague"), "utf-8")
    watch.expect("KB111")
    watch.expect("As it was, until its errors are mended: be-page")
    watch.interrupt()
    watch.expect(pexpect.EOF)
    assert watch.process.wait(DEADLINE) == 0
    shown = kb("show", "be-page").read()
    assert "avertissement" in shown
    assert "blague" not in shown
