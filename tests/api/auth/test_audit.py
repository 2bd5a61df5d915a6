"""The chain of the audit log: whole with several processes and renamed files, and broken by every change."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.auth.audit import AuditLog, head_file, known_head, verify

REPOSITORY = Path(__file__).parents[3]
WRITE = """
import sys
from pathlib import Path
from api.auth.audit import AuditLog
for number in range(40):
    AuditLog(Path(sys.argv[1])).write(f"key:{sys.argv[2]}", "/v1/notes", [f"be-{number}", "be-x"], None)
"""


@pytest.fixture
def path(tmp_path):
    """A log of six lines."""
    log = tmp_path / "audit.jsonl"
    for number in range(3):
        AuditLog(log).write("key:1", "/v1/notes", [f"be-{number}", "be-x"], None, f"request-{number}")
    return log


def breaks(*paths, log=None):
    return [(each.path.name, each.number) for each in verify(paths, known_head(log or paths[-1])).breaks]


def test_each_line_names_the_one_before_it(path):
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [entry["note"] for entry in entries] == ["be-0", "be-x", "be-1", "be-x", "be-2", "be-x"]
    assert (entries[0]["before"], entries[4]["request"]) == (None, "request-2")
    found = verify([path], known_head(path))
    assert (found.lines, found.unchained, found.breaks, found.last) == (6, 0, (), known_head(path))
    assert head_file(path).stat().st_mode & 0o077 == 0


CHANGES = {
    "changed": lambda lines: [*lines[:2], lines[2].replace("be-1", "be-7"), *lines[3:]],
    "taken out": lambda lines: [*lines[:2], *lines[3:]],
    "put in": lambda lines: [*lines[:3], lines[0], *lines[3:]],
    "in another order": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "without its hash": lambda lines: [*lines[:3], json.dumps({"when": "2026"}), *lines[3:]],
    "no line any more": lambda lines: [*lines[:2], "x", *lines[3:]],
    "the first": lambda lines: lines[1:] and [lines[0].replace("key:1", "key:2"), *lines[1:]],
    "the last changed": lambda lines: [*lines[:-1], lines[-1].replace("key:1", "key:2")],
    "the end taken out": lambda lines: lines[:-2],
    "all": lambda lines: [],
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_later_breaks_it_and_goes_on_doing_so(path, change):
    lines = CHANGES[change](path.read_text().splitlines())
    path.write_text("".join(f"{line}\n" for line in lines))
    assert breaks(path)
    if lines:
        AuditLog(path).write("key:1", "/v1/notes", ["be-later"], None)
        assert breaks(path)


def test_a_renamed_file_goes_on_in_the_next_one(path):
    renamed = [path.with_name(f"audit.jsonl.{number}") for number in (2, 1)]
    for each in renamed:
        path.rename(each)
        AuditLog(path).write("key:1", "/v1/notes", ["be-later"], None)
    assert breaks(path, *renamed, log=path) == []
    assert breaks(*renamed, path) == []
    assert verify([path], known_head(path)).begins_with == verify(renamed, None).last
    assert breaks(renamed[0], path) == [(path.name, 1)]


def test_a_whole_copy_beside_a_changed_file_hides_nothing(path):
    for note in ("be-a", "be-b"):
        AuditLog(path).write("key:1", "/v1/notes", [note], None)
    first = path.rename(path.with_name("audit.jsonl.1"))
    for note in ("be-c", "be-d", "be-e"):
        AuditLog(path).write("key:1", "/v1/notes", [note], None)
    copy = path.with_name("audit.jsonl.bak")
    copy.write_bytes(path.read_bytes())
    path.write_text(path.read_text().replace("be-d", "be-x"))
    assert {found.path for found in verify([first, path, copy], None).breaks} >= {path}
    assert verify([first, copy], None).breaks == ()


@pytest.mark.parametrize("line", ['{"before": []}', "[" * 100_000, '{"before": {"a": 1}}'])
def test_a_line_that_nobody_of_ours_wrote_is_a_break_or_nothing(path, line):
    AuditLog(path).write("key:1", "/v1/notes", ["be-a"], None)
    path.write_text(f"{line}\n{path.read_text()}")
    AuditLog(path).write("key:1", "/v1/notes", ["be-b"], None)
    assert bool(verify([path], None).breaks) is line.startswith("{")


def test_several_processes_and_whoever_renames_leave_one_chain(path):
    command = [sys.executable, "-c", WRITE, str(path)]
    writing = [subprocess.Popen([*command, str(number)], cwd=REPOSITORY) for number in range(3)]
    files = [path]
    while any(process.poll() is None for process in writing):
        if path.exists() and len(path.read_bytes()) > 8_000:
            files.append(path.rename(path.with_name(f"audit.jsonl.{len(files)}")))
    assert [process.wait() for process in writing] == [0, 0, 0]
    there = [each for each in files if each.exists()]
    found = verify(there, known_head(path))
    assert len(there) > 2
    assert (found.lines, found.breaks, found.last) == (6 + 3 * 40 * 2, (), known_head(path))


def test_who_renames_it_just_after_it_was_seen_breaks_nothing(path, monkeypatch):
    log, first, is_file = AuditLog(path), path.with_name("audit.jsonl.1"), Path.is_file
    log.write("key:1", "/v1/notes", ["be-a"], None)

    def seen_and_renamed(each):
        found = is_file(each)
        if found and each == path:
            path.rename(first)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Path, "is_file", seen_and_renamed)
        log.write("key:1", "/v1/notes", ["be-b"], None)
    found = verify([first, path], known_head(path))
    assert (found.lines, found.breaks) == (6 + 2, ())


def test_lines_of_earlier_versions_stand_before_the_chain(tmp_path):
    log = tmp_path / "audit.jsonl"
    log.write_text('{"when": "2026-10-01", "who": "key:1", "note": "be-a", "read": null, "route": "/v1/notes"}\n' * 3)
    AuditLog(log).write("key:1", "/v1/notes", ["be-a"], None)
    found = verify([log], known_head(log))
    assert (found.lines, found.unchained, found.breaks) == (4, 3, ())
    log.write_text(log.read_text().replace("be-a", "be-b", 3))
    assert breaks(log)


def test_a_crash_breaks_nothing(path):
    head = known_head(path)
    AuditLog(path).write("key:1", "/v1/notes", ["be-a", "be-b", "be-c"], None)
    head_file(path).write_text(f"{head}\n")  # which was not yet on the disk
    path.write_text(path.read_text() + '{"when": "2026-11-2')
    assert breaks(path) == []
    AuditLog(path).write("key:1", "/v1/notes", ["be-d"], None)
    assert verify([path], known_head(path)).lines == 10
    assert breaks(path) == []
    head_file(path).write_text("x")
    AuditLog(path).write("key:1", "/v1/notes", ["be-e"], None)
    assert breaks(path) == []
