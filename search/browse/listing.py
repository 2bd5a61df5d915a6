"""Notes that pass a filter -> the list of them that answers where no question is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.catalogue import Catalogue, latest_first
from search.filters import applies_through, in_words
from search.present.cards import note_card
from search.query import SearchQuery
from search.results import Listing, NoteCard


def listing(
    note_ids: Iterable[str],
    query: SearchQuery,
    notes: Catalogue,
    taxonomy: Taxonomy,
    language: Language,
    clearance: frozenset[str],
) -> Listing:
    """Return the latest notes first, as many as the query asks for, in the reader's language.

    note_ids: those that pass its filters
    """
    found = latest_first(note_ids, notes)
    kinds = {kind: [note_id for note_id in found if notes[note_id].kind is kind] for kind in Kind}

    def cards(kind: Kind) -> Iterator[NoteCard]:
        for note_id in kinds[kind][query.offset : query.offset + query.limit]:
            card = note_card(note_id, notes, language, clearance)
            yield replace(card, applies_through=applies_through(query, card.countries, taxonomy))

    return Listing(
        filters=in_words(query, taxonomy, language),
        practices=tuple(cards(Kind.PRACTICE)),
        strategies=tuple(cards(Kind.STRATEGY)),
        counts={kind: notes.facets(note_ids) for kind, note_ids in kinds.items()},
        totals={kind: len(note_ids) for kind, note_ids in kinds.items()},
    )
