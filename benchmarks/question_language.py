"""Makes the table anew by which the language of a question is guessed, from `content/`: `python -m
benchmarks.question_language`, some seconds. Worth it when the notes have got many new words.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kb.access import CLEAR
from kb.content.reader import read_collection, read_taxonomy
from kb.text.languages import Language
from kb.text.question_language import TABLE, letter_groups

CONTENT = Path(__file__).parents[1] / "content"
SEEN = 3
"""How often a group stands in the notes at least. With 5 two more of the 300 questions that this was chosen by are
wrong, with 2 none less.
"""
UNSEEN = 0.5
"""How often a group counts as seen in a language whose notes do not have it."""
STEPS = 16
"""Of a weight, to each unit of the natural logarithm."""


def main() -> None:
    """Write the table into the package."""
    taxonomy = read_taxonomy([CONTENT])
    texts = {language: [*taxonomy.terms(language)] for language in Language}
    for note in (each for each in read_collection([CONTENT]).notes if each.fields.tlp == CLEAR):
        for language, version in note.versions.items():
            texts[language] += [version.title, version.prose, *version.own.questions]
    np.save(TABLE, counted([" ".join(texts[language]) for language in Language]))


def counted(texts: Sequence[str]) -> np.ndarray:
    """Return the table counted in one text for each language, in the order of `Language`."""
    found = [letter_groups(text) for text in texts]
    groups = np.unique(np.concatenate(found))
    counts = np.stack([np.bincount(np.searchsorted(groups, each), minlength=len(groups)) for each in found], axis=1)
    shares = np.log((counts + UNSEEN) / counts.sum(axis=0))
    weights = np.rint(STEPS * (shares - shares.mean(axis=1, keepdims=True)))
    table = np.empty(len(groups), [("group", np.uint32), ("weights", np.int8, len(Language))])
    table["group"], table["weights"] = groups, weights.clip(-127, 127)
    often: np.ndarray = table[counts.sum(axis=1) >= SEEN]
    return often


if __name__ == "__main__":
    main()
