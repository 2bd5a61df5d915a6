"""Whatever is in a file of the content folder: no traceback, a message with a place an author finds, and soon.

Each goes the way of a note: read, linted and, where it is accepted, cut, searched for identifiers and made HTML.
"""

import gc
import re
import shutil
import signal
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path, PurePath

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.authoring.layout import laid_out
from ingest.chunking.chunk import chunk, sentence_spans
from ingest.chunking.identify import Identifiers
from ingest.lint import RULES, check, errors, fixed
from kb.content.reader import read_collection, read_taxonomy
from kb.issue import Issue
from kb.notes.front_matter import PracticeFields, StrategyFields
from kb.notes.markdown import to_html, without_marks
from kb.notes.note_file import NoteFile, note_file, note_path
from kb.notes.schema import note_schema
from tests.conftest import STRATEGY_FIELDS
from tests.depth import DEEP, depth
from tests.ingest.damaged import BROKEN, FINE, HARD, damages, filled, note

REPOSITORY = Path(__file__).parents[3]
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
SCHEMA = jsonschema.Draft202012Validator(note_schema(TAXONOMY))
CODES = {rule.code for rule in RULES}
LIMIT = 2.0
"""Seconds of a processor for all that is done with one note, and for laying it out. The hardest takes half of them."""
FOREIGN = re.compile(
    r"pydantic|validat|Traceback|unicode string|position \d|Tuple|NoneType|<class|Input should|input_value|Error\b|"
    r"\bdict\b|\bstr\b|\bint\b|0x[0-9a-f]+|constructor|scalar|token|while parsing|while scanning|document start"
)
"""Words of the programs that read a note, which say nothing to an author."""
QUOTED = re.compile(r"`.+?`(?=[\s.,;:?)]|$)")
"""A value that an issue names: up to the first backtick that words could not go on after."""
COUNT = depth(150, 5_000)
"""Notes of the collection that are damaged."""
_VALUES = (
    "¦null¦1¦-1¦2.5¦.inf¦.nan¦true¦a¦''¦[]¦[[]]¦[null]¦[1]¦{}¦{a: b}¦[{}]¦[{a: [b]}]¦2026-02-30¦0000¦"
    "2026-01-01T00:00:00Z¦!!binary aGk=¦!!set {a, b}¦!!omap [a: b]¦|\n  one\n\n  two¦'`'¦'{}'¦'%s'¦\"\\u200f\"¦😀¦"
    "['', '']"
)
ODD_VALUES = (*_VALUES.split("¦"), "9" * 4_000, ">-\n  " + "x" * 2_000)


class Hang(BaseException):
    """A note took longer than it may."""


@contextmanager
def at_most(seconds):
    """Hang where what is inside takes the processor longer: it is stopped, and not waited for.

    What other tests have left in this process does not count: their threads, and their objects to collect.
    """
    start = time.thread_time()

    def stop(_, frame):
        if time.thread_time() - start > seconds:
            signal.setitimer(signal.ITIMER_PROF, 0)
            raise Hang(f"still at {frame.f_code.co_filename if frame else ''}:{frame.f_lineno if frame else ''}")

    gc.freeze()
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        gc.unfreeze()


def tokens(text):
    """As a tokenizer counts, more or less: a long word is several."""
    return len(text.split()) + len(text) // 5


def gone_through(root):
    """The issues of the notes below a root, once all has been done with them that is done with notes."""
    with at_most(LIMIT):
        collection = read_collection([root])
        issues = check(collection, TAXONOMY, "2026-11-28")
        _indexed(collection)
    wrong = {one.path for one in errors(issues)}
    for file in collection.files:
        if file.where.path not in wrong and file.where.id in {one.id for one in collection.notes}:
            assert SCHEMA.is_valid(dict(file.parsed.front))
    for issue in issues:
        _readable(issue)
    alike = Counter((issue.path, issue.code) for issue in issues)
    assert max(alike.values(), default=0) <= 51
    return issues


def _indexed(collection):
    Identifiers(collection.notes, TAXONOMY)
    for one in collection.notes:
        for language, version in one.versions.items():
            for part in chunk(one, language, tokens, 220, 40):
                sentence_spans(part.text)
            to_html(version.body, one.kind)
            without_marks(version.body)


def _put_right(issues):
    """The way of `kb lint --fix` and `kb fmt`: what comes of a file that can be read can be read."""
    told: dict[str, list[Issue]] = {}
    for issue in issues:
        told.setdefault(issue.path, []).append(issue)
    for path, of_it in told.items():
        where = note_path(PurePath(*PurePath(path).parts[-3:]), path)
        if isinstance(where, Issue) or not isinstance(note_file(Path(path).read_bytes(), where), NoteFile):
            continue
        text = Path(path).read_text("utf-8")
        with at_most(LIMIT):
            mended, _ = fixed(text, where, of_it)
            tidy = laid_out(mended, where.kind)
        before, after = note_file(mended.encode(), where), note_file(tidy.encode(), where)
        assert isinstance(before, NoteFile)
        assert isinstance(after, NoteFile)
        assert after.parsed.front == before.parsed.front


def _readable(issue):
    """Of a known rule, at a place in its file, on one line, and in no words but ours and the note's."""
    assert issue.code in CODES
    data = Path(issue.path).read_bytes()
    assert 1 <= issue.line <= len(re.split(rb"\r\n|\r|\n", data)), issue
    assert issue.column >= 1
    ours = QUOTED.sub("", f"{issue.message} {issue.remedy}")
    assert not FOREIGN.search(ours), issue
    assert len(str(issue).splitlines()) == 1
    assert len(issue.message) <= 800
    assert issue.message.endswith((".", "?"))


def written(root, data, place="practices/be-x/en.md"):
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told_what_is_wrong_and_where(name, tmp_path):
    data, code, line = BROKEN[name]
    written(tmp_path, data)
    told = {(one.code, one.line) for one in gone_through(tmp_path) if one.level == "error"}
    assert told == ({(code, line)} if code != FINE else set())


@pytest.mark.parametrize("piece", HARD, ids=ascii)
def test_a_note_of_the_same_again_and_again_is_read_soon(piece, tmp_path):
    extract = "- {url: https://example.org/a, publisher: a, accessed: 2026-01-01, facts: [b]}\n"
    written(tmp_path, extract, "sources/be-x.yaml")  # so that figures are looked for
    for text in filled(piece):
        written(tmp_path, text)
        gone_through(tmp_path)


def test_a_note_with_more_wrong_than_anybody_reads_is_told_how_much_more(tmp_path):
    paragraph = f"{'Inspector Peeters. ' * 400}\n\n"
    written(tmp_path, note(f"## Problem\n\n{paragraph * 10}", crime_types=["fishing"] * 900))
    issues = gone_through(tmp_path)
    assert [one.message for one in issues if "more like these" in one.message] == [
        "850 more like these are in the file.",
        "3,950 more like these are in the file.",
    ]
    assert sum(len(str(one)) for one in issues) < 30_000


@pytest.mark.parametrize("name", [*{**PracticeFields.model_fields, **StrategyFields.model_fields}])
def test_a_field_of_any_value_is_read_or_told_of(name, tmp_path):
    shared = dict.fromkeys(STRATEGY_FIELDS)
    for odd in ODD_VALUES:
        practice = name in PracticeFields.model_fields
        fields = {name: None} if practice else {**shared, **STRATEGY_FIELDS, "evidence": None, name: None}
        fields |= {} if practice else {"started": None, "no_counterpart": None}
        kind = "practices" if practice else "strategies"
        written(tmp_path, note(more=f"{name}: {odd}\n", **fields), f"{kind}/be-x/en.md")
        gone_through(tmp_path)


# Notes of the collection, damaged

NOTES = sorted(
    path for path in (REPOSITORY / "content").glob("*/*/*.md") if int.from_bytes(path.parent.name.encode()) % 9 == 0
)


@pytest.mark.deep
@settings(
    max_examples=COUNT,
    deadline=None,
    derandomize=not DEEP,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_damaged_note_is_read_or_told_of(tmp_path, data):
    path = data.draw(st.sampled_from(NOTES))
    shutil.rmtree(tmp_path)
    shutil.copytree(path.parent, tmp_path / path.parent.relative_to(REPOSITORY / "content"))
    extracts = REPOSITORY / "content" / "sources" / f"{path.parent.name}.yaml"
    written(tmp_path, extracts.read_bytes(), f"sources/{extracts.name}")
    for broken in (path, extracts) if data.draw(st.integers(0, 4)) == 0 else (path,):
        text = broken.read_text("utf-8")
        written(tmp_path, data.draw(damages(text)), str(broken.relative_to(REPOSITORY / "content")))
    issues = gone_through(tmp_path)
    if data.draw(st.integers(0, 3)) == 0:
        _put_right(issues)
