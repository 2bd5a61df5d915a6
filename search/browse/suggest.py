"""Completions of what somebody is typing: terms of the vocabularies, official numbers and titles, in three languages.

Found by the beginnings of their words, accents and case apart. Made of the notes that a caller may see.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from kb.notes.taxonomy import Taxonomy
from kb.store.records import note_and_language
from kb.text.folding import fold
from kb.text.languages import Language

Kind = Literal["term", "identifier", "title"]
_ORDER: Final[tuple[Kind, ...]] = ("term", "identifier", "title")
"""Which come first among those that fit alike."""
_WORD: Final = re.compile(r"\w+")
_LAST: Final = chr(0x10FFFF)
FIELDS: Final = ("title", "fields")
"""Fields of a version that suggestions are made of."""


@dataclass(frozen=True)
class Suggestion:
    """A text to search for.

    lang:    its language; None: of no language
    field:   the parameter of a search that narrows by it, for terms that have one; value: the value for that
    note_id: the note that it is the title or a number of
    """

    text: str
    kind: Kind
    lang: Language | None = None
    field: str | None = None
    value: str | None = None
    note_id: str | None = None


class Suggestions:
    """All suggestions there are, by the beginnings of their words."""

    def __init__(self, found: Iterable[Suggestion]) -> None:
        # In the order in which those that fit alike are shown, so that a number is a rank.
        self._all = sorted(dict.fromkeys(found), key=lambda each: (_ORDER.index(each.kind), len(each.text), each.text))
        self._folded = [fold(each.text) for each in self._all]
        self._starts = sorted(
            (text[word.start() :], place > 0, number)
            for number, text in enumerate(self._folded)
            for place, word in enumerate(_WORD.finditer(text))
        )

    def starting(self, typed: str, reader: Language | None, limit: int) -> tuple[Suggestion, ...]:
        """Return the best for what has been typed so far: those that begin with it before those that have it later, the
        reader's language first, the short before the long.
        """
        start = " ".join(fold(typed).split())
        if not start:
            return ()
        own = (None, *Language) if reader is None else (None, reader)
        fitting = self._starts[bisect_left(self._starts, (start,)) : bisect_left(self._starts, (start + _LAST,))]
        ranked = sorted((further, self._all[number].lang not in own, number) for _, further, number in fitting)
        texts: dict[tuple[str, str | None], Suggestion] = {}  # a term once; a title or number for each note
        for _, _, number in ranked:
            texts.setdefault((self._folded[number], self._all[number].note_id), self._all[number])
            if len(texts) == limit:
                break
        return tuple(texts.values())


def suggestions(taxonomy: Taxonomy, versions: Mapping[str, Mapping[str, Any]]) -> Suggestions:
    """Return suggestions from the vocabularies and the versions of notes. versions: record id -> `FIELDS`"""
    return Suggestions([*_terms(taxonomy), *(each for item in sorted(versions.items()) for each in _of_note(*item))])


def _terms(taxonomy: Taxonomy) -> Iterable[Suggestion]:
    fields = {
        "crime_type": taxonomy.crime_types,
        "phase": taxonomy.phases,
        "power": taxonomy.powers,
        "country": taxonomy.countries,
    }
    for field, scheme in (*fields.items(), (None, taxonomy.bodies)):
        for concept in scheme.values():
            for language in Language:
                for text in concept.names(language):
                    yield Suggestion(text, "term", language, field, concept.id if field else None)


def _of_note(record_id: str, version: Mapping[str, Any]) -> Iterable[Suggestion]:
    note_id, language = note_and_language(record_id)
    yield Suggestion(version["title"], "title", language, note_id=note_id)
    fields = version["fields"]
    for text in (*(fields.get("identifiers") or {}).values(), *fields.get("attack", ())):
        yield Suggestion(text, "identifier", note_id=note_id)
