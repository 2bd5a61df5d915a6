"""A note as a Markdown file: what the head of its page says, its text, and its sources."""

import re
from collections.abc import Iterator
from typing import Final

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.responses import Response

from api.interface_texts import TEXTS, status_text, undone_text
from api.note_html import link_from
from api.web.citation import citation
from api.web.dates import day
from api.web.note_page import address_of, version_asked
from api.web.rendering import site
from kb.languages import NAMES, Language
from kb.taxonomy import Taxonomy
from search.reading import NoteVersion
from search.service import Searcher

_TARGET: Final = re.compile(r"(?<=\]\()\.\.?/[^)\s]*")
_DATES: Final = ("started", "ended", "adopted", "in_force_from", "valid_until")


def note_file(request: Request, door: Searcher, language: Language, note_id: str) -> Response:
    """A version of a note, to keep or to print."""
    note, taxonomy = door.read(lambda one: (version_asked(request, one, language, note_id), one.taxonomy))
    payload = note.payload
    words = TEXTS[language]
    cited = citation(note.id, note.lang, payload, language, address_of(request, note, language))
    whole = site(request)
    text = _TARGET.sub(lambda found: _whole(whole, link_from(note, found[0], language)), payload["markdown"].strip())
    sources = (f"- {one['title']}, {one['publisher']}: <{one['url']}>" for one in payload["fields"]["sources"])
    undone = undone_text(payload["status"], payload["legal_outcome"], language)
    parts = (
        f"# {payload['title']}", f"**{undone}**" if undone else "", payload["summary"],
        "\n".join(f"- {fact}" for fact in _facts(note, taxonomy, language)),
        text, f"## {words['sources']}", "\n".join(sources), words["pair"].format(words["cite"], cited.text),
    )  # fmt: skip
    name = f"{note.id}.{note.lang}.md"
    return PlainTextResponse(
        "\n\n".join(part for part in parts if part) + "\n",
        media_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _whole(site: str, target: str) -> str:
    return f"{site}{target}" if target.startswith("/") else target


def _facts(note: NoteVersion, taxonomy: Taxonomy, language: Language) -> Iterator[str]:
    """What the page says above and beside the text, a line each."""
    words, payload = TEXTS[language], note.payload
    pair = words["pair"].format
    yield pair(words["country"], ", ".join(taxonomy.countries[one].label(language) for one in payload["countries"]))
    yield pair(words["status"], status_text(payload["status"], language))
    if payload["legal_outcome"]:
        yield pair(words["legal_outcome"], words[payload["legal_outcome"]])
    if evidence := payload["evidence"]:
        effect = "none_effect" if evidence["effect"] == "none" else evidence["effect"]
        yield pair(words["evidence"], f"{words[evidence['level']]}; {pair(words['effect'].lower(), words[effect])}")
    for name in _DATES:
        if payload["fields"].get(name):
            yield pair(words[name], day(payload["fields"][name], language))
    yield pair(words["reviewed"], day(payload["reviewed"], language))
    yield pair(words["review_by"], day(payload["review_by"], language))
    text = NAMES[note.lang][language]
    if translation := payload["translation"]:
        text = ". ".join((text, words[translation["status"]], *([words["stale"]] if translation["stale"] else ())))
    yield pair(words["language"], text)
    yield f"TLP:{payload['tlp'].upper()}"
    if licence := payload["fields"].get("licence"):
        yield pair(words["licence"], licence)
