"""Keeps prepared model files whole: built aside, renamed into place, recorded, and checked at every start.

A start compares sizes and times; only files touched since are hashed again. A lock keeps a second process waiting.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kb.errors import ModelError
from kb.files import write_file

CHECKSUMS = "checksums.json"
_WAIT_SECONDS = 900

Progress = Callable[[str], None]
Build = Callable[[Path], str]


def cached(target: Path, build: Build, progress: Progress) -> tuple[Path, str]:
    """Return `target` and the checksum recorded in it, built first when it is missing or damaged.

    A build happens in a sibling directory that is renamed when it is whole, so whoever finds `target` finds
    all of it. A lock, which ends with its process, keeps a second process waiting rather than building too.
    """
    if damage_of(target, target / CHECKSUMS):
        with _locked(target, progress):
            damage = damage_of(target, target / CHECKSUMS)
            if damage:
                if target.exists():
                    progress(f"The model files in {target} are damaged ({damage}). Building them again.")
                progress(f"Preparing the model files in {target}. This takes up to a minute, once.")
                _build(target, build)
    return target, str(read_json(target / CHECKSUMS)["checksum"])


def _build(target: Path, build: Build) -> None:
    prefix = f".{target.name}-"
    for left_by_a_killed_process in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(left_by_a_killed_process, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent, ignore_cleanup_errors=True) as workplace:
        whole = Path(workplace, "whole")
        whole.mkdir()
        checksum = build(whole)
        names = sorted(path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file())
        write_json(whole / CHECKSUMS, {"checksum": checksum, "files": record(whole, names)})
        if target.exists():
            target.rename(Path(workplace, "damaged"))
        whole.rename(target)


@contextmanager
def _locked(target: Path, progress: Progress) -> Iterator[None]:
    from filelock import FileLock, Timeout  # slow to import, and a start with a whole cache takes no lock

    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.parent / f"{target.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(f"Another process is preparing {target}. Waiting for it.")
        try:
            lock.acquire(timeout=_WAIT_SECONDS)
        except Timeout as error:
            raise ModelError(f"Another process has been preparing {target} for too long.") from error
    try:
        yield
    finally:
        lock.release()


def damage_of(directory: Path, memory: Path) -> str:
    """Say what is wrong with the files named in `memory`, if anything; hashes only what was touched since."""
    known = read_json(memory)
    files: dict[str, dict[str, Any]] = known.get("files", {})
    if not files or "checksum" not in known:
        return f"{memory.name} is missing"
    touched = []
    for name, was in files.items():
        try:
            now = (directory / name).stat()
        except FileNotFoundError:
            return f"{name} is missing"
        if now.st_size != was["size"]:
            return f"{name} has another size"
        if now.st_mtime_ns != was["modified_ns"]:
            touched.append(name)
    again = record(directory, touched)
    for name in touched:
        if again[name]["sha256"] != files[name]["sha256"]:
            return f"{name} has another content"
    if touched and os.access(memory, os.W_OK):
        write_json(memory, {**known, "files": {**files, **again}})
    return ""


def record(directory: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return size, time of change and sha256 of files, by name."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        with (directory / name).open("rb") as file:
            status = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found[name] = {"size": status.st_size, "modified_ns": status.st_mtime_ns, "sha256": digest}
    return found


def fingerprint(files: dict[str, dict[str, Any]]) -> str:
    """Return a sha256 over all of them."""
    lines = (f"{files[name]['sha256']}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """Read the object in a file; an empty one when there is no file, or when it is no JSON object."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, content: Any) -> None:
    """Write an object to a file, whole or not at all; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, json.dumps(content, ensure_ascii=False))
