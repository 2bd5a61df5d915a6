"""Words of a language, and days in another form, are taken for what they surely mean, and nothing else is."""

from pathlib import Path

import pytest

from api.locales.texts import label
from kb.content.reader import read_taxonomy
from kb.notes.front_matter import VOCABULARY_OF
from kb.notes.meant import meant_concept, meant_day, meant_value, perhaps_meant
from kb.notes.plain_yaml import read_data
from kb.notes.schema import note_schema
from kb.text.languages import Language
from search.query import EVIDENCE_LEVELS

TAXONOMY = read_taxonomy([Path(__file__).parents[3] / "content"])
STATUSES = {
    "practice": ("proposed", "pilot", "operational", "ended", "annulled", "superseded"),
    "strategy": ("draft", "adopted", "in-force", "expired", "replaced", "repealed"),
}


@pytest.mark.parametrize("language", Language)
def test_what_pages_call_a_value_is_taken_for_it(language):
    for allowed in STATUSES.values():
        assert [meant_value(label("status", value, None, language), allowed) for value in allowed] == [*allowed]
    levels = [meant_value(label("evidence", level, None, language), EVIDENCE_LEVELS) for level in EVIDENCE_LEVELS]
    assert levels == [*EVIDENCE_LEVELS]


@pytest.mark.parametrize("name", sorted({*VOCABULARY_OF.values()}))
def test_a_label_of_every_vocabulary_is_taken_for_its_id(name):
    scheme = getattr(TAXONOMY, name)
    assert scheme
    for concept in scheme.values():
        for language in Language:
            assert meant_concept(concept.label(language).upper(), scheme) == concept.id


@pytest.mark.parametrize(
    ("written", "allowed", "meant"),
    [
        ("AMBER", ("clear", "amber", "amber+strict"), "amber"),
        ("TLP:AMBER+STRICT", ("clear", "amber", "amber+strict"), "amber+strict"),
        ("Pilote", ("proposed", "pilot"), "pilot"),
        ("pilote", ("lead", "partner"), "lead"),
        ("lopend", ("operational", "ended"), "operational"),
        ("en cours", ("operational", "pending"), None),
        ("gedeeld", ("positive", "mixed", "none"), "mixed"),
        ("oui", ("true", "false"), "true"),
        ("français", ("fr", "nl", "en"), "fr"),
        ("white", ("clear", "green"), None),
        ("", ("clear", "green"), None),
    ],
)
def test_a_word_is_taken_for_a_value_only_where_it_means_one(written, allowed, meant):
    assert meant_value(written, allowed) == meant


def test_every_word_is_of_a_value_that_some_field_takes():

    def values(schema):
        if isinstance(schema, dict):
            yield from schema.get("enum", ())
            yield from (value for inner in schema.values() for value in values(inner))
        elif isinstance(schema, list):
            yield from (value for inner in schema for value in values(inner))

    taken = {*values(note_schema(TAXONOMY)), "true", "false"}
    assert {*read_data("value_words.yaml")} <= taken


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("31/12/2026", "2026-12-31"),
        ("03-04-2026", "2026-04-03"),
        ("3.4.2026", "2026-04-03"),
        ("1er août 2026", "2026-08-01"),
        ("12 maart 2026", "2026-03-12"),
        ("May 2026", "2026-05"),
        ("12/2026", "2026-12"),
        ("2026/1/5", "2026-01-05"),
        ("2026-1", "2026-01"),
        ("12/31/2026", None),
        ("fin 2026", None),
        ("31/12/26", None),
        ("2026", None),
    ],
)
def test_a_day_is_read_with_the_day_first(written, day):
    assert meant_day(written) == day


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("fishing", "Did you mean `phishing`?"),
        ("hameçonage", "Did you mean `phishing`?"),
        ("gijzelsofware", "Did you mean `ransomware`?"),
        ("qqqq", f"Known: {', '.join(sorted(TAXONOMY.crime_types))}."),
    ],
)
def test_a_word_that_is_near_a_name_is_perhaps_its_concept(word, sentence):
    assert str(perhaps_meant(word, TAXONOMY.crime_types)) == sentence
