"""An Atom feed of new and changed notes (RFC 4287), in one language, of all notes, of those that pass a filter, or of
those that answer a question.

Ids are made of a note's id and the language of the feed, so that they stay when the server moves. Nothing in a feed
comes from the clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from api.exports import opensearch
from api.exports.note_text import own_id, summary_with_status
from api.exports.skos import scheme_iri
from api.exports.xml_document import child, document
from api.locales.texts import TEXTS, label
from api.models.addresses import page_address
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.results import NoteCard

MEDIA_TYPE: Final = "application/atom+xml"
NAMESPACE: Final = "http://www.w3.org/2005/Atom"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was last changed: it must say so, and nothing is known."""


def feed(
    cards: Iterable[NoteCard],
    taxonomy: Taxonomy,
    language: Language,
    address: str,
    path: str,
    filters: Mapping[str, Sequence[str]],
) -> bytes:
    """Return the feed, the latest change first. Raises ValueError for a time without a zone.

    address: what the addresses of this server begin with
    path:    the feed's own, as it was asked for: `/nl/feed.atom?country=BE`; its parameters are the search page's
    filters: what it is narrowed by, by parameter: `{"q": ("phishing",), "country": ("BE",)}`
    """
    by_id = sorted(cards, key=lambda card: card.id)
    given = sorted(by_id, key=lambda card: _time(card.changed), reverse=True)
    words = TEXTS[language]
    narrowed = [label(name, value, taxonomy, language) for name, values in filters.items() for value in values]
    whole = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": language.value})
    child(whole, "id", own_id("feed", path).urn)
    child(whole, "title", " – ".join((words["site"], *narrowed)))
    child(whole, "subtitle", words["feed"])
    child(whole, "updated", _time(max((card.changed for card in given), default=NEVER)))
    child(child(whole, "author"), "name", words["site"])
    _, mark, query = path.partition("?")
    child(whole, "link", rel="self", type=MEDIA_TYPE, href=f"{address}{path}")
    child(whole, "link", rel="alternate", type="text/html", href=f"{address}/{language}/{mark * bool(query)}{query}")
    child(whole, "link", rel="search", type=opensearch.MEDIA_TYPE, href=f"{address}/{language}/opensearch.xml")
    child(whole, "icon", f"{address}/static/icon.svg")
    for card in given:
        _entry(child(whole, "entry"), card, taxonomy, language, address)
    return document(whole)


def _entry(element: ET.Element, card: NoteCard, taxonomy: Taxonomy, language: Language, address: str) -> None:
    of_text = {} if card.lang == language else {"xml:lang": card.lang.value}
    child(element, "id", own_id("feed-entry", card.id, language).urn)
    child(element, "title", card.title, **of_text)
    child(element, "updated", _time(card.changed))
    child(element, "link", rel="alternate", type="text/html", href=page_address(address, card.id, language))
    child(element, "summary", summary_with_status(vars(card), card.lang), **of_text)
    child(element, "category", term=card.kind.value, label=TEXTS[language][card.kind.value])
    for name in ("countries", "crime_types", "phases", "powers"):
        scheme = getattr(taxonomy, name)
        for term in getattr(card, name):
            known = {"label": scheme[term].label(language)} if term in scheme else {}
            child(element, "category", term=term, scheme=scheme_iri(address, scheme.name), **known)
    child(element, "rights", f"TLP:{card.tlp.upper()}")


def _time(moment: datetime) -> str:
    """By RFC 3339, in UTC, to the second."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
