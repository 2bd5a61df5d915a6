"""What a caller is answered is what a system would answer that holds only the notes the caller may see.

Hypothesis makes collections, labels and callers. Every way of reading is asked (`test_every_way_of_reading_is_asked`).
"""

import dataclasses
import inspect
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, assume, given, seed, settings
from hypothesis import strategies as st

from ingest.indexing.index import index_content
from kb.access import CLEAR, clearance
from kb.errors import KbError, StoreUnavailable
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import recipe
from kb.text.languages import Language
from search.browse.changes import BEGINNING, since
from search.service import Searcher
from search.view import IndexView
from tests.conftest import Content
from tests.depth import depth
from tests.restricted import BODIES, EVERYTHING, QUESTIONS, caller, keep_visible, write

TODAY = "2026-06-01"
NOW = datetime(2026, 6, 1, tzinfo=UTC)

Ask = Callable[[IndexView, list[str]], Any]

WAYS: Mapping[str, Ask] = {
    "search": lambda view, _: (
        [
            timeless(view.search(text, reader=reader, **more))
            for text in QUESTIONS
            for reader, more in (
                ("en", {"explain": True}),
                ("nl", {"country": ["BE"], "group_by": "country"}),
                (None, {"sort": "date", "limit": 30}),
            )
        ]
        + [outcome(lambda one=one: timeless(view.search("warn victims", organisation=[one]))) for one in BODIES]
    ),
    "search_all": lambda view, ids: [
        [outcome(lambda one=one: [timeless(found) for found in view.search_all(one)])]
        for one in (
            [(text, {"reader": "en"}) for text in QUESTIONS],
            [(f"{'. '.join(QUESTIONS)}. Warn the victims of false sites.", {"pasted": True, "group_by": "country"})],
            *([("", {"similar_to": note_id, "explain": True})] for note_id in ids),
        )
    ],
    "notes": lambda view, ids: [
        view.notes(Language.FR, limit=50),
        view.notes(Language.EN, ids[3], limit=5, phase=["prevention"]),
        view.notes(Language.NL, latest=True, limit=7),
    ],
    "changes": lambda view, _: [view.changes(BEGINNING, 5), view.changes(since(NOW - timedelta(1)), 50)],
    "versions": lambda view, _: view.versions(),
    "browse": lambda view, _: [timeless(view.browse(one, phase=["prevention"])) for one in Language],
    "note": lambda view, ids: [outcome(lambda one=one: view.note(one, Language.NL)) for one in ids],
    "cards": lambda view, ids: view.cards(ids, Language.FR),
    "sources": lambda view, ids: view.sources(view.cards(ids, Language.FR)),
    "timeline": lambda view, ids: [view.timeline(one, Language.EN) for one in ids],
    "related": lambda view, ids: [
        outcome(lambda one=one: view.related(view.note(one, None), Language.EN)) for one in ids
    ],
    "suggest": lambda view, _: [
        view.suggest(typed, reader, 20)
        for typed in ("b", "el", "ph", "block", "warn vic", "zy")
        for reader in (None, *Language)
    ],
    "counts": lambda view, _: view.counts(),
    "kinds": lambda view, _: view.kinds(),
    "coverage": lambda view, _: view.coverage(TODAY),
    "practice_map": lambda view, _: view.practice_map(),
    "objectives": lambda view, _: [view.objectives(one) for one in Language],
    "compare": lambda view, _: [view.compare(one, None, Language.EN) for one in ("phishing", "ransomware")],
    "taxonomy": lambda view, _: sorted(view.taxonomy.crime_types),
}
NOT_A_WAY = {"cached", "clearance", "generation", "identifiers", "is_replaced", "read"}
"""Public names that answer only what one of the others makes, or that the pipeline alone reads."""


def timeless(results):
    return {name: value for name, value in vars(results).items() if name != "took_ms"}


def outcome(action):
    """An answer, or the words of a refusal."""
    try:
        return action()
    except KbError as error:
        return str(error), error.remedy, getattr(error, "allowed", ())


def unlike(one, other, place=""):
    """Where two answers differ, to the last bit of a number."""
    if dataclasses.is_dataclass(one):
        one, other = vars(one), vars(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        return [found for key in one for found in unlike(one[key], other[key], f"{place}.{key}")]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        return [
            found for at, pair in enumerate(zip(one, other, strict=True)) for found in unlike(*pair, f"{place}[{at}]")
        ]
    return [] if one == other else [f"{place}: {one!r} {other!r}"]


class Collection:
    """A collection made by chance, and indexes of what callers may see of it.

    keys: that open its notes; ids: of these
    """

    def __init__(self, folder, chance, encoder):
        self._folder, self._encoder = folder, encoder
        self._content = Content(folder / "content")
        passages = chance.choice((2, 2, 12))  # twelve: more than a search looks at in the first place
        self.keys = write(self._content, chance, passages)
        self.ids = [*self.keys]
        self.restricted = {note_id for note_id, opening in self.keys.items() if CLEAR not in opening}

    def opened(self, caller):
        root, data = (Path(tempfile.mkdtemp(dir=self._folder)) / name for name in ("content", "data"))
        keep_visible(self._content.root, self.keys, caller, root)
        here = Settings(content_dirs=(root,), data_dir=data)
        store = EdgeStore(data)
        index_content(here, store, self._encoder)
        return Searcher(store, self._encoder, recipe(self._encoder.fingerprint, here.chunk_tokens, here.chunk_overlap))


@pytest.fixture
def each_collection(fake_encoder, monkeypatch):
    """Runs a test on so many collections."""
    monkeypatch.setattr("ingest.indexing.index.now", lambda: NOW)

    def run(test, examples):
        @seed(0)
        @settings(max_examples=examples, phases=[Phase.generate], deadline=None, database=None)
        @given(st.randoms(use_true_random=False))
        def on_one(chance):
            with tempfile.TemporaryDirectory() as folder:
                test(Collection(Path(folder), chance, fake_encoder), chance)
                tested.append(folder)

        tested: list[str] = []
        on_one()
        assert len(tested) >= examples

    return run


def answers(searcher, ids, caller):
    for name, ask in WAYS.items():
        yield name, ask(searcher.view(caller), ids)


def test_every_way_of_reading_is_asked():
    public = {name for name, _ in inspect.getmembers(IndexView) if not name.startswith("_")}
    assert public == {*WAYS, *NOT_A_WAY}


@pytest.mark.deep
def test_a_caller_is_answered_as_if_nothing_else_were_there(each_collection):
    narrowed = 0

    def check(collection, chance):
        nonlocal narrowed
        assume(collection.restricted)
        ids = [*collection.ids, "be-none"]
        everything = clearance(*EVERYTHING)
        whole = collection.opened(everything)
        told_to_all = dict(answers(whole, ids, everything))
        for keys in (clearance(*caller(chance)) for _ in range(3)):
            apart = dict(answers(collection.opened(keys), ids, keys))
            for name, answer in answers(whole, ids, keys):
                assert unlike(answer, apart[name]) == [], (name, sorted(keys))
            if any(one.isdisjoint(keys) for one in collection.keys.values()):
                assert all(apart[name] != told_to_all[name] for name in ("search", "kinds", "counts", "note", "cards"))
                narrowed += 1

    each_collection(check, examples=depth(4, 20))
    assert narrowed >= depth(6, 30)


def named(answer, ids):
    """The notes that an answer speaks of, by ids anywhere in it."""
    if dataclasses.is_dataclass(answer):
        answer = vars(answer)
    if isinstance(answer, Mapping):
        return set().union(*(named(one, ids) for pair in answer.items() for one in pair))
    if isinstance(answer, list | tuple | set | frozenset):
        return set().union(*(named(one, ids) for one in answer))
    return {answer.partition("/")[0]} & ids if isinstance(answer, str) else set()


@pytest.mark.deep
def test_what_is_shown_and_not_for_everybody_is_told_each_time(each_collection):
    def check(collection, _):
        assume(collection.restricted)
        everything = clearance(*EVERYTHING)
        whole = collection.opened(everything)

        def assert_told(ask):
            heard: list[tuple[str, Language | None]] = []
            answer = ask(whole.view(everything, lambda *one: heard.append(one)))
            assert named(answer, collection.restricted) <= {note_id for note_id, _ in heard} <= collection.restricted
            assert len(heard) == len({*heard})

        for _again in range(2):  # the second time most of it is cached
            for name in WAYS.keys() - {"kinds"}:
                assert_told(lambda view, name=name: WAYS[name](view, collection.ids))
            for text in QUESTIONS:
                for limit in (1, 2, 3):
                    assert_told(lambda view, text=text, limit=limit: view.search(text, limit=limit, explain=True))

    each_collection(check, examples=depth(2, 10))


def test_who_does_not_hear_of_it_sees_nothing(each_collection):
    def deaf(*_):
        raise StoreUnavailable("Nobody hears.")

    def check(collection, _):
        assume(collection.restricted)
        whole = collection.opened(clearance(*EVERYTHING))
        for restricted in sorted(collection.restricted):
            for ask in (
                lambda one, shown=restricted: one.note(shown, None),
                lambda one, shown=restricted: one.cards([shown], Language.EN),
            ):
                with pytest.raises(StoreUnavailable, match="Nobody hears"):
                    ask(whole.view(clearance(*EVERYTHING), deaf))

    each_collection(check, examples=depth(2, 5))
