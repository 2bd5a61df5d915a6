"""Source extracts: read as they stand, or refused with their place and what is wrong."""

import pytest

from kb.notes.source_facts import Extract, read_extracts

ENTRY = (
    '- url: https://example.org/a\n  publisher: An issuer\n  accessed: 2026-01-01\n  facts: ["In 2023: 14 million"]\n'
)


def test_entries_are_read_with_dates_as_text():
    facts = ("In 2023: 14 million",)
    wanted = Extract(url="https://example.org/a", publisher="An issuer", accessed="2026-01-01", facts=facts)
    assert read_extracts(ENTRY.encode(), "sources/a.yaml") == (wanted,)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: 1\nb: : 2\n", 2, "YAML"),
        ("url: https://example.org/a\n", 1, "the file"),
        (ENTRY.replace("publisher: An issuer", "editor: An issuer"), 1, "publisher"),
        (ENTRY.replace("https://example.org/a", "example"), 1, "url"),
        (ENTRY.replace("2026-01-01", "01/01/2026"), 3, "accessed"),
        (ENTRY.replace('["In 2023: 14 million"]', "[2023: 14 million]"), 4, "plain text"),
        ("!!python/object/apply:os.system [ls]\n", 1, "YAML"),
    ],
)
def test_anything_else_is_a_problem_with_its_place(text, line, part):
    issue = read_extracts(text.encode(), "sources/a.yaml")
    assert (issue.path, issue.code, issue.line) == ("sources/a.yaml", "KB401", line)
    assert part in issue.message
