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

TEXT = (
    "## Problème\n\nDes escrocs créent de faux sites et volent les codes.\n\n"
    "## Approche\n\nLes fournisseurs d'accès envoient vers un avertissement.\n"
)


def save(content, **fields):
    """What the author writes into the file, in place of the skeleton."""
    summary = "Les fournisseurs d'accès préviennent qui ouvre un faux site de banque."
    return content.practice("be-page", "fr", **{"title": "Page", "summary": summary, "body": TEXT, **fields})


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


def test_an_author_begins_corrects_and_finds_a_note(kb, content):
    new, _ = kb("new", "practice", "be-page", "--lang", "fr")
    for asked, typed in (
        ("Titre: ", "Page d'avertissement"),
        ("Pays: ", "BE"),
        ("Types de criminalité: ", "fishing"),
        ("Vouliez-vous dire `phishing`.*Types de criminalité: ", "phishing"),
        ("Phases: ", "prevention"),
    ):
        new.expect(asked)
        new.sendline(typed)
    new.expect("be-page/fr.md")
    new.expect(pexpect.EOF)

    file = save(content, status="en service", started="2026-13")
    watch, watching = kb("watch")
    watch.expect("KB\\d+")
    watch.expect("Watching.")
    said = kb("lint", str(file.parent))[0].read()
    lines = file.read_text("utf-8").splitlines()
    for wrong in ("en service", "2026-13"):
        number = next(place for place, line in enumerate(lines, 1) if wrong in line)
        assert re.search(rf"{re.escape(str(file))}:{number}:.*{wrong}", said), said

    save(content)
    watch.expect("Found now: be-page")
    save(content, phases=["preventoin"], body=TEXT.replace("avertissement", "blague"))
    watch.expect("KB111")
    watch.expect("As it was, until its errors are mended: be-page")
    watch.send("\x03")  # Ctrl-C
    watch.expect(pexpect.EOF)
    assert watching.wait(DEADLINE) == 0
    page = kb("show", "be-page")[0].read()
    assert ("avertissement" in page, "blague" in page) == (True, False)
