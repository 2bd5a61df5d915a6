"""`kb mcp`: the practice base for an AI assistant that starts it, over standard input and output."""

from api.cli.console import failures, say
from kb.errors import IndexMissing, IndexStale, NotAuthenticated, StoreUnavailable
from kb.settings import load_settings


def mcp() -> None:
    """Serve an AI assistant over standard input and output (Model Context Protocol), with the key in KB_API_KEY."""
    with failures():
        from api.auth.audit import AuditLog
        from api.auth.gate import Caller, open_door
        from api.compose import gate, searcher
        from api.mcp.over_stdio import serve
        from api.mcp.server import assistant_server
        from search.service import Door

        settings = load_settings()
        entrance, audit = gate(settings), AuditLog(settings.audit_log)
        credentials = [f"Bearer {settings.api_key.get_secret_value()}"] if settings.api_key else []

        def caller() -> Caller:
            try:
                return entrance.admit(credentials, "")
            except NotAuthenticated as error:
                remedy = "Set KB_API_KEY to a good one, or to nothing for what is public."
                raise NotAuthenticated(error.message, remedy=remedy) from None

        def door(what: str) -> Door:
            return open_door(index, entrance, caller(), audit, f"kb mcp {what}")

        caller()
        index = searcher(settings, say)
        try:
            index.warm_up()
        except (IndexMissing, IndexStale, StoreUnavailable) as error:
            say(f"{error} Until then questions are answered with an error.")
        serve(assistant_server(door, settings.public_url or ""))
