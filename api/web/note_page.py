"""The page of a note, and its file to keep or to print."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from api.auth.gate import View
from api.exports.note_markdown import citation, note_html, note_markdown, objectives_served
from api.models.negotiation import site
from api.web.rendering import WITH_FORM, Missing, page, takes_page
from kb.errors import NotFound
from kb.notes.markdown import sections, sections_and_links
from kb.notes.note import Kind, local_picture
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.text.languages import Language
from search.query import reader_language
from search.results import NoteVersion
from search.view import IndexView

_MANY: Final = 6
"""More contacts than these are listed by country."""


def note_page(request: Request, view: View, language: Language, note_id: str) -> Response:
    """Answer with a note in a version asked for with `version`, else in the language of the page, else in its own."""
    note = version_asked(request, view, language, note_id)

    def text() -> tuple[str, tuple[tuple[str, str], ...]]:
        headings = sections(note.payload["markdown"], 1, Kind(note.payload["kind"]))
        return note_html(note, language), tuple((each.anchor, each.heading) for each in headings if each.level == 2)

    html, contents = view.cached("page", note.id, note.lang, language, make=text)
    answered = page(
        request,
        "note.html",
        language,
        f"/{{}}/notes/{note.id}",
        note=note,
        html=html,
        contents=contents,
        objectives=objectives_served(note),
        cite=citation(note, language, site(request)),
        taxonomy=view.taxonomy,
        contacts=_by_country(note.payload["contacts"], view.taxonomy),
        beside=view.cards([note.id, *(linked.id for linked in note.links.counterparts)], language),
        timeline=view.timeline(note.id, language),
        related=view.related(note, language),
        thanks="thanks" in request.query_params,
    )
    answered.headers.update(WITH_FORM)
    return answered


def note_file(request: Request, view: View, language: Language, note_id: str) -> Response:
    """Answer with a version of a note as a Markdown file."""
    note = version_asked(request, view, language, note_id)
    return PlainTextResponse(
        note_markdown(note, view.taxonomy, site(request), language),
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{note.id}.{note.lang}.md"'},
    )


def note_picture(request: Request, view: View, language: Language, note_id: str, name: str) -> Response:
    """Answer with a picture in the folder of a note, as the content is now, if that version of the note shows it."""
    note = version_asked(request, view, language, note_id)
    kind = Kind(note.payload["kind"])
    _, links = sections_and_links(note.payload["markdown"], 1, kind)
    is_shown = name in {local_picture(link.target) for link in links if link.picture}
    data = request.app.state.picture(kind, note.id, name) if is_shown else None
    if data is None:
        raise NotFound(f"There is no picture `{name[:60]}`.", code="no_page")
    form = name.rpartition(".")[2].lower().replace("jpg", "jpeg")
    return Response(data, media_type=f"image/{form}")


def _by_country(contacts: Sequence[Mapping[str, Any]], taxonomy: Taxonomy) -> dict[str, list[Mapping[str, Any]]]:
    """Return contacts by country of the Benelux; under "", those of several countries or of others. Few stand there."""
    countries = taxonomy.countries.narrower(BENELUX) if len(contacts) > _MANY else ()
    groups: dict[str, list[Mapping[str, Any]]] = {country: [] for country in (*countries, "")}
    for contact in contacts:
        only = contact["countries"][0] if len(contact["countries"]) == 1 else ""
        groups[only if only in groups else ""].append(contact)
    return {country: group for country, group in groups.items() if group}


def version_asked(request: Request, view: IndexView, language: Language, note_id: str) -> NoteVersion:
    """Return a note in the version that an address asks for. Raises QueryError, and NotFound with what its page can
    offer in place of the note.
    """
    version = reader_language(request.query_params.get("version") or None, "version") or language
    try:
        return view.note(note_id, version)
    except NotFound:
        if takes_page(request):
            request.state.missing = Missing(note_id.replace("-", " "), view.resembling(note_id, language))
        raise
