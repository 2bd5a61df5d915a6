"""For `kb serve --watch`: tells open pages when a note was saved, and what is wrong with notes.

There only where somebody writes notes on the own machine: it says when any note changed, whoever may see it.
"""

import json
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request

from kb.chunk_schema import digest

router = APIRouter(include_in_schema=False)


@router.get("/live")
def live(request: Request) -> dict[str, Any]:
    """state: changes whenever the index does; problems: one line each."""
    problems: list[str] = []
    with suppress(OSError, ValueError):
        problems = json.loads(request.app.state.problems_at.read_text("utf-8"))
    return {"state": digest(request.app.state.searcher.versions()), "problems": problems}
