"""Run pandoc, which turns documents into blocks and blocks into Markdown: in its sandbox, within time and memory.

In the sandbox it reads nothing but what it is given and fetches nothing. Knows no notes.
"""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from typing import Any, Final

import pypandoc

from ingest.documents.document import ONLY_A_PART, SAVE_AGAIN, Format, Node, too_deep
from kb.errors import DocumentError

SECONDS: Final = 60
_MEMORY: Final = "1g"
_HTML: Final = "html-native_spans-raw_html"
_WRITE: Final = "commonmark+pipe_tables+strikeout-raw_html"
_BETWEEN_LISTS: Final = re.compile(r"^ {0,3}&nbsp;\n\n", re.MULTILINE)
"""What pandoc puts between two lists, which readers take for text."""


def read(data: bytes, form: Format) -> dict[str, Any]:
    """Return a document as pandoc's JSON: `{"pandoc-api-version": …, "meta": …, "blocks": …}`.

    data: a DOCX or ODT file, or HTML in UTF-8. Raises DocumentError where pandoc cannot read it.
    """
    done = _run(data, "--from", _HTML if form is Format.HTML else form.value, "--to", "json")
    try:
        found: dict[str, Any] = json.loads(done)
    except (ValueError, RecursionError) as error:
        raise too_deep() from error
    return found


def markdown(blocks: Sequence[Node], form: Sequence[int]) -> str:
    """Return blocks as CommonMark with tables, a line for each paragraph, without raw HTML."""
    document = {"pandoc-api-version": list(form), "meta": {}, "blocks": blocks}
    data = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    written = _run(data, "--from", "json", "--to", _WRITE, "--wrap", "none").decode("utf-8")
    return _BETWEEN_LISTS.sub("", written)


def _run(data: bytes, *options: str) -> bytes:
    quiet = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    try:
        command = [pypandoc.get_pandoc_path(), "+RTS", f"-M{_MEMORY}", "-RTS", "--sandbox", *options]
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, env=quiet, check=False)
    except subprocess.TimeoutExpired as error:
        message = f"The document takes longer than {SECONDS} seconds to read."
        raise DocumentError(message, remedy=ONLY_A_PART) from error
    except OSError as error:
        raise DocumentError("pandoc does not run.", remedy="Install `pypandoc_binary` again.") from error
    if done.returncode:
        raise DocumentError("The document is damaged, or too large.", remedy=SAVE_AGAIN)
    return done.stdout
