"""What `CONTRIBUTING.md` shows authors is true: its examples are clean notes, its messages are those of `kb lint`."""

import re
from pathlib import Path
from typing import Any

import pytest

from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from tests.contributing import EXAMPLE, PARTS

MESSAGE = re.compile(r"^ *content/(\S+\.md:\d+:\d+: KB\d{3} `(\S+)` .* Did you mean `(\S+)`\?)$", re.MULTILINE)


def lint(root: Path, path: str, text: str) -> list[str]:
    """Messages about one note, as an author would read them in a folder `content`."""
    place = root / path
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    problems = check(read_collection([root]), read_taxonomy([root]), "2026-11-25")
    # The counterparts of the notes shown are notes of the collection, which is not here.
    return [str(problem).replace(f"{root}/", "") for problem in problems if problem.code != "KB407"]


def example(language: str) -> tuple[str, str]:
    """Path below the content root, and text, of the one example of a part."""
    ((path, text),) = EXAMPLE.findall(PARTS[language])
    return path, text


@pytest.mark.parametrize("language", PARTS)
def test_example_is_clean(language: str, content: Any) -> None:
    path, text = example(language)
    assert path.endswith(f"/{language}.md")
    assert lint(content.root, path, text) == []


@pytest.mark.parametrize("language", PARTS)
def test_message_is_what_lint_says(language: str, content: Any) -> None:
    path, text = example(language)
    ((message, wrong, right),) = MESSAGE.findall(PARTS[language])
    assert lint(content.root, path, text.replace(f"[{right}", f"[{wrong}", 1)) == [message]


@pytest.mark.parametrize("language", PARTS)
def test_parts_are_complete(language: str) -> None:
    assert PARTS[language].count("\n### ") == 9
    assert re.findall(r"^(\d)\. ", PARTS[language], re.MULTILINE) == list("123456")
