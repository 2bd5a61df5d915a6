"""What a note is about and what it only cites, from its front matter, titles and text."""

import pytest

from ingest.chunking.identify import Identifiers, NoteKeys
from kb.content.reader import read_collection, read_taxonomy


@pytest.fixture
def keys_of(content):
    def _keys_of(note_id):
        collection = read_collection([content.root])
        assert collection.issues == ()
        identifiers = Identifiers(collection.notes, read_taxonomy([content.root]))
        return identifiers.of(next(note for note in collection.notes if note.id == note_id))

    return _keys_of


@pytest.mark.parametrize(
    ("fields", "about", "cites"),
    [
        ({"doc_kind": "law", "adopted": "2024-04-26", "official_titles": {"nl": "Wet"}}, {"law:2024-04-26"}, set()),
        ({"doc_kind": "policy-letter", "adopted": "2024-04-26"}, set(), set()),
        # A paper is not about its whole dossier.
        ({"identifiers": {"kamerstuk": "29911-490"}}, {"kst:29911#490"}, {"kst:29911"}),
        ({"official_titles": {"nl": "Richtlijn (EU) 2022/2555 tot wijziging"}}, {"eu:2022/2555"}, set()),
        (
            {
                "identifiers": {"celex": "32023R1543", "com": "COM(2018) 225"},
                "official_titles": {"en": "Regulation (EU) 2023/1543 amending Regulation (EU) 2016/794"},
            },
            {"eu:2023/1543", "com:2018/225"},
            {"eu:2016/794"},
        ),
    ],
)
def test_a_document_is_about_its_official_numbers(content, keys_of, fields, about, cites):
    content.strategy("a", title="X", **fields)
    assert keys_of("a") == NoteKeys(about, cites)


def test_an_article_in_an_entry_of_the_legal_basis_is_of_the_act_in_it(content, keys_of):
    acts = [
        {"name": "Convention on Cybercrime (CETS 185), Articles 29 and 35"},
        {"name": "Wet op de gegevens (WPGX), artikel 20", "celex": "32016L0680"},
    ]
    content.practice("a", title="X", legal_basis=acts)
    found = keys_of("a")
    assert {"cets:185", "cets:185#29", "cets:185#35", "name:wpgx", "name:wpgx#20", "eu:2016/680"} <= found.cites
    assert found.about == frozenset()
    assert not any(key.startswith("art:") for key in found.cites)


def test_what_the_text_of_any_version_mentions_is_cited(content, keys_of):
    content.practice("a", attack=["T1566.004"], title="NIS2 law of 26 April 2024 (Belgium)")
    content.translation("a", "nl", "en", "## Probleem\n\nZie de wet van 27 april 2024 en 2022/2555.\n")
    found = keys_of("a")
    assert {"law:2024-04-27", "eu:2022/2555", "attack:t1566", "attack:t1566#004"} <= found.cites
    assert "law:2024-04-26" in found.about - found.cites  # its title names it


def test_a_note_is_about_words_that_few_titles_have_but_names_and_terms(content, keys_of):
    content.practice("a", title="Ploeg van Zephyr tegen phishing")
    assert {key for key in keys_of("a").about if key.startswith("title:")} == {"title:ploeg", "title:zephyr"}
    for number in range(3):
        content.practice(f"n{number}", title=f"De Ploeg {number}")
    assert "title:ploeg" not in keys_of("a").about
