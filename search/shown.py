"""What a reading shows of notes that are not for everybody: each is told of once, before it is shown."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from kb.access import ANONYMOUS, CLEAR
from kb.text.languages import Language
from search.catalogue import Catalogue
from search.results import NoteCard, NoteHit

Told = Callable[[str, Language | None], None]
"""Hears of a note that is not for everybody before it is shown: its id, and the version that is read whole, if one is.
What it raises keeps the note from being shown.
"""


class Shown:
    """The notes that one reading has shown to its caller."""

    def __init__(self, notes: Catalogue, told: Told, clearance: frozenset[str]) -> None:
        self._notes = notes
        self._told = told
        self._public = clearance <= ANONYMOUS
        self._known: set[tuple[str, Language | None]] = set()
        self._within: set[str] | None = None

    def cards(self, cards: Sequence[NoteCard]) -> None:
        """These are about to be shown, with the notes that they are linked with."""
        if self._public:
            return
        self.notes(note_id for card in cards for note_id in (card.id, *card.links.ids))
        explained = (card.explanation for card in cards if isinstance(card, NoteHit) and card.explanation)
        self.notes(one.linked_with for one in explained if one.linked_with)

    def notes(self, note_ids: Iterable[str], version: Language | None = None) -> None:
        """These notes of the index are about to be shown; what is made to be held is told of when that is shown."""
        if self._public:
            return
        restricted = {one for one in note_ids if self._notes[one].shared["tlp"] != CLEAR}
        if self._within is not None:
            self._within |= restricted
        else:
            self.restricted(restricted, version)

    def restricted(self, note_ids: Iterable[str], version: Language | None = None) -> None:
        """These notes, which are not for everybody, are about to be shown, or that they were there once."""
        for one in sorted(note_ids):
            if (one, version) not in self._known:
                self._told(one, version)
                self._known |= {(one, version), (one, None)}  # who has read it need not be told to have seen it

    @contextmanager
    def recording(self) -> Iterator[set[str]]:
        """Collect the restricted notes that something is made of, instead of telling of them."""
        outer, self._within = self._within, set()
        try:
            yield self._within
        finally:
            self._within = outer
