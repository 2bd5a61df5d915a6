"""What the store has found -> candidates: passages with one score each, and scores of the questions that notes answer.

The dense score is a centred cosine, comparable across languages. BM25 is not: it matches words of the query's own
language, and would drag results back to that language. So words count only as far as a text has more or fewer of them
than the nearest texts of its language, where what they have in common cancels out. Figures: docs/relevance.md.

All of it in arrays, a row for each text: a search looks at many hundred texts and shows few.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from kb.text.languages import Language
from search.catalogue import LANGUAGES, Flags, Numbers, Rows

BEST = 3
"""How many of a note's best texts count besides the very best."""
LEXICAL_WEIGHT = 0.1
"""The weight of words in a passage."""
LEXICAL_HALF = 10.0
"""BM25 score that earns half of the weight."""
BASELINE_OF = 10
"""How many of the nearest texts of a language make its baseline."""
NOWHERE: Final = -1.0
"""The least nearness there is."""


class Candidate(NamedTuple):
    """A retrieved passage with its score, and the parts of it: nearness in meaning, words and identifiers.

    record: what the store knows it by (`kb.store.protocol.Found`)
    """

    record: Hashable
    language: Language
    score: float
    dense: float
    lexical: float
    identifier: float


class Texts(NamedTuple):
    """Passages or questions that were found, each once, those of a note by id.

    records:  what the store knows them by; versions: the version that each is part of (`Catalogue.version_rows`)
    dense:    centred cosines; lexical: BM25, 0 where no term matches
    """

    records: np.ndarray
    versions: np.ndarray
    dense: np.ndarray
    lexical: np.ndarray


@dataclass(frozen=True)
class Candidates:
    """Retrieved passages, a row each, those of a note by id.

    records, versions: as of `Texts`; dense, lexical, identifier: the parts of its score
    """

    records: np.ndarray
    versions: Rows
    dense: Numbers
    lexical: Numbers
    identifier: Numbers

    @cached_property
    def score(self) -> Numbers:
        """The scores, by which passages are ordered."""
        return self.dense + self.lexical + self.identifier

    @cached_property
    def notes(self) -> Rows:
        """The note that each is part of."""
        return self.versions // len(LANGUAGES)

    def and_those(self, others: "Candidates") -> "Candidates":
        """Return these, and others after them."""
        columns = ("records", "versions", "dense", "lexical", "identifier")
        return Candidates(*(np.concatenate([getattr(self, name), getattr(others, name)]) for name in columns))

    def of_note(self, note: int) -> list[Candidate]:
        """Return the passages of a note, by its row in the catalogue; best first, equals by id."""
        rows = np.flatnonzero(self.notes == note)
        rows = rows[np.argsort(-self.score[rows], kind="stable")]
        languages = (LANGUAGES[place] for place in (self.versions[rows] % len(LANGUAGES)).tolist())
        columns = (self.score, self.dense, self.lexical, self.identifier)
        return [*map(Candidate, self.records[rows].tolist(), languages, *(column[rows].tolist() for column in columns))]

    def best(self, note: int, language: Language) -> tuple[Hashable, Language]:
        """Return record and language of the best passage of a note in a language, else of the best of all."""
        first = note * len(LANGUAGES)
        if (row := self._best.get(first + LANGUAGES.index(language))) is not None:
            return self.records.item(row), language
        others = (self._best.get(first + place) for place in range(len(LANGUAGES)))
        row = max((each for each in others if each is not None), key=lambda each: (self.score[each], -each))
        return self.records.item(row), LANGUAGES[self.versions[row] % len(LANGUAGES)]

    @cached_property
    def by_version(self) -> "Best":
        """The best passages of each version, equals by id."""
        return Best.of(self.versions, self.score)

    @cached_property
    def _best(self) -> dict[int, int]:
        """The row of the best passage of each version."""
        versions, best, _ = self.by_version
        return dict(zip(versions.tolist(), best[:, 0].tolist(), strict=True))


class Best(NamedTuple):
    """The best texts of each group that has some, such as the passages of a version.

    groups: ascending, shape (groups,)
    places: of the best three, best first, shape (groups, `BEST`); -1 where there is none
    last:   place of the worst, shape (groups,)
    """

    groups: Rows
    places: Rows
    last: Rows

    @classmethod
    def of(cls, groups: Rows, scores: Numbers) -> "Best":
        """Return the best texts with these scores. groups: that of each"""
        order = np.lexsort((-scores, groups))
        ordered = groups[order]
        bounds = np.concatenate([[0], (ordered[1:] != ordered[:-1]).nonzero()[0] + 1, [len(order)]])
        starts, ends = bounds[:-1], bounds[1:]
        if not len(order):
            starts = ends = bounds[:0]
        places = starts[:, None] + np.arange(BEST)
        best = np.where(places < ends[:, None], order.take(places, mode="clip"), -1)
        return cls(ordered[starts], best, order[ends - 1])


@dataclass(frozen=True)
class Retrieved:
    """Candidates, and what is known of the passages that are none. Notes by their rows in the catalogue.

    floors:          the nearness that passages of each kind and language of notes have at most that were not retrieved,
                     shape (kinds, languages); `NOWHERE`: all were
    questions:       notes of retrieved questions; question_scores: the scores of these
    question_floors: the same as `floors`, of the questions of each kind of notes, shape (kinds,)
    baselines:       of the passages of each language, shape (languages,)
    worded:          flags of notes that answer a question with words of this one, of the best such questions in each
                     language; none where it has only words that some language leaves out; shape (notes,)
    """

    candidates: Candidates
    floors: Numbers
    questions: Rows
    question_scores: Numbers
    question_floors: Numbers
    baselines: Numbers
    worded: Flags

    @cached_property
    def best_questions(self) -> Best:
        """The best questions of each note."""
        return Best.of(self.questions, self.question_scores)


def fused(dense: Numbers, lexical: Numbers, baseline: Numbers, weight: float) -> Numbers:
    """Return the scores of texts.

    dense: centred cosines, -1 to 1; lexical: BM25, 0 where no term matches; baseline: that of their languages;
    weight: what words count for
    """
    return dense + weight * (_saturated(lexical) - baseline)


def baselines(languages: Rows, dense: Numbers, lexical: Numbers) -> Numbers:
    """Return what the nearest texts of each language have of the query's words, 0 to 1. languages: of each text"""
    found = np.zeros(len(LANGUAGES))
    order = np.lexsort((-lexical, -dense))
    saturated, languages = _saturated(lexical)[order], languages[order]
    for language in range(len(LANGUAGES)):
        nearest = saturated[languages == language][:BASELINE_OF]
        if len(nearest):
            found[language] = nearest.sum() / len(nearest)
    return found


def candidates(texts: Texts, baseline: Numbers | None, gains: np.ndarray | float = 0.0) -> tuple[Candidates, Numbers]:
    """Return passages as candidates, and the baselines that were used.

    baseline: of each language; None: that of these passages; gains: of each by identifiers
    """
    records, versions, dense, lexical = texts
    languages = versions % len(LANGUAGES)
    baseline = baselines(languages, dense, lexical) if baseline is None else baseline
    part = LEXICAL_WEIGHT * (_saturated(lexical) - baseline[languages])
    return Candidates(records, versions, dense, part, gains + np.zeros(len(lexical))), baseline


def question_scores(texts: Texts, weight: float) -> tuple[Rows, Numbers]:
    """Return the notes of questions, and the scores of these. weight: what words count for in them"""
    languages = texts.versions % len(LANGUAGES)
    baseline = baselines(languages, texts.dense, texts.lexical)[languages]
    return texts.versions // len(LANGUAGES), fused(texts.dense, texts.lexical, baseline, weight)


def _saturated(lexical: Numbers) -> Numbers:
    return lexical / (lexical + LEXICAL_HALF)
