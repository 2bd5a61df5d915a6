"""A note as a Markdown file: what its page says of it, its text, what it is linked with, and its sources."""

import re
from typing import Final

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from api.locales.texts import TEXTS, undone_text
from api.models.addresses import page_address
from api.web.citation import citation
from api.web.dates import day, overdue
from api.web.note_facts import facts, linked, sources
from api.web.note_html import link_from
from api.web.note_page import version_asked
from api.web.rendering import site
from kb.notes.markdown import without_marks
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.service import Door
from search.view import NoteVersion

_TARGET: Final = re.compile(r"(?<=\]\()\.\.?/[^)\s]*")


def note_file(request: Request, door: Door, language: Language, note_id: str) -> Response:
    """A version of a note, to keep or to print."""
    note, taxonomy = door.read(lambda one: (version_asked(request, one, language, note_id), one.taxonomy))
    name = f"{note.id}.{note.lang}.md"
    return PlainTextResponse(
        note_markdown(note, taxonomy, site(request), language),
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def note_markdown(note: NoteVersion, taxonomy: Taxonomy, site: str, language: Language) -> str:
    """All of a version of a note. site: what addresses of pages begin with; language: of what is said around it."""
    payload = note.payload
    words = TEXTS[language]
    cited = citation(note.id, note.lang, payload, language, page_address(site, note.id, language, note.lang))
    draft = words["is_draft"] if payload["draft"] else ""
    undone = undone_text(payload["status"], payload["legal_outcome"], language)
    late = words["is_overdue"].format(day(payload["review_by"], language)) if overdue(payload["review_by"]) else ""
    parts = (
        f"# {payload['title']}", *(f"**{one}**" for one in (draft, undone, late) if one), payload["summary"],
        "\n".join(f"- {fact}" for fact in facts(note, taxonomy, language)),
        note_text(note, site, language), *linked(note, site, language),
        f"## {words['sources']}", sources(note, language),
        words["pair"].format(words["cite"], cited.text),
    )  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def note_text(note: NoteVersion, site: str, language: Language) -> str:
    """What its author wrote, with links that lead to the pages of other notes."""
    text = note.payload["markdown"]
    if note.payload["kind"] == Kind.STRATEGY:
        text = without_marks(text)
    return _TARGET.sub(lambda found: _whole(site, link_from(note, found[0], language)), text.strip())


def _whole(site: str, target: str) -> str:
    return f"{site}{target}" if target.startswith("/") else target
