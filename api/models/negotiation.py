"""What a request says of its answer: the language, the address of this server, whether the caller has it already."""

import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.types import Message, Receive

from kb.text.languages import Language
from search.query import reader_language


def accepted_language(request: Request) -> Language | None:
    """Return the first of the languages in `Accept-Language` that we have."""
    wanted = request.headers.get("accept-language", "").lower()
    ranked = sorted((part.split(";") for part in wanted.split(",")), key=lambda part: -_quality(part))
    tags = (part[0].strip().partition("-")[0] for part in ranked if _quality(part) > 0)
    return next((Language(tag) for tag in tags if tag in set(Language)), None)


def wanted_language(request: Request, lang: str | None) -> Language | None:
    """Return the language of a reader: of the parameter `lang`, else the first accepted. Raises QueryError."""
    return accepted_language(request) if lang is None else reader_language(lang)


def in_json(answer: BaseModel | Mapping[str, Any]) -> bytes:
    """Return an answer as it goes out."""
    return to_json(answer)


def conditional(request: Request, body: bytes, media_type: str = "application/json") -> Response:
    """Return the answer with its `ETag`, or 304 without it where `If-None-Match` names that.

    What was answered to somebody without credentials, and not signed in, may be kept, if it is asked after each time.
    """
    tag = f'W/"{sha256(body).hexdigest()[:32]}"'  # weak: the same JSON may go out compressed or not
    headers = {"ETag": tag, "Vary": "Accept-Language, Authorization"}
    if "authorization" not in request.headers and not request.state.signed_in:
        headers["Cache-Control"] = "no-cache"
    given = [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]
    if tag in given or tag.removeprefix("W/") in given or "*" in given:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def site(request: Request) -> str:
    """Return what the addresses of this server begin with: as set, else as the request has it."""
    return request.app.state.public_url or str(request.base_url).rstrip("/")


def replay(body: bytes, receive: Receive) -> Receive:
    """Return what receives a body that has been read already, and then what else arrives."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def once() -> Message:
        return whole.pop() if whole else await receive()

    return once


def _quality(part: list[str]) -> float:
    try:
        found = float(part[1].strip().removeprefix("q=")) if len(part) > 1 else 1.0
    except ValueError:
        return 0.0
    return found if math.isfinite(found) else 0.0
