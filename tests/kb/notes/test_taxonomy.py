"""Vocabularies: labels in every language, a tree without circles, and plain data that comes back the same."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from kb.content.reader import read_taxonomy
from kb.errors import SettingsError
from kb.notes.plain_yaml import read_yaml
from kb.notes.taxonomy import Taxonomy, scheme, searches
from kb.text.languages import Language

SHIPPED = read_taxonomy([Path(__file__).parents[3] / "content"])


def _data():
    def concept(name, broader):
        return {"id": name, "prefLabel": {"en": name, "fr": f"{name} fr", "nl": f"{name} nl"}, "broader": broader}

    return {
        "scheme": "test",
        "title": {"en": "Test", "fr": "Essai", "nl": "Proef"},
        "concepts": [concept("c", "b"), concept("a", None), concept("b", "a"), concept("d", "a")],
    }


def test_broader_is_nearest_first_and_narrower_reaches_every_depth_in_the_order_of_the_file():
    built = scheme(_data(), "test.yaml")
    assert built.broader("c") == ("b", "a")
    assert built.broader("a") == ()
    assert built.narrower("a") == ("c", "b", "d")
    assert built.narrower("d") == ()


SPOILT = {
    "`broader: c` of `c` leads nowhere or in a circle": lambda data: data["concepts"][1].update(broader="c"),
    "`broader: z` of `d` leads nowhere": lambda data: data["concepts"][3].update(broader="z"),
    "concept `b` has no prefLabel in nl": lambda data: data["concepts"][2]["prefLabel"].pop("nl"),
    "a concept id occurs twice": lambda data: data["concepts"][3].update(id="a"),
    "concept id `False` is no text. Write it in quotes": lambda data: data["concepts"][3].update(id=False),
    "'de' is not a valid Language": lambda data: data["concepts"][3].update(definition={"de": "x"}),
    "not a vocabulary: `nl` is missing": lambda data: data["title"].pop("nl"),
    "not a vocabulary: `scheme` is missing": dict.clear,
}


@pytest.mark.parametrize(("message", "spoil"), SPOILT.items())
def test_a_broken_vocabulary_is_refused_with_file_and_concept(message, spoil):
    data = _data()
    spoil(data)
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        scheme(data, "test.yaml")
    assert str(caught.value).startswith("test.yaml: ")


@pytest.mark.parametrize("data", [None, [], "text", {"scheme": "x", "title": {"en": "", "fr": "", "nl": ""}}])
def test_a_file_of_another_shape_is_no_vocabulary(data):
    with pytest.raises(SettingsError, match=r"test\.yaml: not a vocabulary"):
        scheme(data, "test.yaml")


def test_the_vocabularies_survive_a_trip_through_json():
    data = json.loads(json.dumps(SHIPPED.to_data()))
    back = Taxonomy.from_data(data)
    assert back == SHIPPED
    for read, written in zip(back.schemes(), SHIPPED.schemes(), strict=True):
        assert [*read.items()] == [*written.items()]
    data["phases"]["concepts"][0]["altLabel"]["fr"].append("new")
    assert Taxonomy.from_data(data) != SHIPPED
    data["crime_types"]["title"]["fr"] = "another"
    assert scheme(data["crime_types"], "") != SHIPPED.crime_types


def test_the_shipped_vocabularies_have_labels_and_terms_in_every_language():
    assert [each.name for each in SHIPPED.schemes()] == ["crime-types", "phases", "countries", "bodies", "powers"]
    for vocabulary in SHIPPED.schemes():
        assert len(vocabulary) > 5
        for name, concept in vocabulary.items():
            assert all(concept.label(language).strip() for language in Language), name
            assert len({bool(concept.definitions.get(language)) for language in Language}) == 1, name
    phishing = SHIPPED.crime_types["phishing"]
    for language in Language:
        assert {phishing.label(language), *phishing.alternatives[language]} <= set(SHIPPED.terms(language))


def test_the_shipped_countries_cover_the_benelux():
    assert set(SHIPPED.countries.narrower("BNL")) == {"BE", "NL", "LU"}
    assert SHIPPED.countries.broader("BE") == ("BNL", "EU", "COE", "INT")


def test_what_was_searched_in_vain_is_read_with_its_place_and_survives_a_trip_through_json():
    text = "# A remark\n- {crime_type: bec, phase: evidence, country: LU, searched: 2026-11-29}\n"
    found = searches(*read_yaml(text), "searched.yaml")
    assert [(each.cell, each.searched, each.line) for each in found] == [(("bec", "evidence", "LU"), "2026-11-29", 2)]
    taxonomy = replace(SHIPPED, searched=found)
    assert Taxonomy.from_data(json.loads(json.dumps(taxonomy.to_data()))).searched == found
    assert searches(*read_yaml(""), "searched.yaml") == ()


@pytest.mark.parametrize(
    "entry",
    ["crime_type: bec", "5", "- bec", "- {crime_type: bec}", "- {crime_type: bec, phase: a, country: 1, searched: 1}"],
)
def test_an_entry_of_another_form_is_refused_with_its_line(entry):
    with pytest.raises(SettingsError, match=r"searched\.yaml:1: an entry needs crime_type"):
        searches(*read_yaml(entry), "searched.yaml")
