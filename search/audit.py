"""Reports restricted notes before they are shown: each once a view."""

from collections.abc import Callable, Iterable, Sequence

from kb.access import ANONYMOUS, CLEAR
from kb.text.languages import Language
from search.catalogue import Catalogue
from search.results import NoteCard, NoteHit

OnShown = Callable[[str, Language | None], None]
"""Called with the id of a restricted note before it is shown, and the version that is read whole, if one is. What it
raises keeps the note from being shown.
"""


class Audit:
    """The restricted notes that one view has shown to its caller."""

    def __init__(self, notes: Catalogue, clearance: frozenset[str], on_shown: OnShown) -> None:
        self._notes = notes
        self._on_shown = on_shown
        self._public = clearance <= ANONYMOUS
        self._reported: set[tuple[str, Language | None]] = set()

    def cards(self, cards: Sequence[NoteCard]) -> None:
        """Report the restricted ones among these notes and those that they are linked with."""
        if self._public:
            return
        self.notes(note_id for card in cards for note_id in (card.id, *card.links.ids))
        explained = (card.explanation for card in cards if isinstance(card, NoteHit) and card.explanation)
        self.notes(explanation.linked_with for explanation in explained if explanation.linked_with)

    def notes(self, note_ids: Iterable[str], version: Language | None = None) -> None:
        """Report the restricted ones among these notes of the index."""
        if not self._public:
            tlp = {note_id: self._notes[note_id].shared["tlp"] for note_id in note_ids}
            self.restricted((note_id for note_id in tlp if tlp[note_id] != CLEAR), version)

    def restricted(self, note_ids: Iterable[str], version: Language | None = None) -> None:
        """Report these notes, which are or were restricted."""
        for note_id in sorted(note_ids):
            if (note_id, version) not in self._reported:
                self._on_shown(note_id, version)
                self._reported |= {(note_id, version), (note_id, None)}  # who reads a version sees the note, too
