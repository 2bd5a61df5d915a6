"""The audit log: who was shown which restricted note, and when. Lines of JSON, only ever appended.

Holds no question, no address and no key: `who` is the id of a key, or the subject of a token.
"""

import json
import os
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path

from kb.errors import StoreUnavailable


def write_down(path: Path, who: str, route: str, note_id: str, version: str | None) -> None:
    """Append that somebody is about to be shown a note: all of a version of it, or that it is there (None).

    One line is one write, so that threads and processes can share the file. Raises StoreUnavailable if it cannot be
    written, so that nothing is shown.
    """
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = json.dumps({"when": when, "who": who, "note": note_id, "read": version, "route": route}).encode() + b"\n"
    try:
        with open(path, "a+b", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600)) as log:
            size = os.fstat(log.fileno()).st_size  # of a pipe 0
            if size and os.pread(log.fileno(), 1, size - 1) != b"\n":  # half a line, of a time when the disk was full
                line = b"\n" + line
            if log.write(line) != len(line):
                raise OSError(ENOSPC, "the disk is full")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreUnavailable(
            f"The audit log cannot be written: {why}. Restricted notes are shown to nobody until it can.",
            remedy="Tell the operator of this server.",
        ) from error
