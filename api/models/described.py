"""What the OpenAPI description says of the answers of all routes: errors, and examples."""

import json
from importlib.resources import files
from typing import Any, Final

from api.models.problems import MEDIA_TYPE

EXAMPLES: Final[dict[str, Any]] = json.loads(files("api.models").joinpath("examples.json").read_text("utf-8"))
"""`search`: an answer; `problems`: HTTP status -> a problem with it. A test reads them with the models they show."""
CODES: Final = {
    400: "A parameter is wrong: `field` names it, `allowed` lists what it accepts.",
    401: "The credentials are not good: wrong, expired or revoked. Never answered as if there were none.",
    404: "No such note, or none for this caller: the same answer.",
    408: "The body does not arrive in time.",
    413: "The body is too large.",
    429: "More requests in a minute than this caller may make; `Retry-After` says when to ask again.",
    503: "Index, store or encoder are not available. Never answered as an empty list.",
}


UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "`If-None-Match` names what would be answered."}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of responses with these statuses."""
    return {
        status: {
            "description": CODES[status],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": EXAMPLES["problems"][str(status)],
                }
            },
        }
        for status in statuses
    }
