"""The manifest of an index survives JSON to the last bit; whatever else is in its place is no manifest."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from kb.content.reader import read_taxonomy
from kb.notes.note import Kind
from kb.store.journal import NO_JOURNAL, Stated
from kb.store.manifest import SCHEMA_VERSION, Manifest, Means, Subjects, recipe
from kb.text.languages import Language
from kb.text.spelling import Spelling
from kb.values import digest

TAXONOMY = read_taxonomy([Path(__file__).parents[3] / "content"])
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACCESS = frozenset({"green", "amber@country/BE"})
JOURNAL = NO_JOURNAL.after({note_id: Stated(Kind.PRACTICE, "a", ACCESS) for note_id in ("be-a", "be-b")}, NOON)


def manifest(**more):
    rows = np.random.default_rng(1).normal(size=(6, 7)).astype(np.float32)
    rows[0, :3] = [np.finfo(np.float32).smallest_subnormal, -0.0, np.finfo(np.float32).max]
    means = Means(dict(zip(Language, rows[:3], strict=True)), dict(zip(Language, rows[3:], strict=True)))
    versions = {"b/nl": ("1", "2"), "a/fr": ("3", "4")}
    return Manifest("abc", "fake", 7, means, versions, 2, 9, TAXONOMY, **more)


def test_it_survives_json():
    subjects = Subjects(np.random.default_rng(2).normal(size=(3, 7)).astype(np.float32), 0.1)
    journal = JOURNAL.without({"be-b"}, NOON)
    whole = manifest(
        in_scope=subjects,
        out_of_scope=subjects,
        journal=journal,
        spelling=Spelling({"ecole": "école"}),
        fitted=8,
        changed=1,
    )
    written = json.dumps(whole.to_json())
    back = Manifest.from_json(json.loads(written))
    assert json.dumps(back.to_json()) == written
    counts, same = ("notes", "chunks", "fitted", "changed"), ("recipe", "encoder", "dimension", "versions")
    for name in (*same, *counts, "taxonomy", "journal", "spelling"):
        assert getattr(back, name) == getattr(whole, name), name
    for found in (back.in_scope, back.out_of_scope):
        assert found.vectors == pytest.approx(subjects.vectors, rel=1e-3)
    for language in Language:
        assert back.means.passages[language].tobytes() == whole.means.passages[language].tobytes()
    assert (back.means.query.dtype, back.means.query.tobytes()) == (np.float32, whole.means.query.tobytes())


def test_statistics_are_fitted_anew_when_more_than_a_fifth_has_changed():
    assert [manifest(fitted=10, changed=changed).needs_refit for changed in (0, 2, 3)] == [False, False, True]
    assert [manifest(fitted=0, changed=changed).needs_refit for changed in (0, 1)] == [False, True]


@pytest.mark.parametrize("member", [None, *Manifest.__dataclass_fields__])
def test_anything_else_is_no_manifest_and_the_error_has_nothing_of_it(member):
    for wrong in (None, 0.5, "secret", [], {}, {"secret": 1}, ["secret"]):
        data = wrong if member is None else {**manifest().to_json(), member: wrong}
        strict = member in (None, "dimension", "taxonomy", "journal", "terms", "in_scope", "out_of_scope", "means")
        with pytest.raises(ValueError, match="no manifest") if strict else suppress(ValueError) as failure:
            Manifest.from_json(data)
        assert "secret" not in str(failure)


def test_a_recipe_changes_with_each_of_its_ingredients():
    variants = [recipe("e5", 256, 32), recipe("e6", 256, 32), recipe("e5", 255, 32), recipe("e5", 256, 31)]
    variants.append(digest([SCHEMA_VERSION + 1, "e5", 256, 32]))
    assert variants[0] == digest([SCHEMA_VERSION, "e5", 256, 32])
    assert len({*variants}) == len(variants)


def test_a_digest_depends_on_content_and_not_on_the_order_of_keys():
    assert digest({"a": 1, "b": "é"}) == digest({"b": "é", "a": 1})
    assert len({digest(value) for value in ([1, 2], [2, 1], ["1", 2], [[1], 2], {"1": 2})}) == 5
