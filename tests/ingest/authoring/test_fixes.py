"""Slips that are put right, and what is not touched since nobody can be sure of it."""

from typing import Any

import pytest

from ingest.lint import fixed
from ingest.lint.front_matter import one_slip
from kb.issue import Issue
from kb.notes.note import Kind
from kb.notes.note_file import NotePath
from kb.text.languages import Language

WHERE = NotePath(Kind.PRACTICE, "be-a", Language.EN, "practices/be-a/en.md")
TEXT = "---\ntitle: T\n{}\n---\n\nText.\n"


def told(code: str, message: str, remedy: str = "", line: int = 3, column: int = 1) -> Issue:
    return Issue(WHERE.path, line, column, code, message, remedy)


@pytest.mark.parametrize(
    ("before", "after", "issue", "done"),
    [
        (
            "crime_type: [x]",
            "crime_types: [x]",
            told("KB107", "unknown field `crime_type`.", "Did you mean `crime_types`?"),
            "`crime_type` is `crime_types` now.",
        ),
        (
            "organisations: [{name: be there, country: be}]",
            "organisations: [{name: be there, country: BE}]",
            told("KB111", "`be` is not in the vocabulary countries.", "Did you mean `BE`?", column=33),
            "`be` is `BE` now.",
        ),
        (
            "phases: [detection, 'preventoin']  # preventoins",
            "phases: [detection, 'prevention']  # preventoins",
            told("KB111", "`preventoin` is not in the vocabulary phases.", "Did you mean `prevention`?", column=21),
            "`preventoin` is `prevention` now.",
        ),
        ("id: be-a", None, told("KB106", "`id` comes from the path of the file."), "the line `id: be-a` is gone."),
        ("lang: 'en'\r", None, told("KB106", "`lang` comes …"), "the line `lang: 'en'` is gone."),
        (
            "effort:\n\tstaff: a\tb",
            "effort:\n  staff: a\tb",
            told("KB105", "front matter is no valid YAML: …", line=4),
            "tabs before fields are spaces now.",
        ),
    ],
)
def test_a_slip_is_put_right_and_told(before: str, after: str | None, issue: Issue, done: str) -> None:
    text, made = fixed(TEXT.format(before), WHERE, [issue])
    assert text == (TEXT.format(after) if after else TEXT.replace("{}\n", ""))
    assert [str(one) for one in made] == [f"practices/be-a/en.md:{issue.line}: fixed {issue.code} {done}"]


@pytest.mark.parametrize(
    ("line", "issue"),
    [
        ("lang: nl", told("KB106", "`lang` comes from the path of the file.")),
        ("id: be-a\n  more", told("KB106", "`id` comes from the path of the file.")),
        ("summery: A\nsummary: B", told("KB107", "unknown field `summery`.", "Did you mean `summary`?")),
        ("countries: [BR]", told("KB111", "`BR` is not in the vocabulary.", "Did you mean `BE`?", column=13)),
        ("phases: [fishing]", told("KB111", "`fishing` is not in …", "Did you mean `pharming`?", column=10)),
        ("phases: [x]", told("KB111", "`x` is not in …", "Known: a, b.", column=10)),
        (
            "phases: [preventoin, preventoin]",
            told("KB111", "`preventoin` is …", "Did you mean `prevention`?", column=10),
        ),
        (
            "crime_types: [x.phishing]",
            told("KB111", "`x.phishing` is not in the vocabulary …", "Did you mean `phishing`?", column=15),
        ),
        ("title: T", told("KB107", "unknown field `sources.title`.", "Did you mean `title`?")),
        ("tlp: red", told("KB114", "TLP:RED …", "Did you mean `clear`?")),
        ("summary: a\tb\nx: [", told("KB105", "front matter is no valid YAML: …")),
        ("a: b", told("KB107", "unknown field `a`.", "Did you mean `A`?", line=99)),
    ],
)
def test_what_is_not_sure_stays(line: str, issue: Issue) -> None:
    text = TEXT.format(line)
    assert fixed(text, WHERE, [issue]) == (text, [])


@pytest.mark.parametrize("wrong", ["Phishing", "phising", "phisshing", "phishimg", "phihsing", "phishin", "hishing"])
def test_one_slip_is_a_letter_or_case(wrong: str) -> None:
    assert one_slip(wrong, "phishing")
    assert one_slip("phishing", wrong)


@pytest.mark.parametrize("wrong", ["fishing", "phisng", "hacking", "phishingg-x", "hpihsing"])
def test_two_slips_are_another_word(wrong: str) -> None:
    assert not one_slip(wrong, "phishing")


def test_short_words_differ_in_case_only() -> None:
    assert one_slip("be", "BE")
    assert not one_slip("LX", "LU")


def test_all_slips_of_a_file_are_put_right_at_once() -> None:
    body = "id: be-a\ncrime_types: [Phishing, malwares]\nphase: [prevention]"
    issues: list[Any] = [
        told("KB106", "`id` …"),
        told("KB111", "`Phishing` is …", "Did you mean `phishing`?", line=4, column=15),
        told("KB111", "`malwares` is …", "Did you mean `malware`?", line=4, column=25),
        told("KB107", "unknown field `phase`.", "Did you mean `phases`?", line=5),
    ]
    text, made = fixed(TEXT.format(body), WHERE, issues)
    assert text == TEXT.format("crime_types: [phishing, malware]\nphases: [prevention]")
    assert len(made) == 4
