"""The line an author reads."""

import pytest

from kb.issue import Issue, Level, did_you_mean


def test_a_problem_is_one_line_an_editor_can_follow():
    issue = Issue("content/a/en.md", 3, 7, "KB107", "unknown field `x`.", "Did you mean `y`?")
    assert str(issue) == "content/a/en.md:3:7: KB107 unknown field `x`. Did you mean `y`?"
    assert str(Issue("a.md", 1, 1, "KB104", "empty.")) == "a.md:1:1: KB104 empty."
    assert issue.level is Level.ERROR
    assert str(Issue("a.md", 1, 1, "KB408", "alone.", level=Level.WARNING)) == "a.md:1:1: KB408 warning: alone."


def test_a_path_is_one_line_of_text_and_an_ordinary_one_stays():
    assert Issue("content/à é,%:x/en.md", 1, 1, "KB101", "").path == "content/à é,%:x/en.md"
    odd = Issue("a\n\x1b\udcff/en.md", 1, 1, "KB101", "`\udcff.md` is none.")
    assert (odd.path, odd.message) == ("a\ufffd\ufffd\ufffd/en.md", "`\ufffd.md` is none.")


def test_problems_sort_by_file_then_line_as_numbers():
    issues = [Issue(path, line, 1, "KB101", "") for path, line in (("b", 1), ("a", 10), ("a", 9))]
    assert [(issue.path, issue.line) for issue in sorted(issues)] == [("a", 9), ("a", 10), ("b", 1)]


@pytest.mark.parametrize(
    ("word", "known", "sentence"),
    [
        ("fishing", ["phishing", "hacking"], "Did you mean `phishing`?"),
        ("PHISHING", ["phishing"], "Did you mean `phishing`?"),
        ("KB_PROT", ["KB_PORT"], "Did you mean `KB_PORT`?"),
        ("be", ["BE", "NL"], "Did you mean `BE`?"),
        ("zzz", ["b", "a"], "Known: a, b."),
        ("zzz", [], ""),
        ("zzz", [f"word-{number}" for number in range(41)], ""),
    ],
)
def test_the_nearest_word_is_offered_else_a_short_list(word, known, sentence):
    assert did_you_mean(word, known) == sentence
    assert did_you_mean(word, known, list_all=False) == ("" if sentence.startswith("Known") else sentence)
