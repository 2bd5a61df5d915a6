"""How to cite a note: in words, and as BibTeX."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from api.locales.texts import TEXTS
from api.web.dates import day
from kb.text.languages import Language

_SPECIAL = re.compile(r"([\\{}%&#$_~^])")


class Citation(NamedTuple):
    """A citation in words and as BibTeX; `address` is the note's own, in the version cited."""

    text: str
    bibtex: str
    address: str


def citation(note_id: str, version: Language, payload: Mapping[str, Any], reader: Language, address: str) -> Citation:
    """Cite a note. payload: of its version; address: the server's, with the path to it."""
    site = TEXTS[reader]["site"]
    text = f"{payload['title']}. {site}, {note_id} ({version}), {day(payload['reviewed'], reader)}. {address}"
    fields = {
        "title": payload["title"], "howpublished": f"{site}, {note_id}", "year": payload["reviewed"][:4],
        "note": f"{TEXTS[reader]['reviewed']} {payload['reviewed']}", "language": version.value, "url": address,
    }  # fmt: skip
    lines = "".join(
        f"  {name} = {{{value if name == 'url' else _SPECIAL.sub(_escaped, str(value))}}},\n"
        for name, value in fields.items()
    )
    return Citation(text, f"@misc{{{note_id},\n{lines}}}", address)


def _escaped(found: re.Match[str]) -> str:
    return {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}.get(
        found[1], f"\\{found[1]}"
    )
