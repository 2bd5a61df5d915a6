"""A backup is whole whoever writes meanwhile; it comes back with the same answers, or nothing is touched."""

import gzip
import io
import json
import os
import random
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.auth.audit import AuditLog, known_head, verify
from api.auth.key_file import KeyFile
from api.feedback_file import FeedbackFile, FeedbackKind
from api.own_socket import listening
from api.upkeep import archive
from api.upkeep.backup import RESTORED, back_up, restore, shown_settings
from kb.encoder.vector_cache import cache_path
from kb.errors import BackupError, IndexBusy, KbError
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from tests.depth import depth
from tests.kb.store.embedded.test_store import child, everything, fill, generations, update


@pytest.fixture
def data(tmp_path):
    """A data directory with an index, a key, feedback, an audit log and vectors."""
    folder = tmp_path / "data"
    fill(EdgeStore(folder), 1, 60)
    settings = at(folder)
    KeyFile(settings.key_file).create("desk", "amber", ["BE"])
    FeedbackFile(settings.feedback_file).add("be-a", "nl", FeedbackKind.ERROR, "The number is old.")
    settings.audit_log.write_text('{"when": "2026-11-30", "who": "k", "note": "be-a"}\n')
    with closing(sqlite3.connect(cache_path(folder))) as opened, opened:
        opened.execute("CREATE TABLE vectors (key BLOB)")
        opened.execute("INSERT INTO vectors VALUES (x'01')")
    return folder


def at(folder, **more):
    return Settings(data_dir=folder, **more)


@pytest.fixture
def file(data, tmp_path):
    """A backup of it."""
    made = tmp_path / "kb.tar.gz"
    back_up(at(data), made)
    return made


def content_of(folder):
    """All that matters in a data directory."""
    settings = at(folder)
    kept = [path.read_bytes() for path in (settings.key_file, settings.feedback_file, settings.audit_log)]
    with closing(sqlite3.connect(cache_path(folder))) as opened:
        vectors = opened.execute("SELECT key FROM vectors").fetchall()
    return everything(EdgeStore(folder)), kept, vectors


def test_it_comes_back_elsewhere_with_the_same_answers_for_its_owner_alone(data, file, tmp_path):
    done = restore(at(tmp_path / "new"), file)
    assert content_of(tmp_path / "new") == content_of(data)
    assert (done.stale, done.aside) == (False, None)
    for made in (file, tmp_path / "new", tmp_path / "new" / "index", tmp_path / "new" / "keys.json"):
        assert made.stat().st_mode & 0o077 == 0, made
    assert not [path for path in (tmp_path / "new").iterdir() if path.name.startswith(".")]


def test_no_secret_is_in_it_and_settings_that_are_others_here_are_told(data, tmp_path):
    secret, told = "s3cr3t-key", tmp_path / "told.tar.gz"
    settings = at(data, api_key=SecretStr(secret), qdrant_url=f"http://kb:{secret}@store:6333", port=8123)
    back_up(settings, told)
    assert secret.encode() not in gzip.decompress(told.read_bytes())
    others = restore(at(tmp_path / "new"), told).settings
    assert (others["KB_PORT"], others["KB_QDRANT_URL"]) == (8123, "http://store:6333")


@pytest.mark.deep
def test_a_backup_while_others_write_is_of_one_state(data, tmp_path):
    """Notes come and go in pairs, so that half of a change would show."""
    script = (
        "from tests.kb.store.embedded.test_store import update\n"
        "print('begun', flush=True)\n"
        "number = 10\n"
        "while True:\n"
        "    update(store, number, number + 1, gone=[number - 2, number - 1])\n"
        "    store.merge()\n"
        "    number += 2\n"
    )
    writer = child(data, script)
    try:
        assert writer.stdout.readline() == "begun\n"
        for each in range(depth(2, 60)):
            made, new = tmp_path / f"{each}.tar.gz", tmp_path / f"new{each}"
            back_up(at(data), made)
            assert writer.poll() is None
            restore(at(new), made)
            numbers = {int(name[1:]) for name in generations(EdgeStore(new))} - {1}
            assert not numbers or (len(numbers) == 2 and min(numbers) % 2 == 0)
    finally:
        writer.kill()
        writer.communicate()


def test_many_vectors_are_in_it_only_when_asked_for(data, tmp_path, monkeypatch):
    monkeypatch.setattr("api.upkeep.backup.SMALL", 100)
    without = back_up(at(data), tmp_path / "a")
    assert (without.left_out, "vectors.sqlite" in without.sizes) == (True, False)
    whole = back_up(at(data), tmp_path / "b", vectors=True)
    assert (whole.left_out, "vectors.sqlite" in whole.sizes) == (False, True)


def test_what_is_damaged_or_not_there_is_not_backed_up_and_no_file_is_replaced(data, tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(BackupError, match="there already"):
        back_up(at(data), tmp_path / "there")
    with pytest.raises(BackupError, match="nothing to back up"):
        back_up(at(tmp_path / "typing-error"), tmp_path / "a")
    tables = next(data.glob("index/*/tables"))
    tables.write_bytes(tables.read_bytes()[:-1])
    with pytest.raises(KbError, match="kb index --rebuild"):
        back_up(at(data), tmp_path / "b")
    assert {path.name for path in tmp_path.iterdir()} == {"there", "data"}


def test_what_a_killed_backup_has_left_is_removed_and_nothing_else(data, tmp_path):
    file = tmp_path / "kb.tar.gz"
    for name in (".kb.tar.gz.17", ".kb.tar.gz.17.vectors", ".kb.tar.gz.17.vectors-journal"):
        (tmp_path / name).write_text("half", "utf-8")
    others = [".kb.tar.gz.d", ".kb.tar.gz.17.txt", ".kb.tar.17", ".kb.tar.gz.old.17"]
    (tmp_path / others[0]).mkdir()
    for name in others[1:]:
        (tmp_path / name).write_text("another's", "utf-8")
    back_up(at(data), file)
    assert sorted(path.name for path in tmp_path.iterdir() if path != data) == sorted([*others, file.name])


# --- putting back ---


def test_what_is_there_is_replaced_only_when_asked_for_and_then_kept(data, file):
    update(EdgeStore(data), 7)
    KeyFile(at(data).key_file).create("later", "green")
    Path(f"{cache_path(data)}-journal").touch()  # of a writer that was killed
    before = content_of(data)
    with pytest.raises(BackupError, match="--replace"):
        restore(at(data), file)
    assert content_of(data) == before
    done = restore(at(data), file, replace=True)
    assert generations(EdgeStore(data)) == {"g1"}
    assert len(KeyFile(at(data).key_file).all()) == 1
    assert content_of(done.aside) == before
    assert not Path(f"{cache_path(data)}-journal").exists()
    assert done.aside.stat().st_mode & 0o077 == 0


def test_renamed_audit_logs_stay_and_the_log_goes_with_the_hash_of_its_end(data, file):
    log = at(data).audit_log
    AuditLog(log).write("key:1", "/v1/notes", ["be-a"], None)
    renamed = log.rename(log.with_name("audit.jsonl-20261101"))
    AuditLog(log).write("key:1", "/v1/notes", ["be-b"], None)
    back_up(at(data), rotated := file.with_name("rotated.tar.gz"))
    AuditLog(log).write("key:1", "/v1/notes", ["be-c"], None)
    done = restore(at(data), rotated, replace=True)
    assert renamed.exists()
    assert {"audit.jsonl", "audit.head"} <= {each.name for each in done.aside.iterdir()}
    assert verify([renamed, log], known_head(log)).breaks == ()


def test_a_backup_of_a_log_that_was_just_renamed_leaves_no_older_one_behind(data, file):
    log = at(data).audit_log
    AuditLog(log).write("key:1", "/v1/notes", ["be-a"], None)
    renamed = log.rename(log.with_name("audit.jsonl-20261101"))
    back_up(at(data), rotated := file.with_name("rotated.tar.gz"))
    AuditLog(log).write("key:1", "/v1/notes", ["be-b"], None)
    restore(at(data), rotated, replace=True)
    AuditLog(log).write("key:1", "/v1/notes", ["be-c"], None)
    assert verify([renamed, log], known_head(log)).breaks == ()


def test_a_backup_replaces_no_file_and_a_wrong_place_is_told(data, file, tmp_path):
    for place in (file, Path("/etc/passwd/x"), tmp_path / ("x" * 250), tmp_path / "nowhere" / "x"):
        with pytest.raises(BackupError):
            back_up(at(data), place)


def test_passwords_in_addresses_stay_out(data):
    shown = shown_settings(at(data).model_copy(update={"qdrant_url": "http://u:pa@ss@one:1?key=x,https://v@two:2"}))
    assert shown["KB_QDRANT_URL"] == "http://one:1,https://two:2"


def test_what_is_in_use_is_not_replaced(data, file, tmp_path):
    empty = at(tmp_path / "new")
    empty.data_dir.mkdir()
    with listening(empty, print), pytest.raises(BackupError, match="used by a server"):
        restore(empty, file)
    writer = child(data, "with store.writing():\n    print('locked', flush=True)\n    sys.stdin.readline()\n")
    assert writer.stdout.readline() == "locked\n"
    with pytest.raises(IndexBusy):
        restore(at(data), file, replace=True)
    writer.communicate("go on\n", timeout=60)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.deep
def test_killed_at_any_step_nothing_is_lost_and_the_next_restore_ends_it(data, file, tmp_path, monkeypatch):
    update(EdgeStore(data), 7)
    before, rename, killed = content_of(data), Path.rename, 0
    for step in depth((1, 2, 5, 9), range(1, 14)):
        place, left = tmp_path / f"at{step}", iter(range(step))
        shutil.copytree(data, place)

        def dying(path, target, left=left):
            if next(left, None) is None:
                raise Killed
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", dying)
        try:
            restore(at(place), file, replace=True)
        except Killed:
            killed += 1
            assert (place / RESTORED).exists() or content_of(place) == before
        finally:
            monkeypatch.setattr(Path, "rename", rename)
        done = restore(at(place), file, replace=True)  # what has ended is done again
        assert generations(EdgeStore(place)) == {"g1"}
        asides = [*place.glob("before-restore-*")]
        assert done.aside in asides
        kept = [each.read_bytes() for each in place.glob("before-restore-*/keys.json")]
        assert before[1][0] in kept
        assert {"g1", "g7"} in [generations(EdgeStore(each)) for each in asides if (each / "index").exists()]
        shutil.rmtree(place)
    assert killed > depth(3, 8)


# --- archives that are none ---


def remade(file, change):
    """An archive with its members changed: a list of (TarInfo, bytes)."""
    with tarfile.open(file) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar]
    change(members)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    file.write_bytes(gzip.compress(out.getvalue(), 1))


def member(name, content=b"x", kind=tarfile.REGTYPE, link="", size=None):
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, len(content) if size is None else size
    return made, content


def with_head(head):
    def change(members):
        written = json.dumps(head).encode()
        members[0] = member(archive.HEAD, written)

    return change


def padded(members):
    members[1][0].pax_headers = {"comment": "x" * 50_000_000}


HOSTILE = {
    "outside": lambda members: members.insert(1, member("index/../../outside")),
    "absolute": lambda members: members.insert(1, member("/tmp/outside")),
    "unknown": lambda members: members.insert(1, member("models/x")),
    "hidden": lambda members: members.insert(1, member("index/.x")),
    "symbolic link": lambda members: members.insert(1, member("index/link", b"", tarfile.SYMTYPE, "/etc")),
    "hard link": lambda members: members.insert(1, member("index/link", b"", tarfile.LNKTYPE, "keys.json")),
    "through a link": lambda members: members.__setitem__(
        slice(1, 1), [member("index", b"", tarfile.SYMTYPE, "/tmp"), member("index/outside")]
    ),
    "device": lambda members: members.insert(1, member("index/null", b"", tarfile.CHRTYPE)),
    "folder": lambda members: members.insert(1, member("index", b"", tarfile.DIRTYPE)),
    "twice": lambda members: members.insert(1, members[1]),
    "a file in place of a folder": lambda members: members.insert(1, member("index")),
    "one more": lambda members: members.insert(1, member("index/more")),
    "one less": lambda members: members.pop(1),
    "after its end": lambda members: members.append(member("index/more")),
    "no end": lambda members: members.pop(),
    "no beginning": lambda members: members.pop(0),
    "nothing": lambda members: members.clear(),
    "brackets": lambda members: members.__setitem__(-1, member("checksums.json", b"[" * 100_000)),
    "a head that is a list": with_head([1]),
    "a later format": with_head({"format": archive.FORMAT + 1}),
    "much before a file": padded,
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_archive_changes_nothing(data, file, hostile, tmp_path):
    remade(file, HOSTILE[hostile])
    before, around = content_of(data), sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(BackupError) as refusal:
        restore(at(data), file, replace=True)
    assert ("later one" in refusal.value.remedy) == (hostile == "a later format")
    assert content_of(data) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == around
    assert not Path("/tmp/outside").exists()
    assert not [*data.glob(".resto*")]


def test_an_archive_that_claims_more_than_the_disk_has_is_refused_at_once(data, file, tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for made, content in (member(archive.HEAD, b'{"format": 1}'), member("index/zeros", b"", size=1 << 50)):
            tar.addfile(made, io.BytesIO(content) if content else None)
    file.write_bytes(gzip.compress(out.getvalue() + bytes(1 << 20)))
    with pytest.raises(BackupError, match="no room"):
        restore(at(tmp_path / "new"), file)


@pytest.mark.deep
def test_damage_of_an_archive_is_told_or_changes_nothing_in_it(data, file, tmp_path):
    """Runs of zeros can be written in several ways, so that a flip may give the same."""
    whole, chance = file.read_bytes(), random.Random(28)
    place, answers, told = tmp_path / "new", content_of(data), 0
    for _ in range(depth(12, 300)):
        at_ = chance.randrange(len(whole))
        file.write_bytes(whole[:at_])
        with pytest.raises(BackupError, match="damaged"):
            restore(at(place), file)
        file.write_bytes(whole[:at_] + bytes([whole[at_] ^ (1 << chance.randrange(8))]) + whole[at_ + 1 :])
        try:
            restore(at(place), file)
        except BackupError:
            told += 1
            assert {path.name for path in place.iterdir()} <= {"index", "format"}
        else:
            assert content_of(place) == answers
        shutil.rmtree(place)
    assert told > depth(3, 100)


def test_an_index_of_a_later_version_is_refused_before_anything_is_replaced(data, tmp_path):
    later = tmp_path / "later"
    shutil.copytree(data, later)
    current = later / "index" / "CURRENT"
    current.write_bytes(current.read_bytes().replace(b"kb-index-3", b"kb-index-30"))
    made = tmp_path / "later.tar.gz"
    with pytest.raises(KbError, match="version that made it"):
        back_up(at(later), made)
    assert not made.exists()
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]
