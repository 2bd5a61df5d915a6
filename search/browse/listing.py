"""Notes that pass a filter -> the list of them that answers where no question is asked."""

from collections.abc import Iterable
from dataclasses import replace

from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.catalogue import Catalogue
from search.filters import applies_through, in_words
from search.present.cards import note_card
from search.query import SearchQuery
from search.results import Listing


def listing(
    note_ids: Iterable[str],
    query: SearchQuery,
    notes: Catalogue,
    taxonomy: Taxonomy,
    language: Language,
    clearance: frozenset[str],
) -> Listing:
    """The latest notes first, as many as the query asks for, in the reader's language. note_ids: those that pass it."""
    found = notes.latest_first(note_ids)
    kinds: dict[Kind, list[str]] = {kind: [one for one in found if notes[one].kind is kind] for kind in Kind}
    cards = {
        kind: tuple(
            replace(card, applies_through=applies_through(query, card.countries, taxonomy))
            for card in (
                note_card(one, notes, language, clearance) for one in ids[query.offset : query.offset + query.limit]
            )
        )
        for kind, ids in kinds.items()
    }
    return Listing(
        filters=in_words(query, taxonomy, language),
        practices=cards[Kind.PRACTICE],
        strategies=cards[Kind.STRATEGY],
        counts={kind: notes.facets(ids) for kind, ids in kinds.items()},
        totals={kind: len(ids) for kind, ids in kinds.items()},
    )
