"""`/v1/suggest` on the real collection."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest


def texts(client: httpx.Client, **asked: Any) -> list[str]:
    answer = client.get("/v1/suggest", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["text"] for one in answer.json()["suggestions"]]


def test_terms_numbers_and_titles_are_suggested_in_the_readers_language(client: httpx.Client) -> None:
    assert texts(client, q="hamec", lang="fr")[0].startswith("hameçonnage")
    answer = client.get("/v1/suggest", params={"q": "ransom", "lang": "nl"}).json()["suggestions"]
    assert {"field": "crime_type", "value": "ransomware", "kind": "term"}.items() <= answer[0].items()
    [number] = client.get("/v1/suggest", params={"q": "32023R1543"}).json()["suggestions"][:1]
    assert (number["kind"], client.get(f"/v1/notes/{number['note_id']}").status_code) == ("identifier", 200)
    title = next(
        one for one in client.get("/v1/suggest?q=baps&lang=nl").json()["suggestions"] if one["kind"] == "title"
    )
    assert (title["note_id"], title["lang"]) == ("be-baps", "nl")


def test_what_is_suggested_as_a_filter_is_one(client: httpx.Client) -> None:
    for typed in ("a", "b", "e", "p", "s"):
        for one in client.get("/v1/suggest", params={"q": typed, "limit": 20}).json()["suggestions"]:
            if one["field"]:
                assert client.get(
                    "/v1/search", params={"q": "police", one["field"]: one["value"], "limit": 1}
                ).is_success


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "a", "limit": 0}, "limit"),
        ({"q": "a", "lang": "de"}, "lang"),
        ({"q": "a", "country": "BE"}, "country"),
    ],
)
def test_what_is_wrong_is_told(
    client: httpx.Client, assert_problem: Callable[..., dict[str, Any]], asked: dict[str, Any], field: str
) -> None:
    assert_problem(client.get("/v1/suggest", params=asked), 400, field=field)


def test_nothing_typed_and_odd_things_are_no_errors(client: httpx.Client) -> None:
    for typed in ("", " ", "(", "\u0000", "zzzz", "☃", "%00", "a" * 200):
        assert isinstance(texts(client, q=typed), list)
