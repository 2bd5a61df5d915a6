"""The Atom feed of notes that changed last, of all or of those that the parameters of the search page leave."""

from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from api.exports import atom
from api.http.negotiation import conditional_bytes
from api.web.rendering import site
from api.web.search_address import FILTERS, SearchAddress
from kb.text.languages import Language
from search.query import MAX_LIMIT
from search.service import Door

SIZE: Final = MAX_LIMIT
"""Entries, at most."""


def feed(request: Request, door: Door, language: Language) -> Response:
    """The feed in a language."""
    asked = SearchAddress.of(request.query_params)
    narrowed: dict[str, Any] = {**asked.filter_arguments(), "kinds": [asked.kind] if asked.kind else []}
    page, taxonomy = door.read(
        lambda reading: (reading.notes(language, latest=True, limit=SIZE, **narrowed), reading.taxonomy)
    )
    entries = [atom.FeedEntry(one.card, one.changed) for one in page.notes]
    chosen = {name: tuple(asked.chosen(name)) for name in FILTERS}
    body = atom.feed(entries, taxonomy, language, site(request), asked.feed(language), chosen)
    return conditional_bytes(request, body, atom.MEDIA_TYPE)
