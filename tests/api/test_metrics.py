"""Metrics: what they count, on a port of their own, and what is never in them."""

import json
import re
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.auth.key_file import KeyFile
from api.compose import Services
from api.http.app import create_app
from api.metrics import Metrics
from ingest.indexing.index import index_content
from kb.errors import SettingsError

REPOSITORY = Path(__file__).parents[2]
SEARCH = "/v1/search?q=false+sites+of+Quuxovar&lang=en"


@pytest.fixture
def services(settings, content, index):
    content.practice("be-a", title="Blocking false sites")
    content.practice("be-b", tlp="amber", pap="red", audience={"countries": ["BE"]})
    return Services(settings.model_copy(update={"metrics_port": 0, "rate_limit": 3}), index())


@pytest.fixture
def app(services):
    return create_app(services)


@pytest.fixture
def read(services):
    """Returns what a scraper reads: sample and labels -> value."""

    def samples(port=services.metrics.serve("127.0.0.1", 0)):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        assert not [word for word in ("Quuxovar", "false", "be-a", "kb_0") if word in text]
        found = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return {(sample.name, *sample.labels.values()): sample.value for sample in found}

    return samples


def test_requests_steps_index_and_errors_are_counted(app, ask, read, settings, content, store, fake_encoder):
    before = read()
    assert ("kb_request_seconds_count", "/v1/search", "2xx") not in before
    for address in (SEARCH, SEARCH, "/en/notes/be-a", "/static/style.css", "/Quuxovar"):
        ask(app, address)
    _, text = KeyFile(settings.key_file).create("test", "amber", ["BE"])
    assert ask(app, "/v1/notes/be-b", headers={"Authorization": f"Bearer {text}"}).is_success
    found = read()
    counts = {labels[1:]: value for labels, value in found.items() if labels[0] == "kb_request_seconds_count"}
    assert counts == {
        ("/v1/search", "2xx"): 2,
        ("/{language:language}/notes/{note_id}", "2xx"): 1,
        ("/static", "2xx"): 1,
        ("none", "4xx"): 1,
        ("/v1/notes/{note_id}", "2xx"): 1,
    }
    assert found["kb_errors_total", "NotFound"] == 1
    assert found["kb_search_step_seconds_count", "encode"] == found["kb_search_step_seconds_count", "answer"] >= 2
    assert (found["kb_requests_under_way",], found["kb_search_steps_under_way", "encode"]) == (0, 0)
    assert (found["kb_index_notes",], found["kb_index_generations",], found["kb_failed_notes",]) == (2, 1, 0)
    assert found["kb_cache_asked",] > found["kb_cache_found",] > 0
    (content.root / "practices" / "be-a" / "en.md").write_text("no note")
    index_content(settings, store, fake_encoder)
    ask(app, SEARCH)
    assert read()["kb_failed_notes",] == 1


def test_what_is_refused_is_counted_by_its_class(app, ask, read):
    answers = [ask(app, SEARCH).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert read()["kb_errors_total", "TooMany"] == 2


def test_without_an_index_there_are_metrics(settings, fake_searcher, content):
    services = Services(settings.model_copy(update={"metrics_port": 0}), fake_searcher())
    create_app(services)
    families = {metric.name: metric.samples for metric in services.metrics.registry.collect()}
    assert str(families["kb_index_notes"][0].value) == "nan"


def test_a_port_in_use_is_said(services):
    port = services.metrics.serve("127.0.0.1", 0)
    with pytest.raises(SettingsError, match="KB_METRICS_PORT"):
        Metrics().serve("127.0.0.1", port)


def test_the_dashboard_shows_metrics_that_exist(app, ask, read):
    ask(app, SEARCH)
    ask(app, "/none")
    there = {name for name, *_ in read()}
    panels = json.loads((REPOSITORY / "deploy" / "grafana.json").read_text())["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    named = {name for expression in asked for name in re.findall(r"\b(?:kb|process)_\w+", expression)}
    assert named <= there
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in there if name.startswith("kb_")}
    assert ours <= {re.sub(r"_(bucket|count|sum)$", "", name) for name in named}
