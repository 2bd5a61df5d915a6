"""What the adapter for a Qdrant server does with failures. How it answers: tests/congruence."""

import socket
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from qdrant_client import QdrantClient, models

from kb.errors import IndexMissing, StoreUnavailable
from kb.store.records import RECORD
from kb.store.server import ServerReader, ServerStore

ANSWERS = {
    "refused key": (403, b"forbidden"),
    "broken server": (500, b"{}"),
    "rate limit": (429, b"{}"),
    "another service": (200, b"<html>hello</html>"),
    "another JSON": (200, b'{"hello": 1}'),
}


def assert_unavailable(*asks):
    for ask in asks:
        with pytest.raises(StoreUnavailable, match="KB_QDRANT_URL") as failure:
            ask()
        assert failure.value.__cause__ is not None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{closed}", "", "nonsense://x", "http://127.0.0.1:99999", "http://[::1"]
)
def test_where_nothing_listens_is_unavailable(url):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    assert_unavailable(lambda: ServerStore.connect(url.format(closed=closed), None, "kb", 2).reader())


@pytest.mark.parametrize(("status", "body"), ANSWERS.values(), ids=ANSWERS)
def test_foreign_answers_are_unavailable_never_empty(status, body):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        store = ServerStore.connect(f"http://127.0.0.1:{server.server_port}", None, "kb", 2)
        assert_unavailable(store.info, store.reader)
        server.shutdown()


def test_a_server_that_never_answers_is_unavailable_after_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert_unavailable(ServerStore.connect(f"http://127.0.0.1:{deaf.getsockname()[1]}", None, "kb", 1).info)


def test_a_collection_without_our_manifest_is_not_taken_for_an_index():
    with closing(QdrantClient(":memory:")) as client:
        client.create_collection("theirs", models.VectorParams(size=4, distance=models.Distance.DOT))
        alias = models.CreateAlias(collection_name="theirs", alias_name="kb")
        client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
        store = ServerStore(client, "kb")
        for ask in (store.info, store.reader):
            with pytest.raises(StoreUnavailable, match=r"no manifest of ours.*KB_QDRANT_COLLECTION"):
                ask()
        assert ServerStore(client, "other").info() is None
        with pytest.raises(IndexMissing, match="kb index"):
            ServerStore(client, "other").reader()


def test_a_generation_deleted_under_a_reader_is_unavailable_never_empty():
    with closing(QdrantClient(":memory:")) as client:
        reader = ServerReader.__new__(ServerReader)
        reader._client, reader._collection = client, "gone"
        assert_unavailable(
            lambda: reader.count({}),
            lambda: list(reader.scroll({})),
            lambda: reader.fetch(["a/nl"], {RECORD: ("version",)}),
            lambda: reader.facet("access", {}),
        )
