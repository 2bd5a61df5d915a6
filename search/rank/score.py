"""Candidates -> notes with scores: what passages, questions, subjects, links and identifiers together make of each.

One good passage can be chance; a note that answers has several. The questions that its authors say it answers are
nearer to how readers ask. A question that names a subject, in any language, speaks for the notes about it. And what is
linked with a note that answers is useful beside it. Figures: docs/decisions/0005-note-score.md and 0010.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nlargest
from operator import attrgetter
from typing import Final, NamedTuple

from kb.notes.note import Kind
from kb.notes.taxonomy import EVERY_CRIME
from kb.text.identifiers import words
from kb.text.languages import Language
from search.catalogue import Catalogue, Entry
from search.rank.calibrate import Calibration
from search.rank.candidates import LEXICAL_WEIGHT, Candidate, Retrieved
from search.results import Level
from search.understand.identifiers import Evidence
from search.understand.thesaurus import Named

BEST = 3
"""How many of a note's best texts count besides the very best."""
SUBJECT_WEIGHT = 0.01
"""A note's gain for a crime type that the question names, for a phase or a country; its loss for another type."""
SUBJECT_ALONE = 0.5
"""The same for a crime type that is, a country apart, all the question consists of: notes about it come first, and
those near the best of them answer.
"""
QUESTION_WEIGHT = 0.6
"""The part of its questions in the score of a note that has some; its passages have the rest."""
QUESTION_LEXICAL_WEIGHT = LEXICAL_WEIGHT * (1 - QUESTION_WEIGHT) / QUESTION_WEIGHT
"""The weight of words in a question: so much that in the score of a note they weigh alike in both of its parts."""
QUESTIONS_NEARER = 0.07
"""How much nearer than its passages the questions of a note that answers are as a rule; assumed where it has none."""
LINK_WEIGHT = 0.6
"""How far a note rises towards the best of those it is linked with."""
LEADS = 5
"""Notes of each kind whose links are followed, and of an answer by which a short question counts as in scope."""
FEW = 24
"""Notes that answer a question with a word, from which on it says nothing of what is sought (`comment`)."""
_NOWHERE: Final = -1.0
"""The least nearness there is."""


class NoteScore(NamedTuple):
    """The score of a note for a question, in the parts whose sum it is.

    passages:   strength of the passages of the best version, identifiers apart
    version:    the language of that version
    floor:      what a passage of it that was not retrieved counts for
    questions:  strength of the questions that the note answers; None: it names none
    subject:    gain or loss by the subjects that the question names
    linked:     gain by the note `link`, which scores higher and is linked with it
    identifier: gain by the identifiers in the question, which passages hold or the note is about or cites
    """

    passages: float
    version: Language
    floor: float = 0.0
    questions: float | None = None
    subject: float = 0.0
    linked: float = 0.0
    link: str | None = None
    identifier: float = 0.0

    @property
    def own(self) -> float:
        """The score of the note by itself and by meaning."""
        questions = QUESTION_WEIGHT * (QUESTIONS_NEARER if self.questions is None else self.questions)
        return passages_share(self.questions) * self.passages + questions + self.subject

    @property
    def total(self) -> float:
        """The score, by which notes are ordered."""
        return self.own + self.linked + self.identifier


class Group(NamedTuple):
    """A note with its relevance, the parts of its score, and its candidates, best first."""

    note_id: str
    entry: Entry
    level: Level
    parts: NoteScore
    candidates: tuple[Candidate, ...]

    @property
    def score(self) -> float:
        """The score, by which notes are ordered."""
        return self.parts.total

    @property
    def is_relevant(self) -> bool:
        """Whether the note answers or helps."""
        return self.level is not Level.LOW

    @property
    def counted(self) -> list[Candidate]:
        """The passages that make the score, as far as they were retrieved: the best three of one version."""
        return [candidate for candidate in self.candidates if candidate.language is self.parts.version][:BEST]

    def passage(self, language: Language) -> Candidate:
        """Return the best candidate in a language, else the best of all."""
        return next((each for each in self.candidates if each.language is language), self.candidates[0])


def strength(scores: Sequence[float], texts: int, floor: float) -> float:
    """Return half the best text and half the mean of the three best.

    scores: of the retrieved passages of one language version, or of a note's questions, best first
    texts:  how many there are, at least one; a note with few loses nothing by it
    floor:  what a text that was not retrieved counts for

    A sum of the scores, each with its weight: of parts that scores are made of, it gives the parts of the result.
    """
    return ((scores[0] if scores else floor) + mean_of_best(scores, texts, floor)) / 2


def mean_of_best(scores: Sequence[float], texts: int, floor: float) -> float:
    """Return the mean of the three best texts; arguments as of `strength`."""
    counted = min(BEST, texts)
    best = scores[:counted]
    return (sum(best) + floor * (counted - len(best))) / counted


def passages_share(questions: float | None) -> float:
    """Return the part that its passages have in the score of a note with these questions."""
    return 1.0 if questions is None else 1 - QUESTION_WEIGHT


def subject_bonus(named: Named, note: Mapping[str, Collection[str]]) -> float:
    """Return the gain or loss of a note with these `crime_types`, `phases` and `countries`."""
    bonus = SUBJECT_WEIGHT * sum(
        not subjects.isdisjoint(note[field])
        for field, subjects in (("phases", named.phases), ("countries", named.countries))
    )
    crime = SUBJECT_ALONE if named.whole and not named.phases else SUBJECT_WEIGHT
    if not named.crime_types.isdisjoint(note["crime_types"]):
        return bonus + crime
    return bonus - crime if named.crime_types and EVERY_CRIME not in note["crime_types"] else bonus


def score_notes(
    notes: Catalogue, named: Named, found: Retrieved, known: Mapping[str, NoteScore] = {}
) -> dict[str, NoteScore]:
    """Return the scores of the notes of the candidates by themselves, by id. known: of notes that keep theirs"""
    by_version: dict[str, dict[Language, list[Candidate]]] = {}
    for candidate in found.candidates:
        if candidate.note_id not in known:
            by_version.setdefault(candidate.note_id, {}).setdefault(candidate.language, []).append(candidate)
    return dict(known) | {
        note_id: _score(note_id, notes[note_id], named, found, versions) for note_id, versions in by_version.items()
    }


def raised(
    scores: Mapping[str, NoteScore], linked: Mapping[str, Collection[str]], evidence: Evidence
) -> dict[str, NoteScore]:
    """Return scores by note id with what each note gains by others and by the identifiers of the question.

    linked: note id -> those linked with it; a note is drawn up towards the best of them, never above that
    """
    own = {note_id: score.own for note_id, score in scores.items()}

    def of_note(note_id: str, score: NoteScore) -> NoteScore:
        best, link = max(
            ((own[other], other) for other in linked[note_id] if other in own), default=(own[note_id], note_id)
        )
        gain = LINK_WEIGHT * (best - own[note_id])
        score = score._replace(identifier=score.identifier + evidence.bonus(note_id))
        return score._replace(linked=gain, link=link) if gain > 0 else score

    return {note_id: of_note(note_id, score) for note_id, score in scores.items()}


def missing(
    notes: Catalogue, found: Retrieved, scores: Mapping[str, NoteScore], sought: Sequence[str]
) -> tuple[set[str], list[str]]:
    """Return the notes of which no passage was retrieved, but a question, or that are linked with one of the first;
    and those of the sought countries that no practice names of which a passage was retrieved by nearness.
    """
    best = sorted(scores, key=lambda note_id: (-scores[note_id].own, note_id))
    first = (note_id for kind in Kind for note_id in [each for each in best if notes[each].kind is kind][:LEADS])
    linked = (other for note_id in first for other in notes.linked[note_id])
    near = {
        candidate.note_id
        for candidate in found.candidates
        if candidate.dense >= found.floors.get((Kind.PRACTICE, candidate.language), _NOWHERE)
    }
    practices = [notes[note_id] for note_id in near if notes[note_id].kind is Kind.PRACTICE]
    named = {country for practice in practices for country in practice.shared["countries"]}
    return {*found.questions, *linked} - scores.keys(), [country for country in sought if country not in named]


def is_in_scope(question: str, named: Named, found: Retrieved, scores: Mapping[str, NoteScore]) -> bool:
    """Return whether a question is one for this collection though too short to come near any note.

    It is nothing but names of subjects, and one of the best notes, identifiers apart, is about such a subject. Or it is
    a single word, and the best note answers a question that has it, as few others do.
    """
    one_word = len(words(question)) == 1 and len(found.worded) <= FEW
    if not one_word and not named.whole:
        return False
    best = nlargest(LEADS, scores, key=lambda note_id: scores[note_id].total - scores[note_id].identifier)
    if named.whole and any(scores[note_id].subject > 0 for note_id in best):
        return True
    return one_word and not found.worded.isdisjoint(best[:1])


def group(
    notes: Mapping[str, Entry],
    candidates: Iterable[Candidate],
    scores: Mapping[str, NoteScore],
    calibration: Calibration,
) -> tuple[Group, ...]:
    """Return notes, best first; equals by id, so that the order never depends on the store's."""
    by_note: dict[str, list[Candidate]] = {}
    for candidate in sorted(candidates, key=lambda each: (-each.score, each.chunk_id)):
        by_note.setdefault(candidate.note_id, []).append(candidate)
    groups = [
        Group(note_id, notes[note_id], calibration.level(scores[note_id].total), scores[note_id], tuple(found))
        for note_id, found in by_note.items()
    ]
    return tuple(sorted(groups, key=lambda each: (-round(each.score, 6), each.note_id)))


def _score(
    note_id: str, note: Entry, named: Named, found: Retrieved, versions: Mapping[Language, Sequence[Candidate]]
) -> NoteScore:
    asked = found.questions.get(note_id, ())
    question_floor = found.question_floors.get(note.kind, _NOWHERE)
    questions = strength(asked, note.questions, min((question_floor, *asked[-1:]))) if note.questions else None
    subject = subject_bonus(named, note.shared)
    share = passages_share(questions)

    def of_version(language: Language) -> NoteScore:
        ordered = sorted(versions[language], key=attrgetter("score"), reverse=True)
        texts, best = note.passages[language], ordered[:BEST]
        floor = min(found.floors.get((note.kind, language), _NOWHERE), ordered[-1].score)
        passages = strength([candidate.score - candidate.identifier for candidate in best], texts, floor)
        gains = [candidate.identifier for candidate in best]
        identifier = share * strength(gains, texts, 0.0) if any(gains) else 0.0
        return NoteScore(passages, language, floor, questions, subject, identifier=identifier)

    return max(map(of_version, versions), key=lambda score: share * score.passages + score.identifier)
