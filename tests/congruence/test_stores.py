"""The embedded store, qdrant-client's local mode behind HTTP and, where there is one, a real server answer alike."""

import random
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from benchmarks.searching import cleared
from kb.content.reader import read_taxonomy
from kb.encoder.lexical import passage_terms, query_terms
from kb.errors import IndexMissing, NoteError, StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import Manifest, Means
from kb.store.protocol import VectorQuery, Wanted
from kb.store.records import CHUNK, RECORD, VERSION, Point, chunk_id, note_and_language, version_id
from kb.store.server.layout import Layout
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from kb.text.languages import Language
from kb.text.terms import Sparse
from tests.conftest import QDRANT
from tests.qdrant_over_http import nodes

SERVERS = ("http", *(["server"] if QDRANT else []))
PLACES = ("edge", *SERVERS)
LAYOUT = Layout(replicas=2 if "," in QDRANT else 1)
DIMENSION = 24
CRIMES = ("fraud", "ceo-fraud", "bank-helpdesk-fraud", "phishing")
WORDS = "bank fraude phishing politie justice enquête site domain blokkeren slachtoffer victime saisie report"


def unit(chance):
    vector = chance.normal(size=DIMENSION)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def points(seed=7, notes=60):
    """Notes with a version record and a few chunks in each of their languages, and payloads of every shape."""
    chance, pick = np.random.default_rng(seed), random.Random(seed)
    for note_id in (f"note-{number}" for number in range(notes)):
        languages = pick.sample(list(Language), pick.randint(1, 3))
        shared = {
            "note_id": note_id,
            "kind": pick.choice(("practice", "practice", "strategy")),
            "languages": [language.value for language in languages],
            "access": pick.choice((["clear"], ["clear"], ["green"], ["amber@country/BE", "amber@organisation/ccb"])),
            "crime_types_broad": pick.sample(CRIMES, pick.randint(1, 2)),
            "fields": {"nested": [1, None, {"é": 2.5}], "empty": []},
        }
        for language in languages:
            own = {**shared, "language": language.value}
            yield Point(version_id(note_id, language), {RECORD: VERSION, **own})
            for part in range(pick.randint(1, 4)):
                # Lengths differ, so that few scores are equal: which of equals survive a limit is the store's choice.
                text = " ".join(pick.choices(WORDS.split(), k=pick.randint(8, 400)))
                payload = {RECORD: CHUNK, **own, "text": text}
                terms = passage_terms(text, language)
                yield Point(chunk_id(note_id, language, "approach", part), payload, unit(chance), terms)


POINTS = {point.record_id: point for point in points()}
TEXTS = {record_id: point for record_id, point in POINTS.items() if point.dense is not None}


def describing(made):
    """The manifest of these points: the embedded store counts its records against it."""
    chance = np.random.default_rng(1)
    means = Means({language: unit(chance) for language in Language}, {language: unit(chance) for language in Language})
    versions = {point.record_id: ("a", "b") for point in made if point.dense is None}
    taxonomy = read_taxonomy([Path(__file__).parents[2] / "content"])
    return Manifest("r", "é", DIMENSION, means, versions, 60, len(made) - len(versions), taxonomy)


def fill(store, made):
    store.replace(iter(made), describing(made))


def fill_and_amend(store, made):
    """The same in the end: begins with other notes, of which some go, some change and some come."""

    def of(point, *numbers):
        return int(note_and_language(point.record_id)[0].removeprefix("note-")) % 10 in numbers

    def amend(some, now, gone=()):
        store.update(some, {note_and_language(point.record_id)[0] for point in (*some, *gone)}, describing(now))

    chance = np.random.default_rng(9)
    before = [
        replace(point, dense=unit(chance)) if of(point, 3, 4) and point.dense is not None else point
        for point in made
        if not of(point, 1, 2)
    ]
    gone = [replace(point, record_id=f"x{point.record_id}") for point in made[:40]]
    gone = [replace(point, payload={**point.payload, "note_id": f"x{point.payload['note_id']}"}) for point in gone]
    fill(store, [*before, *gone])
    some = [point for point in made if of(point, 1, 3)]
    amend(some, [*(point for point in before if not of(point, 3)), *some], gone)
    amend([point for point in made if of(point, 1, 2, 4)], made)


@contextmanager
def server(place):
    """A Qdrant server, without what tests leave on it: opens the same, at first empty, store of a name."""
    with nodes() if place == "http" else nullcontext() as started:
        asked = Nodes.at(started[0].url if started else QDRANT, None, 60)
        with closing(asked), cleared(asked, "kb-test") as alias:
            yield lambda name="": ServerStore(asked, f"{alias}{name}", LAYOUT)


def collections(asked):
    found = asked.ask("list collections", lambda client: client.get_collections().collections)
    return [collection.name for collection in found]


@pytest.fixture(params=PLACES)
def opened(request, tmp_path):
    """Opens the same, at first empty, store as often as it is called."""
    if request.param == "edge":
        yield partial(EdgeStore, tmp_path)
        return
    with server(request.param) as store:
        yield store


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    """Readers of all stores on the same points, written at once or in parts."""
    with ExitStack() as stack:
        servers = [stack.enter_context(server(place)) for place in SERVERS]
        stores = [EdgeStore(tmp_path_factory.mktemp("whole")), *(store() for store in servers)]
        amended = [EdgeStore(tmp_path_factory.mktemp("amended")), *(store("-amended") for store in servers)]
        for store in stores:
            fill(store, [*POINTS.values()])
        for store in amended:
            fill_and_amend(store, [*POINTS.values()])
        yield [store.reader() for store in [*stores, *amended]]


WHERES = {
    "chunks": {RECORD: (CHUNK,)},
    "clearance": {RECORD: (CHUNK,), "access": ("clear",)},
    "cell": {RECORD: (CHUNK,), "access": ("clear", "green"), "kind": ("practice",), "language": ("fr",)},
    "whole keyword": {RECORD: (CHUNK,), "crime_types_broad": ("fraud",)},
    "any of two": {RECORD: (CHUNK,), "languages": ("nl", "en"), "crime_types_broad": ("ceo-fraud", "phishing")},
    "no record": {RECORD: (CHUNK,), "access": ("red",)},
    "no value": {RECORD: (CHUNK,), "access": ()},
}
wheres = pytest.mark.parametrize("where", WHERES.values(), ids=WHERES)


EVERY = [Wanted({}, 500)]


class Hit(NamedTuple):
    record_id: str
    score: float


def named(reader, record_ids):
    """What a reader knows these records by."""
    [every] = reader.query([VectorQuery(unit(np.random.default_rng(5)), {}, EVERY)])
    known = dict(zip(every.record_ids, every.records.tolist(), strict=True))
    return [known[record_id] for record_id in record_ids]


def ask(reader, *queries):
    """Return the lists of queries, of hits each."""
    return [[*map(Hit, found.record_ids, found.scores.tolist())] for found in reader.query(queries)]


def assert_alike(mine, theirs):
    """Same ids, order and scores; scores so near that float32 does not tell them apart may change places."""
    assert [hit.score for hit in mine] == pytest.approx([hit.score for hit in theirs], abs=1e-4)
    scores = {hit.record_id: hit.score for hit in theirs}
    for hit, their in zip(mine, theirs, strict=True):
        if hit.record_id != their.record_id:
            assert scores.get(hit.record_id, theirs[-1].score) == pytest.approx(hit.score, abs=2e-6)


@pytest.mark.parametrize("limit", [5, 500])
@wheres
def test_stores_answer_with_the_same_ids_order_and_scores(readers, where, limit):
    chance = np.random.default_rng(limit)
    vectors = []
    for language, text in (("nl", "fraude bij banken"), ("fr", "enquête victimes"), ("en", "site")):
        vectors += unit(chance), query_terms(text, Language(language))

    def answers(reader):
        few = Wanted({}, limit, named(reader, [*TEXTS][::7]))
        lists = [Wanted({}, limit), few, Wanted({"language": ("fr", "en")}, limit)]
        return ask(reader, *(VectorQuery(vector, where, lists) for vector in vectors))

    first, *others = map(answers, readers)
    for other in others:
        for mine, theirs in zip(first, other, strict=True):
            assert_alike(mine, theirs)
    assert any(first) == (where.get("access") not in (("red",), ()))


def test_dense_scores_are_cosines_and_lexical_hits_have_a_word_of_the_question(readers):
    query = unit(np.random.default_rng(3))
    cosines = {record_id: float(point.dense @ query) for record_id, point in TEXTS.items()}
    vectors = query, query_terms("fraude", Language.NL)
    for reader in readers:
        dense, lexical = ask(reader, *(VectorQuery(vector, {RECORD: (CHUNK,)}, EVERY) for vector in vectors))
        assert {hit.record_id: hit.score for hit in dense} == pytest.approx(cosines, abs=1e-4)
        assert 0 < len(lexical) < len(TEXTS)
        assert all("fraude" in TEXTS[hit.record_id].payload["text"] for hit in lexical)


def test_a_query_among_records_scores_those_that_pass_its_filter_and_no_others(readers):
    where, query = WHERES["clearance"], unit(np.random.default_rng(5))
    for reader in readers:
        among = named(reader, [*TEXTS][::5])
        some, every = ask(reader, VectorQuery(query, where, [Wanted({}, 500, among), *EVERY]))
        assert 0 < len(some) < len(every)
        assert some == [hit for hit in every if hit.record_id in [*TEXTS][::5]]


def test_every_record_says_of_which_version_it_is(readers):
    for reader in readers:
        [found] = reader.query([VectorQuery(unit(np.random.default_rng(5)), {}, EVERY)])
        assert list(reader.versions) == sorted({version_id(*note_and_language(record_id)) for record_id in POINTS})
        versions = [version_id(*note_and_language(record_id)) for record_id in found.record_ids]
        assert [reader.versions[place] for place in found.versions] == versions


def test_what_words_find_comes_with_its_nearness_and_with_the_fields_that_are_wanted(readers):
    query, words = unit(np.random.default_rng(5)), query_terms("fraude bank", Language.NL)
    asked = VectorQuery(words, WHERES["clearance"], [Wanted({"kind": ("practice",)}, 30, near=query)], ("kind", "text"))
    for reader in readers:
        [found] = reader.query([asked])
        keys = found.records.tolist()
        [others] = reader.query([VectorQuery(query, {"kind": ("strategy",)}, EVERY)])
        payloads = found.payloads([*keys, *others.records.tolist()])
        assert set(keys) == set(payloads)
        assert len(payloads) > 10
        assert found.payloads(keys[3:4]) == {keys[3]: payloads[keys[3]]}
        expected = [float(TEXTS[record_id].dense @ query) for record_id in found.record_ids]
        assert found.nearness.tolist() == pytest.approx(expected, abs=1e-4)
        texts = [(TEXTS[record_id].payload["kind"], TEXTS[record_id].payload["text"]) for record_id in found.record_ids]
        assert [(payloads[each]["kind"], payloads[each]["text"]) for each in keys] == texts
        assert {kind for kind, _ in texts} == {"practice"}


def test_a_few_of_each_note_are_its_best(readers):
    where, query, note_ids = WHERES["clearance"], unit(np.random.default_rng(5)), [f"note-{n}" for n in range(0, 60, 2)]
    asked = [Wanted({"note_id": note_ids}, 2, each_note=True), *(Wanted({"note_id": (each,)}, 2) for each in note_ids)]
    for reader in readers:
        together, *alone = ask(reader, VectorQuery(query, where, [*asked, Wanted({"note_id": ()}, 2, each_note=True)]))
        assert alone.pop() == []
        by_note = [[hit for hit in together if hit.record_id.startswith(f"{each}/")] for each in note_ids]
        assert by_note == alone
        assert len(together) > len({note_and_language(hit.record_id)[0] for hit in together}) > 10


def test_what_narrows_a_list_never_widens_its_query(readers):
    where, query = WHERES["clearance"], unit(np.random.default_rng(5))
    narrowings = [{"access": ("clear", "green")}, {"access": ("green",)}, {RECORD: (VERSION,)}]
    for reader in readers:
        every, *others = ask(reader, VectorQuery(query, where, [*EVERY, *(Wanted(each, 500) for each in narrowings)]))
        assert every
        assert others == [every, [], []]


@wheres
def test_filters_match_whole_keywords_on_every_path(readers, where):
    def passes(payload):
        given = {key: payload[key] if isinstance(payload[key], list) else [payload[key]] for key in where}
        return all({*values} & {*given[key]} for key, values in where.items())

    expected = {record_id: point.payload for record_id, point in POINTS.items() if passes(point.payload)}
    asked = [*[*POINTS][::3], "note-1/xx", "nothing"]
    for reader in readers:
        assert dict(reader.scroll(where)) == expected
        assert reader.fetch(asked, where).keys() == expected.keys() & {*asked}
        assert reader.count(where) == len(expected)
        for field in ("note_id", "crime_types_broad"):
            values = (payload[field] for payload in expected.values())
            lists = (value if isinstance(value, list) else [value] for value in values)
            assert reader.facet(field, where) == Counter(value for values in lists for value in values)


def test_payloads_come_back_as_they_went_in_and_in_order(readers):
    access = {key: {"access": point.payload["access"]} for key, point in POINTS.items() if key not in TEXTS}
    some = sorted(POINTS)[:5]
    for reader in readers:
        whole = list(reader.scroll({}))
        assert [key for key, _ in whole] == sorted(POINTS)
        assert dict(whole) == {key: point.payload for key, point in POINTS.items()}
        assert dict(reader.scroll({RECORD: (VERSION,)}, ("access", "absent"))) == access
        kinds = {key: {"kind": POINTS[key].payload["kind"]} for key in some}
        assert reader.fetch(some, {}, ("kind", "absent")) == kinds


def test_all_records_come_back_as_they_were_written(readers):
    for reader in readers:
        back = {point.record_id: point for point in reader.points()}
        assert back.keys() == POINTS.keys()
        for key, point in POINTS.items():
            assert (back[key].payload, back[key].lexical is None) == (point.payload, point.lexical is None)
            assert (back[key].dense is None) == (point.dense is None)
            if point.dense is not None:
                assert back[key].dense == pytest.approx(point.dense, abs=1e-6)
                before, after = (
                    dict(zip(terms.indices, terms.values, strict=True)) for terms in (point.lexical, back[key].lexical)
                )
                assert after == pytest.approx(before, abs=1e-5)


# --- generations ---


def test_readers_switch_in_one_step_and_an_old_reader_never_answers_from_the_new(opened):
    store, old, new = opened(), [*points(1, 20)], [*points(2, 30)]
    fill(store, old)
    before = store.reader()
    assert opened().info().to_json() == describing(old).to_json() == before.manifest.to_json()
    assert store.reader() is before
    counted = []

    def watched():
        for number, point in enumerate(new):
            if number % 50 == 0:
                counted.append(opened().reader().count({}))
            yield point

    store.replace(watched(), describing(new))
    assert {*counted} == {len(old)}
    assert store.reader().count({}) == opened().reader().count({}) == len(new)
    # Embedded, the old generation can be read while it is open; on a server it is gone, and says so.
    try:
        answered = dict(before.scroll({}))
    except StoreUnavailable:
        assert isinstance(store, ServerStore)
    else:
        assert answered == {point.record_id: point.payload for point in old}
        [answer] = ask(before, VectorQuery(unit(np.random.default_rng(0)), {}, EVERY))
        assert {hit.record_id for hit in answer} == {point.record_id for point in old if point.dense is not None}


def places(opened):
    """Names of the generations on disk or server, in use or not."""
    store = opened()
    if isinstance(store, EdgeStore):
        return {path.name for path in store._folder.iterdir() if path.is_dir()}
    return {name for name in collections(store._nodes) if name.rpartition("-")[0] == store._alias} - {
        store._lease._collection
    }


def test_what_fails_half_way_leaves_the_old_index_and_no_trace(opened):
    def broken():
        yield from points(2, 100)
        raise NoteError("in the middle")

    store, old = opened(), [*points(1, 20)]
    with pytest.raises(NoteError, match="in the middle"):
        store.replace(broken(), describing(old))
    assert (opened().info(), places(opened)) == (None, set())
    with pytest.raises(IndexMissing, match="kb index"):
        opened().reader()
    fill(store, old)
    kept = places(opened)
    with pytest.raises(NoteError, match="in the middle"):
        store.replace(broken(), describing(old))
    assert places(opened) == kept
    for reader in (store.reader(), opened().reader()):
        assert dict(reader.scroll({})) == {point.record_id: point.payload for point in old}


def test_a_replaced_generation_leaves_nothing_behind(opened):
    store, made = opened(), [*points(1, 5)]
    left = []
    for _ in range(3):
        fill(store, made)
        left.append(places(opened))
    assert [len(names) for names in left] == [1, 1, 1]
    assert not left[-1] & left[-2]


def test_an_index_without_any_note_answers_with_nothing(opened):
    fill(opened(), [])
    reader = opened().reader()
    for vector in (Sparse((1,), (1.0,)), unit(np.random.default_rng(0))):
        assert ask(reader, VectorQuery(vector, {RECORD: (CHUNK,)}, EVERY)) == [[]]
    assert list(reader.scroll({})) == []
    assert reader.facet("access", {}) == {}


@pytest.mark.parametrize("place", SERVERS)
def test_nothing_is_left_on_a_server_by_what_fails_or_was_ended_by_force(place):
    with server(place) as store:
        asked, now = store()._nodes, time.time_ns()
        left = [f"kb-test-{now - 25 * 60 * 60 * 10**9}-writer"]
        others = [f"kb-test-{now}-writer", f"{store()._alias}-of-others"]

        def fail():
            with cleared(asked, "kb-test") as alias:
                fill(ServerStore(asked, alias, LAYOUT), [*points(1, 3)])
                assert any(name.startswith(alias) for name in collections(asked))
                begun.append(alias)
                raise KeyboardInterrupt

        for name in left + others:
            asked.ask("be filled", lambda client, name=name: client.create_collection(name, {}))
        begun = []
        with pytest.raises(KeyboardInterrupt):
            fail()
        found = collections(asked)
        asked.ask("be cleared", lambda client: client.delete_collection(others[0]))
        assert {*others} <= {*found}
        assert not [name for name in found if name in left or name.startswith(begun[0])]
        aliases = asked.ask("list aliases", lambda client: client.get_aliases().aliases)
        assert begun[0] not in [alias.alias_name for alias in aliases]
