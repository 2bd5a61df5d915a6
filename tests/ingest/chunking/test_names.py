"""Names are found in the notes themselves; ordinary words, however they are written in a title, are none."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from ingest.chunking.names import Subjects, names
from kb.content.reader import read_collection, read_taxonomy

PROSE = "## Problem\n\nFalse messages; enforcement is hard.\n\n## Approach\n\nA police team blocks sites.\n"
TITLES = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text("utf-8"))


@pytest.fixture
def read(content):
    def _read():
        collection = read_collection([content.root])
        assert collection.issues == ()
        found = names(collection.notes, Subjects.of(read_taxonomy([content.root])))
        own = {note.id: found.own(note) for note in collection.notes}
        return SimpleNamespace(own=own, known=found.known, spoken=found.spoken, within=found.within)

    return _read


def titled(content, note_id, titles):
    """A note with a title in English, Dutch and French, parted by bars."""
    en, nl, fr = titles.split(" | ")
    content.practice(note_id, title=en, body=PROSE)
    for language, title in (("nl", nl), ("fr", fr)):
        content.translation(note_id, language, "en", "## X\n\nTekst.\n", title=title)


@pytest.mark.parametrize(("titles", "expected"), TITLES["names"].items())
def test_what_all_titles_share_with_a_capital_is_a_name(content, read, titles, expected):
    titled(content, "a", titles)
    assert {f"name:{name}" for name in expected} <= read().own["a"]


@pytest.mark.parametrize(("titles", "name"), TITLES["ordinary"].items())
def test_no_note_is_called_by_an_ordinary_word_or_what_it_speaks_of(content, read, titles, name):
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


def test_abbreviations_of_bodies_and_laws_are_known_but_no_names_of_a_note(content, read):
    law = {"name": "Wet politiegegevens (Wpg), artikel 20"}
    content.practice("a", organisations=[{"name": "Institut des postes (IBPT)", "role": "lead"}], legal_basis=[law])
    found = read()
    assert {"name:ibpt", "name:wpg"} <= found.known
    assert not {"name:ibpt", "name:wpg"} & found.own["a"]


def test_names_within_a_text(content, read):
    titled(content, "a", "Sky ECC operation | Operatie Sky ECC | Opération Sky ECC")
    found = read()
    assert found.within("Wie las mee op SKY-ECC?") == {"name:skyecc"}
    assert found.within("skyeccs, sky of ecc") == frozenset()


def test_what_a_few_notes_speak_of_in_every_language_is_spoken_of(content, read):
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
