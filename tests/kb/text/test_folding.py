"""Names of organisations, as people type them."""

from pathlib import Path

import pytest
import yaml

from kb.text.folding import fold, fold_letters, organisation_keys, slug

TABLE = yaml.safe_load(Path(__file__).with_name("folding.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("name", "keys"), TABLE["organisations"].items())
def test_a_body_answers_to_its_name_with_and_without_its_abbreviation(name, keys):
    assert organisation_keys(name) == set(keys)


@pytest.mark.parametrize(("typed", "written"), TABLE["same"].items())
def test_case_accents_ligatures_and_apostrophes_make_no_other_name(typed, written):
    assert fold(typed) == fold(written) != ""
    assert fold_letters(typed) == fold_letters(written) != ""


def test_letters_that_are_not_ascii_stay_where_another_name_might_be_left():
    assert (fold("Police Αθήνα"), fold_letters("Police  Αθήνα")) == ("police", "police αθηνα")


@pytest.mark.parametrize(("heading", "anchor"), TABLE["slugs"].items())
def test_a_slug_is_ascii_and_hyphens(heading, anchor):
    assert slug(heading) == anchor
