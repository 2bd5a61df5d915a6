"""One message of the protocol over HTTP, and its answer as JSON. Nothing is kept from one message to the next.

So nothing has to be started with the application, and any process may answer any message.
"""

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.mcp.server import Views, assistant_server
from api.models.negotiation import replay


class Exchange(Response):
    """The answer to a message. body: the message, as it was read."""

    def __init__(self, views: Views, site: str, body: bytes) -> None:
        super().__init__()
        self._server = assistant_server(views, site)
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        manager = StreamableHTTPSessionManager(self._server, stateless=True, json_response=True)
        async with manager.run():
            await manager.handle_request(scope, replay(self._body, receive), send)
