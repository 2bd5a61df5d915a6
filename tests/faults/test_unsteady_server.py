"""A Qdrant server behind a line that fails in every way: an answer is right, or says that the store is unavailable."""

import random

import pytest

from api import compose
from ingest.indexing.index import index_content
from kb.store.manifest import recipe
from search.service import Searcher
from tests.depth import depth
from tests.faults.lines import WAYS, Line
from tests.qdrant_over_http import nodes

QUESTIONS = [f"who blocks false sites, case {number}?" for number in range(400)]
"""No two alike, since answers are kept."""


@pytest.fixture
def line():
    """A line to a server."""
    with nodes() as [node], Line(node.url) as line:
        yield line


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_an_answer_is_right_or_none(line, content, settings, fake_encoder, serve, assert_problem):
    content.practice("be-a")
    content.practice("be-b", title="Other words")
    behind = settings.model_copy(update={"qdrant_url": line.url, "qdrant_timeout": depth(6, 2)})
    store = compose.store(behind)
    index_content(behind, store, fake_encoder)
    made_by = recipe(fake_encoder.fingerprint, behind.chunk_tokens, behind.chunk_overlap)
    client = serve(behind, Searcher(store, fake_encoder, made_by)).client
    ways, statuses = [*WAYS] * depth(2, 60), []
    random.Random(28).shuffle(ways)

    def ask(question):
        return client.get("/v1/search", params={"q": question, "lang": "en"})

    calm = ask(QUESTIONS[0]).json()["practices"]
    for question, way in zip(QUESTIONS[1:], ways, strict=False):
        line.way = way
        answer = ask(question)
        statuses.append((way, answer.status_code))
        if answer.is_success:
            assert [hit["id"] for hit in answer.json()["practices"]] == [hit["id"] for hit in calm]
        else:
            assert "KB_QDRANT_URL" in assert_problem(answer, 503)["remedy"]
            page = client.get("/en/", params={"q": question})
            assert page.status_code == 503 or "be-a" in page.text
        assert client.get("/healthz").is_success
        line.way = "passes"
        assert ask(f"{question} again").is_success
    assert {way for way, status in statuses if status == 200} >= {"passes"}
    assert {way for way, status in statuses if status == 503} >= {*WAYS} - {"passes", "is slow"}
