"""Names are found in the notes themselves; ordinary words, however they are written in a title, are none."""

import pytest

from ingest.chunking.names import names
from kb.content.reader import read_collection, read_taxonomy

PROSE = "## Problem\n\nFalse messages; enforcement is hard.\n\n## Approach\n\nA police team blocks sites.\n"


@pytest.fixture
def read(content):
    def _read():
        collection = read_collection([content.root])
        assert collection.issues == ()
        return names(collection.notes, read_taxonomy([content.root]))

    return _read


def titled(content, note_id, titles, **fields):
    """A note with a title in English, Dutch and French, parted by bars."""
    en, nl, fr = titles.split(" | ")
    content.practice(note_id, title=en, body=PROSE, **fields)
    for language, title in (("nl", nl), ("fr", fr)):
        content.translation(note_id, language, "en", "## X\n\nTekst.\n", title=title)


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        ("Operation Endgame | Operatie Endgame | Opération Endgame", {"endgame"}),
        ("Sky ECC operation | Operatie Sky ECC | Opération Sky ECC", {"skyecc"}),
        ("National Reporting Centre (LMIO) | Landelijk Meldpunt (LMIO) | LMIO, point national", {"lmio"}),
        (
            "Genesis (Action Cookie Monster) | Genesis (actie Cookie Monster) | Genesis (action Cookie Monster)",
            {"genesis", "cookiemonster"},
        ),
        ("Directive (NIS2) | Richtlijn (NIS2) | Directive (NIS2)", {"nis2"}),
        (
            "childprotection.lu, portal | childprotection.lu, meldsite | childprotection.lu, portail",
            {"childprotectionlu"},
        ),
        (
            "Convention of Budapest | Verdrag van Boedapest | Convention de Budapest (STE 185)",
            {"conventionofbudapest", "conventiondebudapest", "conventionbudapest", "verdragboedapest"},
        ),
        (
            "Joint Action (J-CAT), team | Joint Action (J-CAT), ploeg | Joint Action (J-CAT), équipe",
            {"jcat", "jointaction"},
        ),
        # A title in one language is a name as a whole.
        (
            "Convention (Budapest Convention) | Verdrag (Verdrag van Boedapest) | Texte",
            {"budapestconvention", "verdragvanboedapest"},
        ),
    ],
)
def test_what_all_titles_share_with_a_capital_is_a_name(content, read, titles, expected):
    titled(content, "a", titles)
    assert {f"name:{name}" for name in expected} <= read().own["a"]


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        ("Police, a team | Police, een ploeg | Police, une équipe", "police"),  # in lower case in the text
        ("ENFORCE, a training | ENFORCE, opleiding | ENFORCE, formation", "enforce"),  # with an ending
        ("Phishing, early | Phishing, vroeg | Phishing, tôt", "phishing"),  # a term of the vocabularies
        ("Belgium, a plan | Belgium, een plan | Belgium, un plan", "belgium"),
        ("Plan 2025 | Plan 2025 | Plan 2025", "2025"),
        ("Strategy III | Strategie III | Stratégie III", "iii"),
        ("EU, rules | EU, regels | EU, règles", "eu"),
        ("Letters of the Stadspolitie | Brieven van de Stadspolitie | Lettres de la Stadspolitie", "stadspolitie"),
        # Ordinary words without their function words.
        ("A Team of Police | Een Ploeg van Politie | Une Équipe de Police", "teampolice"),
        ("The Online Fraud | De Onlinefraude | La Fraude en Ligne", "onlinefraud"),
        ("Team of 2025 | Ploeg van 2025 | Équipe de 2025", "team2025"),
    ],
)
def test_an_ordinary_word_and_what_a_title_only_speaks_of_are_not_what_a_note_is_called(content, read, titles, name):
    titled(content, "a", titles)
    assert f"name:{name}" not in read().own["a"]


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        ("Zephyr {} Quux | Zephyr {} X | Zephyr {} Y", "zephyrquux"),  # in short, without its function word
        ("Zephyr {} x | Zephyr {} y | Zephyr {} z", "zephyr"),
    ],
)
def test_a_word_and_a_short_name_of_many_titles_are_no_names(content, read, titles, name):
    for number, small in enumerate(("of", "for", "against")):
        titled(content, f"n{number}", titles.replace("{}", small))
    assert f"name:{name}" in read().own["n0"]
    titled(content, "n3", titles.replace("{}", "on"))
    assert all(f"name:{name}" not in own for own in read().own.values())


def test_the_abbreviation_of_an_organisation_is_known_but_belongs_to_no_note_that_only_works_with_it(content, read):
    content.practice("a", organisations=[{"name": "Institut des postes (IBPT)", "role": "lead"}])
    found = read()
    assert "name:ibpt" in found.known
    assert "name:ibpt" not in found.own["a"]


def test_the_abbreviation_of_a_law_may_look_like_a_word(content, read):
    content.practice("a", legal_basis=[{"name": "Wet politiegegevens (Wpg), artikel 20"}])
    assert read().within("artikel 20 Wpg") == {"name:wpg"}


def test_names_within_a_text(content, read):
    titled(content, "a", "Sky ECC operation | Operatie Sky ECC | Opération Sky ECC")
    found = read()
    assert found.within("Wie las mee op SKY-ECC?") == {"name:skyecc"}
    assert found.within("skyeccs, sky of ecc") == frozenset()
    assert found.within("") == frozenset()


def test_what_the_texts_of_a_few_notes_speak_of_in_every_language_is_a_name_that_is_spoken_of(content, read):
    english = "Firewall. Project Oorworm and Worldline block sites on Monday, as in Antwerp, with Vlinder and Tosti."
    dutch = (
        "Firewall. Project Oorworm en Worldline blokkeren op maandag, in Antwerpen; een vlinder van Vlinder, en Tosti."
    )
    content.practice("a", body=f"## Problem\n\n{english}\n\n## Approach\n\nBlock.\n")
    content.translation("a", "nl", "en", f"## Probleem\n\n{dutch}\n")
    found = read()
    # Not what only begins sentences, is called otherwise in Dutch, stands somewhere in lower case, or is short.
    assert found.spoken == {"name:oorworm", "name:worldline"}
    assert "said:oorworm" in found.within("wie zit achter oorworm")
    for number in range(3):
        content.practice(f"c{number}", body=f"## Problem\n\n{english}\n\n## Approach\n\nBlock.\n")
    assert "name:oorworm" not in read().spoken
