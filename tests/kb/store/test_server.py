"""The store on a Qdrant server: what is sent, who may write, what happens when nodes fail. Answers: tests/congruence.

The server is the client's local mode behind HTTP (`tests/qdrant_over_http.py`), which refuses requests that the real
one does not describe.
"""

import random
import re
import socket
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from kb.content.reader import read_taxonomy
from kb.errors import IndexBusy, IndexMissing, StoreUnavailable
from kb.store.manifest import Manifest, Means
from kb.store.protocol import VectorQuery, Wanted
from kb.store.records import CHUNK, FILTER_FIELDS, RECORD, VERSION, Point, chunk_id, point_id, version_id
from kb.store.server.layout import Layout
from kb.store.server.lease import LASTS, Lease
from kb.store.server.nodes import Nodes
from kb.store.server.reader import STATE_ID, sparse
from kb.store.server.store import ServerStore
from kb.text.languages import Language
from kb.text.terms import Sparse
from tests.qdrant_over_http import nodes

ANSWERS = {
    "refused key": (403, b"forbidden"),
    "broken server": (500, b"{}"),
    "rate limit": (429, b"{}"),
    "another service": (200, b"<html>hello</html>"),
    "another service without such a page": (404, b"<html>hello</html>"),
    "another JSON": (200, b'{"hello": 1}'),
}
CUT_OFF = "-1795901944983737060"
DIMENSION = 4
TAXONOMY = read_taxonomy([Path(__file__).parents[3] / "content"])


def note(note_id, access=("clear",), passages=2):
    """The records of a note in one language."""
    chance = np.random.default_rng(random.Random(note_id).getrandbits(32))
    payload = {"note_id": note_id, "access": [*access], "text": note_id}
    yield Point(version_id(note_id, Language.NL), {RECORD: VERSION, **payload})
    for part in range(passages):
        dense = chance.normal(size=DIMENSION).astype(np.float32)
        own = {RECORD: CHUNK, **payload}
        yield Point(chunk_id(note_id, Language.NL, "a", part), own, dense / np.linalg.norm(dense), Sparse((1,), (1.0,)))


def manifest(*note_ids, **more):
    means = dict.fromkeys(Language, np.zeros(DIMENSION, np.float32))
    versions = {version_id(note_id, Language.NL): ("a", "b") for note_id in note_ids}
    return Manifest("r", "e", DIMENSION, Means(means, means), versions, len(versions), 0, TAXONOMY, **more)


def fill(store, *note_ids):
    store.replace((point for note_id in note_ids for point in note(note_id)), manifest(*note_ids))


def near(where, limit=50):
    return VectorQuery(np.eye(DIMENSION, dtype=np.float32)[0], where, [Wanted({}, limit)])


def notes_of(reader):
    [found] = reader.query([near({RECORD: (CHUNK,)})])
    return {record_id.partition("/")[0] for record_id in found.record_ids}


@pytest.fixture
def server():
    with nodes() as [node]:
        yield node


def connect(*started, alias="kb", layout=Layout()):
    return ServerStore(Nodes.at(", ".join(node.url for node in started), None, 20), alias, layout)


# --- failures ---


def assert_unavailable(*asks):
    for ask in asks:
        with pytest.raises(StoreUnavailable, match="KB_QDRANT_URL") as failure:
            ask()
        assert failure.value.__cause__ is not None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{closed}", "", "nonsense://x", "http://127.0.0.1:99999", "http://[::1"]
)
def test_where_nothing_listens_is_unavailable(url):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    assert_unavailable(lambda: ServerStore(Nodes.at(url.format(closed=closed), None, 2), "kb").reader())


@contextmanager
def answering(status, body):
    """An address where everything is answered alike."""
    with nodes() as [node]:
        node.reply = lambda *asked: (status, body)
        yield node.url


@pytest.mark.parametrize(("status", "body"), ANSWERS.values(), ids=ANSWERS)
def test_foreign_answers_are_unavailable_never_empty(status, body):
    with answering(status, body) as url:
        store = ServerStore(Nodes.at(url, None, 2), "kb")
        assert_unavailable(store.info, store.reader)


def test_a_server_that_never_answers_is_unavailable_after_the_timeout():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        assert_unavailable(ServerStore(Nodes.at(url, None, 1), "kb").info)


def test_a_search_goes_on_when_nodes_are_gone_and_says_so_when_all_are():
    with nodes(3) as cluster:
        store = connect(*cluster)
        fill(store, "be-a")
        reader = store.reader()
        for node in cluster[:2]:
            node.close()
            assert notes_of(store.reader()) == notes_of(reader) == {"be-a"}
            assert store.reader() is reader
        fill(store, "be-b")
        assert notes_of(store.reader()) == {"be-b"}
        cluster[2].close()
        assert_unavailable(store.reader, store.info, lambda: notes_of(reader))


def test_a_node_that_is_cut_off_from_its_cluster_is_passed_over_and_a_refused_key_is_not(server):
    fill(connect(server), "be-a")
    for status, goes_on in ((503, True), (408, True), (403, False)):
        with answering(status, b"{}") as url:
            store = ServerStore(Nodes.at(f"{url},{server.url}", None, 2), "kb")
            if goes_on:
                assert notes_of(store.reader()) == {"be-a"}
            else:
                assert_unavailable(store.reader)


def test_what_a_node_has_carried_out_that_failed_with_the_answer_on_its_way_may_be_done_again():
    with nodes(2) as cluster:
        carry_out, failed = cluster[0].reply, set()

        def reply(method, address, sent):
            status, answer = carry_out(method, address, sent)
            change = re.fullmatch(
                r"(PUT|DELETE) .*(?<!/index)|POST .*(aliases|points/(batch|delete))",
                f"{method} {urlsplit(address).path}",
            )
            if change and (address, sent) not in failed:
                failed.add((address, sent))
                return 503, b"{}"
            return status, answer

        for node in cluster:
            node.reply = reply
        for note_id in ("be-a", "be-b"):
            fill(connect(*cluster), note_id)
        connect(*cluster).update(note("be-c"), {"be-b", "be-c"}, manifest("be-c"))
        assert notes_of(connect(cluster[1]).reader()) == {"be-c"}
        names = {collection.name for collection in cluster[1].client.get_collections().collections}
        assert names == {"kb-writer", connect(cluster[1]).reader().state.collection}
        for asked in (models.CreateCollection, models.ChangeAliasesOperation):  # one of the others may be down
            waits = [int(each.parameters["timeout"]) for each in cluster[0].answered if isinstance(each.body, asked)]
            assert len(waits) > 1
            assert {*waits} == {10}


def test_a_collection_without_our_manifest_is_not_taken_for_an_index():
    with closing(QdrantClient(":memory:")) as client:
        client.create_collection("theirs", models.VectorParams(size=4, distance=models.Distance.DOT))
        alias = models.CreateAlias(collection_name="theirs", alias_name="kb")
        client.update_collection_aliases([models.CreateAliasOperation(create_alias=alias)])
        store = ServerStore(Nodes([client]), "kb")
        for ask in (store.info, store.reader):
            with pytest.raises(StoreUnavailable, match=r"no manifest of ours.*KB_QDRANT_COLLECTION"):
                ask()
        assert ServerStore(Nodes([client]), "other").info() is None
        with pytest.raises(IndexMissing, match="kb index"):
            ServerStore(Nodes([client]), "other").reader()


def test_an_epoch_that_is_gone_is_unavailable_never_empty_and_the_next_is_read(server):
    store = connect(server)
    fill(store, "be-a")
    reader = store.reader()
    fill(store, "be-b")
    assert_unavailable(
        lambda: reader.count({}),
        lambda: list(reader.scroll({})),
        lambda: reader.fetch(["be-a/nl"], {RECORD: (VERSION,)}),
        lambda: reader.facet("access", {}),
        lambda: notes_of(reader),
    )
    assert notes_of(store.reader()) == {"be-b"}
    switched = [request.body for request in server.answered if isinstance(request.body, models.ChangeAliasesOperation)]
    both = [models.DeleteAliasOperation, models.CreateAliasOperation]
    assert [[*map(type, each.actions)] for each in switched] == [both, both]
    server.client.delete_collection(store.reader().state.collection)
    with pytest.raises(IndexMissing, match="kb index push"):
        store.reader()
    assert store.info() is None


# --- changes in place ---


def test_a_change_is_made_in_place_and_readers_notice(server):
    store, other = connect(server), connect(server)
    fill(store, "be-a", "be-b", "be-c")
    before, unchanged = other.reader(), dict(other.reader().scroll({"note_id": ("be-c",)}))
    assert other.reader() is before
    points = [*note("be-a", passages=1), *note("be-d")]
    store.update(points, {"be-a", "be-b", "be-d"}, manifest("be-a", "be-c", "be-d", changed=3))
    after = other.reader()
    assert after.state == before.state._replace(revision=before.state.revision + 1)
    assert (after.manifest.changed, after.manifest.taxonomy) == (3, before.manifest.taxonomy)
    assert after.manifest.versions.keys() == {"be-a/nl", "be-c/nl", "be-d/nl"}
    assert notes_of(after) == {"be-a", "be-c", "be-d"}
    assert after.fetch(["be-a/nl#a/0", "be-a/nl#a/1", "be-b/nl"], {}).keys() == {"be-a/nl#a/0"}
    assert dict(after.scroll({"note_id": ("be-c",)})) == unchanged
    assert after.count({}) == 2 + 3 + 3
    for ask in (lambda: notes_of(before), lambda: before.fetch(["be-a/nl"], {})):
        with pytest.raises(StoreUnavailable, match="changed while it was being read"):
            ask()


def test_no_reader_misses_a_note_and_what_is_gone_goes_first(server):
    store = connect(server)
    fill(store, "be-a", "be-b")
    server.answered.clear()
    store.update(note("be-a", passages=3), {"be-a", "be-b"}, manifest("be-a"))
    [change] = [request for request in server.answered if request.path.endswith("/batch")]
    assert (change.parameters["wait"], change.parameters["ordering"]) == ("true", "medium")
    begun, gone, upserted, left, done = change.body.operations
    assert (begun.set_payload.key, begun.set_payload.payload) == (
        "versions",
        {"be-a/nl": ["a", ""], "be-b/nl": ["a", ""]},
    )
    assert [each.match.any for each in gone.delete.filter.must] == [["be-b"]]
    written = {point.id for point in upserted.upsert.points}
    assert written == {point_id(f"be-a/nl{rest}") for rest in ("", "#a/0", "#a/1", "#a/2")}
    assert {*left.delete.filter.must_not[0].has_id} == written
    assert done.set_payload.payload.keys() == {"revision", "versions", "notes"}


def test_a_note_is_never_parted_among_requests(server):
    store = connect(server)
    fill(store)
    server.answered.clear()
    note_ids = [f"be-{number}" for number in range(5)]
    points = [point for note_id in note_ids for point in note(note_id, passages=300 if note_id == "be-3" else 100)]
    random.Random(1).shuffle(points)
    store.update(points, note_ids, manifest(*note_ids))
    written = [
        {point.payload["note_id"] for point in operation.upsert.points}
        for request in server.answered
        if request.path.endswith("/batch")
        for operation in request.body.operations
        if isinstance(operation, models.UpsertOperation)
    ]
    assert written == [{*note_ids[:2]}, {*note_ids[2:3]}, {*note_ids[3:4]}, {*note_ids[4:]}]
    assert store.reader().count({}) == len(points)


def test_what_runs_that_were_cut_off_have_left_goes_with_the_next(server):
    store = connect(server)
    fill(store, "be-a")
    current = store.reader().state.collection
    others = {"kb-notes", "kb-2024", f"kb-2{CUT_OFF}", f"archive-kb{CUT_OFF}", CUT_OFF}
    for left in (f"kb{CUT_OFF}", *others):
        server.client.create_collection(left, {})
    connect(server).merge()
    names = {collection.name for collection in server.client.get_collections().collections}
    assert names == {"kb-writer", current, *others}


def test_what_is_being_written_is_shown_once_the_manifest_has_it(server):
    store = connect(server)
    fill(store, "be-a")
    reader = store.reader()
    new = [*note("be-b"), replace(next(note("be-a")), record_id="be-a/fr")]
    collection = reader.state.collection
    server.client.upsert(collection, [models.PointStruct(**point.as_record(sparse)) for point in new])
    begun = {"be-b/nl": ["", ""], "be-a/fr": ["", ""], "be-a/nl": ["a", ""]}
    server.client.set_payload(collection, begun, [STATE_ID], "versions")
    for each in (reader, connect(server).reader()):
        assert notes_of(each) == {"be-a"}
        assert {key for key, _ in each.scroll({})} == {"be-a/nl", "be-a/nl#a/0", "be-a/nl#a/1"}
        assert each.fetch(["be-b/nl", "be-a/fr"], {}) == {}
        assert each.facet("note_id", {RECORD: (CHUNK,)}) == {"be-a": each.count({RECORD: (CHUNK,)})} == {"be-a": 2}


def test_a_search_looks_at_the_state_and_asks_in_one_request_each(server):
    store = connect(server)
    fill(store, "be-a")
    store.reader()
    server.answered.clear()
    reader = store.reader()
    reader.query([near({"access": ("clear", "green")}), near({})])
    reader.fetch(["be-a/nl", "be-a/nl#a/0"], {}, ("text",))
    assert [request.path.rpartition("/")[2] for request in server.answered] == ["points", "batch", "batch"]
    assert server.answered[0].body.with_payload == ["collection", "revision"]


# --- access keys ---


def test_each_key_is_asked_for_by_itself_and_a_record_that_two_open_counts_once(server):
    store = connect(server)
    access = {"be-a": ("clear",), "be-b": ("green", "amber@country/BE"), "be-c": ("amber@country/NL",)}
    store.replace((point for key, opens in access.items() for point in note(key, opens)), manifest(*access))
    reader, mine = store.reader(), {RECORD: (CHUNK,), "access": ("clear", "green", "amber@country/BE")}
    server.answered.clear()
    answers = reader.query([near(mine), near(mine, 3), near({**mine, "access": ()})])
    every, three, nothing = (list(found.record_ids) for found in answers)
    assert {record_id.partition("/")[0] for record_id in every} == {"be-a", "be-b"}
    assert (len(every), nothing) == (4, [])
    assert three == every[:3]
    *asked, _ = server.answered[-1].body.searches
    keys = [[field.match.any for field in each.filter.must if field.key == "access"] for each in asked]
    assert keys == [[["clear"]], [["green"]], [["amber@country/BE"]]] * 2
    assert {(each.params.exact, each.params.acorn.enable) for each in asked} == {(False, True)}


def test_what_no_graph_is_made_for_is_compared_with_all(server):
    store = connect(server)
    fill(store, "be-a")
    some = replace(near({"access": ("clear", "green")}), lists=[Wanted({}, 50, among=["be-a/nl#a/0"])])
    for query in (near({RECORD: (CHUNK,)}), some):
        store.reader().query([query])
        [asked, _] = server.answered[-1].body.searches
        assert asked.params.exact


def test_only_access_keys_make_graphs(server):
    fill(connect(server), "be-a")
    [made] = [request.body for request in server.answered if isinstance(request.body, models.CreateCollection)][1:]
    assert (made.hnsw_config.m, made.hnsw_config.payload_m) == (0, 16)
    assert (made.shard_number, made.replication_factor, made.quantization_config) == (1, 1, None)
    indexes = {
        request.body.field_name: (request.body.field_schema.is_tenant, request.body.field_schema.enable_hnsw)
        for request in server.answered
        if isinstance(request.body, models.CreateFieldIndex)
    }
    assert indexes.keys() == {*FILTER_FIELDS}
    assert {field for field, makes in indexes.items() if any(makes)} == {"access"}
    assert all(indexes["access"])


def test_the_layout_of_the_settings_is_asked_for(server):
    store = connect(server, layout=Layout(3, 2, 2, "majority", on_disk=True, quantized=True))
    fill(store, "be-a")
    store.reader().query([near({"access": ("clear",)})])
    lease, made = (request.body for request in server.answered if isinstance(request.body, models.CreateCollection))
    for each in (lease, made):
        assert (each.replication_factor, each.write_consistency_factor) == (2, 2)
        assert not each.strict_mode_config.enabled
    assert (made.shard_number, made.vectors["dense"].on_disk, made.hnsw_config.on_disk) == (3, True, True)
    assert made.quantization_config.scalar.type is models.ScalarType.INT8
    assert server.answered[-1].body.searches[0].params.quantization.rescore
    near_words = Wanted({}, 7, near=np.eye(DIMENSION, dtype=np.float32)[0])
    store.reader().query([VectorQuery(Sparse((1,), (1.0,)), {}, [near_words])])
    words, nearness, _ = server.answered[-1].body.searches
    assert (words.limit, nearness.prefetch.limit, nearness.limit, nearness.params.exact) == (7, 7, 3 * 7, True)
    assert server.answered[-1].parameters["consistency"] == "majority"
    assert connect(server, layout=Layout(read_consistency="2")).reader().count({}) == 3
    assert {"consistency": "2"}.items() <= server.answered[-2].parameters.items()


# --- two writers ---


def test_a_second_writer_is_refused_and_learns_who_writes_until_the_first_has_finished(server):
    first, second = connect(server), connect(server)
    with first.writing(), first.writing():
        fill(first, "be-a")
        for write in (
            lambda: fill(second, "be-b"),
            lambda: second.update([], (), manifest()),
            second.writing().__enter__,
        ):
            with pytest.raises(IndexBusy, match=r"by another process.*It is process \d+ on") as refused:
                write()
            assert "process" not in refused.value.message.removeprefix("The index is being written by another process")
        assert notes_of(second.reader()) == {"be-a"}
    fill(second, "be-b")
    assert notes_of(first.reader()) == {"be-b"}


def test_the_lease_of_a_writer_who_died_runs_out_and_one_that_is_renewed_does_not(server):
    asked, time = Nodes.at(server.url, None, 20), [1000.0]
    dead, living = (Lease(asked, "kb-writer", Layout(), lambda: time[0]) for _ in range(2))
    holding = dead.acquired()
    holding.__enter__()
    for passed in (LASTS / 2, LASTS / 2):
        time[0] += passed
        with pytest.raises(IndexBusy), living.acquired():
            pass
    dead.renew()
    time[0] += LASTS
    with pytest.raises(IndexBusy), living.acquired():
        pass
    time[0] += 1
    with living.acquired():
        with pytest.raises(IndexBusy):
            dead.renew()
        holding.__exit__(None, None, None)
        with pytest.raises(IndexBusy):
            dead.renew()


def test_a_writer_who_was_stopped_until_another_has_the_lease_writes_no_more(server):
    asked, time = Nodes.at(server.url, None, 20), [1000.0]
    late = connect(server)
    late._lease, other = (Lease(asked, "kb-writer", Layout(), lambda: time[0]) for _ in range(2))
    fill(late, "be-a")
    with late.writing():
        time[0] += LASTS / 2 + 1
        late.update(note("be-b"), {"be-b"}, manifest("be-a", "be-b"))
        time[0] += LASTS / 2 + 1
        with pytest.raises(IndexBusy), other.acquired():
            pass
        time[0] += LASTS
        with other.acquired(), pytest.raises(IndexBusy):
            late.update([], {"be-a"}, manifest("be-b"))
    assert notes_of(connect(server).reader()) == {"be-a", "be-b"}


def test_a_server_that_would_take_no_notice_of_a_lease_is_refused_by_its_version(server):
    server.version = "1.16.3"
    with pytest.raises(StoreUnavailable, match=r"version 1\.16\.3, and 1\.17 or later"):
        fill(connect(server))
    assert not server.client.get_collections().collections


def test_a_writer_whose_lease_was_taken_over_does_not_switch(server):
    late, other = connect(server), connect(server)
    fill(late, "be-a")

    def interrupted():
        yield from note("be-late")
        server.client.delete("kb-writer", models.Filter())
        taken.enter_context(other.writing())

    with ExitStack() as taken:
        with pytest.raises(IndexBusy):
            late.replace(interrupted(), manifest("be-late"))
        assert notes_of(late.reader()) == {"be-a"}
        fill(other, "be-b")
    assert notes_of(late.reader()) == {"be-b"}
    left = {collection.name for collection in server.client.get_collections().collections}
    assert left == {"kb-writer", late.reader().state.collection}
