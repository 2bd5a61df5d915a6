"""docs/openapi.json is what the server says of itself, and enough to write a client from."""

import json
import re
from pathlib import Path

import pytest

from api.exports import dcat, stix
from api.http.routes import EXAMPLES
from api.models.answers import SearchResponse
from api.models.problems import MEDIA_TYPE, Problem
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
    schemas = described["components"]["schemas"]
    found = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(described)))
    assert found == {f"#/components/schemas/{name}" for name in schemas}


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
        assert Problem.model_validate(example).status == int(status)
