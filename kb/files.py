"""Write files whole or not at all: every file of this product that others may read meanwhile is written here."""

import os
import secrets
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from stat import S_ISREG


def write_file(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Replace a file, or make it, so that readers find the old content or the new, also after a power cut.

    A file that is there keeps its owner and mode. private: a new one is for its owner alone. Raises OSError; then
    nothing has changed.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    data = content.encode() if isinstance(content, str) else content
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
    try:
        with open(descriptor, "wb") as file:
            with suppress(FileNotFoundError):
                before = path.stat()
                os.fchmod(descriptor, before.st_mode & 0o7777)
                if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(descriptor, before.st_uid, before.st_gid)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(fresh, path)
    except BaseException:  # also where the program is to end meanwhile
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        raise
    with suppress(OSError):  # some systems cannot; the file is whole all the same
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def append_line(path: Path, line: bytes, *, flushed: bool = False) -> None:
    """Append a line to a file, or make one for its owner alone. Raises OSError, also where only half could be written.

    One line is one write, so that threads and processes can share the file. flushed: it also outlives a power cut
    """
    whole = line + b"\n"
    with open(path, "a+b", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        size = os.fstat(file.fileno()).st_size  # of a pipe 0
        if size and os.pread(file.fileno(), 1, size - 1) != b"\n":  # half a line, of a time when the disk was full
            whole = b"\n" + whole
        if file.write(whole) != len(whole):
            raise OSError(ENOSPC, "the disk is full")
        if flushed and S_ISREG(os.fstat(file.fileno()).st_mode):  # a pipe cannot be
            os.fsync(file.fileno())
