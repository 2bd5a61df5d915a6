"""Indexing, watching, merging, pushing and backing up killed at any moment: nothing is lost, nothing is wrong.

The next run arrives where an undisturbed one does, to the last vector.
"""

import random
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.upkeep.backup import back_up, restore
from ingest.indexing.index import index_content
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from tests.depth import depth
from tests.faults.places import KB, MERGE, agree, contents, generations, is_left, rows
from tests.qdrant_over_http import nodes


@pytest.fixture
def by_chance():
    """Makes moments up to so many seconds."""
    chance = random.Random(20261125)
    return lambda seconds, number: [after(chance.uniform(0, seconds)) for _ in range(number)]


def after(seconds):
    return lambda data, now: now >= seconds


def at(many, count):
    return lambda data, now: many(data) >= count


def two_at_once(kill, moments):
    """Kill again and again. What was being done each time; two at once take twice as long."""
    with ThreadPoolExecutor(2) as both:
        return [*both.map(kill, moments)]


pytestmark = [pytest.mark.deep, pytest.mark.timeout(3000)]


def test_a_first_run_that_is_killed(new_place, calm, encoder, by_chance):
    undisturbed, lasted = calm
    expected = contents(undisturbed.data)
    assert len(expected[1]) == expected[2]["chunks"] + expected[2]["questions"] > 30

    def kill(due):
        place = new_place()
        was = place.kill(due, KB, "index")
        place.index(encoder)
        agree(place.data, was, expected)
        assert generations(place.data) == 1, was
        shutil.rmtree(place.data)
        return was

    seldom = [at(rows, 1), at(rows, 60), at(generations, 1), at(generations, 1)]
    moments = [at(rows, 1), at(generations, 1), *depth([], [*seldom, *by_chance(2 * lasted, 54)])]
    first, second, *others = two_at_once(kill, moments)
    assert first in ("encoding", "writing", "done")  # between two looks it may have gone on
    assert second in ("writing", "done")
    assert len({*others}) > depth(-1, 1)


@pytest.mark.parametrize(("command", "said", "kills"), [("index", "", 60), ("watch", "Watching.", 40)])
def test_what_is_killed_while_it_brings_in_changes(new_place, calm, changed, encoder, by_chance, command, said, kills):
    before = {key for key in contents(calm[0].data)[0] if not key.startswith(("be-3", "be-4"))}

    def kill(due):
        place = new_place(calm[0])
        if said:
            place.kill(due, KB, command, said=said, then=place.change)
        else:
            place.change()
            place.kill(due, KB, command)
        assert contents(place.data)[0].keys() >= before  # whatever became of the others, these answer
        place.index(encoder)
        agree(place.data, command, changed)
        assert not is_left(place.data, encoder)
        shutil.rmtree(place.data)

    two_at_once(kill, [at(generations, 2), *depth([], by_chance(2 if said else calm[1], kills - 1))])


def test_a_merge_that_is_killed(new_place, calm, changed, encoder, by_chance):
    parts = new_place(calm[0])
    settings = Settings(content_dirs=(parts.content,), data_dir=parts.data)
    parts.change()
    index_content(settings, EdgeStore(parts.data), encoder, put_off=True)
    assert is_left(parts.data, encoder)

    def kill(due):
        place = new_place(parts)
        place.kill(due, MERGE, str(place.data), said="Merging.")
        agree(place.data, "merging", changed)
        EdgeStore(place.data).merge()
        agree(place.data, "merged", changed)
        assert not is_left(place.data, encoder)
        shutil.rmtree(place.data)

    two_at_once(kill, [at(generations, 3), *depth([after(0.02)], by_chance(0.3, 39))])


def test_a_push_that_is_killed(calm, by_chance):
    place, lasted = calm
    embedded = EdgeStore(place.data).reader()
    there, whole = dict(embedded.scroll({})), embedded.manifest.to_json()

    def names(node):
        return [each.name for each in node.client.get_collections().collections]

    with nodes() as [node]:
        ServerStore(Nodes.at(node.url, None, 20), "kb").replace(embedded.points(), embedded.manifest)
        undisturbed = len(names(node))

    def kill(due):
        with nodes() as [node]:
            server = ServerStore(Nodes.at(node.url, None, 20), "kb")
            place.kill(due, KB, "index", "push", KB_QDRANT_URL=node.url)
            if "kb-writer" in names(node):  # its lease would run out within a minute
                node.client.delete_collection("kb-writer")
            server.replace(embedded.points(), embedded.manifest)
            reader = server.reader()
            assert (dict(reader.scroll({})), reader.manifest.to_json()) == (there, whole)
            assert len(names(node)) == undisturbed  # what was half written is gone

    two_at_once(kill, depth([after(lasted / 2)], by_chance(lasted, 50)))


def test_a_backup_that_is_killed(calm, tmp_path, by_chance):
    place, lasted = calm
    answers = contents(place.data)
    numbers = iter(range(1000))

    def kill(due):
        number = next(numbers)
        file, elsewhere = tmp_path / str(number) / "kb.tar.gz", Settings(data_dir=tmp_path / f"{number}-restored")
        file.parent.mkdir()
        place.kill(due, KB, "backup", str(file))
        if was_whole := file.exists():
            restore(elsewhere, file)
        else:
            back_up(Settings(data_dir=place.data), file)
            restore(elsewhere, file)
        agree(elsewhere.data_dir, number, answers)
        assert [*file.parent.iterdir()] == [file]
        return was_whole

    killed = two_at_once(kill, depth([after(lasted / 3)], by_chance(lasted, 50)))
    assert len({*killed}) > depth(0, 1)
