"""What a reader says of a note: the form behind its page, and what that answers."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.auth.gate import Known, View
from api.feedback_file import FeedbackKind
from api.models.forms import form_fields
from api.models.problems import headers
from api.web.note_page import version_asked
from api.web.problem_words import problem_words
from api.web.rendering import WITH_FORM, page
from kb.errors import KbError, QueryError
from kb.text.languages import Language

MOST: Final = 2_000
"""Characters of a text."""


def note_feedback(
    request: Request,
    view: View,
    caller: Known,
    language: Language,
    note_id: str,
    form: Annotated[Mapping[str, list[str]], Depends(form_fields)],
) -> Response:
    """Keep what is said of a note that the reader may see, and lead back there; else show what is to be mended."""
    note = version_asked(request, view, language, note_id)
    chosen, text = form.get("kind", [""])[0], _plain(form.get("text", [""])[0])
    try:
        kind = _checked(chosen, text)
        request.app.state.gate.count_feedback(caller)
        request.app.state.feedback.add(note.id, note.lang.value, kind, text)
    except KbError as error:
        context = {"note": note, "kind": chosen, "text": text}
        problem = problem_words(error, request, language)
        answered = page(request, "feedback.html", language, f"/{{}}/notes/{note.id}", problem=problem, **context)
        answered.headers.update({**headers(error), **WITH_FORM})
        return answered
    return RedirectResponse(f"/{language}/notes/{note.id}?version={note.lang}&thanks=1#tell-editors", 303)


def _checked(kind: str, text: str) -> FeedbackKind:
    """Return what kind of feedback it is. Raises QueryError where that, or what it needs besides, is not said."""
    if len(text) > MOST:
        message, values = f"The text has more than {MOST:,} characters.", {"given": len(text), "most": MOST}
        raise QueryError(message, field="text", code="feedback_too_long", values=values)
    if kind not in set(FeedbackKind) or (kind != FeedbackKind.USEFUL and not text):
        raise QueryError("It is not said what is meant.", field="kind", code="feedback_incomplete")
    return FeedbackKind(kind)


def _plain(text: str) -> str:
    """Return text without control characters and marks that cannot be seen, but for the ends of lines."""
    lines = text.replace("\r\n", "\n").strip()
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in lines)
