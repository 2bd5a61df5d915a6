"""The layer that sees what became of each request: for the security log, and where wanted for metrics and traces."""

from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.gate import asked_in
from api.auth.security_log import SecurityLog

if TYPE_CHECKING:
    from api.metrics import Metrics
    from api.traces import Traces


class Watched:
    """Notes each answer as it begins. Knows routes by their templates: an address could hold a question."""

    def __init__(
        self,
        app: ASGIApp,
        log: SecurityLog | None = None,
        metrics: "Metrics | None" = None,
        traces: "Traces | None" = None,
    ) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics
        self._traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, state, record_answer = perf_counter(), scope.setdefault("state", {}), None

        async def send_noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                error, answered = state.get("error"), state.get("inner", scope)
                if self._log and error:
                    self._log.refused(error, asked_in(Request(answered)))
                route = getattr(answered.get("route"), "path", "") or answered.get("root_path") or "none"
                if self._metrics:
                    self._metrics.answered(route, message["status"], perf_counter() - begun, error)
                if record_answer:
                    record_answer(route, message["status"], error)
            await send(message)

        with ExitStack() as within:
            if self._metrics:
                within.enter_context(self._metrics.under_way())
            if self._traces:
                record_answer = within.enter_context(self._traces.request(scope["method"], scope["headers"]))
            await self._app(scope, receive, send_noted)
