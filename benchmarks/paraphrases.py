"""How alike near-equal questions are answered: how many of their first five practices two paraphrases share.

Run: python -m benchmarks.paraphrases [choosing|apart]
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from api.compose import searcher
from benchmarks.relevance import OWN
from kb.notes.note import Kind
from kb.settings import load_settings
from search.evaluate.run import mean
from search.service import Searcher

Pair = Mapping[str, Any]
"""`sort`, and the questions `a` and `b`, each with `text` and `lang`."""

FOLDER: Final = OWN / "paraphrases"
ALL: Final = "all"
TOP: Final = 5
ENOUGH: Final = 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paraphrases", description=__doc__.splitlines()[0])
    parser.add_argument("set", nargs="?", default="choosing", choices=("choosing", "apart"), help="Default: choosing.")
    found = pairs(parser.parse_args().set)
    for sort, measures in figures(found, shared(found, searcher(load_settings()))).items():
        print(f"{sort:<10}" + "   ".join(f"{name} {value:.2f}" for name, value in measures.items()))


def pairs(name: str) -> list[Pair]:
    """Return the pairs of a set."""
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def shared(found: Sequence[Pair], engine: Searcher) -> list[int]:
    """Return of each pair how many of their first five practices its questions have in common."""
    return [len(frozenset.intersection(*(first(pair[side], engine) for side in "ab"))) for pair in found]


def first(question: Mapping[str, str], engine: Searcher) -> frozenset[str]:
    """Return the ids of the first practices that answer a question."""
    answer = engine.view().search(question["text"], reader=question["lang"], limit=TOP)
    return frozenset(hit.id for hit in answer.lists[Kind.PRACTICE])


def figures(found: Sequence[Pair], in_common: Sequence[int]) -> dict[str, dict[str, float]]:
    """Return by sort, and of all: `shared`, notes in common, 0 to 5; `enough`, the share of pairs with at least 3."""
    by_sort: dict[str, list[int]] = {ALL: [*in_common]}
    for pair, number in zip(found, in_common, strict=True):
        by_sort.setdefault(pair["sort"], []).append(number)
    return {
        sort: {"shared": mean(numbers) or 0.0, "enough": mean([float(number >= ENOUGH) for number in numbers]) or 0.0}
        for sort, numbers in by_sort.items()
    }


if __name__ == "__main__":
    main()
