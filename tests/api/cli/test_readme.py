"""The README's commands work, and its table of settings is the real one. Its links: `tests/docs/test_references.py`."""

import itertools
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kb.settings import settings_table

REPOSITORY = Path(__file__).parents[3]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    for line in re.sub(r"\\\n\s*", "", block).splitlines()
]


def commands(program):
    """Return the README's commands that run a program, as arguments."""
    found = [shlex.split(line, comments=True)[1:] for line in COMMANDS if line.startswith(program)]
    assert found, f"the README shows no {program}"
    return found


def test_settings_and_make_targets_are_the_real_ones():
    assert settings_table().strip() in README
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target, *_ in commands("make"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("arguments", commands(".venv/bin/kb"), ids=" ".join)
def test_kb_commands_succeed(arguments, real):
    done = real(*arguments)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("arguments", commands("curl"), ids=lambda arguments: arguments[0])
def test_curl_commands_are_answered(arguments, client):
    address = urlsplit(next(argument for argument in arguments if argument.startswith("http")))
    options = dict(itertools.pairwise(arguments))
    answer = client.request(
        options.get("-X", "GET"),
        f"{address.path}?{address.query}",
        content=options.get("-d"),
        headers=dict([options["-H"].split(": ", 1)]) if "-H" in options else {},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["practices"]
