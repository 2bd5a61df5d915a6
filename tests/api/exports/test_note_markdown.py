"""A note taken along: its text as HTML with working links, its file with all that its page says, its citation."""

import re
from datetime import UTC, datetime

import pytest

from api.exports.note_markdown import citation, note_html, note_markdown
from kb.text.languages import Language
from search.results import Links, NoteVersion
from tests.api.exports.conftest import ADDRESS, assert_as_in


@pytest.fixture(scope="module")
def view(index_of):
    return index_of("taken_along.yaml").view()


@pytest.mark.parametrize(
    "file", ["be-open.en", "be-open.nl", "be-open.fr", "be-plan.en", "nl-annulled.en", "be-keep.en", "be-fraud.nl"]
)
def test_a_file_says_all_that_the_page_of_its_note_says(view, file):
    note_id, _, name = file.partition(".")
    language = Language(name)
    assert_as_in(f"{file}.md", note_markdown(view.note(note_id, language), view.taxonomy, ADDRESS, language))


# --- its text as HTML, its citation ---


def note(**payload):
    return NoteVersion(
        "be-baps", Language.NL, {"kind": "practice", **payload}, Links(), datetime(2026, 6, 1, tzinfo=UTC)
    )


def html(markdown, **payload):
    return note_html(note(markdown=markdown, **payload))


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("../lu-spambee/", "/notes/lu-spambee?lang=nl"),
        ("../lu-spambee/fr.md#approach", "/notes/lu-spambee?lang=fr#approach"),
        ("fr.md", "/notes/be-baps?lang=fr"),
        ("../../strategies/eu-tco/en.md#objectives", "/notes/eu-tco?lang=en#objectives"),
        ("#approach", "#approach"),
        ("https://example.org/practices/x/", "https://example.org/practices/x/"),
        ("../../taxonomy/phases.yaml", "../../taxonomy/phases.yaml"),
        ("../../../../etc/passwd", "../../../../etc/passwd"),
    ],
)
def test_a_link_to_a_note_leads_to_its_page_and_others_stay(target, address):
    assert html(f"See [this]({target}).") == f'<p>See <a href="{address}" rel="noreferrer">this</a>.</p>\n'


def test_a_strategy_links_from_its_own_folder():
    assert 'href="/notes/eu-tco?lang=nl"' in html("[x](../eu-tco/)", kind="strategy")


@pytest.mark.parametrize(
    "markdown",
    ['[x](../x/#"onclick=alert)', "[x](../x/javascript:alert(1))", "[x](../x/fr.md#javascript:alert(1))"],
)
def test_nothing_a_note_holds_can_run(markdown):
    assert re.fullmatch('<p><a href="(/notes|\\.\\.)/[^"]*" rel="noreferrer">x</a></p>\n', html(markdown))


def test_a_citation_names_note_version_day_and_address():
    cited = citation(note(title="Frappes & co: 100 % {sûr}", reviewed="2026-11-25"), Language.EN, "http://kb")
    assert cited.text == (
        "Frappes & co: 100 % {sûr}. Benelux cybercrime practice base, be-baps (nl), 25 November 2026. "
        "http://kb/en/notes/be-baps?version=nl"
    )
    assert r"title = {Frappes \& co: 100 \% \{sûr\}}" in cited.bibtex
    assert "url = {http://kb/en/notes/be-baps?version=nl}" in cited.bibtex
    assert cited.bibtex.count("{") == cited.bibtex.count("}")
