"""The layer that sees what became of each request: for the security log, and for metrics where these are wanted."""

from time import perf_counter
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.gate import asked_in
from api.auth.security_log import SecurityLog

if TYPE_CHECKING:
    from api.metrics import Metrics


class Watched:
    """Notes each answer as it begins. Knows routes by their templates: an address could hold a question."""

    def __init__(self, app: ASGIApp, log: SecurityLog | None = None, metrics: "Metrics | None" = None) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, state = perf_counter(), scope.setdefault("state", {})

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                error, answered = state.get("error"), state.get("inner", scope)
                if self._log and error:
                    self._log.refused(error, asked_in(Request(answered)))
                if self._metrics:
                    route = getattr(answered.get("route"), "path", "") or answered.get("root_path") or "none"
                    self._metrics.answered(route, message["status"], perf_counter() - begun, error)
            await send(message)

        if self._metrics is None:
            await self._app(scope, receive, send_noted)
            return
        with self._metrics.under_way():
            await self._app(scope, receive, send_noted)
