"""A note's Markdown as HTML, with links to other notes leading to their pages."""

from urllib.parse import quote

from api.models.addresses import any_page_address, page_address
from kb.notes.markdown import to_html
from kb.notes.note import Kind, linked_note
from kb.text.languages import Language
from search.view import NoteVersion


def note_html(note: NoteVersion, page: Language | None = None) -> str:
    """Render a note's text. `../be-baps/` leads to that note's page; other links stay as they are.

    page: the language of the pages; None: `/notes/be-baps?lang=…`, which leads to the page in the reader's
    """
    kind = Kind(note.payload["kind"])
    return to_html(note.payload["markdown"], kind, lambda target: link_from(note, target, page))


def link_from(note: NoteVersion, target: str, page: Language | None = None) -> str:
    """Where a link in a note's text leads, as a path of this server if it is to another note."""
    linked = linked_note(Kind(note.payload["kind"]), note.id, target)
    if linked is None:
        return target
    _, mark, anchor = target.partition("#")
    version = linked[2] or note.lang
    path = page_address("", linked[1], page, version) if page else any_page_address("", linked[1], version)
    return f"{path}{mark}{quote(anchor)}"
