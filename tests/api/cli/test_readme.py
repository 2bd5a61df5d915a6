"""The README's commands work, and its table of settings is the real one. Its links: `tests/docs/test_references.py`."""

import itertools
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kb.settings import Settings

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


def row(name, field):
    """Return a setting as the README lists it; it needs a reindex where `kb.settings` marks it so."""
    typed = {None: "(empty)", False: "`false`", (Path("content"),): "`content`"}
    default = typed.get(field.default, f"`{field.default}`")
    reindex = "yes" if field.json_schema_extra["reindex"] else "no"
    return f"| `KB_{name.upper()}` | {default} | {field.description} | {reindex} |"


def test_the_table_has_every_setting_with_a_sentence():
    rows = re.findall(r"^\| `KB_.*", README, re.MULTILINE)
    assert rows == [row(*setting) for setting in Settings.model_fields.items()]
    assert all(re.search(r"\| [A-Z].{15,}\. \| (yes|no) \|$", line) for line in rows)
    marked = [line.split("`")[1] for line in rows if line.endswith("| yes |")]
    assert marked == ["KB_EMBEDDING_MODEL", "KB_CHUNK_TOKENS", "KB_CHUNK_OVERLAP"]


def test_make_targets_are_the_real_ones():
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
