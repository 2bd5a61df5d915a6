"""A request as the framework makes it of what a client sends, without a server."""

import pytest
from fastapi import Request


@pytest.fixture
def request_of():
    """Makes a request: the address behind its `?`, headers, body."""

    def make(query="", body=b"", path="/v1/search", *, signed_in=False, **headers):
        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        scope = {
            "type": "http",
            "method": "POST" if body else "GET",
            "path": path,
            "query_string": query.encode("latin-1"),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
            "state": {"signed_in": signed_in},
        }
        return Request(scope, receive)

    return make
