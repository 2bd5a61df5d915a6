"""What the OpenAPI description promises, checked by Schemathesis on a real server, with and without a key.

No answer is a defect of the server, has a status, a type or a form that is not described; what is described as good is
accepted, what is not is refused. `make test-deep` sends three times as many requests as `make test`.
"""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.auth.key_file import KeyFile
from tests.depth import depth

EXAMPLES = depth(30, 90)
"""Generated for each operation, besides those that cover each parameter."""
LEAST = depth(1_500, 2_500)
ORGANISATIONS = ["ccb", "europol"]


@pytest.mark.deep
@pytest.mark.timeout(600)
def test_answers_are_as_described(collection, searcher, serve, tmp_path):
    settings = collection.model_copy(update={"data_dir": tmp_path})
    address = str(serve(settings, searcher).client.base_url)
    schemathesis = shutil.which("schemathesis", path=sysconfig.get_path("scripts"))
    assert schemathesis
    _, text = KeyFile(settings.key_file).create("contract", "amber")
    schema = httpx.get(f"{address}/openapi.json", trust_env=False).json()
    _adapt(schema)
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(schema))

    def run(number, *options):
        here = tmp_path / str(number)
        here.mkdir()
        asked = f"--url {address} --max-examples {EXAMPLES} --seed {number} --checks all --workers 1"
        fixed = "--request-timeout 60 --continue-on-failure --no-color"
        return subprocess.run(
            [schemathesis, "run", str(described), *asked.split(), *fixed.split(), *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=here,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
        )

    with ThreadPoolExecutor(2) as at_once:
        runs = [at_once.submit(run, 1), at_once.submit(run, 2, "--header", f"Authorization: Bearer {text}")]
    for done in (run.result() for run in runs):
        assert done.returncode == 0, done.stdout[-6_000:]
        assert int(re.findall(r"(\d+) generated", done.stdout)[0]) >= LEAST


def _one_of(first, second):
    """What describes an object that has just one of two members; generators of clients cannot read it."""
    return [
        {"required": [given], "properties": {other: {"type": "null"}, given: {"not": {"type": "null"}}}}
        for given, other in ((first, second), (second, first))
    ]


def _adapt(schema):
    """Say which organisations and notes there are, that cursors are given and not made, that any text is pasted, and
    which members exclude each other.
    """
    schemas = schema["components"]["schemas"]
    for path in ("/v1/search", "/v1/notes", "/v1/changes"):
        operation = schema["paths"][path]["get"]
        operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "cursor"]
        for parameter in operation["parameters"]:
            if parameter["name"] == "organisation":
                parameter["schema"]["items"]["enum"] = ORGANISATIONS
    body = schemas["SearchRequest"]["properties"]
    del body["cursor"]
    several, single = body["organisation"]["anyOf"]
    several["items"]["enum"] = single["enum"] = ORGANISATIONS
    schemas["SearchRequest"]["oneOf"] = _one_of("q", "similar_to")
    schemas["SimilarTo"]["oneOf"] = _one_of("note", "text")
    similar = schemas["SimilarTo"]["properties"]
    similar["note"]["anyOf"][0]["enum"] = ["be-baps", "eu-tco"]
    # Control characters of a pasted text count as spaces, so that more is accepted than is described.
    del similar["text"]["allOf"][0]
    similar["text"]["allOf"][0]["pattern"] = r"[^\s\x00-\x1f\x7f-\x9f]"
    _leave_out_long_texts(schema)


def _leave_out_long_texts(part):
    """Drop upper bounds on long texts, which are drawn letter by letter: `test_search` and `test_lists` try them."""
    if isinstance(part, dict):
        if part.get("maxLength", 0) > 1_000:
            del part["maxLength"]
        part = [*part.values()]
    if isinstance(part, list):
        for each in part:
            _leave_out_long_texts(each)
