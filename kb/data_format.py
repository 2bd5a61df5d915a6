"""The format of a data directory as a whole: a number in a file, so that an older program does not misread a newer one.

The index has a format of its own, inside (`kb.store.embedded.state`).
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from kb.errors import SettingsError
from kb.files import write_file

DATA_FORMAT: Final = 1
"""Raise it when a program before this one would misread what is kept; and read what it has kept."""
FORMAT_FILE: Final = "format"


def require_format(data_dir: Path) -> None:
    """Raise SettingsError where a later version of the program has made a data directory. Without a number it is 1."""
    with suppress(OSError):  # who may not read it is told by what reads the rest
        written = (data_dir / FORMAT_FILE).read_bytes()[:20].strip()
        if written != b"%d" % DATA_FORMAT:
            found = written.decode() if written.isdigit() else "that is no number"
            raise SettingsError(
                f"The data directory `{data_dir}` has a format {found}, and this version of the program reads "
                f"{DATA_FORMAT}.",
                remedy="Use the version that made it, or set KB_DATA_DIR to another folder.",
            )


def mark_format(data_dir: Path) -> None:
    """Write the format into a data directory that has none. Raises OSError."""
    if not (file := data_dir / FORMAT_FILE).exists():
        write_file(file, f"{DATA_FORMAT}\n")
