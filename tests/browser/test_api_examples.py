"""The examples of docs/api.md in JavaScript do what the page says, as they stand there."""

import re

import pytest

from tests.api.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```js\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_in_javascript(open_tab, watch, example):
    tab = open_tab()
    tab.goto("/en/about")
    printed = []
    tab.on("console", lambda message: printed.append(message.text))
    tab.evaluate(f"async () => {{ {example.replace('http://127.0.0.1:8000', watch.home)} }}")
    assert re.fullmatch(r"(\S+ [a-z]{2,3}-[a-z0-9-]+\n?){3}", "\n".join(printed)), printed
