"""The page of a list of notes that a reader keeps: its address names them, and the server keeps nothing of it.

`static/list.js` keeps the ids in the browser. Only notes that are TLP:CLEAR are offered to be kept: of others not even
the id is left behind in a browser.
"""

from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from api.auth.gate import View
from api.web.rendering import page
from kb.text.languages import Language
from search.browse.compare import CHOSEN


def list_page(request: Request, view: View, language: Language) -> Response:
    """Answer with the notes that the address names, as far as the caller may see them; of the others with how many."""
    asked = list(dict.fromkeys(filter(None, request.query_params.getlist("note"))))
    cards = view.cards(asked, language)

    def address(page: str, without: str = "", lang: str = language) -> str:
        """Return the address of a page for these notes, or those of them that are shown, without one."""
        query = urlencode([("note", card.id) for card in cards if card.id != without])
        return f"/{lang}/{page}{'?' * bool(query)}{query}"

    named = urlencode([("note", note_id) for note_id in asked])
    return page(
        request,
        "list.html",
        language,
        f"/{{}}/list{'?' * bool(named)}{named}",
        cards=cards,
        missing=len(asked) - len(cards),
        most=CHOSEN[1],
        address_of=address,
        taxonomy=view.taxonomy,
    )
