"""`kb audit verify`, as an operator types it."""

import pytest

from api.auth.audit import AuditLog


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "data" / "audit.jsonl"
    path.parent.mkdir()
    return path


@pytest.fixture
def verified(kb):
    return lambda *files: kb("audit", "verify", *map(str, files))


def test_it_says_whether_the_chain_is_whole_and_where_not(verified, log):
    assert "Nothing" in verified().stderr
    for note in ("be-a", "be-b", "be-c"):
        AuditLog(log).write("key:1", "/v1/notes", [note], None)
    whole = verified()
    assert (whole.exit_code, whole.stdout.startswith("The audit log is whole: 3 lines")) == (0, True)
    log.write_text(log.read_text().replace("be-b", "be-x"))
    broken = verified()
    assert (broken.exit_code, broken.stdout.strip()) == (
        1,
        f"{log}, line 3: what stood before it was changed or taken out.",
    )
    assert "be-x" not in broken.output


def test_renamed_files_are_named(verified, log):
    AuditLog(log).write("key:1", "/v1/notes", ["be-a"], None)
    renamed = log.rename(log.with_name("audit.jsonl.1"))
    gone = verified()
    assert (gone.exit_code, "name its files" in gone.stderr) == (1, True)
    assert verified(renamed).exit_code == 0
    AuditLog(log).write("key:1", "/v1/notes", ["be-b"], None)
    assert "not named" in verified().stderr
    assert "cannot be told" in verified(renamed).stderr
    assert "2 lines" in verified(log, renamed).stdout
    assert verified(log.with_name("none")).exit_code == 1
