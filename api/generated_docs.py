"""The documents that code and content say already, written anew: `python -m api.generated_docs` (`make docs`).

Needs neither index nor model. Tests hold every document against what is made here.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from api.http.app import bare_app
from ingest.authoring.guide import filled
from ingest.lint import documentation
from kb.content.reader import read_taxonomy
from kb.notes.schema import note_schema

REPOSITORY: Final = Path(__file__).parents[1]
_CONTENT: Final = [REPOSITORY / "content"]


def _json(described: object) -> str:
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


DOCUMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "docs/openapi.json": lambda: _json(bare_app().openapi()),
    "docs/lint.md": documentation,
    "docs/authors.md": lambda: filled((REPOSITORY / "docs/authors.md").read_text("utf-8"), read_taxonomy(_CONTENT)),
    "docs/note.schema.json": lambda: _json(note_schema(read_taxonomy(_CONTENT))),
}
"""Path in the repository -> what makes the document."""

if __name__ == "__main__":
    for path, made in DOCUMENTS.items():
        (REPOSITORY / path).write_text(made(), encoding="utf-8")
