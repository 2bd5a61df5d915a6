"""A note's Markdown as HTML, with links to other notes leading to their pages."""

from urllib.parse import quote

from kb.markdown import to_html
from kb.note import Kind, linked_note
from search.service import NoteVersion


def note_html(note: NoteVersion) -> str:
    """Render a note's text. `../be-baps/` becomes `/notes/be-baps?lang=…`; other links stay as they are."""
    kind = Kind(note.payload["kind"])

    def link(target: str) -> str:
        linked = linked_note(kind, note.id, target)
        if linked is None:
            return target
        _, mark, anchor = target.partition("#")
        return f"/notes/{linked[1]}?lang={linked[2] or note.lang}{mark}{quote(anchor)}"

    return to_html(note.payload["markdown"], kind, link)
