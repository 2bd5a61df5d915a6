"""`make levels` finds the constants that serve a collection, and writes those alone."""

from itertools import product
from pathlib import Path

import pytest

from benchmarks import levels
from search.rank import calibrate

UNSEEN = Path("tests/relevance/unseen")


@pytest.fixture(scope="module")
def asked(searcher):
    return [*levels.ask(searcher.view(), UNSEEN)]


def refused(asked, **constants):
    with levels.constants_of(constants):
        return [not each.is_answered() for each in asked]


def test_what_is_refused_and_what_is_high_follows_the_judgements(asked, capsys):
    tried = {"NEAR": (-1.0, 0.0, 0.03, 1.0), "OWN": (0.0, 0.3), "FOREIGN": (0.0, 1.0)}
    tried |= {"HIGH": (-0.5, -0.05, 1.0), "BEHIND": (3.0, 18.0)}
    real = [each for each in asked if each.judged]
    other = [each for each in asked if not each.judged]
    assert real
    assert other
    found = levels.fit(asked, real, tried | {"MEDIUM": (-1.0, -0.5, 0.0)})
    assert found["NEAR"] in (0.0, 0.03), "neither lets all in nor refuses all"
    assert levels.share(refused(real, **found)) <= levels.REFUSED
    assert levels.share(refused(other, **found)) == max(
        share
        for near in tried["NEAR"]
        for own, foreign in product(tried["OWN"], tried["FOREIGN"])
        if levels.share(refused(real, NEAR=near, OWN=own, FOREIGN=foreign)) <= levels.REFUSED
        for share in [levels.share(refused(other, NEAR=near, OWN=own, FOREIGN=foreign))]
    )
    assert found["HIGH"] == -0.05, "neither marks all nor none"
    assert "refused" in capsys.readouterr().out


class Made:
    """A question with a hit of so much nearness, relevant or not: high from `HIGH` on."""

    def __init__(self, nearness, relevant):
        self.nearness, self.relevant, self.judged = nearness, relevant, {"a"}

    def is_answered(self):
        return True

    def levels(self):
        return [(1 + (self.nearness >= calibrate.HIGH), self.relevant)]


def test_high_is_not_kept_for_the_few_that_are_sure():
    sure, likely, unsure = Made(0.9, True), Made(0.5, True), Made(0.5, False)
    asked = [*[sure] * 3, *[likely] * 4, unsure, *[Made(0.1, True)] * 2]
    steps = {"NEAR": (0.0,), "OWN": (0.0,), "FOREIGN": (0.0,), "HIGH": (0.9, 0.5), "BEHIND": (1.0,), "MEDIUM": (-1.0,)}
    assert levels.fit(asked, asked, steps)["HIGH"] == 0.5, (
        "of eight in ten answers .875 right: better than three in ten"
    )
    precise = [*[sure] * 3, *[likely] * 4, *[Made(0.1, True)] * 3]
    assert levels.fit(precise, precise, steps)["HIGH"] == 0.5, "both are precise: that with more answers"


def test_only_the_constants_are_written(tmp_path):
    before = Path(calibrate.__file__).read_text("utf-8")
    file = tmp_path / "calibrate.py"
    file.write_text(before, "utf-8")
    levels.write(file, {"NEAR": 0.123})
    lines = zip(before.splitlines(), file.read_text("utf-8").splitlines(), strict=True)
    changed = [(old, new) for old, new in lines if old != new]
    assert changed == [(f"NEAR = {calibrate.NEAR}", "NEAR = 0.123")]
