"""Candidates -> what each of their notes is worth, and which notes are still to be looked at for that."""

from collections.abc import Mapping, Sequence
from heapq import nlargest
from operator import attrgetter
from typing import Final

from kb.notes.note import Kind
from kb.text.identifiers import words
from kb.text.languages import Language
from search.catalogue import Catalogue, Entry
from search.rank.formulas import BEST, passages_share, strength, subject_bonus
from search.rank.group import Candidate
from search.rank.retrieve import Retrieved
from search.rank.score import Worth
from search.understand.thesaurus import Named

LEADS = 5
"""Notes of each kind whose links are followed, and of an answer that say whether a short question is one for them."""
FEW = 24
"""Notes that answer a question with a word, from which on it says nothing of what is sought (`comment`)."""
_NONE: Final[Mapping[str, Worth]] = {}
_SCORE = attrgetter("score")
_NOWHERE = -1.0
"""The least nearness there is."""


def weigh(notes: Catalogue, named: Named, found: Retrieved, known: Mapping[str, Worth] = _NONE) -> dict[str, Worth]:
    """What the notes of the candidates are worth by themselves, by id. known: notes that stay as they were weighed."""
    by_version: dict[str, dict[Language, list[Candidate]]] = {}
    for one in found.candidates:
        if one.note_id not in known:
            by_version.setdefault(one.note_id, {}).setdefault(one.language, []).append(one)
    return dict(known) | {
        note_id: _worth(notes[note_id], named, found, note_id, versions) for note_id, versions in by_version.items()
    }


def lacking(notes: Catalogue, found: Retrieved, worths: Mapping[str, Worth]) -> set[str]:
    """Notes of which no passage was retrieved, but a question, or that are linked with one of the first."""
    best = sorted(worths, key=lambda note_id: (-worths[note_id].own, note_id))
    first = (one for kind in Kind for one in [note for note in best if notes[note].kind is kind][:LEADS])
    linked = (other for one in first for other in notes.linked(one))
    return {*found.asked, *linked} - worths.keys()


def is_of_the_scope(question: str, named: Named, found: Retrieved, worths: Mapping[str, Worth]) -> bool:
    """Whether a question is one for this collection though too short to come near any note.

    It is nothing but names of subjects, and one of the best notes, identifiers apart, is about such a subject. Or it is
    a single word, and the best note answers a question that has it, as few others do.
    """
    one_word = len(words(question)) == 1 and len(found.worded) <= FEW
    if not one_word and not named.whole:
        return False
    best = nlargest(LEADS, worths, key=lambda one: worths[one].score - worths[one].identifier)
    if named.whole and any(worths[one].subject > 0 for one in best):
        return True
    return one_word and not found.worded.isdisjoint(best[:1])


def unseen_countries(notes: Catalogue, found: Retrieved, sought: Sequence[str]) -> tuple[str, ...]:
    """Those of these countries that no practice names of which a passage was found by nearness."""

    def seen(country: str) -> bool:
        return any(
            country in notes.countries(one.note_id)
            and notes[one.note_id].kind is Kind.PRACTICE
            and one.dense >= found.floors.get((Kind.PRACTICE, one.language), _NOWHERE)
            for one in found.candidates
        )

    return tuple(country for country in sought if not seen(country))


def _worth(
    note: Entry, named: Named, found: Retrieved, note_id: str, by_version: Mapping[Language, Sequence[Candidate]]
) -> Worth:
    asked = found.asked.get(note_id, ())
    floor = found.asked_floors.get(note.kind, _NOWHERE)
    questions = strength(asked, note.questions, min((floor, *asked[-1:]))) if note.questions else None
    share = passages_share(questions)
    passages, version, unseen, identifier = max(
        (_version(note, found, language, candidates, share) for language, candidates in by_version.items()),
        key=lambda one: share * one[0] + one[3],
    )
    return Worth(
        passages=passages,
        version=version,
        unseen=unseen,
        questions=questions,
        subject=subject_bonus(named, *(note.shared[name] for name in ("crime_types", "phases", "countries"))),
        identifier=identifier,
    )


def _version(
    note: Entry, found: Retrieved, language: Language, candidates: Sequence[Candidate], share: float
) -> tuple[float, Language, float, float]:
    """Of one language version: passages, version, unseen and identifier of its `Worth`."""
    ordered = sorted(candidates, key=_SCORE, reverse=True)
    texts = note.passages[language]
    unseen = min(found.floors.get((note.kind, language), _NOWHERE), ordered[-1].score)
    best = ordered[:BEST]
    passages = strength([one.score - one.identifier for one in best], texts, unseen)
    gains = [one.identifier for one in best]
    return passages, language, unseen, share * strength(gains, texts, 0.0) if any(gains) else 0.0
