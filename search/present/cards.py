"""Cards and hits: a note in a list, in the version of this reader."""

from kb.notes.front_matter import PLAIN_CHOICES
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.cache import Cache
from search.catalogue import Catalogue
from search.filters import applies_through
from search.present.links import links
from search.query import SearchQuery
from search.rank.calibrate import Calibration
from search.rank.group import Group
from search.results import Explanation, NoteCard, NoteHit, Passage


def note_hit(
    found: Group,
    card: NoteCard,
    query: SearchQuery,
    taxonomy: Taxonomy,
    calibration: Calibration,
    passage: Passage,
    explanation: Explanation | None,
) -> NoteHit:
    """Return a note as a hit. card: as in any list; passage: the passage shown"""
    return NoteHit(
        **{**vars(card), "applies_through": applies_through(query, card.countries, taxonomy)},
        score=round(found.score, 4),
        identifier=round(found.parts.identifier, 4),
        level=calibration.level(found.score),
        passage=passage,
        explanation=explanation,
    )


def note_card(note_id: str, notes: Catalogue, reader: Language, clearance: frozenset[str]) -> NoteCard:
    """Return a note as in any list, in the reader's language where it exists in it."""
    note = notes[note_id]
    version = note.versions[note.version_for(reader)]
    return NoteCard(
        id=note_id,
        kind=Kind(version["kind"]),
        title=version["title"],
        summary=version["summary"],
        lang=Language(version["language"]),
        available_languages=tuple(Language(language) for language in version["languages"]),
        translation=version["translation"],
        countries=tuple(version["countries"]),
        crime_types=tuple(version["crime_types"]),
        phases=tuple(version["phases"]),
        since=version["since"],
        evidence=version["evidence"],
        status=version["status"],
        legal_outcome=version["legal_outcome"],
        choices={name: version[name] for name in PLAIN_CHOICES},
        draft=version["draft"],
        reviewed=version["reviewed"],
        review_by=version["review_by"],
        tlp=version["tlp"],
        links=links(note_id, notes, reader, clearance),
        applies_through=(),
    )


def cached_card(note_id: str, notes: Catalogue, reader: Language, clearance: frozenset[str], cache: Cache) -> NoteCard:
    """Return `note_card` from the cache."""
    return cache.get("card", clearance, note_id, reader, make=lambda: note_card(note_id, notes, reader, clearance))
