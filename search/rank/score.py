"""Candidates -> notes with scores: what passages, questions, subjects, links and identifiers together make of each.

One good passage can be chance; a note that answers has several. The questions that its authors say it answers are
nearer to how readers ask. A question that names a subject, in any language, speaks for the notes about it. And what is
linked with a note that answers is useful beside it. Figures: docs/decisions/0005-note-score.md and 0010.
"""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from kb.notes.note import Kind
from kb.notes.taxonomy import EVERY_CRIME
from kb.text.identifiers import words
from kb.text.languages import Language
from search.catalogue import KINDS, LANGUAGES, Catalogue, Entry, Flags, Numbers, Rows
from search.rank.calibrate import LEVELS, Calibration
from search.rank.candidates import BEST, LEXICAL_WEIGHT, NOWHERE, Candidate, Candidates, Retrieved
from search.results import Level
from search.understand.identifiers import Evidence
from search.understand.thesaurus import Named

SUBJECT_WEIGHT = 0.01
"""A note's gain for a crime type, phase or power that the question names; its loss for another crime type."""
SUBJECT_ALONE = 0.5
"""The same in a question that consists of names of subjects alone: for a crime type; for a phase if it names nothing
else. Notes about it come first, and those near the best of them answer.
"""
NAMED_ALONE = 0.3
"""A note's gain for being about the very crime type or power that such a question names, not what it is part of."""
QUESTION_WEIGHT = 0.6
"""The part of its questions in the score of a note that has some; its passages have the rest."""
QUESTION_LEXICAL_WEIGHT = LEXICAL_WEIGHT * (1 - QUESTION_WEIGHT) / QUESTION_WEIGHT
"""The weight of words in a question: so much that in the score of a note they weigh alike in both of its parts."""
QUESTIONS_NEARER = 0.07
"""How much nearer than its passages the questions of a note that answers are as a rule; assumed where it has none."""
ELSEWHERE = 0.05
"""The loss of a note that does not hold in the country that a question asks about."""
OF_AN_AREA = 0.01
"""That of a note which holds there because it is one of a wider area."""
OTHER_LANGUAGE = 0.02
"""A note's gain where it does not exist in the question's language: texts in that lie so much nearer."""
FEWER_VERSIONS = 0.015
"""Its gain for each language that it does not exist in: the best of fewer texts lies so much farther."""
LINK_WEIGHT = 0.6
"""How far a note rises towards the best of those it is linked with."""
FEW_OF_A_KIND = 20
"""A kind with no more notes is looked at whole: long notes fill the nearest passages and would hide one another."""
LEADS = 5
"""Notes of each kind whose links are followed, and of an answer by which a short question counts as in scope."""
FEW = 24
"""Notes that answer a question with a word, from which on it says nothing of what is sought (`comment`)."""


class Scores(NamedTuple):
    """Scores of notes for a question, a row each, in the parts whose sum they are. Shape of all: (notes,)

    notes:      rows of the notes in the catalogue
    passages:   strength of the passages of the best version, identifiers apart
    version:    place in `LANGUAGES` of the language of that version
    floor:      what a passage of it that was not retrieved counts for
    questions:  strength of the questions that the note answers; NaN: it names none
    subject:    gain or loss by the subjects that the question names
    country:    loss of a note that does not hold in the country asked about, or only as a part of an area
    languages:  gain of a note that does not exist in all languages
    linked:     gain by a note that scores higher and is linked with it
    identifier: gain by the identifiers in the question, which passages hold or the note is about or cites; and by being
                about what a question of names of subjects alone names
    late:       gain or loss by late interaction (`search.rank.late_interaction`)
    by_languages: no part, but how much less the sum would be if no note gained for languages
    """

    notes: np.ndarray
    passages: np.ndarray
    version: np.ndarray
    floor: np.ndarray
    questions: np.ndarray
    subject: np.ndarray
    country: np.ndarray
    languages: np.ndarray
    linked: np.ndarray
    identifier: np.ndarray
    late: np.ndarray
    by_languages: np.ndarray

    @property
    def own(self) -> Numbers:
        """The scores of the notes by themselves and by meaning."""
        questions = np.where(np.isnan(self.questions), QUESTIONS_NEARER, self.questions)
        by_meaning = passages_share(self.questions) * self.passages + QUESTION_WEIGHT * questions
        return np.asarray(by_meaning + self.subject + self.country + self.languages)

    @property
    def total(self) -> Numbers:
        """The scores, by which notes are ordered."""
        return np.asarray(self.own + self.linked + self.identifier + self.late)

    def and_those(self, others: "Scores") -> "Scores":
        """Return these, and those of other notes after them."""
        return Scores(*map(np.concatenate, zip(self, others, strict=True)))


@dataclass(frozen=True)
class Scored:
    """What was found, and the scores of its notes.

    own: `Scores.own` of each note of the catalogue, shape (notes,); -inf: it has none
    """

    notes: Catalogue
    found: Retrieved
    scores: Scores

    @cached_property
    def own(self) -> Numbers:
        """The scores of the notes by themselves and by meaning."""
        own = np.full(len(self.notes), -np.inf)
        own[self.scores.notes] = self.scores.own
        return own

    @cached_property
    def total(self) -> Numbers:
        """The scores, by which notes are ordered: a row each, as in `scores`."""
        return self.scores.total

    @property
    def behind(self) -> Numbers:
        """How far each note of the catalogue lies behind the nearest in meaning, whatever its country and languages."""
        near = np.full(len(self.notes), -np.inf)
        near[self.scores.notes] = self.scores.own - self.scores.country - self.scores.languages
        return np.asarray(near.max(initial=NOWHERE) - near)

    @property
    def nearest(self) -> float:
        """The highest score that owes nothing to identifiers, countries and languages."""
        scores = self.scores
        return float((self.total - scores.identifier - scores.country - scores.by_languages).max(initial=NOWHERE))


class Group(NamedTuple):
    """A note with its relevance.

    score:      by which notes are ordered
    identifier: the part of it that the note owes to identifiers
    row, of:    where its score is made of its parts
    """

    note_id: str
    entry: Entry
    level: Level
    score: float
    identifier: float
    row: int
    of: Scored

    @property
    def is_relevant(self) -> bool:
        """Whether the note answers or helps."""
        return self.level is not Level.LOW

    @property
    def parts(self) -> Scores:
        """The parts of the score: a number each."""
        return Scores(*(column[self.row] for column in self.of.scores))

    @property
    def version(self) -> Language:
        """The language of the version whose passages make the score."""
        language: Language = LANGUAGES[int(self.parts.version)]
        return language

    @property
    def link(self) -> str | None:
        """The linked note by which it gains."""
        if not self.parts.linked > 0:
            return None
        own, notes = self.of.own, self.of.notes
        return max((own[notes.row[other]], other) for other in notes.linked[self.note_id] if other in notes.row)[1]

    @property
    def candidates(self) -> list[Candidate]:
        """Its passages that were retrieved, best first."""
        return self.of.found.candidates.of_note(int(self.parts.notes))

    @property
    def counted(self) -> list[Candidate]:
        """The passages that make the score, as far as they were retrieved: the best three of one version."""
        version = self.version
        return [candidate for candidate in self.candidates if candidate.language is version][:BEST]

    def passage(self, language: Language) -> tuple[Hashable, Language]:
        """Return record and language of its best candidate in a language, else of the best of all."""
        return self.of.found.candidates.best(int(self.of.scores.notes[self.row]), language)


def strength(scores: Numbers, texts: Rows | int, floor: Numbers | float) -> Numbers:
    """Return half the best text and half the mean of the three best.

    scores: of the retrieved passages of language versions, or of notes' questions, best first, shape (..., `BEST`);
            NaN where fewer were retrieved
    texts:  how many there are, at least one; a note with few loses nothing by it
    floor:  what a text that was not retrieved counts for

    A sum of the scores, each with its weight: of parts that scores are made of, it gives the parts of the result.
    """
    best = np.where(np.isnan(scores[..., 0]), floor, scores[..., 0])
    return np.asarray((best + mean_of_best(scores, texts, floor)) / 2)


def mean_of_best(scores: Numbers, texts: Rows | int, floor: Numbers | float) -> Numbers:
    """Return the mean of the three best texts; arguments as of `strength`."""
    counted = np.minimum(BEST, texts)
    filled = np.where(np.isnan(scores), np.asarray(floor)[..., None], scores)
    within = np.where(np.arange(BEST) < np.asarray(counted)[..., None], filled, 0.0)
    return np.asarray(within.sum(axis=-1) / counted)


def passages_share(questions: Numbers) -> Numbers:
    """Return the part that their passages have in the scores of notes with these questions; NaN: without any."""
    return np.where(np.isnan(questions), 1.0, 1 - QUESTION_WEIGHT)


def questions_strength(notes: Catalogue, found: Retrieved, rows: Rows) -> Numbers:
    """Return the strength of the questions of these notes, shape (rows,); NaN where one names none."""
    retrieved, texts = found.best_questions, notes.questions[rows]
    place = np.full(len(notes), -1)
    place[retrieved.groups] = np.arange(len(retrieved.groups))
    known = place[rows]
    last = np.append(retrieved.last, -1)[known]
    best = np.concatenate([retrieved.places, np.full((1, BEST), -1)])[known]
    floor = np.fmin(found.question_floors[notes.kinds[rows]], _at(found.question_scores, last))
    strengths = strength(_at(found.question_scores, best), np.maximum(texts, 1), floor)
    return np.where(texts > 0, strengths, np.nan)


def subject_bonus(named: Named, notes: Catalogue) -> Numbers:
    """Return the gain or loss of each note, by the subjects that a question names."""
    having = notes.having
    crime = SUBJECT_ALONE if named.whole else SUBJECT_WEIGHT
    phase = SUBJECT_ALONE if named.whole and not (named.crime_types or named.powers) else SUBJECT_WEIGHT
    bonus = phase * having("phases", named.phases) + SUBJECT_WEIGHT * having("powers", named.powers)
    if not named.crime_types:
        return np.asarray(bonus)
    other = ~having("crime_types", (*named.crime_types, EVERY_CRIME))
    return np.asarray(bonus + crime * having("crime_types", named.crime_types) - crime * other)


def about_what_is_named(named: Named, notes: Catalogue) -> Flags:
    """Return which notes are about the crime type or power itself that a question of names of subjects alone names.

    Beside a phase (`how do we block phishing sites`) not all notes about the crime type answer.
    """
    if not named.whole:
        return np.zeros(len(notes), bool)
    crime_types = notes.having("crime_types", () if named.phases else named.crime_types - named.above)
    return crime_types | notes.having("powers", named.powers)


def not_holding(notes: Catalogue, countries: Collection[str]) -> Flags:
    """Return which notes hold in none of the countries asked about; none of them where none is."""
    return ~notes.having("reach", countries) if countries else np.zeros(len(notes), bool)


def country_loss(notes: Catalogue, countries: Collection[str]) -> Numbers:
    """Return what each note loses for not being one of the countries asked about."""
    elsewhere = not_holding(notes, countries)
    of_an_area = ~elsewhere & ~notes.having("countries", countries) & bool(countries)
    return np.asarray(-ELSEWHERE * elsewhere - OF_AN_AREA * of_an_area)


def language_gain(notes: Catalogue, asked_in: Language) -> Numbers:
    """Return what each note gains for the languages that it does not exist in, so that one which is not translated is
    found nearly like the others.
    """
    exists = notes.passages > 0
    lacking = np.count_nonzero(~exists, axis=1)
    return np.asarray(FEWER_VERSIONS * lacking + OTHER_LANGUAGE * ~exists[:, LANGUAGES.index(asked_in)])


def score_notes(
    notes: Catalogue,
    found: Retrieved,
    candidates: Candidates,
    subjects: Numbers,
    countries: Numbers,
    languages: Numbers,
) -> Scores:
    """Return the scores of the notes of these candidates by themselves.

    subjects, countries, languages: from `subject_bonus`, `country_loss` and `language_gain`
    """
    versions, best, last = candidates.by_version
    note, language = np.divmod(versions, len(LANGUAGES))
    texts, none = notes.passages[note, language], np.zeros(len(note))
    near = candidates.score - candidates.identifier
    floor = np.minimum(found.floors[notes.kinds[note], language], near[last])
    passages = strength(_at(near, best), texts, floor)
    questions = questions_strength(notes, found, note)
    share, identifier = passages_share(questions), none
    if candidates.identifier.any():
        identifier = share * strength(_at(candidates.identifier, best), texts, none)
    order = np.lexsort((-share * passages - identifier, note))
    ordered = note[order]
    rows = order[np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(order)]]  # the best version of each note
    gains = subjects[note], countries[note], languages[note]
    columns = (note, passages, language, floor, questions, *gains, none, identifier, none, languages[note])
    return Scores(*(column[rows] for column in columns))


def raised(scored: Scored, evidence: Evidence, about: Flags, behind: Numbers) -> Scored:
    """Return scores with what each note gains by others and by the identifiers of the question.

    about:  from `about_what_is_named`; such a name counts like an identifier: for each kind of notes, against no other
    behind: how far each lies behind the nearest in meaning (`Scored.behind`)

    A note is drawn up towards the best of those linked with it, never above that.
    """
    notes, scores, own, gains = scored.notes, scored.scores, scored.own, NAMED_ALONE * about
    for note_id in evidence.notes_about | evidence.notes_citing:
        row = notes.row[note_id]
        gains[row] += evidence.bonus(note_id, float(behind[row]))
    linked, by_languages = LINK_WEIGHT * (notes.best_linked(own, scores.notes) - own[scores.notes]), scores.languages
    if by_languages.any():
        without = own.copy()
        without[scores.notes] -= by_languages
        less = LINK_WEIGHT * (notes.best_linked(without, scores.notes) - without[scores.notes])
        by_languages = by_languages + linked - less
    identifier = scores.identifier + gains[scores.notes]
    scores = scores._replace(linked=linked, identifier=identifier, by_languages=by_languages)
    return Scored(notes, scored.found, scores)


def few_of_a_kind(notes: Catalogue, visible: Flags) -> Flags:
    """Return which notes are of a kind with few. visible: those that the caller may see, as others must not count"""
    few = np.zeros(len(notes), bool)
    for kind in range(len(KINDS)):
        of_kind = visible & (notes.kinds == kind)
        few |= of_kind & (np.count_nonzero(of_kind) <= FEW_OF_A_KIND)
    return few


def missing(
    notes: Catalogue, found: Retrieved, scores: Scores, sought: Sequence[str], whole: Flags
) -> tuple[list[str], list[str]]:
    """Return the notes of which no passage was retrieved, but a question, or that are linked with one of the first, or
    to be looked at in any case; and those of the sought countries that no practice names of which a passage was
    retrieved by nearness.

    whole: those of a kind with few (`few_of_a_kind`), and those that are about what is named (`about_what_is_named`)
    """
    order = scores.notes[np.lexsort((scores.notes, -scores.own))]
    wanted = whole.copy()
    for kind in range(len(KINDS)):
        wanted[notes.near(order[notes.kinds[order] == kind][:LEADS])[0]] = True
    wanted[found.questions] = True
    wanted[scores.notes] = False
    practice, language = KINDS.index(Kind.PRACTICE), found.candidates.versions % len(LANGUAGES)
    near = np.zeros(len(notes), bool)
    near[found.candidates.notes[found.candidates.dense >= found.floors[practice, language]]] = True
    near &= notes.kinds == practice
    lacking = [country for country in sought if not (near & notes.having("countries", (country,))).any()]
    return [notes.ids[row] for row in wanted.nonzero()[0].tolist()], lacking


def is_in_scope(question: str, named: Named, scored: Scored) -> bool:
    """Return whether a question is one for this collection though too short to come near any note.

    It is nothing but names of subjects, or those and common words, and one of the best notes, identifiers apart, is
    about such a subject. Or it is a single word, and the best note answers a question that has it, as few others do.
    """
    scores, worded = scored.scores, scored.found.worded
    one_word = len(words(question)) == 1 and int(np.count_nonzero(worded)) <= FEW
    if not one_word and not named.whole and not named.plain:
        return False
    best = np.argsort(scores.identifier + scores.by_languages - scored.total, kind="stable")[:LEADS]
    if (named.whole or named.plain) and (scores.subject[best] > 0).any():
        return True
    return one_word and bool(worded[scores.notes[best[:1]]].any())


class Groups:
    """Notes with their relevance, best first. Many are looked at and few are shown, so each is made when asked for.

    rows:   in the catalogue, shape (notes,); levels: places in `LEVELS`, shape (notes,)
    """

    def __init__(self, of: Scored, order: Rows, levels: Rows) -> None:
        """order: where the score of each is made of its parts"""
        self._of, self._order = of, order
        self.rows, self.levels = of.scores.notes[order], levels

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Group]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, place: int) -> Group:
        scores, row = self._of.scores, int(self._order[place])
        note_id = self._of.notes.ids[self.rows[place]]
        level, score = LEVELS[self.levels[place]], float(self._of.total[row])
        return Group(note_id, self._of.notes[note_id], level, score, float(scores.identifier[row]), row, self._of)

    @property
    def total(self) -> Numbers:
        """Their scores, shape (notes,)."""
        return self._of.total[self._order]

    @property
    def before_late(self) -> Numbers:
        """Their scores without late interaction, by which notes speak for their contacts, shape (notes,)."""
        return np.asarray(self.total - self._of.scores.late[self._order])

    def those(self, kept: Flags) -> "Groups":
        """Return some of them, in order. kept: a flag for each"""
        return Groups(self._of, self._order[kept], self.levels[kept])

    @property
    def relevant(self) -> "Groups":
        """Those that answer or help."""
        return self.those(self.levels > 0)


def group(scored: Scored, calibration: Calibration, elsewhere: Flags, citing: Flags) -> Groups:
    """Return notes, best first; equals by id, so that the order never depends on the store's.

    elsewhere, citing: of each note of the catalogue, whether it holds in no country that is asked about; and whether
            what it gains by identifiers says no more than that it cites some. Neither answers a question for that
    """
    scores, total = scored.scores, scored.total
    order = np.lexsort((scores.notes, -total.round(6)))
    rows = scores.notes[order]
    levels = calibration.levels(total[order])
    meant = calibration.levels((total - np.where(citing[scores.notes], scores.identifier, 0.0))[order])
    answers = (meant == LEVELS.index(Level.HIGH)) & ~elsewhere[rows]
    return Groups(scored, order, np.where(answers, levels, np.minimum(levels, LEVELS.index(Level.MEDIUM))))


def _at(scores: Numbers, places: Rows) -> Numbers:
    """Return the scores at these places; NaN at -1."""
    return np.append(scores, np.nan)[places]
