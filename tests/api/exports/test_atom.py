"""The feed: what RFC 4287 asks for, whatever stands in a note."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.exports import atom
from kb.content.reader import read_taxonomy
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import DatedNote, Links, NoteCard
from tests.api.exports.conftest import assert_as_in
from tests.api.exports.graphs import ADDRESS

TAXONOMY = read_taxonomy([Path(__file__).parents[3] / "content"])
NS = {"a": atom.NAMESPACE}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
CARD = NoteCard(
    id="be-baps",
    kind=Kind.PRACTICE,
    title="Schild",
    summary="Wat het is.",
    lang=Language.NL,
    available_languages=(Language.FR, Language.NL),
    translation=None,
    countries=("BE",),
    crime_types=("phishing",),
    phases=("prevention",),
    status="operational",
    since="2022",
    evidence={"level": "monitored", "effect": "unknown"},
    legal_outcome=None,
    choices={},
    draft=False,
    reviewed="2026-01-01",
    review_by="2027-01-01",
    tlp="clear",
    links=Links(),
    applies_through=(),
)
LONG_AGO = datetime(2026, 3, 1, 12, 30, 15, 999, UTC)


def read(entries, language=Language.NL, path="/nl/feed.atom", **more):
    """The feed, checked for what RFC 4287 requires of every one (4.1.1, 4.1.2)."""
    whole = ET.fromstring(atom.feed(entries, TAXONOMY, language, ADDRESS, path, **more))
    assert whole.tag == f"{{{atom.NAMESPACE}}}feed"
    assert whole.attrib[LANG] == language
    [_] = whole.findall("a:author/a:name", NS)
    for one in (whole, *whole.findall("a:entry", NS)):
        for tag in ("id", "title", "updated"):
            [element] = one.findall(f"a:{tag}", NS)
            assert element.text
        for time in (*one.findall("a:updated", NS), *one.findall("a:published", NS)):
            assert RFC_3339.fullmatch(time.text or "")
        links = [(link.attrib["rel"], link.attrib["type"]) for link in one.findall("a:link", NS)]
        assert len(links) == len(set(links))
        assert ("alternate", "text/html") in links
        assert all(link.attrib["href"].startswith(f"{ADDRESS}/") for link in one.findall("a:link", NS))
        assert all(category.attrib["term"] for category in one.findall("a:category", NS))
    ids = [one.text for one in whole.iter(f"{{{atom.NAMESPACE}}}id")]
    assert len(ids) == len(set(ids))
    assert all(one and one.startswith("urn:uuid:") for one in ids)
    return whole


def text(parent, path):
    [one] = parent.findall(path, NS)
    return one.text


def test_a_feed_says_whose_it_is_where_and_what_is_known_of_its_notes():
    """Newest first and equals by id; a text in another language says so, and a warning stands before it."""
    annulled = replace(
        CARD,
        id="fr-a",
        lang=Language.FR,
        title="Bouclier",
        summary="Ce que c'est.",
        legal_outcome="annulled",
        tlp="amber",
    )
    ids = {"c": 0, "a": 0, "b": 1, "d": -1}
    entries = [
        DatedNote(replace(CARD, id=note_id, title=note_id), LONG_AGO + timedelta(days)) for note_id, days in ids.items()
    ]
    filters = {"country": ("BE",), "phase": ("prevention",)}
    path = "/nl/feed.atom?country=BE&phase=prevention"
    entries.append(DatedNote(annulled, LONG_AGO))
    whole = read(entries, path=path, filters=filters)
    assert ET.tostring(read(entries[::-1], path=path, filters=filters)) == ET.tostring(whole)
    ET.indent(whole)
    assert_as_in("feed.atom.xml", ET.tostring(whole, "unicode"))


def test_a_feed_of_no_notes_is_one():
    assert text(read([]), "a:updated") == "1970-01-01T00:00:00Z"


def test_an_id_is_that_of_the_note_in_the_language_of_the_feed_wherever_the_server_is():
    def entry_id(language, address, **changed):
        entries = [DatedNote(replace(CARD, **changed), LONG_AGO)]
        return text(ET.fromstring(atom.feed(entries, TAXONOMY, language, address, "/x")), "a:entry/a:id")

    first = entry_id(Language.NL, ADDRESS)
    assert first == entry_id(Language.NL, "https://moved.example", title="Anders", lang=Language.FR)
    assert first != entry_id(Language.FR, ADDRESS)
    assert first != entry_id(Language.NL, ADDRESS, id="be-other")


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no zone"):
        read([DatedNote(CARD, datetime(2026, 1, 1))])


HOSTILE = "]]></title><script>alert(1)</script> & \x00\x08\x0b\x1b \ufffe \ud800 <!-- -- > \" ' é 🕵"


@settings(max_examples=200, derandomize=True)
@given(st.text(st.characters(), min_size=1))
@example(HOSTILE)
def test_any_text_can_be_read_again(words):
    card = replace(CARD, title=f"x{words}", summary=f"x{words}", phases=(f"x{words}",))
    whole = ET.fromstring(atom.feed([DatedNote(card, LONG_AGO)], TAXONOMY, Language.NL, ADDRESS, "/"))
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    kept = re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", lines)
    assert text(whole, "a:entry/a:title") == f"x{kept}"
    assert (text(whole, "a:entry/a:summary") or "").startswith(f"x{kept}")
    assert "script" not in {element.tag for element in whole.iter()}
