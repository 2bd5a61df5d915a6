"""For `kb serve --watch`: tells open pages when a note was saved, and what is wrong with notes.

There only where somebody writes notes on the own machine: it says when any note changed, whoever may see it, and
repeats what a restricted note holds where that is wrong.
"""

import json
from contextlib import suppress
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Request

from kb.errors import KbError
from kb.values import digest

ENDED: Final = "Notes are not being indexed any more: `kb watch` has ended. Start again; its terminal says why."
OWN_HOSTS: Final = ("127.0.0.1", "::1", "localhost")
"""The names of the own machine."""

router = APIRouter(include_in_schema=False)


@router.get("/live")
def live(request: Request) -> dict[str, Any]:
    """Answer with a state that changes whenever the index does, and problems, one line each; 404 to other machines."""
    state = live_state(request)
    if state is None:
        raise HTTPException(404)
    problems = [] if request.app.state.live() else [ENDED]
    with suppress(OSError, ValueError):
        problems += json.loads(request.app.state.issues_file.read_text("utf-8"))
    return {"state": state, "problems": problems}


def live_state(request: Request) -> str | None:
    """Return what changes whenever the index does, "" without one; None unless pages load anew.

    They do for pages of this server on the own machine alone: an address of another name may be another site's, which
    has it lead here, and a script of another site says where it comes from.
    """
    is_ours = request.url.hostname in OWN_HOSTS and "origin" not in request.headers
    if not is_ours or getattr(request.app.state, "live", None) is None:
        return None
    with suppress(KbError):
        return digest(request.app.state.searcher.versions())
    return ""
