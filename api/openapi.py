"""Prints the OpenAPI document, for the snapshot: `python -m api.openapi > docs/openapi.json` (`make openapi`).

Needs neither index nor model.
"""

import json

from api.app import bare_app


def document() -> str:
    """The text of docs/openapi.json."""
    return json.dumps(bare_app().openapi(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    print(document(), end="")
