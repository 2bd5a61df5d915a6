"""The page of a note, and its text as a file."""

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from api.note_html import note_html
from api.web.citation import citation
from api.web.rendering import page
from kb.languages import Language
from kb.markdown import sections
from kb.note import Kind
from search.query import reader_language
from search.results import LinkedNote
from search.service import NoteVersion, Searcher


def note_page(request: Request, door: Searcher, language: Language, note_id: str) -> Response:
    """A note in a version asked for with `version`, else in the language of the page, else in its own."""
    note = _version(request, door, language, note_id)
    address = str(request.url_for("show_note", language=language, note_id=note.id)) + f"?version={note.lang}"
    return page(
        request, "note.html", language, f"/{{}}/notes/{note.id}",
        note=note,
        html=note_html(note, language),
        contents=[one for one in sections(note.payload["markdown"], 1, Kind(note.payload["kind"])) if one.level == 2],
        taxonomy=door.taxonomy(),
        objectives=_objectives(note),
        counterparts=door.cards([one.id for one in note.links.counterparts], language),
        timeline=door.timeline(note.id, language),
        related=door.related(note, language),
        cite=citation(note.id, note.lang, note.payload, language, address),
    )  # fmt: skip


def note_file(request: Request, door: Searcher, language: Language, note_id: str) -> Response:
    """The text of a version as Markdown, to keep or to print; what it is stands above it."""
    note = _version(request, door, language, note_id)
    payload = note.payload
    head = [f"# {payload['title']}", payload["summary"], f"TLP:{payload['tlp'].upper()}"]
    sources = [f"- {one['title']}, {one['publisher']}: <{one['url']}>" for one in payload["fields"]["sources"]]
    text = "\n\n".join((*head, payload["markdown"].strip(), "\n".join(sources))) + "\n"
    name = f"{note.id}.{note.lang}.md"
    return PlainTextResponse(
        text,
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _objectives(note: NoteVersion) -> list[tuple[str, str, list[LinkedNote]]]:
    """The objectives of a strategy: id, words, and the practices that implement it, by country."""
    serving = sorted(note.links.implemented_by, key=lambda one: (one.countries, one.id))
    return [
        (key, words, [one for one in serving if key in one.objectives])
        for key, words in note.payload["objectives"].items()
    ]


def _version(request: Request, door: Searcher, language: Language, note_id: str) -> NoteVersion:
    return door.note(note_id, reader_language(request.query_params.get("version")) or language)
