"""Every record of a note carries what filters use, and no field of one language leaks into another."""

import json

import numpy as np
import pytest

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.identify import Identifiers
from ingest.chunking.records import TextVectors, record_fields, records, version_payload
from kb.content.reader import read_collection, read_taxonomy
from kb.store.records import FILTER_FIELDS, VERSION
from kb.text.languages import Language


def _read(content):
    collection = read_collection([content.root])
    assert collection.issues == ()
    return collection.notes[0], Identifiers(collection.notes, read_taxonomy([content.root]))


def _fields(content):
    note, known = _read(content)
    return record_fields(VERSION, note, note.original, known)


@pytest.mark.parametrize(
    ("countries", "reach", "beyond"),
    [
        (["EU"], {"EU", "BNL", "BE", "NL", "LU", "DE", "FR"}, {"COE", "GB", "INT"}),
        (["COE"], {"COE", "EU", "GB", "BNL", "BE", "NL", "LU", "DE", "FR"}, {"INT"}),
        (["BNL", "GB"], {"BNL", "BE", "NL", "LU", "GB"}, {"EU", "COE", "DE"}),
    ],
)
def test_a_note_of_an_area_reaches_the_countries_inside_it_alone(content, countries, reach, beyond):
    content.practice("a", countries=countries)
    fields = _fields(content)
    assert reach <= set(fields["reach"])
    assert not beyond & set(fields["reach"])
    assert fields["countries"] == countries


def test_a_note_is_found_under_broader_crimes_and_every_name_of_its_bodies(content):
    body = {"name": "Centre Cybersécurité (CCB)", "role": "lead"}
    content.practice("a", crime_types=["bec", "ransomware"], organisations=[body])
    fields = _fields(content)
    assert set(fields["crime_types_broad"]) == {"bec", "online-fraud", "ransomware", "cyber-dependent"}
    assert fields["organisation_keys"] == ["ccb", "centre cybersecurite", "centre cybersecurite (ccb)"]


def test_versions_and_chunks_carry_every_filter_field_alike(content, fake_encoder):
    content.practice("a")
    content.translation("a", "nl", "en", "## Probleem\n\nBerichten.\n\n## Aanpak\n\nBlokkeren.\n")
    note, known = _read(content)
    texts = NoteTexts.of((note,), fake_encoder.count_tokens, 256, 0)
    parts = (texts.chunks, texts.sentences(), texts.openings(), texts.questions, texts.questions, (), ())
    vectors = (np.zeros((len(part), 1)) for part in parts)
    payloads = [point.payload for point in records(texts, TextVectors(*vectors), lambda *_: None, known)]
    assert [payload["language"] for payload in payloads] == ["nl", "en", "nl", "nl", "en", "en"]
    shared = set(FILTER_FIELDS) - {"record", "cell", "mentions", "language"}
    for payload in payloads:
        assert json.loads(json.dumps(payload)) == payload
        assert set(FILTER_FIELDS) <= set(payload)
        assert payload["languages"] == ["nl", "en"]
        assert {key: payload[key] for key in shared} == {key: payloads[0][key] for key in shared}


def test_a_version_has_its_own_language_its_links_and_whether_it_is_stale(content):
    relations = [{"id": "b", "rel": "counterpart-of"}, {"id": "c", "rel": "see-also"}, {"id": "p", "rel": "implements"}]
    content.practice("a", implements=["p#o1"], related=relations)
    content.translation("a", "nl", "en", "## Probleem\n\nBerichten.\n\n## Aanpak\n\nBlokkeren.\n")
    note, known = _read(content)
    dutch, english = (version_payload(note, language, known) for language in (Language.NL, Language.EN))
    assert (dutch["title"], dutch["summary"]) == ("Title nl", "Summary nl")
    assert dutch["translation"] == {"of": "en", "status": "machine", "stale": True}
    assert english["translation"] is None
    assert not {"title", "summary", "objectives"} & set(dutch["fields"])
    assert dutch["fields"] == english["fields"]
    assert "Berichten." in dutch["markdown"]
    assert (dutch["counterparts"], dutch["implements"], dutch["linked"]) == (["b"], ["p#o1", "p"], ["b", "c", "p"])
