"""Words typed without accents are read as the notes write them, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.spelling import Spelling

NOTES = Spelling.of(
    [
        "Le rançongiciel frappe. La sécurité des données, le rançongiciel, les élèves.",
        "Een café, één cafe; financiële data. {#eleves}",
        "See [a page](https://example.org/securite-hopital) of the hôpital.",
        "née, né",
        "prêté prête prête",
    ]
)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("rancongiciel a l'hopital", "rançongiciel a l'hôpital"),
        ("Securite, SECURITE et eleves.", "Sécurité, SECURITE et élèves."),
        ("financiele gegevens", "financiële gegevens"),
        ("cafe", "cafe"),  # the notes write it both ways
        ("nee", "nee"),  # too short to be sure of
        ("rançongiciel", "rançongiciel"),
        ("prete", "prête"),  # the more frequent of two
        ("unknown words, 2023/1543", "unknown words, 2023/1543"),
        ("", ""),
    ],
)
def test_bare_words_get_the_accents_that_the_notes_give_them(typed, read):
    assert NOTES.restored(typed) == read


@given(st.text())
def test_what_is_restored_is_restored_once_and_keeps_every_sign_that_is_no_letter(text):
    read = NOTES.restored(text)
    assert NOTES.restored(read) == read
    assert len(read) == len(text)
    assert [sign for sign in read if not sign.isalpha()] == [sign for sign in text if not sign.isalpha()]


def test_a_restricted_note_lends_its_spelling_to_nobody(content, index):
    content.practice("a", "fr", body="## Problème\n\nUn élève.\n\n## Approche\n\nAgir.\n")
    content.practice("b", "fr", body="## Problème\n\nPiège Éclair.\n\n## Approche\n\nAgir.\n", tlp="amber", pap="amber")
    spelling = index().view().generation.reader.manifest.spelling
    assert spelling.restored("un eleve, piege eclair") == "un élève, piege eclair"


def test_a_question_without_accents_finds_what_the_same_question_with_them_does(searcher):
    bare, typed = (
        searcher.view().search(text) for text in ("securite des etudiants prives", "sécurité des étudiants privés")
    )
    assert [(hit.id, hit.score) for hit in bare.practices] == [(hit.id, hit.score) for hit in typed.practices]
    assert bare.text == "securite des etudiants prives"
