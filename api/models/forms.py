"""What a form of a page sends: percent-encoded, in UTF-8."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request

from kb.errors import QueryError

MOST_FIELDS: Final = 200
"""More fields than these are no form of ours."""


async def form_fields(request: Request) -> Mapping[str, list[str]]:
    """Return the values of each field. Raises QueryError."""
    try:
        sent = (await request.body()).decode("ascii")
        return parse_qs(sent, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        remedy = "Send it as a form does: percent-encoded, in UTF-8."
        raise QueryError("The form cannot be read.", code="no_utf_8", remedy=remedy) from None
