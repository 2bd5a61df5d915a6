"""Whom to reach: the right contact is one of the two at a glance, of the country asked about or beyond."""

import json
from pathlib import Path

import pytest
import yaml

REACH = Path(__file__).parent / "reach"
CONTENT = REACH.parents[2] / "content"
OFF_TOPIC = REACH.with_name("unseen") / "offtopic.jsonl"


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def contacts(searcher, query):
    """Country or `beyond` -> the ids of its contacts."""
    found = searcher.view().search(query["text"], reader=query["language"])
    return {place: [each.contact["id"] for each in glance.contacts] for place, glance in found.at_a_glance.items()}


@pytest.mark.parametrize("name", ["choosing", "kept-apart"])
def test_the_right_contact_is_among_two_of_the_country(searcher, name):
    queries = read(REACH / f"{name}.jsonl")
    right = first = useful = counted = 0
    for query in queries:
        found = contacts(searcher, query)
        places = found if query["country"] is None else (query["country"], "beyond")
        own = {place: found.get(place, []) for place in places}
        right += any({*ids} & {*query["right"]} for ids in own.values())
        first += any({*ids[:1]} & {*query["right"]} for ids in own.values())
        if query["country"] and own[query["country"]]:
            counted += 1
            useful += own[query["country"]][0] in {*query["right"], *query["useful"]}
    print(f"{name}: right among two {right / len(queries):.3f}, first {first / len(queries):.3f}")
    print(f"first of the country asked about right or useful {useful / counted:.3f} of {counted}")
    assert len(queries) == 75
    assert right / len(queries) >= 0.8
    assert first / len(queries) >= 0.7
    assert useful / counted >= 0.8


def test_who_asks_something_else_is_sent_to_nobody(searcher):
    queries = [{**query, "language": query["lang"]} for query in read(OFF_TOPIC)]
    sent = [query["text"] for query in queries if any(contacts(searcher, query).values())]
    print(f"{len(sent)} of {len(queries)}: {sent}")
    assert len(sent) / len(queries) <= 0.05


@pytest.mark.parametrize("kind", ["power", "strategy"])
def test_a_filter_by_kind_holds_no_contact_back(searcher, kind):
    def reached(**narrowed):
        found = searcher.view().search("bankkaart gestolen, waar laat ik ze blokkeren", reader="nl", **narrowed)
        return [[each.contact["id"] for each in found.at_a_glance[country].contacts] for country in ("BE", "NL")]

    assert "be-cardstop" in reached()[0]
    assert "nl-bankpassen" in reached()[1]
    assert reached(kind=[kind]) == reached()


def test_what_is_expected_exists():
    known = {each["id"] for path in CONTENT.glob("contacts/*.yaml") for each in yaml.safe_load(path.read_text("utf-8"))}
    for path in REACH.glob("*.jsonl"):
        for query in read(path):
            assert query["right"]
            assert {*query["right"], *query["useful"]} <= known, query["text"]
