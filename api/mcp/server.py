"""The protocol's server, as one caller sees it. Importing the protocol's library takes half a second: import this late.

What that library would write into the log is dropped: it may hold a question. Its telemetry is taken out.
"""

import logging
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any, Final, TypeVar

import anyio
import mcp_types as types
from anyio import to_thread
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.exports.note_markdown import note_markdown
from api.mcp.tool_table import TOOLS
from api.mcp.wording import NOTICE, TEXTS, in_words, quote, refusal
from api.models.negotiation import replay
from api.models.paging import cursor, place
from kb.errors import KbError, NotFound, QueryError
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.view import IndexView

Views = Callable[[str], IndexView]
"""A request, as the audit log names it -> the index as the caller may see it. May block. Raises KbError."""

_NOTES: Final = types.ResourceTemplate(
    name="note", uri_template="note://{id}/{language}", mime_type="text/markdown", **TEXTS["note"]
)
PAGE: Final = 50
"""Notes of a page of the list of resources."""
_LIST: Final = {"list": "resources"}
"""The list that a cursor continues."""
_ADDRESS: Final = re.compile(r"note://([^/?#]{1,100})/([^/?#]{1,20})")
_LOG = logging.getLogger("kb")
logging.getLogger("mcp").setLevel(logging.CRITICAL + 1)

Answer = TypeVar("Answer")


def assistant_server(views: Views, site: str) -> Server[Any]:
    """Return the server for one caller. site: what addresses of pages begin with; empty where nobody knows"""

    async def list_tools(*_: Any) -> types.ListToolsResult:
        taxonomy = await read("tools/list", "tools", _taxonomy)
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description,
                    input_schema=tool.input_schema(taxonomy),
                    annotations=types.ToolAnnotations(
                        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
                    ),
                )
                for tool in TOOLS.values()
            ]
        )

    async def call_tool(_: Any, asked: types.CallToolRequestParams) -> types.CallToolResult:
        tool = TOOLS.get(asked.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"There is no such tool. There are: {', '.join(TOOLS)}.")
        try:
            words = await read(
                tool.name, tool.name, lambda view: in_words(tool.call(view, asked.arguments or {}, site))
            )
        except KbError as error:
            return types.CallToolResult(content=[types.TextContent(text=refusal(error))], is_error=True)
        return types.CallToolResult(content=[types.TextContent(text=words)])

    async def list_resources(_: Any, asked: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        given = asked.cursor if asked else None
        return await resource("resources/list", "resources", lambda view: _listed(view, given))

    async def list_templates(*_: Any) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[_NOTES])

    async def read_resource(_: Any, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        return await resource("resources/read", "resource", lambda view: _note(view, asked.uri, site))

    async def resource(what: str, audited: str, action: Callable[[IndexView], Answer]) -> Answer:
        try:
            return await read(what, audited, action)
        except KbError as error:
            code = types.INVALID_PARAMS if isinstance(error, NotFound | QueryError) else types.INTERNAL_ERROR
            raise MCPError(code, refusal(error)) from None

    async def read(what: str, audited: str, action: Callable[[IndexView], Answer]) -> Answer:
        """Read on a thread. A defect is logged by its class, never with what was asked."""
        try:
            return await to_thread.run_sync(lambda: views(audited).read(action))
        except KbError:
            raise
        except Exception as error:  # noqa: BLE001 - as `api.http.guard` does: a caller must never see a traceback
            _LOG.error("Unexpected %s in %s", type(error).__name__, what)
            raise KbError(
                "The server met a defect of its own.", remedy="Tell its operator the time of this answer."
            ) from None

    server: Server[Any] = Server(
        "benelux-practice-base",
        version=version("benelux-practice-base"),
        title="Benelux cybercrime practice base",
        instructions=f"{TEXTS['instructions']} {NOTICE}",
        get_tool_input_schema=lambda name: TOOLS[name].input_schema(None) if name in TOOLS else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )
    server.middleware.clear()
    return server


def _taxonomy(view: IndexView) -> Taxonomy | None:
    """Return the vocabularies, where there is an index."""
    with suppress(KbError):
        return view.taxonomy
    return None


def _listed(view: IndexView, given: str | None) -> types.ListResourcesResult:
    """Return the notes that the caller may see, by id. given: the cursor. Raises QueryError for one that is none.

    Without titles, which authors word: an id says what it is about, and nothing here is marked as quoted.
    """
    after = "" if given is None else place(given, _LIST, str)
    found = view.notes(Language.EN, after, limit=PAGE)
    return types.ListResourcesResult(
        resources=[
            types.Resource(
                name=card.id,
                uri=f"note://{card.id}/{card.lang}",
                description=f"{card.kind.value}, {', '.join(card.countries)}; {', '.join(card.crime_types)}; "
                f"{card.status}{'; draft' * card.draft}; TLP:{card.tlp.upper()}",
                mime_type="text/markdown",
                annotations=types.Annotations(last_modified=card.changed.isoformat()),
            )
            for card in found.notes
        ],
        next_cursor=cursor(found.notes[-1].id, _LIST) if found.more else None,
    )


def _note(view: IndexView, address: str, site: str) -> types.ReadResourceResult:
    """Return a note, as a file in Markdown. Raises NotFound."""
    found = _ADDRESS.fullmatch(address)
    if found is None or found[2] not in set(Language):
        raise NotFound(
            "There is no such resource.", remedy=f"Notes are at `{_NOTES.uri_template}`, e.g. `note://be-baps/nl`."
        )
    language = Language(found[2])
    note = view.note(found[1], language)
    return types.ReadResourceResult(
        contents=[
            types.TextResourceContents(
                uri=f"note://{note.id}/{note.lang}",
                mime_type="text/markdown",
                text=f"{NOTICE}\n\n{quote(note_markdown(note, view.taxonomy, site, note.lang))}\n",
            )
        ]
    )


class Exchange(Response):
    """The answer over HTTP to one message, as JSON. body: the message, as it was read"""

    def __init__(self, views: Views, site: str, body: bytes) -> None:
        super().__init__()
        self._server = assistant_server(views, site)
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the message; nothing is kept from one to the next, so any process may answer any message."""
        manager = StreamableHTTPSessionManager(self._server, stateless=True, json_response=True)
        async with manager.run():
            await manager.handle_request(scope, replay(self._body, receive), send)


def serve_stdio(server: Server[Any]) -> None:
    """Serve one caller on standard input and output, until the input is closed.

    An interruption ends the process at once, because a read of standard input cannot be cancelled.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    async def run() -> None:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(run)
