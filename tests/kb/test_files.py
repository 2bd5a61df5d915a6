"""Files are written whole or not at all."""

import pytest

from kb.files import write_file


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path):
    for name, private, mode in (("private", True, 0o600), ("shared", False, 0o640)):
        path = tmp_path / name
        write_file(path, "[]", private=private)
        path.chmod(mode)
        write_file(path, "[1, é]")
        assert path.stat().st_mode & 0o777 == mode
    assert contents(tmp_path) == dict.fromkeys(("private", "shared"), "[1, é]".encode())


def test_a_new_private_file_is_for_its_owner_alone(tmp_path):
    write_file(tmp_path / "keys", b"x", private=True)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_put_in_its_place_leaves_nothing(tmp_path):
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_file(tmp_path / "folder", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
