"""Words without end, a note in one language, none at all, tables on paper, notes that try to run something."""

import pytest
from playwright.sync_api import expect

from tests.api.web.script_vectors import VECTORS
from tests.browser.instruments import barriers, beyond
from tests.conftest import BODY, Content

WIDTHS = (320, 390, 1280, 3840)
A4_ON_ITS_SIDE = 1031
"""297 mm less the margins, in pixels."""
CUT_OFF = """
[...document.querySelectorAll(".scroll")].filter(box => box.scrollWidth > box.clientWidth).map(box => box.className)
"""
ENGLISH = "People receive messages that lead them to false sites and lose their money there. " * 6
"""So that a note with a long vector is still taken for English."""
TRIED = ("basic", "polyglot", "svg", "on error", "meta", "iframe", "end of an attribute", "htmx", "template")


@pytest.fixture(scope="module")
def extreme_server(serve_notes, tmp_path_factory):
    """A server on a practice with the longest title and summary there can be, one in Dutch only, and some with a
    vector each in their title, summary, questions and text.
    """
    content = Content(tmp_path_factory.mktemp("extreme") / "content")
    body = "## Probleem\n\nMensen krijgen valse berichten.\n\n## Aanpak\n\nProviders blokkeren de sites.\n"
    content.practice("be-dutch", "nl", title="Enkel in het Nederlands", body=body, crime_types=["ransomware"])
    content.practice(
        "be-endless",
        title=f"{'Donaudampfschifffahrtsgesellschaft' * 4} {'and so on ' * 6}",
        crime_types=["ddos"],
        summary="x" * 300 + " " + "A summary that goes on. " * 4,
        body=BODY + "\n" + "y" * 400 + "\n",
    )
    for number, vector in enumerate(VECTORS[name] for name in TRIED):
        line = " ".join(vector.split())
        places = f"{vector}\n\n- {vector}\n\n[{line}](https://example.org/a) ![{line}](https://evil.example/a.png)\n"
        questions = [f"{line} what is that?"[-140:]]
        body = f"{BODY}\n{ENGLISH}\n\n{places}"
        content.practice(f"be-p{number}", title=line, summary=line, questions=questions, body=body)
    return serve_notes(content)


@pytest.fixture
def extreme(extreme_server, watch, open_tab):
    """A tab on that server."""
    watch.home = extreme_server
    return open_tab()


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("/en/?crime_type=ddos&kind=practice", 1),
        ("/en/?country=LU&kind=practice", 0),
        ("/fr/notes/be-endless", None),
        ("/fr/notes/be-dutch", None),
    ],
)
def test_what_is_endless_or_nothing_is_a_page(extreme, visit, address, number):
    visit(extreme, address)
    if number is None:
        expect(extreme.locator("main")).to_contain_text("pas de version française")
    else:
        expect(extreme.locator("#results .hit")).to_have_count(number)
        expect(extreme.locator("#results h2 .number")).to_have_text(str(number))
    assert barriers(extreme) == []
    assert beyond(extreme, *WIDTHS) == []


def test_a_browser_runs_and_loads_nothing_of_a_note(extreme):
    """`open_tab` fails the test for what the browser complains of, a refused script too, and for requests elsewhere."""
    dialogs = []
    extreme.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    notes = [f"/en/notes/be-p{number}" for number in range(len(TRIED))]
    for place in (*notes, "/en/?q=alert+script", "/en/compare?crime_type=phishing", "/en/coverage"):
        extreme.goto(place)
        extreme.wait_for_load_state("networkidle")
        assert extreme.locator("main").count() == 1
    assert dialogs == []


@pytest.mark.parametrize(("path", "tables"), [("compare?crime_type=online-fraud", 1), ("coverage", 20)])
def test_tables_of_countries_are_whole_on_paper(tab, visit, path, tables):
    visit(tab, f"/nl/{path}")
    tab.emulate_media(media="print")
    assert beyond(tab, A4_ON_ITS_SIDE) == []
    assert tab.evaluate(CUT_OFF) == []
    assert tab.locator(".scroll").filter(visible=True).count() >= tables
