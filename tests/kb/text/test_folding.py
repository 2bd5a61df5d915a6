"""Names of organisations, as people type them."""

import pytest

from kb.text.folding import fold, fold_letters, organisation_keys, slug


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (
            "Centre pour la Cybersécurité Belgique (CCB)",
            {"centre pour la cybersecurite belgique (ccb)", "centre pour la cybersecurite belgique", "ccb"},
        ),
        (
            "Politie (NL) Team High Tech Crime (THTC)",
            {"politie (nl) team high tech crime (thtc)", "politie team high tech crime", "nl", "thtc"},
        ),
        ("Office (une explication bien trop longue)", {"office (une explication bien trop longue)", "office"}),
        ("", set()),
        ("()", {"()"}),
    ],
)
def test_a_body_answers_to_its_name_with_and_without_its_abbreviation(name, keys):
    assert organisation_keys(name) == keys


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("POLICE FÉDÉRALE", "police federale"),
        ("Belgie", " België "),
        ("service d'enquête", "Service d’enquête"),
        ("oeuvre nationale", "Œuvre nationale"),
    ],
)
def test_case_accents_ligatures_and_apostrophes_do_not_tell_names_apart(typed, written):
    assert fold(typed) == fold(written) != ""
    assert fold_letters(typed) == fold_letters(written) != ""


def test_letters_that_are_not_ascii_stay_where_another_name_might_be_left():
    assert (fold("Police Αθήνα"), fold_letters("Police  Αθήνα")) == ("police", "police αθηνα")


@pytest.mark.parametrize(
    ("heading", "anchor"), [("L’approche — été", "lapproche-ete"), ("1. Œuvres & co.", "1-oeuvres-co"), ("Αθήνα", "")]
)
def test_a_slug_is_ascii_and_hyphens(heading, anchor):
    assert slug(heading) == anchor
