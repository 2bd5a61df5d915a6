"""The page of a note."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from api.models.addresses import page_address
from api.web.citation import citation
from api.web.note_html import note_html
from api.web.rendering import page, site
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.text.languages import Language
from search.query import reader_language
from search.results import LinkedNote
from search.service import Door
from search.view import NoteVersion, Reading


def note_page(request: Request, door: Door, language: Language, note_id: str) -> Response:
    """A note in a version asked for with `version`, else in the language of the page, else in its own."""

    def read(reading: Reading) -> tuple[NoteVersion, dict[str, Any]]:
        note = version_asked(request, reading, language, note_id)
        return note, {
            "taxonomy": reading.taxonomy,
            "beside": reading.cards([note.id, *(one.id for one in note.links.counterparts)], language),
            "timeline": reading.timeline(note.id, language),
            "related": reading.related(note, language),
        }

    note, around = door.read(read)
    return page(
        request, "note.html", language, f"/{{}}/notes/{note.id}",
        note=note,
        html=note_html(note, language),
        contents=[one for one in sections(note.payload["markdown"], 1, Kind(note.payload["kind"])) if one.level == 2],
        objectives=served(note),
        cite=citation(note.id, note.lang, note.payload, language, address_of(request, note, language)),
        **around,
    )  # fmt: skip


def served(note: NoteVersion) -> list[tuple[str, str, list[LinkedNote]]]:
    """The objectives of a strategy: id, words, and the practices that implement it, by country."""
    serving = sorted(note.links.implemented_by, key=lambda one: (one.countries, one.id))
    return [
        (key, words, [one for one in serving if key in one.objectives])
        for key, words in note.payload["objectives"].items()
    ]


def version_asked(request: Request, reading: Reading, language: Language, note_id: str) -> NoteVersion:
    """The version that `version` names, else that of the page's language, else the original."""
    return reading.note(note_id, reader_language(request.query_params.get("version") or None, "version") or language)


def address_of(request: Request, note: NoteVersion, language: Language) -> str:
    """The whole address of a note's page, in the version shown."""
    return page_address(site(request), note.id, language, note.lang)
