"""Vocabularies: labels in every language, a tree without circles, and plain data that comes back the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.content.reader import read_taxonomy
from kb.errors import SettingsError
from kb.notes.taxonomy import Taxonomy, scheme
from kb.text.languages import Language

SHIPPED = read_taxonomy([Path(__file__).parents[3] / "content"])
CRIME_TYPES = """
ransomware malware-botnet hacking account-takeover ddos phishing bank-helpdesk-fraud online-trade-fraud
investment-fraud romance-fraud bec payment-fraud money-mules identity-fraud csam sextortion thb-online fireworks-online
darkweb-markets encrypted-comms online-radicalisation online-hate online-disorder vulnerabilities facilitators
cross-cutting
"""
"""The crime types the collection promises, whatever the tree above them."""


def _data() -> dict[str, Any]:
    def concept(name: str, broader: str | None) -> dict[str, Any]:
        return {"id": name, "prefLabel": {"en": name, "fr": f"{name} fr", "nl": f"{name} nl"}, "broader": broader}

    return {
        "scheme": "test",
        "title": {"en": "Test", "fr": "Essai", "nl": "Proef"},
        "concepts": [concept("c", "b"), concept("a", None), concept("b", "a"), concept("d", "a")],
    }


def test_broader_is_nearest_first_and_narrower_reaches_every_depth_in_the_order_of_the_file() -> None:
    built = scheme(_data(), "test.yaml")
    assert built.broader("c") == ("b", "a")
    assert built.broader("a") == ()
    assert built.narrower("a") == ("c", "b", "d")
    assert built.narrower("d") == ()


def _circle(data: dict[str, Any]) -> None:
    data["concepts"][1]["broader"] = "c"


def _nowhere(data: dict[str, Any]) -> None:
    data["concepts"][3]["broader"] = "z"


def _unlabelled(data: dict[str, Any]) -> None:
    del data["concepts"][2]["prefLabel"]["nl"]


def _twice(data: dict[str, Any]) -> None:
    data["concepts"][3]["id"] = "a"


def _norway(data: dict[str, Any]) -> None:
    data["concepts"][3]["id"] = False


def _german(data: dict[str, Any]) -> None:
    data["concepts"][3]["definition"] = {"de": "x"}


def _untitled(data: dict[str, Any]) -> None:
    del data["title"]["nl"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_circle, "`broader: . ` of `.` leads nowhere or in a circle".replace(". ", ".")),
        (_nowhere, "`broader: z` of `d` leads nowhere"),
        (_unlabelled, "concept `b` has no prefLabel in nl"),
        (_twice, "a concept id occurs twice"),
        (_norway, "concept id `False` is no text. Write it in quotes"),
        (_german, "'de' is not a valid Language"),
        (_untitled, "not a vocabulary"),
        (dict.clear, "not a vocabulary"),
    ],
)
def test_a_vocabulary_that_does_not_hold_together_is_refused_with_the_file_and_the_concept(
    spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    data = _data()
    spoil(data)
    with pytest.raises(SettingsError, match=message) as caught:
        scheme(data, "test.yaml")
    assert str(caught.value).startswith("test.yaml: ")


@pytest.mark.parametrize("data", [None, [], "text", {"scheme": "x", "title": {"en": "", "fr": "", "nl": ""}}])
def test_a_file_of_another_shape_is_no_vocabulary(data: Any) -> None:
    with pytest.raises(SettingsError, match=r"test\.yaml: not a vocabulary"):
        scheme(data, "test.yaml")


def test_the_vocabularies_survive_a_trip_through_json() -> None:
    data = json.loads(json.dumps(SHIPPED.to_data()))
    back = Taxonomy.from_data(data)
    assert back == SHIPPED
    for one, other in zip(back.schemes(), SHIPPED.schemes(), strict=True):
        assert list(one.items()) == list(other.items())
    data["phases"]["concepts"][0]["altLabel"]["fr"].append("new")
    assert Taxonomy.from_data(data) != SHIPPED


def test_the_shipped_vocabularies_are_trees_with_a_label_and_terms_in_every_language() -> None:
    assert [one.name for one in SHIPPED.schemes()] == ["crime-types", "phases", "countries", "bodies"]
    for one in SHIPPED.schemes():
        assert len(one) > 5
        for name, concept in one.items():
            assert set(one.broader(name)) <= set(one)
            assert all(concept.label(language).strip() for language in Language)
            definitions = [concept.definitions.get(language) for language in Language]
            assert all(definitions) or not any(definitions), name
    for language in Language:
        terms = SHIPPED.terms(language)
        assert SHIPPED.crime_types["phishing"].label(language) in terms
        assert set(SHIPPED.crime_types["phishing"].alternatives[language]) <= set(terms)


def test_the_shipped_vocabularies_cover_crime_types_and_the_benelux() -> None:
    assert set(CRIME_TYPES.split()) <= set(SHIPPED.crime_types)
    assert set(SHIPPED.countries.narrower("BNL")) == {"BE", "NL", "LU"}
    assert SHIPPED.countries.broader("BE") == ("BNL", "EU", "COE", "INT")
