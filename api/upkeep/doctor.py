"""What is wrong with an installation, and what to do: one finding for each part that can be looked at by itself.

Looks, and changes nothing, so that it can be run beside a server.
"""

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from stat import S_IMODE
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from api.auth.audit import head_file, known_head, verify
from api.auth.key_file import KeyFile
from api.compose import damaged_model, gate, store
from api.feedback_file import FeedbackFile
from api.own_socket import is_served
from api.upkeep.backup import ASIDE, RESTORED
from ingest.indexing.changing import today
from ingest.indexing.fingerprint import FILES as LAST_RUN
from ingest.indexing.fingerprint import Fingerprint
from kb.content.reader import note_files, read_taxonomy
from kb.encoder.model_files import model_damage, model_files
from kb.encoder.vector_cache import cache_damage, cache_path
from kb.errors import KbError
from kb.settings import Settings, load_settings
from kb.store.manifest import SCHEMA_VERSION, Manifest

_PACKAGE: Final = "benelux-practice-base"
_PINNED: Final = Path(__file__).parents[2] / "constraints.txt"
"""The versions that were tested together; installed packages have none."""
_LEAST_ROOM: Final = 100_000_000
_SKEW: Final = timedelta(minutes=2)
"""What clocks may differ by."""
_MOST: Final = 5
"""What one finding names at most."""


@dataclass(frozen=True)
class Finding:
    """What was found of a part. remedy: what to do; empty where all is good"""

    what: str
    said: str
    remedy: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.remedy


Look = Callable[[Settings], tuple[str, str]]
"""Says what it found, and what to do about it, or nothing."""


def examine() -> tuple[Finding, ...]:
    """Look at all parts. What keeps one from being looked at is its finding."""
    try:
        settings = load_settings()
        gate(settings)  # reads the file of grants
    except KbError as error:
        return (Finding("settings", " ".join(filter(None, (error.message, error.internal))), error.remedy or _HELP),)
    return (
        Finding("settings", "All are known, and agree."),
        *(_finding(what, look, settings) for what, look in _LOOKS),
    )


_HELP: Final = "The README lists every setting."


def _finding(what: str, look: Look, settings: Settings) -> Finding:
    try:
        return Finding(what, *look(settings))
    except KbError as error:
        return Finding(what, " ".join(filter(None, (error.message, error.internal))), error.remedy or "See README.md.")
    except OSError as error:
        return Finding(what, f"`{error.filename}`: {error.strerror}.", "Check that it is there, and who may read it.")
    except Exception as error:  # noqa: BLE001 - what breaks one look must not hide the others
        return Finding(what, f"It cannot be looked at ({type(error).__name__}).", "Report it as a defect.")


def _content(settings: Settings) -> tuple[str, str]:
    for folder in settings.content_dirs:
        if not folder.is_dir():
            return f"There is no folder `{folder}`.", "Set KB_CONTENT_DIRS to where the notes are."
    notes = [*note_files(settings.content_dirs)]
    if closed := [str(found.path) for found in notes if not os.access(found.path, os.R_OK)]:
        return f"Not readable: {_some(closed)}.", "Let the user of this program read them."
    read_taxonomy(settings.content_dirs)
    return f"{len(notes)} files of notes; the vocabularies can be read.", ""


def _models(settings: Settings) -> tuple[str, str]:
    if damage := model_damage(settings.embedding_model, settings.data_dir):
        if damage.endswith("is missing"):
            return f"The model `{settings.embedding_model}` is not prepared: {damage}.", "Run `kb index`."
        raise damaged_model(damage)
    bits = 8 if model_files(settings.embedding_model, settings.data_dir).quantized else 16
    return f"`{settings.embedding_model}`: every file has its checksum; it encodes notes in {bits} bits.", ""


def _index(settings: Settings) -> tuple[str, str]:
    reader = store(settings).reader()  # every file is compared with its checksum
    manifest = reader.manifest
    if manifest.schema_version != SCHEMA_VERSION:
        return "The index was made by another version of this program.", "Run `kb index`."
    if Path(manifest.encoder).name != Path(settings.embedding_model).name:
        return f"The index was made with the model `{manifest.encoder}`.", "Run `kb index`, or set KB_EMBEDDING_MODEL."
    held = f"{manifest.notes} notes, {manifest.chunks} passages; every file has its checksum"
    changed = Fingerprint(settings.data_dir, settings.content_dirs, manifest.recipe, today()).changed_files(manifest)
    if changed:
        return f"{held}, but these files changed since: {_some(sorted(changed))}.", "Run `kb index`."
    return f"{held}{'' if changed is None else ', and no note has changed since'}.", ""


def _restore(settings: Settings) -> tuple[str, str]:
    if (settings.data_dir / RESTORED).exists():
        return "A restore was interrupted.", "Run `kb restore FILE --replace` again: it ends that first."
    if kept := sorted(path.name for path in settings.data_dir.glob(f"{ASIDE}*")):
        return f"What was there before a restore is kept in {_some(kept)}; delete it when you are sure.", ""
    return "None was interrupted.", ""


def _vectors(settings: Settings) -> tuple[str, str]:
    if damage := cache_damage(cache_path(settings.data_dir)):
        return f"The file of vectors is damaged: {damage}.", f"Delete `{cache_path(settings.data_dir)}`: it is rebuilt."
    return "The file of vectors is whole.", ""


def _keys(settings: Settings) -> tuple[str, str]:
    known = KeyFile(settings.key_file).all()
    return f"{len(known)} keys, {sum(key.is_good(datetime.now().date()) for key in known)} of them good.", ""


def _audit(settings: Settings) -> tuple[str, str]:
    log = settings.audit_log
    head = known_head(log)  # before the log, which may go on meanwhile
    return _lines(log, [each.number for each in verify([log], head).breaks] if log.exists() else [])


def _feedback(settings: Settings) -> tuple[str, str]:
    file = FeedbackFile(settings.feedback_file)
    if file.is_full:
        return "The file of feedback is full, and no more is taken.", f"Move `{settings.feedback_file}` away."
    return _lines(settings.feedback_file, file.damaged_lines())


def _lines(file: Path, damaged: list[int]) -> tuple[str, str]:
    if file.exists() and not os.access(file, os.W_OK):
        return f"`{file}` cannot be written.", "Let the user of this program write it."
    if damaged:
        return f"`{file}` is damaged in line {_some(map(str, damaged))}.", "Compare it with a backup."
    return "Every line can be read." if file.exists() else "There is none yet.", ""


def _permissions(settings: Settings) -> tuple[str, str]:
    data = settings.data_dir
    private = [
        *(data / name for name in ("index", *LAST_RUN)),
        *(settings.key_file, settings.feedback_file, settings.issues_file, cache_path(data)),
        *(settings.audit_log, head_file(settings.audit_log), settings.security_log),
        *data.glob("serve-*.sock"),
        *data.glob(f"{ASIDE}*"),
    ]
    there = [path for path in private if path.exists()]
    if closed := [path.name for path in (data, *there) if data.exists() and not os.access(path, os.R_OK | os.W_OK)]:
        return f"This user may not read and write {_some(closed)}.", f"Run `kb` as the owner of `{data}`."
    if open_ := [path.name for path in there if S_IMODE(path.stat().st_mode) & 0o077]:
        return f"Others on this machine may read {_some(open_)}.", f"Run `chmod -R go= '{data}'`."
    if data.exists() and S_IMODE(data.stat().st_mode) & 0o022:
        return f"Others on this machine may write in `{data}`.", f"Run `chmod go-w '{data}'`."
    return "What is private is for its owner alone.", ""


def _port(settings: Settings) -> tuple[str, str]:
    where = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((settings.host, settings.port))
    except OSError as error:
        if is_served(settings.data_dir):
            return f"{where} is used, and a server of this data directory runs.", ""
        return f"Nobody can listen on {where}: {error.strerror}.", "End what uses it, or set KB_HOST and KB_PORT."
    return f"{where} is free.", ""


def _disk(settings: Settings) -> tuple[str, str]:
    folder = next(
        path for path in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if path.exists()
    )
    free, index = shutil.disk_usage(folder).free, settings.data_dir / "index"
    held = sum(map(_size, index.rglob("*")))
    wanted = max(_LEAST_ROOM, 2 * held)  # a new epoch is written beside the last
    said = f"{free / 1e6:,.0f} MB are free; `kb index` may want {wanted / 1e6:,.0f}."
    return said, "" if free >= wanted else "Make room, or set KB_DATA_DIR to another disk."


def _size(file: Path) -> int:
    """Return the bytes that a file takes on the disk; 0 where it has just gone."""
    with suppress(FileNotFoundError):
        return file.stat().st_blocks * 512
    return 0


def _packages(_: Settings) -> tuple[str, str]:
    wrong = [*_other_versions(requires(_PACKAGE) or ())]
    if not wrong and _PINNED.is_file():
        wrong = [*_other_versions(_PINNED.read_text("utf-8").splitlines(), missing=False)]
        if wrong:
            return f"Not as pinned: {_some(wrong)}.", "Install with `-c constraints.txt`."
    return (f"Not as required: {_some(wrong)}.", "Install the program anew.") if wrong else ("As they are pinned.", "")


def _other_versions(wanted: Iterator[str] | list[str] | tuple[()], *, missing: bool = True) -> Iterator[str]:
    """Yield the packages that have another version than is wanted. missing: also those that are not installed"""
    for line in wanted:
        try:
            each = Requirement(line.partition(" #")[0])
        except InvalidRequirement:
            continue  # a comment, or an option
        if each.marker and not each.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(each.name)
        except PackageNotFoundError:
            if missing:
                yield f"{each.name} is missing"
            continue
        if not each.specifier.contains(found, prereleases=True):
            yield f"{each.name} {found} ({each.specifier})"


def _clock(settings: Settings) -> tuple[str, str]:
    now, remedy = datetime.now(UTC), "Set the clock of this machine; then run `kb index`."
    manifest: Manifest | None = None
    with suppress(KbError):
        manifest = store(settings).info()
    if manifest and manifest.journal.latest > now + _SKEW:
        return f"The index was made in the future: {manifest.journal.latest:%Y-%m-%d %H:%M} UTC.", remedy
    for file in (settings.data_dir / "index" / "CURRENT", settings.key_file, settings.audit_log):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime > time.time() + _SKEW.total_seconds():
                return f"`{file}` was written in the future.", remedy
    return f"It is {now:%Y-%m-%d %H:%M} UTC; nothing was written later.", ""


def _some(names: "Iterator[str] | list[str] | map[str]") -> str:
    known = [*names]
    return ", ".join(known[:_MOST]) + (f" and {len(known) - _MOST} more" if len(known) > _MOST else "")


_LOOKS: Final[tuple[tuple[str, Look], ...]] = (
    ("content", _content),
    ("models", _models),
    ("index", _index),
    ("restore", _restore),
    ("vectors", _vectors),
    ("keys", _keys),
    ("audit", _audit),
    ("feedback", _feedback),
    ("permissions", _permissions),
    ("port", _port),
    ("disk", _disk),
    ("packages", _packages),
    ("clock", _clock),
)
