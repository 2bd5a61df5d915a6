"""The six steps of `CONTRIBUTING.md`, as a new author takes them in each language: what is to be typed works."""

import json
import re
import shlex

import pytest
from typer.main import get_command

from api.cli.main import app
from tests.contributing import EXAMPLE, PARTS


def commands(language):
    """What is to be typed in a part, by the name of the command."""
    typed = [*map(shlex.split, re.findall(r"`\.venv/bin/kb ([^`]+)`", PARTS[language]))]
    known = get_command(app).commands
    for name, *arguments in [*typed, *map(shlex.split, re.findall(r"`kb ([^`]+)`", PARTS[language]))]:
        known[name].make_context(name, arguments, resilient_parsing=not arguments)
    steps = ["new", "lint", "index", "search", "translate"]
    typed = [words for words in typed if words[0] in steps]  # the others are beside the six steps
    assert [words[0] for words in typed] == steps
    return dict(zip(steps, typed, strict=True))


@pytest.mark.parametrize("language", PARTS)
def test_the_six_steps_lead_to_a_note_that_is_found(language, indexing, tmp_path, monkeypatch):
    typed = commands(language)
    monkeypatch.chdir(tmp_path)

    def kb(command):
        return indexing(*typed[command], KB_CONTENT_DIRS="content")

    begun = kb("new")
    assert begun.exit_code == 0, begun.stderr
    file = tmp_path / begun.stdout.strip()
    name = file.parent.name
    assert file.name == f"{language}.md"
    assert f"`content/sources/{name}.yaml`" in PARTS[language]
    checked = kb("lint")
    assert checked.exit_code == 1
    assert "KB109 field `summary` is empty. Fill it in." in checked.stdout
    assert "KB109 field `tlp` is empty; it is one of 'clear', " in checked.stdout

    file.write_text(EXAMPLE.findall(PARTS[language])[0][1], encoding="utf-8")
    checked = kb("lint")
    assert checked.exit_code == 0, checked.stdout
    assert set(re.findall(r"KB\d{3}", checked.stdout)) <= {"KB407"}  # of which the step speaks
    assert kb("index").exit_code == 0
    found = kb("search")
    assert name in found.stdout, found

    translated = kb("translate")
    assert translated.exit_code == 0, translated.stderr
    assert (tmp_path / translated.stdout.strip()).parent == file.parent


@pytest.mark.parametrize("language", PARTS)
def test_the_search_finds_the_example_among_all_notes(language, real):
    search = commands(language)["search"]
    assert search[search.index("--lang") + 1] != language
    found = real(*search, "--json")
    ((path, _),) = EXAMPLE.findall(PARTS[language])
    assert path.split("/")[1] in [hit["id"] for hit in json.loads(found.stdout)["practices"][:3]]
