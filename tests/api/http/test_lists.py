"""Lists of notes and of changes, pages of answers, batches, what is like a note or a text, suggestions."""

from kb.notes.note import KINDS

INCIDENT = (
    "Op 3 november om 07.40 uur meldde de IT-verantwoordelijke van de gemeente dat niemand nog kon aanmelden. "
    "Alle bestanden op de servers zijn versleuteld en op elk scherm staat een bericht met een adres voor losgeld. "
    "De daders eisen bitcoins. De politie wil weten of er een sleutel bestaat om alles te ontsleutelen. "
) * 3


def pages(client, address, asked):
    found, cursor = [], None
    while True:
        answer = client.get(address, params={**asked, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        cursor = found[-1]["next"]
        if not cursor:
            return found


def test_the_list_of_notes_has_each_once_by_id(client):
    found = pages(client, "/v1/notes", {"limit": 40, "lang": "nl"})
    notes = [note for page in found for note in page["notes"]]
    assert [len(page["notes"]) for page in found] == [40] * (len(notes) // 40) + [len(notes) % 40]
    ids = [note["id"] for note in notes]
    assert ids == sorted(set(ids))
    assert {page["total"] for page in found} == {len(ids)}
    assert {note["lang"] for note in notes} == {"nl"}
    assert client.get("/readyz").json()["notes"] == len(ids)


def test_a_page_of_an_answer_goes_on_where_the_one_before_ended(client):
    asked = {"q": "hoe blokkeren we phishingsites", "lang": "nl"}
    whole = client.get("/v1/search", params={**asked, "limit": 50}).json()
    parts = pages(client, "/v1/search", {**asked, "limit": 7})
    for kind in KINDS:
        ids = [hit["id"] for part in parts for hit in part[kind]]
        assert len(ids) == len(set(ids))
        assert ids[: len(whole[kind])] == [hit["id"] for hit in whole[kind]]
    notes = sum(len(part[kind]) for part in parts for kind in KINDS)
    assert notes == client.get("/readyz").json()["notes"]
    assert all(part["facets"] == whole["facets"] for part in parts)


def test_changes_are_read_in_parts_and_from_a_time_on(client):
    parts = pages(client, "/v1/changes", {"limit": 60})
    changes = [change for part in parts for change in part["changes"]]
    assert {change["change"] for change in changes} == {"changed"}
    places = [(change["at"], change["id"]) for change in changes]
    assert places == sorted(places)
    assert len({*places}) == client.get("/readyz").json()["notes"]
    until = parts[-1]["until"]
    assert until == changes[-1]["at"]
    assert client.get("/v1/changes", params={"since": until}).json() == {"changes": [], "until": None, "next": None}


def test_several_searches_are_answered_in_their_order(client):
    queries = [
        {"q": "hoe blokkeren we phishingsites", "lang": "nl"},
        {"q": "rançongiciel dans un hôpital", "lang": "fr", "country": ["BE"], "limit": 3},
        {"q": "money mules", "group_by": "country"},
        {"similar_to": {"text": INCIDENT}, "lang": "en"},
    ]
    answer = client.post("/v1/search/batch", json={"queries": queries}).json()
    alone = [client.post("/v1/search", json=query).json() for query in queries]
    for result, expected in zip(answer["results"], alone, strict=True):
        assert [hit["id"] for hit in result["practices"][:5]] == [hit["id"] for hit in expected["practices"][:5]]
        assert result["query"] == expected["query"]
        assert (result["by_country"] is None) == (expected["by_country"] is None)


def test_what_is_like_a_note_is_not_the_note(client):
    found = client.post("/v1/search", json={"similar_to": {"note": "be-baps"}, "lang": "fr"}).json()
    ids = [hit["id"] for hit in found["practices"]]
    assert "be-baps" not in ids
    assert "nl-anti-phishing-shield" in ids[:3]
    assert found["query"]["text"] == ""
    assert found["relevant"]


def test_what_is_like_an_incident_is_found_in_another_language(client):
    found = client.post("/v1/search", json={"similar_to": {"text": INCIDENT}, "lang": "fr", "explain": True}).json()
    assert found["relevant"]
    assert all("ransomware" in hit["crime_types"] for hit in found["practices"][:3])
    assert [hit["lang"] for hit in found["practices"]] == ["fr"] * 10
    assert found["query"] | {"detected_language": "nl", "text": "", "lang": "fr"} == found["query"]
    assert found["practices"][0]["explanation"]
    moved = {move["id"] for move in found["moves"]}
    scores = [hit["score"] for hit in found["practices"] if hit["level"] != "low" and hit["id"] not in moved]
    assert len(scores) > 2
    assert scores == sorted(scores, reverse=True)


def test_what_nobody_wrote_about_is_like_nothing(client):
    text = "De bakker op de hoek verkoopt sinds gisteren ook krentenbollen. " * 30
    found = client.post("/v1/search", json={"similar_to": {"text": text}, "group_by": "country"}).json()
    assert (found["relevant"], bool(found["practices"])) == (False, True)
    assert found["by_country"] == {"BE": [], "NL": [], "LU": []}


def test_a_text_of_the_greatest_length_is_answered(client):
    text = (INCIDENT * 30)[:20_000]
    assert client.post("/v1/search", json={"similar_to": {"text": text}}).json()["relevant"]


def suggestions(client, **asked):
    answer = client.get("/v1/suggest", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["suggestions"]


def test_terms_numbers_and_titles_are_suggested_in_the_readers_language(client):
    assert suggestions(client, q="hamec", lang="fr")[0]["text"].startswith("hameçonnage")
    term = suggestions(client, q="ransom", lang="nl")[0]
    assert {"field": "crime_type", "value": "ransomware", "kind": "term"}.items() <= term.items()
    number = suggestions(client, q="32023R1543")[0]
    assert (number["kind"], client.get(f"/v1/notes/{number['note_id']}").status_code) == ("identifier", 200)
    title = next(found for found in suggestions(client, q="baps", lang="nl") if found["kind"] == "title")
    assert (title["note_id"], title["lang"]) == ("be-baps", "nl")


def test_what_is_suggested_as_a_filter_is_one(client):
    for typed in ("a", "b", "e", "p", "s"):
        for found in suggestions(client, q=typed, limit=20):
            if found["field"]:
                asked = {"q": "police", found["field"]: found["value"], "limit": 1}
                assert client.get("/v1/search", params=asked).is_success


def test_nothing_typed_and_odd_things_are_no_errors(client):
    for typed in ("", " ", "(", "\u0000", "zzzz", "☃", "%00", "a" * 200):
        assert isinstance(suggestions(client, q=typed), list)
