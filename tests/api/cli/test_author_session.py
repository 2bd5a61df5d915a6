"""An author's afternoon in a real terminal: begin a note, see what is wrong, correct it, find it."""

import os
import pty
import re
import subprocess
import sys
import termios
from contextlib import ExitStack

import pexpect
import pexpect.fdpexpect
import pytest

from tests.api.conftest import DEADLINE, REPOSITORY, environment


@pytest.fixture
def kb(content, tmp_path, empty_data_dir):
    """Types `kb …` into a terminal of its own, and returns it with the process.

    Not by `pexpect.spawn`, which runs Python in a fork of this process: beside the threads of the encoder such a fork
    may hang.
    """
    data = empty_data_dir(tmp_path / "data")
    given = environment(KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY)
    with ExitStack() as opened:

        def type_in(*arguments):
            ours, theirs = pty.openpty()
            termios.tcsetwinsize(theirs, (50, 200))
            typed = ["setsid", "--ctty", sys.executable, "-m", "api.cli.main", *arguments]
            streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
            process = opened.enter_context(subprocess.Popen(typed, cwd=REPOSITORY, env=given, **streams))
            opened.callback(process.kill)
            os.close(theirs)
            terminal = pexpect.fdpexpect.fdspawn(ours, timeout=DEADLINE, encoding="utf-8")
            opened.callback(terminal.close)
            return terminal, process

        yield type_in


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


def test_an_author_begins_corrects_and_finds_a_note(kb, content):
    new, _ = kb("new", "practice", "be-page", "--lang", "fr")
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

    watch, watching = kb("watch")
    watch.expect("KB\\d+")
    said = kb("lint", str(file.parent))[0].read()
    lines = file.read_text("utf-8").splitlines()
    for field, wrong in (("status", "en service"), ("started", "2026-13"), ("sources", "example.org")):
        number = next(place for place, line in enumerate(lines, 1) if line.startswith(f"{field}: "))
        assert f"{file}:{number}:" in said, said
        assert wrong in said
    assert "3 errors" in said

    correct = file.read_text("utf-8").replace("en service", "operational").replace("2026-13", "2026-01")
    correct = correct.replace("url: example.org", "url: https://example.org/a")
    file.write_text(correct, "utf-8")
    watch.expect("Watching.")
    file.write_text(correct.replace("prevention", "preventoin").replace("avertissement", "blague"), "utf-8")
    watch.expect("KB111")
    watch.expect("As it was, until its errors are mended: be-page")
    watch.send("\x03")  # Ctrl-C
    watch.expect(pexpect.EOF)
    assert watching.wait(DEADLINE) == 0
    page = kb("show", "be-page")[0].read()
    assert ("avertissement" in page, "blague" in page) == (True, False)
