"""Nothing that the first release promised of `/v1` is taken away: docs/openapi.json against that of its commit.

What is new is free to come.
"""

import copy
import json
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
NOW = json.loads((REPOSITORY / "docs" / "openapi.json").read_text("utf-8"))
BREAKING = yaml.safe_load(Path(__file__).with_name("breaking.yaml").read_text("utf-8"))
RELEASE = "027b4935a0e0bec3f6e1d441ed24acf9ae1541a0"
"""Of v0.1.0: a copy may lack the tag."""
ONLY_TO_NEW = {"FieldsResponse"}
"""Forms of answers to parameters that the release did not have: who sends none of them gets none of these."""
BOUNDS = {"maximum": 1, "maxLength": 1, "maxItems": 1, "minimum": -1, "minLength": -1}


@pytest.fixture(scope="module")
def promised():
    command = ["git", "show", f"{RELEASE}:docs/openapi.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    if done.returncode:
        pytest.skip("This copy has no history, so the promises of the first release are not known.")
    return json.loads(done.stdout)


def broken(promised, now):
    """What a client that relies on the first would miss in the second."""
    for which, problems in ((asked, narrowed), (answered, widened)):
        later = dict(schemas_of(now, which))
        for where, before in schemas_of(promised, which):
            if where not in later:
                yield f"{where}: gone"
            else:
                after = later[where]
                if ".body." in where:  # whose defaults are not described: they are those of GET
                    after = {**after, "default": after.get("default", before.get("default"))}
                yield from (f"{where}: {problem}" for problem in problems(before, after))


def schemas_of(document, which):
    """Yield the place and the schema of all that operations are asked, or of all that they answer."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield from schemas_in(which(operation), document, f"{method} {path}")


def asked(operation):
    """Return one schema for what an operation is asked: its parameters and its body."""
    parameters = operation.get("parameters", ())
    found = {each["name"]: each["schema"] for each in parameters}
    if "requestBody" in operation:
        found["body"] = operation["requestBody"]["content"]["application/json"]["schema"]
    return {"properties": found, "required": [each["name"] for each in parameters if each.get("required")]}


def answered(operation):
    """Return one schema for what an operation answers: a member for every status and media type."""
    found = {status: {} for status in operation["responses"]}
    for status, answer in operation["responses"].items():
        found |= {f"{status} {media}": content["schema"] for media, content in answer.get("content", {}).items()}
    return {"properties": found}


def schemas_in(schema, document, where):
    schema = resolved(schema, document)
    yield where, schema
    inside = [(f".{name}", member) for name, member in schema.get("properties", {}).items()]
    inside += [("[]", schema[name]) for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    for name, member in inside:
        yield from schemas_in(member, document, f"{where}{name}")


def resolved(schema, document):
    """Return a schema without references; of what may be null, what it is else; of several forms, what is not new."""
    if "$ref" in schema:
        return resolved(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    forms = [each for each in schema.get("anyOf", ()) if each.get("$ref", "").rpartition("/")[2] not in ONLY_TO_NEW]
    others = [each for each in forms if each.get("type") != "null"]
    if len(others) == 1 and len(forms) <= 2:
        beside = {name: value for name, value in schema.items() if name != "anyOf"}
        return {**beside, **resolved(others[0], document), **({"nullable": True} if forms != others else {})}
    return schema


def types(schema):
    if "anyOf" in schema:
        return {found for each in schema["anyOf"] for found in types(each)}
    return {str(schema.get("type", schema.get("$ref", "any")))} | ({"null"} if schema.get("nullable") else set())


def required(schema):
    return {*schema.get("required", ())}


def narrowed(before, after):
    """Yield what is no longer accepted, or means something else."""
    if lost := types(before) - types(after):
        yield f"is no longer {sorted(lost)}"
    if new := required(after) - required(before):
        yield f"{sorted(new)} newly required"
    if "enum" in after and ("enum" not in before or {*map(str, before["enum"])} - {*map(str, after["enum"])}):
        yield f"only {after['enum']} now"
    for bound, sign in BOUNDS.items():
        if bound in after and (bound not in before or sign * after[bound] < sign * before[bound]):
            yield f"{bound} is {after[bound]} now"
    if before.get("default") != after.get("default"):
        yield f"without it, {after.get('default')!r} now"


def widened(before, after):
    """Yield what may be of another type, or left out."""
    if new := types(after) - types(before):
        yield f"may be {sorted(new)}"
    if missing := required(before) - required(after):
        yield f"{sorted(missing)} may be left out"


def test_nothing_promised_is_taken_away(promised):
    assert [*broken(promised, NOW)] == []


def place(part, step):
    """Return where a step of a path leads in a part of a document: in lists, names are those of members."""
    if isinstance(part, list) and isinstance(step, str):
        return [each["name"] if isinstance(each, dict) else each for each in part].index(step)
    return step


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_what_breaks_a_client_is_found(promised, change):
    part = now = copy.deepcopy(promised)
    *above, last = change["path"]
    for step in above:
        part = part[place(part, step)]
    if "to" in change:
        part[last] = change["to"]
    else:
        part.pop(place(part, last))
    assert [*broken(promised, now)]


def test_what_is_new_breaks_nobody(promised):
    now = copy.deepcopy(promised)
    schemas = now["components"]["schemas"]
    now["paths"]["/v1/more"] = now["paths"]["/v1/taxonomy"]
    now["paths"]["/v1/search"]["get"]["parameters"].append(
        {"name": "more", "in": "query", "schema": {"type": "string"}}
    )
    schemas["HitOut"]["properties"]["more"] = schemas["SearchRequest"]["properties"]["more"] = {"type": "string"}
    assert [*broken(promised, now)] == []
