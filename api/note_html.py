"""A note's Markdown as HTML, with links to other notes leading to their pages."""

import posixpath
import re
from urllib.parse import quote

from kb.markdown import to_html
from kb.note import Kind
from search.service import NoteVersion

_NOTE = re.compile(r"^(?:practices|strategies)/([a-z0-9-]+)(?:/(?:([a-z]{2})\.md)?)?$")


def note_html(note: NoteVersion) -> str:
    """Render a note's text. `../be-baps/` becomes `/notes/be-baps?lang=…`; other links stay as they are."""
    kind = Kind(note.payload["kind"])

    def link(target: str) -> str:
        path, mark, anchor = target.partition("#")
        match = _NOTE.match(posixpath.normpath(posixpath.join(kind.folder, note.id, path))) if path else None
        if match is None or re.match(r"^[a-z]+:", target):
            return target
        return f"/notes/{match[1]}?lang={match[2] or note.lang}{mark}{quote(anchor)}"

    return to_html(note.payload["markdown"], kind, link)
