"""Nothing that the first release promised of `/v1` is taken away: docs/openapi.json against that of its tag.

What is new is free to come. Before the tag exists, nothing is promised yet.
"""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
Schema = dict[str, Any]


def read(path):
    found: Schema = json.loads(path.read_text(encoding="utf-8"))
    return found


RELEASE = "v0.1.0"


@pytest.fixture
def promised():
    command = ["git", "show", f"{RELEASE}:docs/openapi.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    found: Schema = json.loads(done.stdout) if done.returncode == 0 else read(REPOSITORY / "docs" / "openapi.json")
    return found


def broken(promised, now):
    """What a client that relies on the one would miss in the other."""
    for path, operations in promised["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            found = now["paths"].get(path, {}).get(method)
            if found is None:
                yield f"{where}: gone"
                continue
            yield from _parameters(operation, found, where)
            for status, answer in operation["responses"].items():
                kept = found["responses"].get(status)
                if kept is None:
                    yield f"{where}: {status} gone"
                    continue
                for media_type, content in answer.get("content", {}).items():
                    if media_type not in kept.get("content", {}):
                        yield f"{where}: {status} as {media_type} gone"
                    else:
                        schemas = content["schema"], kept["content"][media_type]["schema"]
                        yield from _answer(*schemas, promised, now, f"{where} {status}")
            if "requestBody" in operation:
                before, after = (
                    one["requestBody"]["content"]["application/json"]["schema"] for one in (operation, found)
                )
                yield from _asked(before, after, promised, now, f"{where} body")


def _parameters(promised, now, where):
    before = {one["name"]: one for one in promised.get("parameters", ())}
    after = {one["name"]: one for one in now.get("parameters", ())}
    yield from (f"{where}: {name} gone" for name in before.keys() - after.keys())
    for name, one in after.items():
        if one.get("required") and not before.get(name, {}).get("required"):
            yield f"{where}: {name} newly required"
        if name in before and (lost := _types(before[name]["schema"]) - _types(one["schema"])):
            yield f"{where}: {name} is no longer {sorted(lost)}"
        if name in before:
            yield from _narrowed(before[name]["schema"], one["schema"], f"{where}: {name}")


def _answer(before, after, promised, now, where):
    """An answer may say more, and of no member anything of another type."""
    before, after = _resolved(before, promised), _resolved(after, now)
    if new := _types(after) - _types(before):
        yield f"{where}: may be {sorted(new)}"
    if missing := set(before.get("required", ())) - set(after.get("required", ())):
        yield f"{where}: {sorted(missing)} may be left out"
    for name, member in before.get("properties", {}).items():
        if name not in after.get("properties", {}):
            yield f"{where}.{name}: gone"
        else:
            yield from _answer(member, after["properties"][name], promised, now, f"{where}.{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(before.get(name), dict) and isinstance(after.get(name), dict):
            yield from _answer(before[name], after[name], promised, now, f"{where}[]")


def _asked(before, after, promised, now, where):
    """What could be asked still can: nothing newly required, no member gone."""
    before, after = _resolved(before, promised), _resolved(after, now)
    if new := set(after.get("required", ())) - set(before.get("required", ())):
        yield f"{where}: {sorted(new)} newly required"
    if lost := _types(before) - _types(after):
        yield f"{where}: is no longer {sorted(lost)}"
    yield from _narrowed(before, after, where)
    for name, member in before.get("properties", {}).items():
        if name not in after.get("properties", {}):
            yield f"{where}.{name}: gone"
        else:
            yield from _asked(member, after["properties"][name], promised, now, f"{where}.{name}")


def _narrowed(before, after, where):
    """Values, bounds and defaults of what is asked: what was accepted is accepted, and means the same."""
    if "enum" in after and ("enum" not in before or {*map(str, before["enum"])} - {*map(str, after["enum"])}):
        yield f"{where}: only {after['enum']} now"
    for bound, sign in (("maximum", 1), ("maxLength", 1), ("maxItems", 1), ("minimum", -1), ("minLength", -1)):
        if bound in after and (bound not in before or sign * after[bound] < sign * before[bound]):
            yield f"{where}: {bound} is {after[bound]} now"
    if before.get("default") != after.get("default"):
        yield f"{where}: without it, {after.get('default')!r} now"
    if {str(one.get("required")) for one in before.get("oneOf", ())} - {
        str(one.get("required")) for one in after.get("oneOf", ())
    }:
        yield f"{where}: fewer ways to ask"
    if isinstance(before.get("items"), dict) and isinstance(after.get("items"), dict):
        yield from _narrowed(before["items"], after["items"], f"{where}[]")


def _resolved(schema, of):
    """A schema without references; of one that may be null, what it is else."""
    if "$ref" in schema:
        return _resolved(of["components"]["schemas"][schema["$ref"].rpartition("/")[2]], of)
    others = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(others) == 1 and len(schema["anyOf"]) == 2:
        beside = {name: value for name, value in schema.items() if name != "anyOf"}
        return {**beside, **_resolved(others[0], of), "nullable": True}
    return schema


def _types(schema):
    if "anyOf" in schema:
        return {found for one in schema["anyOf"] for found in _types(one)}
    null = {"null"} if schema.get("nullable") else set[str]()
    return {str(schema.get("type", schema.get("$ref", "any")))} | null


def test_nothing_promised_is_taken_away(promised):
    assert [*broken(promised, read(REPOSITORY / "docs" / "openapi.json"))] == []


def _search(now):
    found: Schema = now["paths"]["/v1/search"]["get"]
    return found


def _named(now, name):
    [found] = [one for one in _search(now)["parameters"] if one["name"] == name]
    parameter: Schema = found
    return parameter


BREAKS: dict[str, Callable[[Schema], Any]] = {
    "a route": lambda now: now["paths"].pop("/v1/taxonomy"),
    "a method": lambda now: now["paths"]["/v1/search"].pop("post"),
    "a parameter": lambda now: _search(now)["parameters"].pop(),
    "a parameter required": lambda now: _search(now)["parameters"][0].update(required=True),
    "a status": lambda now: _search(now)["responses"].pop("400"),
    "a member of a hit": lambda now: now["components"]["schemas"]["HitOut"]["properties"].pop("level"),
    "a type": lambda now: now["components"]["schemas"]["HitOut"]["properties"].update(score={"type": "string"}),
    "a null": lambda now: now["components"]["schemas"]["HitOut"]["properties"].update(
        title={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "a member of the body": lambda now: now["components"]["schemas"]["SearchRequest"]["properties"].pop("country"),
    "a limit": lambda now: _named(now, "limit")["schema"].update(maximum=5),
    "a default": lambda now: _named(now, "limit")["schema"].update(default=3),
    "a value": lambda now: _named(now, "sort")["schema"].update(enum=["relevance"]),
    "a value of several": lambda now: _named(now, "kind")["schema"]["items"].update(enum=["practice"]),
    "the size of a batch": lambda now: now["components"]["schemas"]["BatchRequest"]["properties"]["queries"].update(
        maxItems=2
    ),
    "the length of a text": lambda now: now["components"]["schemas"]["SimilarTo"]["properties"]["text"].update(
        maxLength=200
    ),
    "a way to ask": lambda now: now["components"]["schemas"]["SearchRequest"]["oneOf"].pop(),
    "a member that was always there": lambda now: now["components"]["schemas"]["HitOut"]["required"].remove("level"),
    "a member required": lambda now: now["components"]["schemas"]["SearchRequest"].update(required=["lang"]),
}


@pytest.mark.parametrize("taken", BREAKS)
def test_what_breaks_a_client_is_seen(promised, taken):
    now = copy.deepcopy(promised)
    BREAKS[taken](now)
    assert [*broken(promised, now)]


def test_what_is_new_breaks_nobody(promised):
    now = copy.deepcopy(promised)
    now["paths"]["/v1/more"] = now["paths"]["/v1/taxonomy"]
    _search(now)["parameters"].append({"name": "more", "in": "query", "schema": {"type": "string"}})
    now["components"]["schemas"]["HitOut"]["properties"]["more"] = {"type": "string"}
    now["components"]["schemas"]["SearchRequest"]["properties"]["more"] = {"type": "string"}
    assert [*broken(promised, now)] == []
