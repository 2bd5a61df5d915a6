"""Sentences that say that something was not found, and sentences that only sound like it."""

import pytest

from kb.text.absence import says_nothing_was_found


@pytest.mark.parametrize(
    "sentence",
    [
        "No evaluation was found.",
        "Not stated in the sources read.",
        "How many victims got their files back is not stated.",
        "No source read names a law.",
        "An edition after 2024 was not found; the volume tables of 2024 were not read.",
        "Luxembourg: none found.",
        "Aucune évaluation de l'effet n'a été trouvée.",
        "Aucun équivalent trouvé en Belgique ni aux Pays-Bas.",
        "Aucune source lue ne mesure l'effet sur le nombre de victimes.",
        "Le prix pour les participants n'est pas indiqué.",
        "Belgique : rien trouvé.",
        "Een onafhankelijke evaluatie is niet gevonden.",
        "Voor België en Luxemburg is geen coalitie tegen DDoS gevonden.",
        "Niet vermeld in de gelezen bronnen.",
        "De gelezen bronnen noemen geen wettelijke bevoegdheid.",
    ],
)
def test_a_sentence_of_which_every_clause_says_so_is_one(sentence):
    assert says_nothing_was_found(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Victims who had not reported or were not known could check on a website whether their key was among them.",
        "The central government paid part; no later grant was found.",
        "Les liens trouvés dans des fichiers vont à Lookyloo, les fichiers derrière des liens à Pandora.",
        "L'article 29 est en vigueur depuis 2004 ; le début du réseau lui-même n'a pas été trouvé.",
        "Een bestuurlijk bevel is in België niet gevonden; burgers melden daar bij Stopchildporno en Stopline.",
        "The police found 300 servers.",
        "",
    ],
)
def test_what_says_something_beside_it_is_not(sentence):
    assert not says_nothing_was_found(sentence)
