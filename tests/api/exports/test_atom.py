"""The feed: what RFC 4287 asks for, whatever stands in a note."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.exports import atom
from api.exports.atom import FeedEntry
from api.locales.texts import TEXTS
from kb.content.reader import read_taxonomy
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Links, NoteCard

TAXONOMY = read_taxonomy([Path(__file__).parents[3] / "content"])
ADDRESS = "https://kb.example"
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


def read(
    entries: Sequence[FeedEntry], language: Language = Language.NL, path: str = "/nl/feed.atom", **more: Any
) -> ET.Element:
    """The feed, checked for what RFC 4287 requires of every one (4.1.1, 4.1.2)."""
    whole = ET.fromstring(atom.feed(entries, TAXONOMY, language, ADDRESS, path, **more))
    assert whole.tag == f"{{{atom.NAMESPACE}}}feed"
    assert whole.attrib[LANG] == language
    [_] = whole.findall("a:author/a:name", NS)
    for element in (whole, *whole.findall("a:entry", NS)):
        for tag in ("id", "title", "updated"):
            [found] = element.findall(f"a:{tag}", NS)
            assert found.text
        for time in (*element.findall("a:updated", NS), *element.findall("a:published", NS)):
            assert RFC_3339.fullmatch(time.text or "")
        links = [(link.attrib["rel"], link.attrib["type"]) for link in element.findall("a:link", NS)]
        assert len(links) == len(set(links))
        assert ("alternate", "text/html") in links
        assert all(link.attrib["href"].startswith(f"{ADDRESS}/") for link in element.findall("a:link", NS))
        assert all(category.attrib["term"] for category in element.findall("a:category", NS))
    ids = [element.text for element in whole.iter(f"{{{atom.NAMESPACE}}}id")]
    assert len(ids) == len(set(ids))
    assert all(element and element.startswith("urn:uuid:") for element in ids)
    return whole


def text(parent: ET.Element, path: str) -> str | None:
    [element] = parent.findall(path, NS)
    return element.text


def test_an_entry_says_what_is_known_of_its_note() -> None:
    whole = read([FeedEntry(CARD, LONG_AGO)])
    assert text(whole, "a:updated") == text(whole, "a:entry/a:updated") == "2026-03-01T12:30:15Z"
    assert text(whole, "a:entry/a:title") == "Schild"
    assert text(whole, "a:entry/a:summary") == (
        "Wat het is. Status: operationeel. Onderbouwing: gevolgd door de uitvoerder; effect: onbekend."
    )
    assert text(whole, "a:entry/a:rights") == "TLP:CLEAR"
    assert {tuple(sorted(element.attrib.items())) for element in whole.findall("a:entry/a:category", NS)} == {
        (("label", "Praktijk"), ("term", "practice")),
        (("label", "België"), ("scheme", f"{ADDRESS}/v1/taxonomy#countries"), ("term", "BE")),
        (("label", "phishing"), ("scheme", f"{ADDRESS}/v1/taxonomy#crime-types"), ("term", "phishing")),
        (("label", "preventie"), ("scheme", f"{ADDRESS}/v1/taxonomy#phases"), ("term", "prevention")),
    }
    [link] = whole.findall("a:entry/a:link", NS)
    assert link.attrib["href"] == f"{ADDRESS}/nl/notes/be-baps"


def test_a_feed_says_where_it_is_what_it_is_of_and_whose() -> None:
    path = "/nl/feed.atom?country=BE&phase=prevention"
    whole = read([], path=path, filters={"country": ("BE",), "phase": ("prevention",)})
    links = {element.attrib["rel"]: element.attrib["href"] for element in whole.findall("a:link", NS)}
    assert links == {
        "self": f"{ADDRESS}{path}",
        "alternate": f"{ADDRESS}/nl/?country=BE&phase=prevention",
        "search": f"{ADDRESS}/nl/opensearch.xml",
    }
    assert text(whole, "a:title") == f"{TEXTS[Language.NL]['site']} – België – preventie"
    assert text(whole, "a:author/a:name") == TEXTS[Language.NL]["site"]
    assert text(whole, "a:updated") == "1970-01-01T00:00:00Z"


def test_the_latest_change_comes_first_and_equals_by_id() -> None:
    ids = ("c", "a", "b", "d")
    moments = (LONG_AGO, LONG_AGO, LONG_AGO + timedelta(days=1), LONG_AGO - timedelta(days=1))
    entries = [
        FeedEntry(replace(CARD, id=note_id, title=note_id), when) for note_id, when in zip(ids, moments, strict=True)
    ]
    whole = read(entries)
    assert [element.text for element in whole.findall("a:entry/a:title", NS)] == ["b", "a", "c", "d"]
    assert text(whole, "a:updated") == "2026-03-02T12:30:15Z"
    backwards = atom.feed(entries[::-1], TAXONOMY, Language.NL, ADDRESS, "/nl/feed.atom")
    assert backwards == atom.feed(entries, TAXONOMY, Language.NL, ADDRESS, "/nl/feed.atom")


def test_an_id_is_that_of_the_note_in_the_language_of_the_feed_wherever_the_server_is() -> None:
    def entry_id(language: Language, address: str, **changed: Any) -> str | None:
        entries = [FeedEntry(replace(CARD, **changed), LONG_AGO)]
        return text(ET.fromstring(atom.feed(entries, TAXONOMY, language, address, "/x")), "a:entry/a:id")

    first = entry_id(Language.NL, ADDRESS)
    assert first == entry_id(Language.NL, "https://moved.example", title="Anders", lang=Language.FR)
    assert first != entry_id(Language.FR, ADDRESS)
    assert first != entry_id(Language.NL, ADDRESS, id="be-other")


def test_a_text_in_another_language_says_so_and_a_warning_stands_before_it() -> None:
    card = replace(
        CARD, lang=Language.FR, title="Bouclier", summary="Ce que c'est.", legal_outcome="annulled", tlp="amber"
    )
    whole = read([FeedEntry(card, LONG_AGO)])
    for tag in ("title", "summary"):
        [element] = whole.findall(f"a:entry/a:{tag}", NS)
        assert element.attrib[LANG] == "fr"
    told = text(whole, "a:entry/a:summary")
    assert told
    assert told.startswith(TEXTS[Language.FR]["is_annulled"])
    assert told.endswith(f"{TEXTS[Language.FR]['annulled']}.")
    assert text(whole, "a:entry/a:rights") == "TLP:AMBER"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        read([FeedEntry(CARD, datetime(2026, 1, 1))])


HOSTILE = "]]></title><script>alert(1)</script> & \x00\x08\x0b\x1b \ufffe \ud800 <!-- -- > \" ' é 🕵"


def test_a_hostile_note_breaks_nothing() -> None:
    whole = read([FeedEntry(replace(CARD, title=HOSTILE, summary=HOSTILE, phases=(HOSTILE,)), LONG_AGO)])
    title = text(whole, "a:entry/a:title")
    assert title
    assert title.startswith("]]></title><script>alert(1)</script> & \ufffd")
    assert title.endswith("é 🕵")
    assert "script" not in {element.tag for element in whole.iter()}


@settings(max_examples=200, derandomize=True)
@given(st.text(st.characters(), min_size=1))
def test_any_text_can_be_read_again(words: str) -> None:
    whole = ET.fromstring(
        atom.feed([FeedEntry(replace(CARD, title=f"x{words}"), LONG_AGO)], TAXONOMY, Language.NL, ADDRESS, "/")
    )
    kept = re.sub(
        "[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
        "\ufffd",
        words.replace("\r\n", "\n").replace("\r", "\n"),
    )
    assert text(whole, "a:entry/a:title") == f"x{kept}"
