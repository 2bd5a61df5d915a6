"""Whatever is in a file of the content folder: no traceback, a message with a place an author finds, and soon.

Each goes the way of a note: read, linted and, where it is accepted, cut, searched for identifiers and made HTML.
"""

import gc
import re
import shutil
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
from tests.conftest import FIELDS, STRATEGY_FIELDS
from tests.depth import depth
from tests.ingest.damaged import BROKEN, FINE, HARD, VALUES, damages, filled, note

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


@contextmanager
def at_most(seconds):
    """Fail where what is inside takes this thread of the processor longer. Objects that other tests left do not count.

    What never ends is stopped by the timeout of the test.
    """
    gc.freeze()
    start = time.thread_time()
    try:
        yield
        assert time.thread_time() - start < seconds
    finally:
        gc.unfreeze()


def tokens(text):
    """As a tokenizer counts, more or less: a long word is several."""
    return len(text.split()) + len(text) // 5


def gone_through(root):
    """The issues of the notes below a root, once all has been done with them that is done with notes."""
    with at_most(LIMIT):
        collection = read_collection([root])
        issues = check(collection, TAXONOMY, "2026-11-28")
        Identifiers(collection.notes, TAXONOMY)
        for note in collection.notes:
            for language, version in note.versions.items():
                for part in chunk(note, language, tokens, 220, 40):
                    sentence_spans(part.text)
                to_html(version.body, note.kind)
                without_marks(version.body)
    wrong = {issue.path for issue in errors(issues)}
    for file in collection.files:
        if file.where.path not in wrong and file.where.id in {note.id for note in collection.notes}:
            assert SCHEMA.is_valid(dict(file.parsed.front))
    for issue in issues:
        assert_readable(issue)
    assert max(Counter((issue.path, issue.code) for issue in issues).values(), default=0) <= 51
    return issues


def assert_readable(issue):
    """Of a known rule, at a place in its file, on one line, and in no words but ours and the note's."""
    assert issue.code in CODES
    assert 1 <= issue.line <= len(re.split(rb"\r\n|\r|\n", Path(issue.path).read_bytes())), issue
    assert issue.column >= 1
    assert not FOREIGN.search(QUOTED.sub("", f"{issue.message} {issue.remedy}")), issue
    assert len(str(issue).splitlines()) == 1
    assert len(issue.message) <= 800
    assert issue.message.endswith((".", "?"))


def assert_repairable(issues):
    """The way of `kb lint --fix` and `kb fmt`: what comes of a file that can be read can be read."""
    for path in {issue.path for issue in issues}:
        where = note_path(PurePath(*PurePath(path).parts[-3:]), path)
        if isinstance(where, Issue) or not isinstance(note_file(Path(path).read_bytes(), where), NoteFile):
            continue
        with at_most(LIMIT):
            repaired, _ = fixed(Path(path).read_text("utf-8"), where, [each for each in issues if each.path == path])
            tidy = laid_out(repaired, where.kind)
        before, after = note_file(repaired.encode(), where), note_file(tidy.encode(), where)
        assert after.parsed.front == before.parsed.front


def written(root, data, place="practices/be-x/en.md"):
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_has_its_issue_at_its_line(name, tmp_path):
    data, code, line = BROKEN[name]
    written(tmp_path, data)
    found = {(issue.code, issue.line) for issue in errors(gone_through(tmp_path))}
    assert found == ({(code, line)} if code != FINE else set())


@pytest.mark.parametrize("piece", HARD, ids=ascii)
def test_a_note_that_repeats_a_piece_is_read_soon(piece, tmp_path):
    extract = "- {url: https://example.org/a, publisher: a, accessed: 2026-01-01, facts: [b]}\n"
    written(tmp_path, extract, "sources/be-x.yaml")  # so that figures are looked for
    for text in filled(piece):
        written(tmp_path, text)
        gone_through(tmp_path)


def test_of_very_many_issues_the_number_is_said(tmp_path):
    paragraph = f"{'Inspector Peeters. ' * 400}\n\n"
    written(tmp_path, note(f"## Problem\n\n{paragraph * 10}", crime_types=["fishing"] * 900))
    issues = gone_through(tmp_path)
    assert [issue.message for issue in issues if "more like these" in issue.message] == [
        "850 more like these are in the file.",
        "3,950 more like these are in the file.",
    ]
    assert sum(len(str(issue)) for issue in issues) < 30_000


@pytest.mark.parametrize("name", [*{**PracticeFields.model_fields, **StrategyFields.model_fields}])
def test_a_field_of_any_value_is_read_or_has_an_issue(name, tmp_path):
    kind, fields = "practices", {}
    if name not in PracticeFields.model_fields:
        kind, fields = "strategies", {**dict.fromkeys(FIELDS), **STRATEGY_FIELDS}
    for odd in VALUES:
        text = note(more=f"{name}: {odd}\n", **{**fields, name: None})
        written(tmp_path, text, f"{kind}/be-x/en.md")
        gone_through(tmp_path)


# Notes of the collection, damaged

NOTES = sorted(
    path for path in (REPOSITORY / "content").glob("*/*/*.md") if int.from_bytes(path.parent.name.encode()) % 9 == 0
)


@pytest.mark.deep
@settings(
    max_examples=COUNT,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_a_damaged_note_is_read_or_has_an_issue(tmp_path, data):
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
        assert_repairable(issues)
