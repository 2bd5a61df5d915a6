"""What the store has found -> candidates: passages with one score each, and scores of the questions that notes answer.

The dense score is a centred cosine, comparable across languages. BM25 is not: it matches words of the query's own
language, and would drag results back to that language. So words count only as far as a text has more or fewer of them
than the nearest texts of its language, where what they have in common cancels out. Figures: docs/relevance.md.

All of it in arrays, a row for each text: a search looks at many hundred texts and shows few.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np

from kb.text.languages import Language
from search.catalogue import LANGUAGES, Catalogue, Numbers, Rows

LEXICAL_WEIGHT = 0.1
"""The weight of words in a passage."""
LEXICAL_HALF = 10.0
"""BM25 score that earns half of the weight."""
BASELINE_OF = 10
"""How many of the nearest texts of a language make its baseline."""
NOWHERE: Final = -1.0
"""The least nearness there is."""


class Candidate(NamedTuple):
    """A retrieved passage with its score, and the parts of it: nearness in meaning, words and identifiers."""

    chunk_id: str
    language: Language
    score: float
    dense: float
    lexical: float
    identifier: float


@dataclass(frozen=True)
class Candidates:
    """Retrieved passages, a row each.

    versions: the version that each is part of (`Catalogue.version_rows`)
    dense, lexical, identifier: the parts of its score
    """

    chunk_ids: list[str]
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
        columns = ("versions", "dense", "lexical", "identifier")
        both = (np.concatenate([getattr(self, name), getattr(others, name)]) for name in columns)
        return Candidates([*self.chunk_ids, *others.chunk_ids], *both)

    def of_note(self, note: int) -> list[Candidate]:
        """Return the passages of a note, by its row in the catalogue; best first, equals by id."""
        rows = np.flatnonzero(self.notes == note)
        columns = (column[rows].tolist() for column in (self.score, self.dense, self.lexical, self.identifier))
        chunk_ids = [self.chunk_ids[row] for row in rows.tolist()]
        languages = (LANGUAGES[place] for place in (self.versions[rows] % len(LANGUAGES)).tolist())
        found = map(Candidate, chunk_ids, languages, *columns)
        return sorted(found, key=lambda each: (-each.score, each.chunk_id))

    def best(self, note: int, language: Language) -> tuple[str, Language]:
        """Return id and language of the best passage of a note in a language, else of the best of all."""
        rows = np.flatnonzero(self.versions == note * len(LANGUAGES) + LANGUAGES.index(language))
        rows = rows if len(rows) else np.flatnonzero(self.notes == note)
        scores = self.score[rows]
        row = min(rows[scores == scores.max()].tolist(), key=self.chunk_ids.__getitem__)
        return self.chunk_ids[row], LANGUAGES[self.versions[row] % len(LANGUAGES)]


@dataclass(frozen=True)
class Retrieved:
    """Candidates, and what is known of the passages that are none. Notes by their rows in the catalogue.

    floors:          the nearness that passages of each kind and language of notes have at most that were not retrieved,
                     shape (kinds, languages); `NOWHERE`: all were
    questions:       notes of retrieved questions; question_scores: the scores of these
    question_floors: the same as `floors`, of the questions of each kind of notes, shape (kinds,)
    baselines:       of the passages of each language, shape (languages,)
    worded:          ids of notes that answer a question with words of this one, of the best such questions in each
                     language; none where it has only words that some language leaves out
    """

    candidates: Candidates
    floors: Numbers
    questions: Rows
    question_scores: Numbers
    question_floors: Numbers
    baselines: Numbers
    worded: frozenset[str]


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
    for language in range(len(LANGUAGES)):
        nearest = order[languages[order] == language][:BASELINE_OF]
        if len(nearest):
            found[language] = _saturated(lexical[nearest]).mean()
    return found


def candidates(
    notes: Catalogue,
    dense: Mapping[str, float],
    lexical: Mapping[str, float],
    baseline: Numbers | None,
    gains: Mapping[str, float],
) -> tuple[Candidates, Numbers]:
    """Return a candidate for each passage of `dense`, and the baselines that were used.

    baseline: of each language; None: that of these passages; gains: record id -> gain by identifiers
    """
    versions, nearness, words = columns(notes, dense, lexical)
    languages = versions % len(LANGUAGES)
    baseline = baselines(languages, nearness, words) if baseline is None else baseline
    part = fused(np.zeros(len(words)), words, baseline[languages], LEXICAL_WEIGHT)
    gain = np.array([gains.get(each, 0.0) for each in dense]) if gains else np.zeros(len(words))
    return Candidates([*dense], versions, nearness, part, gain), baseline


def question_scores(
    notes: Catalogue, dense: Mapping[str, float], lexical: Mapping[str, float], weight: float
) -> tuple[Rows, Numbers]:
    """Return the notes of questions, and the scores of these. weight: what words count for in them"""
    versions, nearness, words = columns(notes, dense, lexical)
    languages = versions % len(LANGUAGES)
    baseline = baselines(languages, nearness, words)[languages]
    return versions // len(LANGUAGES), fused(nearness, words, baseline, weight)


def columns(
    notes: Catalogue, dense: Mapping[str, float], lexical: Mapping[str, float]
) -> tuple[Rows, Numbers, Numbers]:
    """Return the versions of the texts of `dense`, their nearness and their BM25 scores."""
    words = list(map(lexical.get, dense, repeat(0.0)))
    return notes.version_rows(dense), np.array([*dense.values()], float), np.array(words, float)


def _saturated(lexical: Numbers) -> Numbers:
    return lexical / (lexical + LEXICAL_HALF)
