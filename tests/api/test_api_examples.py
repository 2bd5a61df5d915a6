"""The examples of docs/api.md do what the page says, as they stand there. Those in JavaScript run in tests/browser."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.http.app import bare_app

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:8000"
EXPECTED = {
    "print(hit[": lambda said: len(said.splitlines()) == 3 and said.startswith("high"),
    "incident = ": lambda said: said.startswith("True ['") and "'nl-anti-phishing-shield'" in said,
    "questions = ": lambda said: said.startswith("True\n[") and len(said.splitlines()) == 3,
    "mirror = ": lambda said: re.fullmatch(r"\d{3} \[\]\n", said),
}
"""What an example holds -> whether it has said what it should."""


def examples(language):
    found = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found


def run(command, example, client):
    code = example.replace(HERE, str(client.base_url).rstrip("/"))
    done = subprocess.run(
        [*command, code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


@pytest.mark.parametrize("example", examples("python"))
def test_examples_in_python(client, example):
    said = run([sys.executable, "-c"], example, client)
    [expected] = [check for name, check in EXPECTED.items() if name in example]
    assert expected(said), said


@pytest.mark.parametrize("example", examples("sh"))
def test_examples_in_the_terminal(client, example):
    commands = example.replace("\\\n", " ").strip().splitlines()
    if "tag=" in example:
        assert run(["bash", "-ec"], example, client) == examples("text")[0]
        return
    for command in commands:
        said = run(["bash", "-ec"], command, client)
        if "feed.atom" in command:
            assert said.startswith("<?xml")
            assert "<entry" in said
        else:
            answer = json.loads(said)
            assert answer.get("relevant") or answer.get("type") == "bundle" or answer["Event"]["Object"]


def test_every_route_of_the_description_stands_on_the_page():
    table = PAGE.partition("## Asking")[0]
    for path in bare_app().openapi()["paths"]:
        last = path.replace("{note_id}", "{id}")
        parts = [last, f"/{last.rpartition('/')[2]}"]
        assert any(f"`{part}`" in table or f" {part}`" in table for part in parts), path
