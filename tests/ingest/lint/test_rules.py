"""Every rule has a fixture that breaks it and one that keeps it; fixtures declare their own issues.

`tests/ingest/lint/fixtures/<code>/{bad,good}` are content roots. A file names its issues in its body,
`<!-- expect: KB203 -->`, once for each; where it cannot, `expect.txt` beside it has lines `path: code`.
Lines `pad <path> to <bytes>` and `save <path> as <encoding>` there change a file first, so that neither megabytes
nor broken text lie in the repository.
"""

import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.lint import RULES, check, documentation
from kb.content.reader import read_collection, read_taxonomy
from kb.notes.plain_yaml import read_yaml
from kb.notes.taxonomy import SEARCHED, searches

REPOSITORY = Path(__file__).parents[3]
FIXTURES = Path(__file__).parent / "fixtures"
TODAY = "2026-11-29"
LAST_CHANGED = "2026-12-01"
"""The day on which our own notes were last compared with their sources."""
ASKED_FOR = {"KB313", "KB315"}
"""Rules that `kb lint` checks only where it is asked to, or not at all: they have tests of their own."""
TAXONOMY = read_taxonomy([REPOSITORY / "content"])


def _lint(root, today=TODAY):
    path = root / "taxonomy" / SEARCHED
    searched = searches(*read_yaml(path.read_text("utf-8")), str(path)) if path.exists() else ()
    return check(read_collection([root]), replace(TAXONOMY, searched=searched), today)


def _expected(root):
    expected: Counter[tuple[str, str]] = Counter()
    for path in root.rglob("*.md"):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for code in re.findall(r"<!-- expect: (KB\d{3}) -->", text):
            expected[str(path.relative_to(root)), code] += 1
    declared = root / "expect.txt"
    for line in declared.read_text(encoding="utf-8").splitlines() if declared.exists() else ():
        if pad := re.fullmatch(r"pad (\S+) to (\d+)", line):
            path = root / pad[1]
            path.write_bytes(path.read_bytes().ljust(int(pad[2]), b"\n"))
        elif save := re.fullmatch(r"save (\S+) as (\S+)", line):
            path = root / save[1]
            path.write_bytes(path.read_text(encoding="utf-8").encode(save[2]))
        else:
            name, _, code = line.partition(": ")
            expected[name, code] += 1
    return expected


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.code not in ASKED_FOR], ids=lambda rule: rule.code)
def test_a_rule_finds_what_its_fixtures_expect_and_no_more(rule, side, tmp_path):
    root = tmp_path / "content"
    shutil.copytree(FIXTURES / rule.code / side, root)
    expected = _expected(root)
    assert (rule.code in {code for _, code in expected}) is (side == "bad")

    # Care is asked for in its own fixtures only: the others are about one thing each.
    issues = [issue for issue in _lint(root) if issue.code < "KB4" or rule.code > "KB4"]

    found = Counter((str(Path(issue.path).relative_to(root)), issue.code) for issue in issues)
    assert found == expected, "\n".join(map(str, issues))
    assert all(issue.level is rule.level for issue in issues)


def test_every_fixture_and_every_code_in_the_source_is_of_a_rule():
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {path.name for path in FIXTURES.iterdir()} == set(codes) - ASKED_FOR
    for package in ("kb", "ingest"):
        for path in (REPOSITORY / package).rglob("*.py"):
            used = set(re.findall(r'"(KB\d{3})"', path.read_text(encoding="utf-8")))
            assert used <= set(codes), path


def test_the_page_of_lint_rules_shows_every_rule_with_a_bad_and_a_good_line():
    page = documentation()
    assert re.findall(r"^### (KB\d{3}) ", page, re.MULTILINE) == [rule.code for rule in RULES]
    assert page.count("\n- Bad: ") == page.count("\n- Good: ") == len(RULES)


def test_our_own_notes_have_no_errors_and_no_warnings():
    assert [str(issue) for issue in _lint(REPOSITORY / "content", LAST_CHANGED)] == []


def test_an_error_in_a_note_is_none_of_the_notes_that_name_it(content):
    content.practice("broken", tlp="white")
    content.strategy("plan", tlp="white")
    content.practice(
        "a",
        body="## Problem\n\nSee [it](../broken/).\n\n## Approach\n\nText.\n",
        related=[{"id": "broken", "rel": rel} for rel in ("see-also", "counterpart-of", "replaces")],
        implements=["plan#o1"],
    )
    assert [issue.code for issue in _lint(content.root)] == ["KB109", "KB109"]


def test_a_vocabulary_without_foreign_terms_reports_none(content):
    """Labels in capitals are names, which every language may use."""
    for scheme in ("crime-types", "phases"):
        path = content.root / "taxonomy" / f"{scheme}.yaml"
        labels = re.compile(r"(?<=prefLabel: ){.*?}|(?<=altLabel: ){.*?}")
        path.write_text(labels.sub("{en: Word, fr: Word, nl: Word}", path.read_text("utf-8")), "utf-8")
    content.practice("a")
    issues = check(read_collection([content.root]), read_taxonomy([content.root]), TODAY)
    assert [issue.code for issue in issues if issue.code == "KB404"] == []


def test_issues_of_other_notes_are_left_out(content):
    asked = content.practice("a", crime_types=["fishing"], related=[{"id": "b", "rel": "see-also"}])
    content.practice("b", crime_types=["fishing"])
    found = check(read_collection([content.root]), TAXONOMY, TODAY, {"a"})
    assert {issue.path for issue in found} == {str(asked)}
