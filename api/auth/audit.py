"""The audit log: who was shown which restricted note, and when. Lines of JSON, only ever appended.

Holds no question, no address and no key: `who` is the id of a key, or the subject of a token.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from kb.errors import StoreUnavailable
from kb.files import append_line


def damaged_lines(path: Path) -> list[int]:
    """Return the numbers of lines that are not as this program writes them. Raises OSError, not for a missing file."""
    found = []
    with suppress(FileNotFoundError), path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                if not {"when", "who", "note"} <= json.loads(line).keys():
                    raise ValueError
            except (AttributeError, ValueError):
                found.append(number)
    return found


def write_down(path: Path, who: str, route: str, note_id: str, version: str | None) -> None:
    """Append that somebody is about to be shown a note: all of a version of it, or that it is there (None).

    Raises StoreUnavailable if it cannot be written, so that nothing is shown.
    """
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"when": when, "who": who, "note": note_id, "read": version, "route": route}
    try:
        append_line(path, json.dumps(line).encode())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreUnavailable(
            f"The audit log cannot be written: {why}. Restricted notes are shown to nobody until it can.",
            remedy="Tell the operator of this server.",
        ) from error
