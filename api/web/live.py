"""For `kb serve --watch`: tells open pages when a note was saved, and what is wrong with notes.

There only where somebody writes notes on the own machine: it says when any note changed, whoever may see it, and
repeats what a restricted note holds where that is wrong.
"""

import json
from contextlib import suppress
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Request

from api.web.rendering import live_state

ENDED: Final = "Notes are not being indexed any more: `kb watch` has ended. Start again."

router = APIRouter(include_in_schema=False)


@router.get("/live")
def live(request: Request) -> dict[str, Any]:
    """state: changes whenever the index does; problems: one line each. To others than the own machine, nothing."""
    state = live_state(request)
    if state is None:
        raise HTTPException(404)
    problems = [] if request.app.state.live() else [ENDED]
    with suppress(OSError, ValueError):
        problems += json.loads(request.app.state.problems_at.read_text("utf-8"))
    return {"state": state, "problems": problems}
