"""Guessing a language: sure of notes, steady, silent where there is nothing to read."""

from pathlib import Path

import pytest

from kb.content.reader import read_collection
from kb.text.language_guess import guess_language, plainly
from kb.text.languages import Language

CONTENT = Path(__file__).parents[3] / "content"

SENTENCES = {
    Language.FR: "La police prévient les victimes d'hameçonnage et bloque les faux sites.",
    Language.NL: "De politie waarschuwt slachtoffers van phishing en blokkeert valse sites.",
    Language.EN: "The police warn victims of phishing and block the false sites.",
}


@pytest.mark.parametrize("language", Language)
def test_a_sentence_is_recognised_in_capitals_too(language):
    sentence = SENTENCES[language]
    assert guess_language(sentence) is guess_language(sentence.upper()) is language


def test_every_note_of_the_collection_is_in_the_language_its_file_says():
    for note in read_collection([CONTENT]).notes:
        for language, version in note.versions.items():
            assert guess_language(version.body) is language, version.path


@pytest.mark.parametrize("text", ["", " \n", "2024-02-28", "!?", "112 / 0800"])
def test_a_text_without_letters_has_no_language(text):
    assert guess_language(text) is None


def test_the_answer_is_always_the_same_and_one_of_the_three_languages():
    for text in ("ransomware politie", "Die Polizei warnt die Opfer und sperrt die gefälschten Seiten."):
        (answer,) = {guess_language(text) for _ in range(20)}
        assert answer in set(Language)


@pytest.mark.parametrize("language", Language)
def test_small_words_are_proof_of_the_language_of_notes(language):
    paths = sorted(CONTENT.glob(f"[ps]*s/*/{language}.md"))
    texts = [" ".join(path.read_text("utf-8").split("---\n", 2)[2].split())[:400] for path in paths]
    proofs = [[other for other in Language if plainly(text, other)] for text in texts]
    assert all(proof in ([language], []) for proof in proofs)
    assert proofs.count([]) <= len(texts) // 16


@pytest.mark.parametrize(
    "text",
    ["", "phishing", "de la de la de la", "le chat et la souris et les chiens the cat and the dog and the mouse"],
)
def test_few_or_mixed_small_words_say_nothing(text):
    assert not any(plainly(text, language) for language in Language)
