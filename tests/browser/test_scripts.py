"""Notes that try to run something: the browser asks nobody else, opens no dialog, and has nothing to refuse."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.api.web.script_vectors import VECTORS
from tests.browser.server import Server, indexed
from tests.browser.watch import Watch
from tests.conftest import BODY, Content

ENGLISH = "People receive messages that lead them to false sites and lose their money there. " * 6
"""So that a note with a long vector is still taken for English."""
TRIED = ("basic", "polyglot", "svg", "on error", "meta", "iframe", "end of an attribute", "htmx", "template")


@pytest.fixture(scope="module")
def hostile_server(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on notes with a vector each in their title, summary, questions and text."""
    folder = tmp_path_factory.mktemp("hostile")
    content = Content(folder / "content")
    for number, vector in enumerate(VECTORS[name] for name in TRIED):
        line = " ".join(vector.split())
        body = f"{BODY}\n{ENGLISH}\n\n{vector}\n\n- {vector}\n\n[{line}](https://example.org/a) ![{line}](https://evil.example/a.png)\n"
        content.practice(
            f"be-p{number}", title=line, summary=line, questions=[f"{line} what is that?"[-140:]], body=body
        )
    running = Server(indexed(model_dir, folder, content.root))
    yield running
    running.stop()


def test_a_browser_runs_and_loads_nothing_of_a_note(
    hostile_server: Server, open_tab: Callable[..., Page], watch: Watch
) -> None:
    """`open_tab` fails the test for what the browser complains of, a refused script too, and for requests elsewhere."""
    watch.home = hostile_server.origin
    tab = open_tab()
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    places = [f"/en/notes/be-p{number}" for number in range(len(TRIED))]
    for place in (*places, "/en/?q=alert+script", "/en/compare?crime_type=phishing", "/en/coverage"):
        tab.goto(f"{hostile_server.origin}{place}")
        tab.wait_for_load_state("networkidle")
        assert tab.locator("main").count() == 1
    assert dialogs == []
