"""Fits anew what scores mean, for an encoder, weights or a collection that are other than before: `make levels`.

    python -m benchmarks.levels [--write] [DIR …]

Prints the constants of search/rank/calibrate.py with what they give, and with `--write` puts them there. NEAR, OWN and
FOREIGN are fitted to what should be refused and what should not, the others to the notes judged for a question.
Asks every question once; three minutes on two cores.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import yaml

from api.compose import encoder, searcher, store
from benchmarks.places import REPOSITORY
from ingest.indexing.index import index_content
from kb.notes.note import Kind
from kb.settings import load_settings
from kb.text.languages import Language
from search import pipeline
from search.evaluate.collection import Query, read_collection
from search.evaluate.run import Given
from search.rank import calibrate
from search.rank.late_interaction import QuestionTokens, reordered
from search.rank.score import Scored
from search.understand.question import Question
from search.view import IndexView

FOLDER: Final = REPOSITORY / "tests" / "relevance"
ONE_NOTE: Final = FOLDER / "levels"
"""Many questions, of which one note each is judged: they say what is to be refused, not how precise a level is."""
TYPED: Final = FOLDER / "typed" / "choosing.yaml"
"""Short questions as colleagues type them, by crime type: nothing else is judged."""
GRADED: Final = (FOLDER / "needs", FOLDER / "choosing" / "stories", FOLDER / "choosing" / "short")
"""Questions for which every note is judged."""
REFUSED: Final = 0.02
"""The share of real questions that may be refused."""
PRECISE: Final = 0.94
"""The share of notes of high relevance that are to be judged relevant: .04 above the goal of .9, since questions that
the fit has not seen reach less.
"""
HELPING: Final = 0.75
"""The share of judged notes among the first ten of a list that are to be of medium relevance or better."""
ANSWERED: Final = 0.6
"""The share of questions that are to have a note of high relevance, however precise the others are."""
FIRST: Final = 10
"""Notes of a list that are looked at."""
STEPS: Final[Mapping[str, Sequence[float]]] = {
    "NEAR": (np.arange(-10, 20) * 0.005).round(3).tolist(),
    "OWN": np.arange(0.0, 1.21, 0.1).round(1).tolist(),
    "FOREIGN": np.arange(0.4, 1.81, 0.2).round(1).tolist(),
    "HIGH": (np.arange(-5, 15) * 0.01).round(2).tolist(),
    "BEHIND": (6.0, 9.0, 12.0, 18.0, 24.0, 36.0),
    "MEDIUM": np.arange(-2.0, 0.05, 0.01).round(2).tolist(),
}
"""Constant -> the values that are tried."""


@dataclass(frozen=True)
class Asked:
    """A question as a search scored it.

    raised: by how much names of places raised its scope
    judged: ids of its relevant notes, empty of one that nothing answers
    """

    view: IndexView
    question: Question
    scored: Scored
    raised: float
    judged: frozenset[str]

    @property
    def scope(self) -> float:
        """The nearness from which it is one for the collection."""
        return calibrate.scope_for(*self._nearness) + self.raised

    @cached_property
    def _nearness(self) -> tuple[float, float, float]:
        """What its scope is made of, whatever the constants are: the arguments of `scope_for`."""
        with patch.object(pipeline, "scope_for", lambda *given: given):
            found: Any = pipeline.scope_of(self.view, self.question)
        return found if isinstance(found, tuple) else (found, 0.0, 0.0)

    def is_answered(self) -> bool:
        """Return whether anything is relevant."""
        return pipeline.calibrated(self.question, self.scored, self.scope).any

    def levels(self) -> Iterator[tuple[int, bool]]:
        """Yield level, 0 to 2, and judgement of the first practices and strategies."""
        first = pipeline.group_notes(self.view, self.question, self.scored, self.scope, None).first
        for kind in (Kind.PRACTICE, Kind.STRATEGY):
            notes = first[kind]
            for row, level in zip(notes.rows[:FIRST].tolist(), notes.levels.tolist(), strict=False):
                yield level, self.scored.notes.ids[row] in self.judged


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levels", description="Fit the levels anew.")
    parser.add_argument("graded", nargs="*", type=Path, metavar="DIR", default=GRADED, help="Default: needs, choosing.")
    parser.add_argument("--write", action="store_true", help="Write the constants into search/rank/calibrate.py.")
    given = parser.parse_args()
    settings = load_settings()
    model = encoder(settings)
    index_content(settings, store(settings), model)
    view = searcher(settings, model=model).view()
    every = [*ask(view, ONE_NOTE), *ask_typed(view, TYPED)]
    graded = [each for folder in given.graded for each in ask(view, folder)]
    medium = "MEDIUM" if model.tokens else "MEDIUM_ALONE"
    with patch.object(pipeline, "reordered", _once()):  # whatever the constants are
        constants = fit([*every, *graded], [each for each in graded if each.judged], medium=medium)
    for name, value in constants.items():
        print(f"{name} = {value}")
    if given.write:
        write(Path(calibrate.__file__), constants)


def ask(view: IndexView, folder: Path) -> Iterator[Asked]:
    """Yield every question of a collection, once searched."""
    tests = read_collection(folder)
    for query in (*tests.queries, *tests.offtopic):
        judged = tests.judged(query) if isinstance(query, Query) else {}
        relevant = frozenset(note for note, grade in judged.items() if grade > 0)
        yield searched(view, query.text, Given.RIGHT.language(query), relevant)


def ask_typed(view: IndexView, file: Path) -> Iterator[Asked]:
    """Yield every question of a file, by crime type, once searched; notes about that count as judged relevant."""
    notes, crime_types = view.generation.notes, view.taxonomy.crime_types
    for crime_type, questions in yaml.safe_load(file.read_text("utf-8")).items():
        about = notes.having("crime_types", (crime_type, *crime_types.narrower(crime_type)))
        judged = frozenset(notes.ids[row] for row in about.nonzero()[0].tolist())
        for each in questions:
            yield searched(view, each["q"], Language(each["lang"]), judged)


def searched(view: IndexView, text: str, reader: Language | None, judged: frozenset[str]) -> Asked:
    """Return a question as a search scores it. judged: ids of its relevant notes"""
    seen = list[tuple[Question, Scored, float]]()

    def recording(view: IndexView, question: Question, scored: Scored, scope: float, before: Any) -> Any:
        if before is None:
            seen.append((question, scored, scope - pipeline.scope_of(view, question) if question.is_about else 0.0))
        return group_notes(view, question, scored, scope, before)

    group_notes = pipeline.group_notes
    with patch.object(pipeline, "group_notes", recording):
        view.search(text, reader=reader)
    return Asked(view, *seen[-1], judged)


def _once() -> Callable[[Scored, QuestionTokens, np.ndarray], Scored]:
    """Return what late interaction does to scores, done once for each."""
    done = dict[int, tuple[Scored, Scored]]()

    def once(scored: Scored, tokens: QuestionTokens, asked: np.ndarray) -> Scored:
        if id(scored) not in done:
            done[id(scored)] = scored, reordered(scored, tokens, asked)
        return done[id(scored)][1]

    return once


def fit(
    every: Sequence[Asked],
    graded: Sequence[Asked],
    steps: Mapping[str, Sequence[float]] = STEPS,
    medium: str = "MEDIUM",
) -> dict[str, float]:
    """Return the constants that serve best, and print what they give.

    steps: constant -> the values that are tried; medium: the one from which a note helps, with late interaction or not
    """
    real, other = [each for each in every if each.judged], [each for each in every if not each.judged]

    def refused(**constants: float) -> tuple[bool, float]:
        with constants_of(constants):
            wrongly, rightly = (share(not each.is_answered() for each in those) for those in (real, other))
        return wrongly <= REFUSED, rightly if wrongly <= REFUSED else -wrongly

    found = best(refused, steps, "NEAR", "OWN", "FOREIGN")

    def precise(**constants: float) -> tuple[bool, float]:
        with constants_of({**found, **constants}):
            levels = [[*each.levels()] for each in graded]
        high = [judged for each in levels for level, judged in each if level == len(calibrate.LEVELS) - 1]
        answered = share(any(level == len(calibrate.LEVELS) - 1 for level, _ in each) for each in levels)
        serves = share(high) >= PRECISE and answered >= ANSWERED
        return serves, sum(high) if serves else share(high) - (answered < ANSWERED)

    found |= best(precise, steps, "HIGH", "BEHIND")

    def helping(**constants: float) -> tuple[bool, float]:
        with constants_of({**found, **constants}):
            helped = share(level > 0 for each in graded for level, judged in each.levels() if judged)
        return helped >= HELPING, constants[medium] if helped >= HELPING else helped

    found |= best(helping, {medium: steps["MEDIUM"]}, medium)
    with constants_of(found):
        report(real, other, graded)
    return found


def best(goodness: Any, steps: Mapping[str, Sequence[float]], *names: str) -> dict[str, float]:
    """Return the values of constants with the greatest goodness, the first of equal ones."""
    tried = [dict(zip(names, values, strict=True)) for values in product(*(steps[name] for name in names))]
    return max(tried, key=lambda constants: goodness(**constants))


def report(real: Sequence[Asked], other: Sequence[Asked], graded: Sequence[Asked]) -> None:
    """Print what the constants give."""
    print(f"refused: {share(not each.is_answered() for each in real):.3f} of {len(real)} real questions, ", end="")
    print(f"{share(not each.is_answered() for each in other):.3f} of {len(other)} others")
    hits = [hit for each in graded for hit in each.levels()]
    for place, level in enumerate(calibrate.LEVELS):
        marked = [judged for given, judged in hits if given == place]
        print(f"{level}: {len(marked)} notes, {share(marked):.3f} judged relevant")


@contextmanager
def constants_of(constants: Mapping[str, float]) -> Iterator[None]:
    """Let the constants of levels have these values."""
    with patch.multiple(calibrate, **constants):
        yield


def share(flags: Iterable[bool]) -> float:
    """Return the share of flags that are set; 0 of none."""
    values = [*flags]
    return sum(values) / len(values) if values else 0.0


def write(file: Path, constants: Mapping[str, float]) -> None:
    """Put the values of constants into a module."""
    text = file.read_text("utf-8")
    for name, value in constants.items():
        text = re.sub(rf"^{name} = \S+$", f"{name} = {value}", text, flags=re.MULTILINE)
    file.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
