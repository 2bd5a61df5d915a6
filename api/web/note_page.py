"""The page of a note, and its file to keep or to print."""

from typing import Any

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from api.exports.note_markdown import citation, note_html, note_markdown, objectives_served
from api.web.rendering import page, site
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.text.languages import Language
from search.query import reader_language
from search.service import Door
from search.view import NoteVersion, Reading


def note_page(request: Request, door: Door, language: Language, note_id: str) -> Response:
    """Answer with a note in a version asked for with `version`, else in the language of the page, else in its own."""

    def read(reading: Reading) -> tuple[NoteVersion, dict[str, Any]]:
        note = _version_asked(request, reading, language, note_id)
        return note, {
            "taxonomy": reading.taxonomy,
            "beside": reading.cards([note.id, *(linked.id for linked in note.links.counterparts)], language),
            "timeline": reading.timeline(note.id, language),
            "related": reading.related(note, language),
        }

    note, around = door.read(read)
    headings = sections(note.payload["markdown"], 1, Kind(note.payload["kind"]))
    return page(
        request,
        "note.html",
        language,
        f"/{{}}/notes/{note.id}",
        note=note,
        html=note_html(note, language),
        contents=[section for section in headings if section.level == 2],
        objectives=objectives_served(note),
        cite=citation(note, language, site(request)),
        **around,
    )


def note_file(request: Request, door: Door, language: Language, note_id: str) -> Response:
    """Answer with a version of a note as a Markdown file."""
    note, taxonomy = door.read(lambda reading: (_version_asked(request, reading, language, note_id), reading.taxonomy))
    return PlainTextResponse(
        note_markdown(note, taxonomy, site(request), language),
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{note.id}.{note.lang}.md"'},
    )


def _version_asked(request: Request, reading: Reading, language: Language, note_id: str) -> NoteVersion:
    return reading.note(note_id, reader_language(request.query_params.get("version") or None, "version") or language)
