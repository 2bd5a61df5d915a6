"""Pages whose index is replaced while they are made: each is of one generation, and the next of the new one."""

import pytest
from qdrant_client import QdrantClient

from api.compose import Services
from api.http.app import create_app
from api.web import pages
from api.web.coverage_page import read_coverage
from ingest.indexing.index import index_content
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import recipe
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from kb.text.languages import Language
from search.service import Searcher
from tests.api.web.conftest import read_page
from tests.conftest import searcher_on


@pytest.mark.parametrize(
    "address",
    ["/en/notes/be-a", "/en/notes/be-a.md", "/en/compare?crime_type=phishing", "/en/coverage", "/en/?q=sites"],
)
def test_a_page_never_mixes_two_generations(content, settings, fake_encoder, ask, address):
    content.strategy("be-plan")
    note = content.practice("be-a", title="Withdrawn", implements=["be-plan#o1"])
    content.practice("nl-b", countries=["NL"], title="Staying", related=[{"id": "be-a", "rel": "counterpart-of"}])
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)

    class Replacing(EdgeStore):
        """Gives a reader of the index as it was, and has replaced it by then."""

        def reader(self, **given):
            was = super().reader(**given)
            if note.exists():
                note.unlink()
                content.practice("nl-b", countries=["NL"], title="Staying")
                index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
            return was

    made_with = recipe(fake_encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    app = create_app(Services(settings, Searcher(Replacing(settings.data_dir), fake_encoder, made_with)))
    accept = {"accept": "text/html"}
    before, after = ask(app, address, headers=accept), ask(app, address, headers=accept)
    assert before.status_code == 200
    assert "Withdrawn" in before.text
    assert "Withdrawn" not in after.text
    if "/notes/" in address:
        read_page(after, 404)
    else:
        assert "Staying" in read_page(after).words or "coverage" in address


@pytest.mark.parametrize("address", ["/v1/search?q=false+messages", "/en/?q=false+messages"])
def test_an_answer_whose_index_is_taken_away_is_made_again(content, settings, fake_encoder, ask, address):
    content.practice("be-first")
    store = ServerStore(Nodes([QdrantClient(":memory:")]), "kb")
    index_content(settings, store, fake_encoder)

    class Replacing(type(fake_encoder)):
        def encode_question(self, *asked):
            if not (content.root / "practices" / "be-second").exists():
                content.practice("be-second")
                index_content(settings, store, fake_encoder)
            return super().encode_question(*asked)

    answer = ask(create_app(Services(settings, searcher_on(settings, Replacing(), store))), address)
    assert (answer.status_code, "be-second" in answer.text) == (200, True)


def test_the_map_is_drawn_once_for_an_index_and_anew_for_the_next(content, index):
    content.practice("be-a")
    searcher = index()
    pages.warm_up(searcher.view())
    languages = (Language.FR, Language.NL, Language.FR)
    drawn = [read_coverage(searcher.view(), language)["picture"] for language in languages]
    assert drawn[0] is drawn[2]
    assert drawn[0] != drawn[1]
    content.practice("nl-b", countries=["NL"])
    index()
    assert read_coverage(searcher.view(), Language.FR)["picture"] != drawn[0]
