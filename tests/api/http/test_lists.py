"""Lists of notes and of changes, pages of answers, several searches at once, and what is like a note or a text."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Check = Callable[..., dict[str, Any]]
INCIDENT = (
    "Op 3 november om 07.40 uur meldde de IT-verantwoordelijke van de gemeente dat niemand nog kon aanmelden. "
    "Alle bestanden op de servers zijn versleuteld en op elk scherm staat een bericht met een adres voor losgeld. "
    "De daders eisen bitcoins. De politie wil weten of er een sleutel bestaat om alles te ontsleutelen. "
) * 3


def pages(client: httpx.Client, address: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        answer = client.get(address, params={**asked, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        cursor = found[-1]["next"]
        if not cursor:
            return found


def test_the_list_of_notes_has_each_once_by_id(client: httpx.Client) -> None:
    found = pages(client, "/v1/notes", {"limit": 40, "lang": "nl"})
    notes = [note for page in found for note in page["notes"]]
    assert [len(page["notes"]) for page in found] == [40] * (len(notes) // 40) + [len(notes) % 40]
    ids = [note["id"] for note in notes]
    assert ids == sorted(set(ids))
    assert {page["total"] for page in found} == {len(ids)}
    assert {note["lang"] for note in notes} == {"nl"}
    assert client.get("/readyz").json()["notes"] == len(ids)


def test_filters_narrow_the_list(client: httpx.Client) -> None:
    found = client.get(
        "/v1/notes", params={"country": "LU", "phase": "prevention", "kind": "practice", "limit": 50}
    ).json()
    assert 0 < found["total"] == len(found["notes"]) < 50
    assert all("prevention" in note["phases"] and note["kind"] == "practice" for note in found["notes"])
    coverage = client.get("/v1/coverage").json()
    assert pages(client, "/v1/notes", {"kind": "strategy"})[0]["total"] == coverage["kinds"]["strategy"]


def test_a_page_of_an_answer_goes_on_where_the_one_before_ended(client: httpx.Client) -> None:
    asked = {"q": "hoe blokkeren we phishingsites", "lang": "nl"}
    whole = client.get("/v1/search", params={**asked, "limit": 50}).json()
    parts = pages(client, "/v1/search", {**asked, "limit": 7})
    for kind in ("practices", "strategies"):
        ids = [hit["id"] for part in parts for hit in part[kind]]
        assert len(ids) == len(set(ids))
        assert ids[: len(whole[kind])] == [hit["id"] for hit in whole[kind]]
    notes = sum(len(part["practices"]) + len(part["strategies"]) for part in parts)
    assert notes == client.get("/readyz").json()["notes"]
    assert all(part["facets"] == whole["facets"] for part in parts)


@pytest.mark.parametrize("address", ["/v1/search", "/v1/notes", "/v1/changes"])
def test_a_cursor_of_another_list_is_refused(client: httpx.Client, assert_problem: Check, address: str) -> None:
    asked = {"q": "phishing"} if address == "/v1/search" else {}
    cursor = client.get(address, params={**asked, "limit": 3}).json()["next"]
    assert_problem(client.get(address, params={**asked, "limit": 4, "cursor": cursor}), 400, field="cursor")
    assert_problem(client.get(address, params={**asked, "cursor": "none"}), 400, field="cursor")


def test_changes_are_read_in_parts_and_from_a_time_on(client: httpx.Client) -> None:
    parts = pages(client, "/v1/changes", {"limit": 60})
    changes = [change for part in parts for change in part["changes"]]
    assert {change["change"] for change in changes} == {"changed"}
    assert [(one["at"], one["id"]) for one in changes] == sorted((one["at"], one["id"]) for one in changes)
    assert {one["id"] for one in changes} == {
        note["id"] for page in pages(client, "/v1/notes", {"limit": 50}) for note in page["notes"]
    }
    until = parts[-1]["until"]
    assert until == changes[-1]["at"]
    assert client.get("/v1/changes", params={"since": until}).json() == {"changes": [], "until": None, "next": None}


@pytest.mark.parametrize("since", ["yesterday", "2026-11-27", "2026-11-27T10:00:00", "0001-01-01T00:00:00+10:00", ""])
def test_a_time_without_a_zone_is_refused(client: httpx.Client, assert_problem: Check, since: str) -> None:
    assert_problem(client.get("/v1/changes", params={"since": since}), 400, field="since")


def test_several_searches_are_answered_in_their_order(client: httpx.Client) -> None:
    queries = [
        {"q": "hoe blokkeren we phishingsites", "lang": "nl"},
        {"q": "rançongiciel dans un hôpital", "lang": "fr", "country": ["BE"], "limit": 3},
        {"q": "money mules", "group_by": "country"},
        {"similar_to": {"text": INCIDENT}, "lang": "en"},
    ]
    answer = client.post("/v1/search/batch", json={"queries": queries}).json()
    alone = [client.post("/v1/search", json=one).json() for one in queries]
    for one, other in zip(answer["results"], alone, strict=True):
        assert [hit["id"] for hit in one["practices"][:5]] == [hit["id"] for hit in other["practices"][:5]]
        assert one["query"] == other["query"]
        assert (one["by_country"] is None) == (other["by_country"] is None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"queries": [{"q": "phishing"}, {"q": "phishing", "country": ["BEE"]}]}, "queries.1.country"),
        ({"queries": [{"q": "phishing"}, {"q": "x", "organisation": ["Nobody at all"]}]}, "queries.1.organisation"),
        ({"queries": [{"q": "phishing"}, {"q": " "}]}, "queries.1.q"),
        ({"queries": [{"q": "phishing", "contry": "BE"}]}, "queries.0.contry"),
        ({"queries": [{"q": "phishing"}, {"similar_to": {"note": "be-none"}}]}, "queries.1.similar_to.note"),
        ({"queries": [{"q": "phishing"}, {}]}, "queries.1"),
        ({"queries": [{"q": "phishing"}, {"q": "phishing", "cursor": "x"}]}, "queries.1.cursor"),
        ({"queries": [{"q": "phishing"}, {"similar_to": {"text": " "}}]}, "queries.1.similar_to.text"),
        ({"queries": []}, "queries"),
        ({"queries": [{"q": "phishing"}] * 51}, "queries"),
        ({"queries": [{"similar_to": {"text": "a b " * 4_000}}] * 3}, "body"),
        ({"q": "phishing"}, "queries"),
        ({}, "queries"),
    ],
)
def test_a_batch_with_one_mistake_is_refused_and_says_where(
    client: httpx.Client, assert_problem: Check, body: dict[str, Any], field: str
) -> None:
    assert_problem(client.post("/v1/search/batch", json=body), 400, field=field)


def test_a_batch_counts_as_its_searches(data_dir: Any, start_server: Any, assert_problem: Check) -> None:
    server = start_server(KB_DATA_DIR=data_dir, KB_RATE_LIMIT=10)
    try:
        batch = {"queries": [{"q": "phishing"}] * 6}
        assert server.client.post("/v1/search/batch", json=batch).status_code == 200
        pasted = {"similar_to": {"text": INCIDENT}}
        assert_problem(server.client.post("/v1/search", json=pasted), 429)
        refused = server.client.post("/v1/search/batch", json=batch)
        assert_problem(refused, 429)
        assert int(refused.headers["retry-after"]) > 0
    finally:
        server.stop()


def test_what_is_like_a_note_is_not_the_note(client: httpx.Client) -> None:
    found = client.post("/v1/search", json={"similar_to": {"note": "be-baps"}, "lang": "fr"}).json()
    ids = [hit["id"] for hit in found["practices"]]
    assert "be-baps" not in ids
    assert "nl-anti-phishing-shield" in ids[:3]
    assert found["query"]["text"] == ""
    assert found["relevant"]


def test_what_is_like_an_incident_is_found_in_another_language(client: httpx.Client) -> None:
    found = client.post("/v1/search", json={"similar_to": {"text": INCIDENT}, "lang": "fr", "explain": True}).json()
    assert found["relevant"]
    assert all("ransomware" in hit["crime_types"] for hit in found["practices"][:3])
    assert [hit["lang"] for hit in found["practices"]] == ["fr"] * 10
    assert found["query"] | {"detected_language": "nl", "text": "", "lang": "fr"} == found["query"]
    assert found["practices"][0]["explanation"]
    scores = [hit["score"] for hit in found["practices"] if hit["level"] != "low"]
    assert scores == sorted(scores, reverse=True)


def test_what_nobody_wrote_about_is_like_nothing(client: httpx.Client) -> None:
    text = "De bakker op de hoek verkoopt sinds gisteren ook krentenbollen. " * 30
    found = client.post("/v1/search", json={"similar_to": {"text": text}, "group_by": "country"}).json()
    assert not found["relevant"]
    assert found["by_country"] == {"BE": [], "NL": [], "LU": []}
    assert found["practices"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"similar_to": {"note": "be-none"}}, "similar_to.note"),
        ({"similar_to": {}}, "similar_to"),
        ({"similar_to": {"note": "be-baps", "text": "a"}}, "similar_to"),
        ({"similar_to": {"nte": "be-baps"}}, "similar_to.nte"),
        ({"similar_to": "be-baps"}, "similar_to"),
        ({"similar_to": {"text": "a" * 20_001}}, "similar_to.text"),
        ({"similar_to": {"text": " \f "}}, "similar_to.text"),
        ({"q": "phishing", "similar_to": {"note": "be-baps"}}, "body"),
    ],
)
def test_what_cannot_be_sought_is_refused(
    client: httpx.Client, assert_problem: Check, body: dict[str, Any], field: str
) -> None:
    assert_problem(client.post("/v1/search", json=body), 400, field=field)


def test_a_text_of_the_greatest_length_is_answered(client: httpx.Client) -> None:
    text = (INCIDENT * 30)[:20_000]
    assert client.post("/v1/search", json={"similar_to": {"text": text}}).json()["relevant"]
