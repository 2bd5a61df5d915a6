"""Questions "how do I ..." and "whom do I call ..." are answered by what stands first: a note, or a contact on it."""

import json
from pathlib import Path

import pytest
import yaml

from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Level

HOWTO = Path(__file__).parent / "howto"
CONTENT = HOWTO.parents[2] / "content"
QUERIES = [json.loads(line) for line in (HOWTO / "queries.jsonl").read_text("utf-8").splitlines()]
EXPECTED = yaml.safe_load((HOWTO / "expected.yaml").read_text("utf-8"))


def answered(results, expected):
    """Whether the first relevant hit of a list of what to do is expected, or shows a contact that is."""
    lists = [results.lists[kind] for kind in (Kind.PRACTICE, Kind.POWER, Kind.PLAYBOOK)]
    first = [hits[0] for hits in lists if hits and hits[0].level is not Level.LOW]
    contacts = {contact["id"] for hit in first for contact in hit.contacts}
    return bool({hit.id for hit in first} & {*expected.get("notes", ())} or contacts & {*expected.get("contacts", ())})


@pytest.mark.parametrize("language", Language)
def test_the_first_hit_answers_with_a_step_a_power_or_a_contact(searcher, language):
    queries = [query for query in QUERIES if query["lang"] == language]
    unanswered = [
        query["_id"]
        for query in queries
        if not answered(searcher.view().search(query["text"], reader=language), EXPECTED[query["_id"]])
    ]
    print(language, "unanswered:", unanswered)
    assert len(queries) == 20
    assert len(unanswered) <= 2


def test_what_is_expected_exists_and_holds_in_the_country_asked_from():
    contacts = {
        each["id"]: each for path in CONTENT.glob("contacts/*.yaml") for each in yaml.safe_load(path.read_text("utf-8"))
    }
    assert EXPECTED.keys() == {query["_id"] for query in QUERIES}
    for expected in EXPECTED.values():
        assert all(list(CONTENT.glob(f"*/{note_id}/*.md")) for note_id in expected.get("notes", ()))
        wanted = {expected.get("country")}
        for contact_id in expected.get("contacts", ()):
            assert wanted == {None} or wanted <= {*contacts[contact_id]["countries"]}
