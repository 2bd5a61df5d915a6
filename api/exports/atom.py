"""An Atom feed of new and changed notes (RFC 4287), in one language, of all notes or of those that pass a filter.

Ids are made of a note's id and the language of the feed, so that they stay when the server moves. Nothing in a feed
comes from the clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

from api.exports.note_text import own_id, summary_with_status
from api.exports.skos import scheme_iri
from api.exports.xml_document import child, document, root
from api.locales.texts import TEXTS, label
from api.models.addresses import page_address
from kb.notes.taxonomy import Scheme, Taxonomy
from kb.text.languages import Language
from search.results import NoteCard

MEDIA_TYPE: Final = "application/atom+xml"
NAMESPACE: Final = "http://www.w3.org/2005/Atom"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was last changed: it must say so, and nothing is known."""


@dataclass(frozen=True)
class FeedEntry:
    """A note and when it was last changed here, with a zone."""

    card: NoteCard
    changed: datetime


def feed(
    entries: Iterable[FeedEntry],
    taxonomy: Taxonomy,
    language: Language,
    address: str,
    path: str,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """Return the feed, the latest change first. Raises ValueError for a time without a zone.

    address: what the addresses of this server begin with
    path:    the feed's own, as it was asked for: `/nl/feed.atom?country=BE`; its parameters are the search page's
    filters: what it is narrowed by, by parameter: `{"country": ("BE",)}`
    """
    given = sorted(entries, key=lambda entry: entry.card.id)
    given.sort(key=lambda entry: _time(entry.changed), reverse=True)
    words = TEXTS[language]
    narrowed = [label(name, value, taxonomy, language) for name, values in (filters or {}).items() for value in values]
    whole = root("feed", NAMESPACE, {"xml:lang": language.value})
    child(whole, "id", own_id("feed", path).urn)
    child(whole, "title", " – ".join((words["site"], *narrowed)))
    child(whole, "subtitle", words["feed"])
    child(whole, "updated", _time(max((entry.changed for entry in given), default=NEVER)))
    author = child(whole, "author")
    child(author, "name", words["site"])
    _link(whole, "self", MEDIA_TYPE, f"{address}{path}")
    query = path.partition("?")[2]
    _link(whole, "alternate", "text/html", f"{address}/{language}/{'?' * bool(query)}{query}")
    _link(whole, "search", "application/opensearchdescription+xml", f"{address}/{language}/opensearch.xml")
    child(whole, "icon", f"{address}/static/icon.svg")
    for entry in given:
        _entry(child(whole, "entry"), entry, taxonomy, language, address)
    return document(whole)


def _entry(element: ET.Element, entry: FeedEntry, taxonomy: Taxonomy, language: Language, address: str) -> None:
    card = entry.card
    of_text = {} if card.lang == language else {"xml:lang": card.lang.value}
    child(element, "id", own_id("feed-entry", card.id, language).urn)
    child(element, "title", card.title, of_text)
    child(element, "updated", _time(entry.changed))
    _link(element, "alternate", "text/html", page_address(address, card.id, language))
    summary = summary_with_status(card.summary, card.status, card.evidence, card.legal_outcome, card.draft, card.lang)
    child(element, "summary", summary, of_text)
    child(element, "category", attributes={"term": card.kind.value, "label": TEXTS[language][card.kind.value]})
    for scheme, terms in (
        (taxonomy.countries, card.countries),
        (taxonomy.crime_types, card.crime_types),
        (taxonomy.phases, card.phases),
    ):
        for term in terms:
            child(element, "category", attributes=_category(scheme, term, language, address))
    child(element, "rights", f"TLP:{card.tlp.upper()}")


def _category(scheme: Scheme, term: str, language: Language, address: str) -> dict[str, str]:
    known = {"label": scheme[term].label(language)} if term in scheme else {}
    return {"term": term, "scheme": scheme_iri(address, scheme.name), **known}


def _link(parent: ET.Element, rel: str, media_type: str, href: str) -> None:
    child(parent, "link", attributes={"rel": rel, "type": media_type, "href": href})


def _time(moment: datetime) -> str:
    """By RFC 3339, in UTC, to the second."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
