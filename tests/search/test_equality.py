"""What a caller is answered is what a system would answer that holds only the notes the caller may see.

Hypothesis makes collections, labels and callers. Every way of reading is asked (`test_every_way_of_reading_is_asked`).
"""

import dataclasses
import inspect
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import Phase, assume, given, seed, settings
from hypothesis import strategies as st

from ingest.indexing.index import index_content
from kb.access import CLEAR, clearance
from kb.errors import KbError, StoreUnavailable
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from search.browse.changes import BEGINNING, since
from search.view import IndexView
from tests.conftest import Content, searcher_on
from tests.depth import depth
from tests.restricted import BODIES, EVERYTHING, QUESTIONS, caller, keep_visible, write

TODAY = "2026-06-01"
NOW = datetime(2026, 6, 1, tzinfo=UTC)

WAYS = {
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
        + [outcome(lambda body=body: timeless(view.search("warn victims", organisation=[body]))) for body in BODIES]
    ),
    "search_all": lambda view, ids: [
        [outcome(lambda asked=asked: [timeless(found) for found in view.search_all(asked)])]
        for asked in (
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
    "browse": lambda view, _: [timeless(view.browse(reader, phase=["prevention"])) for reader in Language],
    "note": lambda view, ids: [outcome(lambda note_id=note_id: view.note(note_id, Language.NL)) for note_id in ids],
    "cards": lambda view, ids: view.cards(ids, Language.FR),
    "sources": lambda view, ids: view.sources(view.cards(ids, Language.FR)),
    "timeline": lambda view, ids: [view.timeline(note_id, Language.EN) for note_id in ids],
    "related": lambda view, ids: [
        outcome(lambda note_id=note_id: view.related(view.note(note_id, None), Language.EN)) for note_id in ids
    ],
    "suggest": lambda view, _: [
        view.suggest(typed, reader, 20)
        for typed in ("b", "el", "ph", "block", "warn vic", "zy")
        for reader in (None, *Language)
    ],
    "counts": lambda view, _: view.counts(),
    "count": lambda view, _: view.count(phase=["prevention"]),
    "resembling": lambda view, ids: [view.resembling(note_id, Language.EN) for note_id in ids],
    "facets": lambda view, _: view.facets(),
    "kinds": lambda view, _: view.kinds(),
    "coverage": lambda view, _: view.coverage(TODAY),
    "guidance": lambda view, _: view.guidance(),
    "practice_map": lambda view, _: view.practice_map(),
    "objectives": lambda view, _: [view.objectives(reader) for reader in Language],
    "compare": lambda view, _: [
        view.compare(crime_type, None, Language.EN) for crime_type in ("phishing", "ransomware")
    ],
    "compare_powers": lambda view, _: view.compare_powers("preservation", Language.NL),
    "compare_notes": lambda view, ids: [
        outcome(lambda pair=pair: view.compare_notes(pair, Language.NL)) for pair in pairwise(ids)
    ],
    "taxonomy": lambda view, _: sorted(view.taxonomy.crime_types),
}
NOT_A_WAY = {"cached", "cached_many", "clearance", "generation", "is_replaced", "read", "vocabulary"}
"""Public names that answer only what one of the others makes, or that the pipeline alone reads."""


def timeless(results):
    return {name: value for name, value in vars(results).items() if name != "took_ms"}


def outcome(action):
    """An answer, or the words of a refusal."""
    try:
        return action()
    except KbError as error:
        return str(error), error.remedy, getattr(error, "allowed", ())


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
        index_content(here, EdgeStore(data), self._encoder)
        return searcher_on(here, self._encoder)


@pytest.fixture
def each_collection(fake_encoder, monkeypatch):
    """Runs a test on so many collections."""
    monkeypatch.setattr("ingest.indexing.changing.now", lambda: NOW)
    monkeypatch.setattr("search.rank.late_interaction.BEHIND", 1.0)  # vectors of the fake encoder lie far apart

    def run(test, examples):
        @seed(0)
        @settings(max_examples=examples, phases=[Phase.generate], database=None)
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
        to_all = dict(answers(whole, ids, everything))
        for keys in (clearance(*caller(chance)) for _ in range(3)):
            apart = dict(answers(collection.opened(keys), ids, keys))
            for name, answer in answers(whole, ids, keys):
                assert answer == apart[name], (name, sorted(keys))
            if any(opening.isdisjoint(keys) for opening in collection.keys.values()):
                assert all(apart[name] != to_all[name] for name in ("search", "kinds", "counts", "note", "cards"))
                narrowed += 1

    each_collection(check, examples=depth(4, 20))
    assert narrowed >= depth(6, 30)


def named(answer, ids):
    """The notes that an answer speaks of, by ids anywhere in it."""
    if dataclasses.is_dataclass(answer):
        answer = vars(answer)
    if isinstance(answer, Mapping):
        return set().union(*(named(part, ids) for pair in answer.items() for part in pair))
    if isinstance(answer, list | tuple | set | frozenset):
        return set().union(*(named(part, ids) for part in answer))
    return {answer.partition("/")[0]} & ids if isinstance(answer, str) else set()


@pytest.mark.deep
def test_every_restricted_note_in_an_answer_is_reported_each_time(each_collection):
    everything = clearance(*EVERYTHING)

    def check(collection, _):
        assume(collection.restricted)
        whole = collection.opened(everything)

        def assert_reported(ask):
            reports = []
            answer = ask(whole.view(everything, lambda *report: reports.append(report)))
            shown = [(note_id, version) for note_ids, version in reports for note_id in note_ids]
            assert named(answer, collection.restricted) <= {note_id for note_id, _ in shown} <= collection.restricted
            assert len(shown) == len({*shown})

        for _again in range(2):  # the second time most of it is cached
            for name in WAYS.keys() - {"kinds"}:
                assert_reported(lambda view, name=name: WAYS[name](view, collection.ids))
            for text in QUESTIONS:
                for limit in (1, 2, 3):
                    assert_reported(lambda view, text=text, limit=limit: view.search(text, limit=limit, explain=True))

    each_collection(check, examples=depth(2, 10))


def test_what_cannot_be_reported_is_not_answered(each_collection):
    def refuse(*_):
        raise StoreUnavailable("No report.")

    def check(collection, _):
        assume(collection.restricted)
        view = collection.opened(clearance(*EVERYTHING)).view(clearance(*EVERYTHING), refuse)
        for note_id in sorted(collection.restricted):
            with pytest.raises(StoreUnavailable, match="No report"):
                view.note(note_id, None)
            with pytest.raises(StoreUnavailable, match="No report"):
                view.cards([note_id], Language.EN)

    each_collection(check, examples=depth(2, 5))


def test_questions_of_restricted_notes_alone_change_no_level(content, index):
    for number in range(6):
        content.practice(f"be-{number}", title=f"Shields against false sites {number}")
    before = timeless(index().view().search("block phishing sites", explain=True))
    content.practice("be-shut", tlp="green", questions=["Which desk shields readers against false sites?"])
    assert timeless(index().view().search("block phishing sites", explain=True)) == before
