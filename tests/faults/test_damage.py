"""Damage of any file of an index is told, or changes no answer; and a damaged file makes nobody ask for much memory."""

import random
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.errors import StoreUnavailable
from kb.store.embedded.store import EdgeStore
from tests.depth import depth
from tests.kb.store.embedded.test_store import everything, fill, generations, update

_MORE = 2 << 30
"""Bytes of addresses that opening a small index may take: threads and mapped files are among them."""


@contextmanager
def little_memory():
    """Let whoever asks for much memory fail."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + _MORE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def files_of(data):
    return [
        path
        for path in sorted((data / "index").rglob("*"))
        if path.is_file() and path.name not in ("write.lock", "write.owner")
    ]


def damaged(whole, chance):
    """A byte flipped, or the end cut off."""
    if not whole or chance.random() < 0.2:
        return whole[: chance.randrange(len(whole))] if whole else b"\0"
    place = chance.randrange(min(len(whole), chance.choice([64, 4096, len(whole)])))
    return whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :]


@pytest.fixture
def data(tmp_path):
    """An index of two segments, one of which has a note that no longer counts."""
    store = EdgeStore(tmp_path / "data")
    fill(store, 1, 60)
    update(store, 2, 3)
    update(store, gone=[3])
    return tmp_path / "data"


@pytest.mark.deep
def test_damage_of_each_file_is_told_or_changes_no_answer(data, capfd):
    answers = everything(EdgeStore(data))
    files, chance = files_of(data), random.Random(28)
    assert {"CURRENT", "tables", "segment.json", "page_0.dat", "tracker.dat"} <= {file.name for file in files}
    told = []
    with little_memory():
        for each in range(depth(2 * len(files), 20 * len(files))):
            file = files[each % len(files)]
            whole = file.read_bytes()
            file.write_bytes(damaged(whole, chance))
            try:
                answered = everything(EdgeStore(data))
            except StoreUnavailable as error:
                told.append((error.message, error.remedy, str(error)))  # the error itself would keep files mapped
            else:
                assert answered == answers, file
            finally:
                file.write_bytes(whole)
    assert len(told) > depth(len(files), 12 * len(files))
    for message, remedy, said in told:
        assert "kb index" in remedy or "KB_DATA_DIR" in remedy
        assert str(data) not in message + remedy
        assert "Of g" not in said
    assert everything(EdgeStore(data)) == answers
    capfd.readouterr()


@pytest.mark.parametrize("name", ["tables", "page_0.dat"])
def test_what_is_damaged_while_it_is_open_is_answered_no_more(data, name):
    store = EdgeStore(data)
    assert generations(store) == {"g1", "g2"}
    store.check()
    file = next(file for file in files_of(data) if file.name == name)
    with file.open("r+b") as opened:
        first = opened.read(1)
        opened.seek(0)
        opened.write(bytes([first[0] ^ 4]))
    for ask in (store.check, store.reader, EdgeStore(data).reader):
        with pytest.raises(StoreUnavailable, match="kb index --rebuild"):
            ask()
    fill(EdgeStore(data), 4)
    store.check()
    assert generations(store) == {"g4"}


def test_what_was_replaced_while_it_was_checked_is_no_damage(data):
    store = EdgeStore(data)
    store.reader()
    fill(EdgeStore(data), 4)
    store.check()
    assert generations(store) == {"g4"}
