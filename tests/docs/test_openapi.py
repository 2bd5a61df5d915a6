"""docs/openapi.json is what the server says of itself, and enough to write a client from."""

import json
import re
from pathlib import Path

import pytest

from api.exports import dcat, stix
from api.http.routes import EXAMPLES
from api.models.answers import SearchResponse
from api.models.problems import KINDS, MEDIA_TYPE, PATH, Problem
from api.models.requests import SearchRequest

REPOSITORY = Path(__file__).parents[2]
FORMATS = {
    "note.json": "application/schema+json",
    "stix": stix.MEDIA_TYPE,
    "taxonomy.jsonld": dcat.MEDIA_TYPE,
    "catalog.jsonld": dcat.MEDIA_TYPE,
}


@pytest.fixture(scope="module")
def described():
    return json.loads((REPOSITORY / "docs" / "openapi.json").read_text(encoding="utf-8"))


def test_every_operation_says_what_it_does_and_answers(described):
    operations = [(path, each) for path, methods in described["paths"].items() for each in methods.values()]
    assert len({operation["operationId"] for _, operation in operations}) == len(operations)
    for path, operation in operations:
        assert all(operation[part] for part in ("summary", "description", "tags"))
        assert "200" in operation["responses"]
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])
            assert parameter["in"] == ("path" if f"{{{parameter['name']}}}" in path else "query")
        for status, response in operation["responses"].items():
            assert response["description"]
            assert ("content" in response) == (status != "304")
            for media_type, content in response.get("content", {}).items():
                good = FORMATS.get(path.rpartition("/")[2], "application/json")
                assert media_type == (good if status == "200" else MEDIA_TYPE), (path, status)
                assert content.get("schema")
                if status != "200":
                    assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                    assert content["example"]["status"] == int(status)


def test_every_reference_leads_somewhere_and_nothing_is_left_over(described):
    found = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(described)))
    parts = ((kind, described["components"][kind]) for kind in ("schemas", "headers"))
    assert found == {f"#/components/{kind}/{name}" for kind, named in parts for name in named}


def test_no_member_of_an_answer_that_may_be_left_out_has_a_default_which_clients_would_take_as_there(described):
    members = described["components"]["schemas"]["Problem"]
    assert {*members["properties"]} - {*members["required"]} == {"remedy", "field", "allowed"}
    assert all("default" not in schema for schema in members["properties"].values())


def test_a_client_can_be_written_with_names_and_types(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", operation["operationId"]), (path, method)
            for status, answer in operation["responses"].items():
                assert ("Retry-After" in answer["headers"]) is (status == "429")
                assert ("WWW-Authenticate" in answer["headers"]) is (status == "401")
                assert ("ETag" in answer["headers"]) is ("304" in operation["responses"] and status in ("200", "304"))
                assert "X-Request-ID" in answer["headers"]
    for name, schema in described["components"]["schemas"].items():
        assert not {"oneOf", "anyOf", "allOf"} & schema.keys(), f"generators of clients leave {name} out"
    request = described["components"]["schemas"]["SearchRequest"]
    assert not [name for name, member in request["properties"].items() if "default" in member]  # which some ask for
    assert "required" not in request


def test_what_fields_leave_out_is_all_that_differs(described):
    schemas = described["components"]["schemas"]
    assert schemas["HitFields"]["properties"] == schemas["HitOut"]["properties"]
    assert "required" not in schemas["HitFields"]
    whole, narrowed = (json.dumps(schemas[name]["properties"]) for name in ("SearchResponse", "FieldsResponse"))
    assert narrowed == whole.replace("/HitOut", "/HitFields")
    assert schemas["FieldsResponse"]["required"] == schemas["SearchResponse"]["required"]


def test_get_and_post_take_the_same_parameters(described):
    asked = {parameter["name"]: parameter for parameter in described["paths"]["/v1/search"]["get"]["parameters"]}
    body = described["components"]["schemas"]["SearchRequest"]["properties"]
    assert {*asked, "similar_to"} == set(body) == set(SearchRequest.model_fields)
    assert all(asked[name]["description"] == body[name]["description"] for name in asked)


def test_examples_are_whole_answers_questions_and_problems(described):
    for method in ("get", "post"):
        answer = described["paths"]["/v1/search"][method]["responses"]["200"]
        assert answer["content"]["application/json"]["example"] == EXAMPLES["search"]
    assert SearchResponse.model_validate(EXAMPLES["search"]).model_dump(mode="json") == EXAMPLES["search"]
    hits = [*EXAMPLES["search"]["practices"], *EXAMPLES["search"]["strategies"], *EXAMPLES["search"]["powers"]]
    assert all(list((REPOSITORY / "content").glob(f"*/{hit['id']}/{hit['lang']}.md")) for hit in hits)
    for example in described["components"]["schemas"]["SearchRequest"]["examples"]:
        SearchRequest.model_validate(example)
    for status, example in EXAMPLES["problems"].items():
        shown = Problem.model_validate(example)
        [kind] = [kind for kind in KINDS.values() if kind.code == shown.code]
        assert (shown.type, shown.title, shown.status) == (f"{PATH}#{kind.code}", kind.title, kind.status)
        assert kind.status == int(status)
