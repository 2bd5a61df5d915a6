"""A Qdrant server for tests: the client's local mode behind the REST interface of a server.

Every request must have the shape that the server's own description asks for: bodies are read into the models that the
client's authors make of it, which refuse what they do not know.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import TypeAdapter, ValidationError
from qdrant_client import QdrantClient, models

PARAMETERS = {
    "wait": TypeAdapter(bool),
    "timeout": TypeAdapter(int),
    "ordering": TypeAdapter(models.WriteOrdering),
    "consistency": TypeAdapter(int | models.ReadConsistencyType),
}
COLLECTION = r"/collections/([^/]+)"


def _create(client, name, body):
    return client.create_collection(name, body.vectors, body.sparse_vectors)


def _alias(client, body):
    return client.update_collection_aliases(body.actions)


def _upsert(client, name, body):
    return client.upsert(name, body.points, update_filter=body.update_filter)


def _batch(client, name, body):
    return client.batch_update_points(name, body.operations)


def _retrieve(client, name, body):
    return client.retrieve(name, body.ids, body.with_payload, body.with_vector)


def _query(client, name, body):
    return client.query_batch_points(name, body.searches)


def _scroll(client, name, body):
    wanted = body.filter, body.limit, None, body.offset, body.with_payload, body.with_vector
    points, offset = client.scroll(name, *wanted)
    return models.ScrollResult(points=points, next_page_offset=offset)


ROUTES = [
    ("GET", r"/aliases", None, lambda client, _: client.get_aliases()),
    ("POST", r"/collections/aliases", models.ChangeAliasesOperation, _alias),
    ("GET", r"/collections", None, lambda client, _: client.get_collections()),
    ("GET", f"{COLLECTION}/exists", None, lambda c, n, _: models.CollectionExistence(exists=c.collection_exists(n))),
    ("PUT", COLLECTION, models.CreateCollection, _create),
    ("DELETE", COLLECTION, None, lambda client, name, _: client.delete_collection(name)),
    ("PUT", f"{COLLECTION}/index", models.CreateFieldIndex, lambda c, n, b: c.create_payload_index(n, b.field_name)),
    ("PUT", f"{COLLECTION}/points", models.PointsList, _upsert),
    ("POST", f"{COLLECTION}/points", models.PointRequest, _retrieve),
    ("POST", f"{COLLECTION}/points/batch", models.UpdateOperations, _batch),
    ("POST", f"{COLLECTION}/points/delete", models.PointsSelector, lambda c, n, b: c.delete(n, b)),
    ("POST", f"{COLLECTION}/points/query/batch", models.QueryRequestBatch, _query),
    ("POST", f"{COLLECTION}/points/scroll", models.ScrollRequest, _scroll),
    ("POST", f"{COLLECTION}/facet", models.FacetRequest, lambda c, n, b: c.facet(n, b.key, b.filter, b.limit, b.exact)),
]  # fmt: skip


class Request(NamedTuple):
    """A request that was answered. path: below the collection; body: read into its model"""

    method: str
    path: str
    body: Any
    parameters: dict[str, str]


class Node:
    """One address of a server. Several nodes of one client are a cluster, whose members can be ended one by one.

    version: of the server, as it says
    """

    def __init__(self, client: QdrantClient) -> None:
        self.client, self.answered, self.version = client, [], "1.17.0"
        node, together = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                with together:
                    length = int(self.headers.get("Content-Length") or 0)
                    status, written = node.reply(self.command, self.path, self.rfile.read(length))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # names of the library

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()

    def reply(self, method: str, address: str, sent: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        status, data = self._found(method, urlsplit(address), sent)
        return status, json.dumps(data).encode()

    def _found(self, method: str, parts: SplitResult, sent: bytes) -> tuple[int, Any]:
        if parts.path == "/":
            return 200, {"title": "qdrant", "version": self.version}
        parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for verb, pattern, model, call in ROUTES:
            if verb == method and (found := re.fullmatch(pattern, parts.path)):
                try:
                    for name, value in parameters.items():
                        PARAMETERS[name].validate_strings(value)
                    body = TypeAdapter(model).validate_json(sent) if model else None
                    result = call(self.client, *found.groups(), body)
                except (KeyError, ValidationError, ValueError) as error:
                    missing = "not found" in str(error)
                    return 404 if missing else 400, {"status": {"error": str(error)}, "time": 0.0}
                self.answered.append(Request(method, parts.path, body, parameters))
                return 200, {"result": TypeAdapter(Any).dump_python(result, mode="json"), "status": "ok", "time": 0.0}
        return 404, {"status": {"error": f"no such route: {method} {parts.path}"}, "time": 0.0}

    def close(self) -> None:
        """Stop listening: who asks next is refused."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def nodes(number: int = 1) -> Iterator[list[Node]]:
    """Start a server with so many nodes, which all answer from the same collections."""
    client = QdrantClient(":memory:", force_disable_check_same_thread=True)
    started = [Node(client) for _ in range(number)]
    try:
        yield started
    finally:
        for node in started:
            node.close()
        client.close()
