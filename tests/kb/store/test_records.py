"""What an index says of itself comes back to the last bit, and ids say what they name."""

import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from kb.content.reader import read_taxonomy
from kb.store.records import (
    SCHEMA_VERSION,
    Manifest,
    Means,
    Outside,
    chunk_id,
    digest,
    note_and_language,
    point_id,
    recipe,
    version_id,
)
from kb.text.languages import Language


def _means() -> Means:
    rows = np.random.default_rng(1).normal(size=(6, 7)).astype(np.float32)
    rows[0, :3] = [np.finfo(np.float32).smallest_subnormal, -0.0, np.finfo(np.float32).max]
    return Means(dict(zip(Language, rows[:3], strict=True)), dict(zip(Language, rows[3:], strict=True)))


def test_means_survive_json_to_the_last_bit() -> None:
    means = _means()
    back = Means.from_json(json.loads(json.dumps(means.to_json())))
    assert list(back.passages) == list(means.passages)
    for one, other in [(back.query, means.query), *((back.passages[at], means.passages[at]) for at in Language)]:
        assert one.dtype == np.float32
        assert one.tobytes() == other.tobytes()


def test_a_manifest_survives_json() -> None:
    taxonomy = read_taxonomy([Path(__file__).parents[3] / "content"])
    outside = Outside(np.random.default_rng(2).normal(size=(3, 7)).astype(np.float32), 0.1)
    manifest = Manifest(
        "abc", "fake", 7, _means(), {"b/nl": ("1", "2"), "a/fr": ("3", "4")}, 2, 9, taxonomy, outside=outside
    )
    written = json.dumps(manifest.to_json())
    back = Manifest.from_json(json.loads(written))
    assert back.versions == manifest.versions
    assert back.taxonomy == taxonomy
    assert (back.recipe, back.encoder, back.dimension, back.notes, back.chunks) == ("abc", "fake", 7, 2, 9)
    assert back.outside.vectors == pytest.approx(outside.vectors, rel=1e-3)
    assert json.dumps(back.to_json()) == written


def test_an_older_manifest_without_subjects_outside_can_be_read() -> None:
    taxonomy = read_taxonomy([Path(__file__).parents[3] / "content"])
    data = Manifest("abc", "fake", 7, _means(), {}, 2, 9, taxonomy).to_json()
    del data["outside"], data["taxonomy"]["outside"]
    back = Manifest.from_json(data)
    assert back.outside.near(np.ones(7, np.float32)) == 0
    assert not back.taxonomy.outside
    assert back.taxonomy.phases == taxonomy.phases


WRONG = (None, 0.5, "secret", [], {}, {"secret": 1}, ["secret"])


@pytest.mark.parametrize("member", [None, *Manifest.__dataclass_fields__])
def test_anything_else_is_no_manifest_and_the_error_holds_nothing_of_it(member: str | None) -> None:
    whole = Manifest("abc", "fake", 7, _means(), {}, 2, 9, read_taxonomy([Path(__file__).parents[3] / "content"]))
    for wrong in WRONG:
        data = wrong if member is None else {**whole.to_json(), member: wrong}
        strict = member in (None, "dimension", "taxonomy", "journal", "terms", "outside")
        with pytest.raises(ValueError, match="no manifest") if strict else suppress(ValueError) as failure:
            Manifest.from_json(data)  # type: ignore[arg-type]  # what a damaged file may hold
        assert "secret" not in str(failure)


def test_a_recipe_changes_with_each_of_its_ingredients() -> None:
    assert recipe("e5", 256, 32) == recipe("e5", 256, 32) == digest([SCHEMA_VERSION, "e5", 256, 32])
    variants = [recipe("e5", 256, 32), recipe("e6", 256, 32), recipe("e5", 255, 32), recipe("e5", 256, 31)]
    variants.append(digest([SCHEMA_VERSION + 1, "e5", 256, 32]))
    assert len(set(variants)) == len(variants)


def test_a_digest_depends_on_content_and_not_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": "é"}) == digest({"b": "é", "a": 1})
    assert len({digest(value) for value in ([1, 2], [2, 1], ["1", 2], [[1], 2], {"1": 2})}) == 5


@pytest.mark.parametrize("language", Language)
def test_every_record_id_says_its_note_and_language(language: Language) -> None:
    for record in (
        version_id("be-baps", language),
        chunk_id("be-baps", language, "approach", 12),
        chunk_id("be-baps", language, "objectives", "p3/1"),
    ):
        assert note_and_language(record) == ("be-baps", language)


def test_ids_are_the_same_on_every_machine() -> None:
    assert version_id("be-baps", Language.NL) == "be-baps/nl"
    assert chunk_id("nl-nlcs", Language.EN, "objectives", "p3") == "nl-nlcs/en#objectives/p3"
    assert point_id("be-baps/nl#approach/0") == point_id("be-baps/nl#approach/0") != point_id("be-baps/nl#approach/1")
    assert point_id("be-baps/nl") == 17855885016752510959
