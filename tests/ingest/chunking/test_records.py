"""Every record of a note carries what filters use, and no field of one language leaks into another."""

import json

import pytest

from ingest.chunking.chunk import chunk
from ingest.chunking.identify import Identifiers
from ingest.chunking.records import chunk_payload, record_fields, version_payload
from kb.content.reader import read_collection, read_taxonomy
from kb.store.records import FILTER_FIELDS, VERSION
from kb.text.languages import Language


def _read(content):
    collection = read_collection([content.root])
    assert collection.issues == ()
    taxonomy = read_taxonomy([content.root])
    return collection.notes[0], Identifiers(collection.notes, taxonomy)


def _fields(content):
    note, known = _read(content)
    return record_fields(VERSION, note, note.original, known)


@pytest.mark.parametrize(
    ("countries", "reach", "beyond"),
    [
        (["BE"], {"BE"}, {"BNL", "NL", "EU"}),
        (["BNL"], {"BNL", "BE", "NL", "LU"}, {"EU", "DE"}),
        (["EU"], {"EU", "BNL", "BE", "NL", "LU", "DE", "FR"}, {"COE", "GB", "INT"}),
        (["COE"], {"COE", "EU", "GB", "BNL", "BE", "NL", "LU", "DE", "FR"}, {"INT"}),
        (["LU", "GB"], {"LU", "GB"}, {"BE", "BNL"}),
    ],
)
def test_a_note_of_an_area_reaches_the_countries_inside_it_and_none_outside(content, countries, reach, beyond):
    content.practice("a", countries=countries)
    fields = _fields(content)
    assert reach <= set(fields["reach"])
    assert not beyond & set(fields["reach"])
    assert fields["countries"] == countries


def test_a_crime_type_is_found_under_every_broader_one(content):
    content.practice("a", crime_types=["bec", "ransomware"])
    broad = _fields(content)["crime_types_broad"]
    assert {"bec", "ransomware", "online-fraud", "cyber-dependent"} <= set(broad)
    broader = _read(content)[1].taxonomy.crime_types.broader("bec")
    assert set(broad) == {"bec", "ransomware", *broader, "cyber-dependent"}
    assert "phishing" not in broad


def test_organisations_are_found_by_full_name_bare_name_and_abbreviation(content):
    content.practice("a", organisations=[{"name": "Centre Cybersécurité (CCB)", "role": "lead"}])
    assert _fields(content)["organisation_keys"] == [
        "ccb",
        "centre cybersecurite",
        "centre cybersecurite (ccb)",
    ]


def test_versions_and_chunks_carry_every_filter_field_alike(content, fake_encoder):
    content.practice("a")
    content.translation("a", "nl", "en", "## Probleem\n\nBerichten.\n\n## Aanpak\n\nBlokkeren.\n")
    note, known = _read(content)
    for language in note.languages:
        version = version_payload(note, language, known)
        chunks = [
            chunk_payload(note, piece, known) for piece in chunk(note, language, fake_encoder.count_tokens, 256, 0)
        ]
        assert len(chunks) == 2
        for payload in (version, *chunks):
            assert json.loads(json.dumps(payload)) == payload
            assert set(FILTER_FIELDS) <= set(payload)
            assert payload["language"] == language
            assert payload["languages"] == ["nl", "en"]
            shared = set(FILTER_FIELDS) - {"record", "cell", "mentions"}
            assert {key: payload[key] for key in shared} == {key: version[key] for key in shared}


def test_a_version_shows_its_own_language_and_says_whether_it_is_stale(content):
    content.practice("a")
    content.translation("a", "nl", "en", "## Probleem\n\nBerichten.\n\n## Aanpak\n\nBlokkeren.\n")
    note, known = _read(content)
    dutch, english = (version_payload(note, language, known) for language in (Language.NL, Language.EN))
    assert (dutch["title"], dutch["summary"]) == ("Title nl", "Summary nl")
    assert dutch["translation"] == {"of": "en", "status": "machine", "stale": True}
    assert english["translation"] is None
    assert not {"title", "summary", "objectives"} & set(dutch["fields"])
    assert dutch["fields"] == english["fields"]
    assert "Berichten." in dutch["markdown"]


def test_a_version_says_what_the_note_is_linked_with(content):
    relations = [{"id": "b", "rel": "counterpart-of"}, {"id": "c", "rel": "see-also"}, {"id": "p", "rel": "implements"}]
    content.practice("a", implements=["p#o1"], related=relations)
    note, known = _read(content)
    payload = version_payload(note, Language.EN, known)
    assert (payload["counterparts"], payload["implements"]) == (["b"], ["p#o1", "p"])
    assert payload["linked"] == ["b", "c", "p"]
