"""The embedded store, qdrant-client's local mode and, where there is one, a real server answer alike."""

import os
import random
import warnings
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import passage_terms, query_terms
from kb.errors import IndexMissing, NoteError, StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import Manifest, Means
from kb.store.protocol import VectorQuery
from kb.store.records import CHUNK, RECORD, VERSION, Point, chunk_id, note_and_language, version_id
from kb.store.server import ServerStore
from kb.text.languages import Language
from kb.text.terms import Sparse

SERVER = os.environ.get("KB_TEST_QDRANT_URL")
PLACES = ("edge", "local", "server") if SERVER else ("edge", "local")
"""A real server is one more place to run the suite on, where there is one."""
DIMENSION = 24
CRIMES = ("fraud", "ceo-fraud", "bank-helpdesk-fraud", "phishing")
WORDS = [
    "bank",
    "fraude",
    "phishing",
    "politie",
    "justice",
    "enquête",
    "site",
    "domain",
    "blokkeren",
    "slachtoffer",
    "victime",
    "saisie",
    "report",
]


def unit(chance):
    vector = chance.normal(size=DIMENSION)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def points(seed=7, notes=60):
    """Notes with a version record and a few chunks in each of their languages, and payloads of every shape."""
    chance, pick = np.random.default_rng(seed), random.Random(seed)
    made: list[Point] = []
    for number in range(notes):
        languages = pick.sample(list(Language), pick.randint(1, 3))
        shared: dict[str, Any] = {
            "note_id": f"note-{number}",
            "kind": pick.choice(("practice", "practice", "strategy")),
            "languages": [one.value for one in languages],
            "access": pick.choice((["clear"], ["clear"], ["green"], ["amber@country/BE", "amber@organisation/ccb"])),
            "crime_types_broad": pick.sample(CRIMES, pick.randint(1, 2)),
            "fields": {"nested": [1, None, {"é": 2.5}], "empty": []},
        }
        for language in languages:
            own = {**shared, "language": language.value}
            made.append(Point(version_id(f"note-{number}", language), {RECORD: VERSION, **own}))
            for part in range(pick.randint(1, 4)):
                # Lengths differ, so that few scores are equal: which of equals survive a limit is the store's choice.
                text = " ".join(pick.choices(WORDS, k=pick.randint(8, 400)))
                made.append(
                    Point(
                        chunk_id(f"note-{number}", language, "approach", part),
                        {RECORD: CHUNK, **own, "text": text},
                        unit(chance),
                        passage_terms(text, language),
                    )
                )
    return made


@pytest.fixture(scope="module")
def manifest(repository):
    chance = np.random.default_rng(1)
    return Manifest(
        recipe="r",
        encoder="é",
        dimension=DIMENSION,
        means=Means({one: unit(chance) for one in Language}, {one: unit(chance) for one in Language}),
        versions={"note-1/nl": ("a", "b")},
        notes=60,
        chunks=0,
        taxonomy=read_taxonomy([repository / "content"]),
    )


@pytest.fixture(scope="module")
def repository():
    return Path(__file__).parents[2]


def describing(manifest, made):
    """The manifest of these points: the embedded store counts its records against it."""
    chunks = [one for one in made if one.dense is not None]
    versions = {one.record_id: ("a", "b") for one in made if one.dense is None}
    return replace(manifest, chunks=len(chunks), versions=versions)


def fill(store, manifest, made):
    store.replace(iter(made), describing(manifest, made))


def fill_and_amend(store, manifest, made):
    """The same in the end: begins with other notes, of which some go, some change and some come."""

    def of(point, *numbers):
        return int(note_and_language(point.record_id)[0].removeprefix("note-")) % 10 in numbers

    chance = np.random.default_rng(9)
    before = [one for one in made if not of(one, 1, 2)]
    before = [replace(one, dense=unit(chance)) if of(one, 3, 4) and one.dense is not None else one for one in before]
    gone = [
        replace(one, record_id=f"x{one.record_id}", payload={**one.payload, "note_id": f"x{one.payload['note_id']}"})
        for one in made[:40]
    ]
    fill(store, manifest, [*before, *gone])
    leaving = {note_and_language(one.record_id)[0] for one in gone}
    store.write_delta([], leaving, describing(manifest, before))
    some = [one for one in made if of(one, 1, 3)]
    now = [*(one for one in before if not of(one, 3)), *some]
    store.write_delta(some, {note_and_language(one.record_id)[0] for one in some}, describing(manifest, now))
    rest = [one for one in made if of(one, 1, 2, 4)]
    store.write_delta(rest, {note_and_language(one.record_id)[0] for one in rest}, describing(manifest, made))


@pytest.fixture(autouse=True)
def _no_payload_index_in_local_mode():
    """The one thing local mode lacks and says so: it filters without indexes, with the same outcome."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Payload indexes have no effect in the local Qdrant", UserWarning)
        yield


def server_store(client, alias):
    return ServerStore(client, alias)


@pytest.fixture(params=PLACES)
def opened(request, tmp_path):
    """Opens the same, at first empty, store as often as it is called."""
    if request.param == "edge":
        yield partial(EdgeStore, tmp_path)
        return
    client = QdrantClient(":memory:") if request.param == "local" else QdrantClient(url=SERVER)
    alias = f"kb-test-{os.getpid()}-{abs(hash(request.node.nodeid))}"
    yield partial(server_store, client, alias)
    close(client, alias)


def close(client, alias):
    """Close a client, and delete the collections of these tests."""
    for collection in client.get_collections().collections:
        if collection.name.startswith(alias):
            client.delete_collection(collection.name)
    client.close()


@pytest.fixture(scope="module")
def pair(manifest, tmp_path_factory):
    """Readers of all stores on the same points."""
    made = points()
    clients = [QdrantClient(":memory:"), *([QdrantClient(url=SERVER)] if SERVER else [])]
    alias = f"kb-pair-{os.getpid()}"
    stores = [EdgeStore(tmp_path_factory.mktemp("pair")), *(server_store(client, alias) for client in clients)]
    amended = [EdgeStore(tmp_path_factory.mktemp("amended")), server_store(clients[0], f"{alias}-amended")]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Payload indexes have no effect in the local Qdrant", UserWarning)
        for store in stores:
            fill(store, manifest, made)
        for store in amended:
            fill_and_amend(store, manifest, made)
    yield [store.reader() for store in [*stores, *amended]]
    for client in clients:
        close(client, alias)


WHERES: dict[str, dict[str, tuple[str, ...]]] = {
    "chunks": {RECORD: (CHUNK,)},
    "clearance": {RECORD: (CHUNK,), "access": ("clear",)},
    "cell": {RECORD: (CHUNK,), "access": ("clear", "green"), "kind": ("practice",), "language": ("fr",)},
    "whole keyword": {RECORD: (CHUNK,), "crime_types_broad": ("fraud",)},
    "any of two": {RECORD: (CHUNK,), "languages": ("nl", "en"), "crime_types_broad": ("ceo-fraud", "phishing")},
    "no record": {RECORD: (CHUNK,), "access": ("red",)},
    "no value": {RECORD: (CHUNK,), "access": ()},
}


def queries(where, limit):
    """Dense ones, lexical ones, and dense ones among a few records, from several seeds and languages."""
    chance = np.random.default_rng(limit)
    made: list[VectorQuery] = []
    texts = {Language.NL: "fraude bij banken", Language.FR: "enquête victimes", Language.EN: "site"}
    for language, text in texts.items():
        dense, lexical = unit(chance), query_terms(text, language)
        made += [
            VectorQuery(where, limit, dense),
            VectorQuery(where, limit, lexical),
            VectorQuery(where, limit, dense, [one.record_id for one in points()[::7]]),
        ]
    return made


def assert_alike(one, other):
    """Same ids, order and scores; scores so near that float32 does not tell them apart may change places."""
    assert [found.score for found in one] == pytest.approx([found.score for found in other], abs=1e-4)
    theirs = {found.record_id: found.score for found in other}
    for mine, their in zip(one, other, strict=True):
        if mine.record_id != their.record_id:
            assert theirs.get(mine.record_id, other[-1].score) == pytest.approx(mine.score, abs=2e-6)


@pytest.mark.parametrize("limit", [5, 500])
@pytest.mark.parametrize("where", WHERES.values(), ids=WHERES)
def test_stores_answer_with_the_same_ids_order_and_scores(pair, where, limit):
    asked = queries(where, limit)
    first, *others = [reader.query(asked) for reader in pair]
    for answers in others:
        for one, other in zip(first, answers, strict=True):
            assert_alike(one, other)
    found = sum(len(answer) for answer in first)
    assert (found == 0) == (where.get("access") in (("red",), ()))


def test_dense_scores_are_cosines_and_lexical_ones_grow_with_rare_words(pair):
    made = {one.record_id: one for one in points() if one.dense is not None}
    query = unit(np.random.default_rng(3))
    for reader in pair:
        [dense] = reader.query([VectorQuery({RECORD: (CHUNK,)}, 500, query)])
        assert {one.record_id: one.score for one in dense} == pytest.approx(
            {key: float(one.dense @ query) for key, one in made.items() if one.dense is not None}, abs=1e-4
        )
        [lexical] = reader.query([VectorQuery({RECORD: (CHUNK,)}, 500, query_terms("fraude", Language.NL))])
        assert 0 < len(lexical) < len(made)
        assert all("fraude" in str(made[one.record_id].payload["text"]) for one in lexical)


def test_a_query_among_records_scores_those_that_pass_its_filter_and_no_others(pair):
    where = WHERES["clearance"]
    among = [one.record_id for one in points()[::5]]
    query = unit(np.random.default_rng(5))
    for reader in pair:
        some, every = reader.query([VectorQuery(where, 500, query, among), VectorQuery(where, 500, query)])
        assert 0 < len(some) < len(every)
        assert some == [one for one in every if one.record_id in among]


@pytest.mark.parametrize("where", WHERES.values(), ids=WHERES)
def test_filters_match_whole_keywords_and_hold_on_every_path(pair, where):
    def passes(one):
        held = {key: one.payload[key] for key in where}
        return all(
            set(values) & {*([held[key]] if isinstance(held[key], str) else held[key])} for key, values in where.items()
        )

    made = points()
    expected = {one.record_id for one in made if passes(one)}
    asked = [one.record_id for one in made[::3]] + ["note-1/xx", "nothing"]
    for reader in pair:
        assert {key for key, _ in reader.scroll(where)} == expected
        assert set(reader.fetch(asked, where)) == expected & set(asked)
        assert reader.count(where) == len(expected)
        assert reader.facet("note_id", where) == Counter(one.payload["note_id"] for one in made if passes(one))


def test_payloads_come_back_as_they_went_in_and_in_order(pair):
    made = {one.record_id: one.payload for one in points()}
    for reader in pair:
        whole = list(reader.scroll({}))
        assert [key for key, _ in whole] == sorted(made)
        assert dict(whole) == made
        assert dict(reader.scroll({RECORD: (VERSION,)}, ("access",))) == {
            key: {"access": payload["access"]} for key, payload in made.items() if payload[RECORD] == VERSION
        }
        some = sorted(made)[:5]
        assert reader.fetch(some, {}, ("kind", "absent")) == {key: {"kind": made[key]["kind"]} for key in some}


# --- generations ---


def test_before_the_first_index_there_is_none_and_readers_are_told(opened):
    assert opened().info() is None
    with pytest.raises(IndexMissing, match="kb index"):
        opened().reader()


def test_readers_switch_in_one_step_and_an_old_reader_never_answers_from_the_new(opened, manifest):
    store, old, new = opened(), points(1, 20), points(2, 30)
    fill(store, manifest, old)
    before = store.reader()
    info = opened().info()
    assert info is not None
    assert info.to_json() == describing(manifest, old).to_json() == before.manifest.to_json()
    assert store.reader() is before
    seen: list[int] = []

    def watched():
        for number, one in enumerate(new):
            if number % 50 == 0:
                seen.append(opened().reader().count({}))
            yield one

    store.replace(watched(), describing(manifest, new))
    assert set(seen) == {len(old)}
    assert store.reader().count({}) == opened().reader().count({}) == len(new)
    # Embedded, the old generation stays readable while it is held; on a server it is gone, and says so.
    try:
        answered = dict(before.scroll({}))
    except StoreUnavailable:
        assert isinstance(store, ServerStore)
    else:
        assert answered == {one.record_id: one.payload for one in old}
        [answer] = before.query([VectorQuery({}, 500, unit(np.random.default_rng(0)))])
        assert {one.record_id for one in answer} == {one.record_id for one in old if one.dense is not None}


def places(opened):
    """Names of the generations kept, in use or not."""
    store = opened()
    if isinstance(store, EdgeStore):
        return {path.name for path in store._folder.iterdir() if path.is_dir()}
    assert isinstance(store, ServerStore)
    names = (one.name for one in store._client.get_collections().collections)
    return {name for name in names if name.startswith(store._alias)}


def test_what_fails_half_way_leaves_the_old_index_and_no_trace(opened, manifest):
    store, old = opened(), points(1, 20)

    def broken():
        yield from points(2, 100)
        raise NoteError("in the middle")

    with pytest.raises(NoteError, match="in the middle"):
        store.replace(broken(), manifest)
    assert opened().info() is None
    assert places(opened) == set()
    fill(store, manifest, old)
    kept = places(opened)
    with pytest.raises(NoteError, match="in the middle"):
        store.replace(broken(), manifest)
    assert places(opened) == kept
    for reader in (store.reader(), opened().reader()):
        assert dict(reader.scroll({})) == {one.record_id: one.payload for one in old}


def test_a_replaced_generation_leaves_nothing_behind(opened, manifest):
    store, made = opened(), points(1, 5)
    held: list[set[str]] = []
    for _ in range(4):
        fill(store, manifest, made)
        held.append(places(opened))
    assert [len(one) for one in held] == [1, 1, 1, 1]
    assert not held[-1] & held[-2]


def test_pruning_leaves_what_others_keep_on_the_server(manifest):
    client = QdrantClient(":memory:")
    size = models.VectorParams(size=4, distance=models.Distance.COSINE)
    others = {"20240101", "kb-notes", "kb-2-7", "archive-kb-1"}
    for name in others:
        client.create_collection(name, vectors_config=size)
    for _ in range(3):
        fill(ServerStore(client, "kb"), manifest, points(1, 2))
    assert others < {one.name for one in client.get_collections().collections}
    client.close()


def test_all_records_come_back_as_they_were_written(pair):
    made = {one.record_id: one for one in points()}
    for reader in pair:
        back = {one.record_id: one for one in reader.points()}
        assert back.keys() == made.keys()
        for key, one in made.items():
            assert (back[key].payload, back[key].lexical is None) == (one.payload, one.lexical is None)
            assert (back[key].dense is None) == (one.dense is None)
            if one.dense is not None and one.lexical is not None:
                assert back[key].dense == pytest.approx(one.dense, abs=1e-6)
                terms = back[key].lexical
                assert terms is not None
                assert dict(zip(terms.indices, terms.values, strict=True)) == pytest.approx(
                    dict(zip(one.lexical.indices, one.lexical.values, strict=True)), abs=1e-5
                )


def test_an_index_without_any_note_answers_with_nothing(opened, manifest):
    fill(opened(), manifest, [])
    reader = opened().reader()
    lexical = Sparse((1,), (1.0,))
    for vector in (lexical, unit(np.random.default_rng(0))):
        assert reader.query([VectorQuery({RECORD: (CHUNK,)}, 5, vector)]) == [[]]
    assert list(reader.scroll({})) == []
    assert reader.facet("access", {}) == {}
