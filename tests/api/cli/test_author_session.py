"""`kb new` in a real terminal, where it asks for what is not given."""

import os
import pty
import subprocess
import sys
import termios
from contextlib import ExitStack

import pexpect
import pexpect.fdpexpect
import pytest

from tests.api.conftest import DEADLINE, REPOSITORY, environment


@pytest.fixture
def kb(content):
    """Types `kb …` into a terminal of its own, and returns it with the process.

    Not by `pexpect.spawn`, which runs Python in a fork of this process: beside the threads of the encoder such a fork
    may hang.
    """
    given = environment(KB_CONTENT_DIRS=content.root, PYTHONPATH=REPOSITORY)
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


def test_new_asks_for_what_is_lacking_and_takes_words_of_vocabularies_only(kb, content):
    terminal, process = kb("new", "practice", "be-page", "--lang", "fr")
    for asked, typed in (
        ("Titre: ", "Page d'avertissement"),
        ("Pays: ", "BE"),
        ("Types de criminalité: ", "fishing"),
        ("Did you mean `phishing`.*Types de criminalité: ", "hameçonnage"),
        ("Phases: ", ""),
        ("be-page/fr.md", None),
    ):
        terminal.expect(asked)
        if typed is not None:
            terminal.sendline(typed)
    terminal.expect(pexpect.EOF)
    assert process.wait(DEADLINE) == 0
    text = (content.root / "practices" / "be-page" / "fr.md").read_text("utf-8")
    for line in ("title: Page d'avertissement\n", "countries:\n- BE\n", "crime_types:\n- phishing\n", "phases:\n"):
        assert line in text
