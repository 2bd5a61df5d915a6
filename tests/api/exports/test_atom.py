"""The feed: what RFC 4287 asks for, whatever stands in a note."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.exports import atom
from kb.access import ANONYMOUS
from kb.text.languages import Language
from tests.api.exports.conftest import ADDRESS, assert_as_in

NS = {"a": atom.NAMESPACE}
LONG_AGO = datetime(2026, 3, 1, 12, 30, 15, 999, UTC)


@pytest.fixture(scope="module")
def card(marked):
    """A note in Dutch."""
    return marked.view(ANONYMOUS).cards(["be-open"], Language.NL)[0]


@pytest.fixture(scope="module")
def read(marked):
    """Makes a feed and reads it."""

    def make(entries, language=Language.NL, address=ADDRESS, path="/nl/feed.atom", **filters):
        taxonomy = marked.view(ANONYMOUS).taxonomy
        return ET.fromstring(atom.feed(entries, taxonomy, language, address, path, filters))

    return make


def test_a_feed_says_whose_it_is_where_and_what_is_known_of_its_notes(card, read):
    """Newest first and equals by id; a text in another language says so, and a warning stands before it."""
    french = {"lang": Language.FR, "title": "Bouclier", "summary": "Ce que c'est."}
    entries = [
        replace(card, id=note_id, title=note_id, changed=LONG_AGO + timedelta(days))
        for note_id, days in {"c": 0, "a": 0, "b": 1, "d": -1}.items()
    ]
    entries.append(replace(card, id="fr-a", **french, legal_outcome="annulled", tlp="amber", changed=LONG_AGO))
    filters = {"country": ("BE",), "phase": ("prevention",)}
    path = "/nl/feed.atom?country=BE&phase=prevention"
    whole = read(entries, path=path, **filters)
    assert ET.tostring(read(entries[::-1], path=path, **filters)) == ET.tostring(whole)
    ET.indent(whole)
    assert_as_in("feed.atom.xml", ET.tostring(whole, "unicode"))


def test_a_feed_of_no_notes_has_a_date(read):
    assert read([]).findtext("a:updated", None, NS) == "1970-01-01T00:00:00Z"


def test_an_entry_keeps_its_id_in_a_language_wherever_the_server_is(card, read):
    def entry_id(language, address, **changed):
        return read([replace(card, **changed)], language, address).findtext("a:entry/a:id", None, NS)

    first = entry_id(Language.NL, ADDRESS)
    assert first.startswith("urn:uuid:")
    assert first == entry_id(Language.NL, "https://moved.example", title="Anders", lang=Language.FR)
    assert first != entry_id(Language.FR, ADDRESS)
    assert first != entry_id(Language.NL, ADDRESS, id="be-other")


def test_a_time_without_a_zone_is_refused(card, read):
    with pytest.raises(ValueError, match="has no zone"):
        read([replace(card, changed=datetime(2026, 1, 1))])


HOSTILE = "]]></title><script>alert(1)</script> & \x00\x08\x0b\x1b \ufffe \ud800 <!-- -- > \" ' é 🕵"


@settings(max_examples=200)
@given(st.text(st.characters(), min_size=1))
@example(HOSTILE)
def test_any_text_can_be_read_again(card, read, words):
    hostile = replace(card, title=f"x{words}", summary=f"x{words}", phases=(f"x{words}",))
    whole = read([hostile])
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    kept = re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", lines)
    assert whole.findtext("a:entry/a:title", "", NS) == f"x{kept}"
    assert whole.findtext("a:entry/a:summary", "", NS).startswith(f"x{kept}")
    assert "script" not in {element.tag for element in whole.iter()}
