"""Machine tags are those of MISP; slips in names are fixed, and what nobody can be sure of is left."""

import pytest

from ingest.lint import fixed
from ingest.lint.front_matter import is_machine_tag
from kb.issue import Issue
from kb.notes.note import Kind
from kb.notes.note_file import NotePath
from kb.text.languages import Language

WHERE = NotePath(Kind.PRACTICE, "be-a", Language.EN, "practices/be-a/en.md")
TEXT = "---\ntitle: T\n{}\n---\n\nText.\n"


def test_every_tag_of_every_taxonomy_is_known():
    from pytaxonomies import Taxonomies

    every = [tag for tags in Taxonomies().all_machinetags() for tag in tags]
    assert len(every) > 5_000
    assert [tag for tag in every if not is_machine_tag(tag)] == []


@pytest.mark.parametrize("tag", ["phishing", "", "rsit:", "rsit:fraud=phishing", '../rsit:fraud="phishing"'])
@pytest.mark.parametrize("more", ["", '="phishing" '])
def test_other_tags_are_not(tag, more):
    assert not is_machine_tag(tag + more)
    assert not is_machine_tag('rsit:fraud="fishing"')
    assert not is_machine_tag('nothing:fraud="phishing"')
    assert not is_machine_tag('rsit:fraud=""')


def issue(code, message, remedy="", line=3, column=1):
    return Issue(WHERE.path, line, column, code, message, remedy)


def unknown(field, meant, line=3):
    return issue("KB107", f"unknown field `{field}`.", f"Did you mean `{meant}`?", line)


def word(written, meant, column, line=3):
    return issue("KB111", f"`{written}` is not in the vocabulary x.", f"Did you mean `{meant}`?", line, column)


PATH = issue("KB106", "`id` comes from the path of the file.")
TAB = issue("KB105", "front matter is no valid YAML: …", line=4)


@pytest.mark.parametrize(
    ("before", "after", "found", "done"),
    [
        (
            "crime_type: [x]",
            "crime_types: [x]",
            unknown("crime_type", "crime_types"),
            "`crime_type` is `crime_types` now.",
        ),
        (
            "organisations: [{name: be there, country: be}]",
            "organisations: [{name: be there, country: BE}]",
            word("be", "BE", 33),
            "`be` is `BE` now.",
        ),
        (
            "phases: [detection, 'preventoin']  # preventoins",
            "phases: [detection, 'prevention']  # preventoins",
            word("preventoin", "prevention", 21),
            "`preventoin` is `prevention` now.",
        ),
        ("id: be-a", None, PATH, "the line `id: be-a` is gone."),
        ("lang: 'en'\r", None, PATH, "the line `lang: 'en'` is gone."),
        ("effort:\n\tstaff: a\tb", "effort:\n  staff: a\tb", TAB, "tabs before fields are spaces now."),
    ],
)
def test_a_slip_is_fixed_and_reported(before, after, found, done):
    text, made = fixed(TEXT.format(before), WHERE, [found])
    assert text == (TEXT.format(after) if after else TEXT.replace("{}\n", ""))
    assert [str(fix) for fix in made] == [f"practices/be-a/en.md:{found.line}: fixed {found.code} {done}"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("lang: nl", PATH),
        ("id: be-a\n  more", PATH),
        ("summery: A\nsummary: B", unknown("summery", "summary")),
        ("title: T", unknown("sources.title", "title")),
        ("a: b", unknown("a", "A", line=99)),
        ("countries: [BR]", word("BR", "BE", 13)),
        ("phases: [fishing]", word("fishing", "pharming", 10)),
        ("phases: [preventoin, preventoin]", word("preventoin", "prevention", 10)),
        ("crime_types: [x.phishing]", word("x.phishing", "phishing", 15)),
        ("phases: [x]", issue("KB111", "`x` is not in …", "Known: a, b.", column=10)),
        ("tlp: red", issue("KB114", "TLP:RED …", "Did you mean `clear`?")),
        ("summary: a\tb\nx: [", TAB),
    ],
)
def test_what_is_not_sure_stays(line, found):
    text = TEXT.format(line)
    assert fixed(text, WHERE, [found]) == (text, [])


@pytest.mark.parametrize("wrong", ["Phishing", "phising", "phisshing", "phishimg", "phihsing", "phishin", "hishing"])
def test_one_slip_is_a_letter_or_case(wrong):
    for written, meant in ((wrong, "phishing"), ("phishing", wrong)):
        text, _ = fixed(TEXT.format(f"phases: [{written}]"), WHERE, [word(written, meant, 10)])
        assert text == TEXT.format(f"phases: [{meant}]")


@pytest.mark.parametrize("wrong", ["fishing", "phisng", "hacking", "phishingg-x", "hpihsing"])
def test_two_slips_are_another_word(wrong):
    text = TEXT.format(f"phases: [{wrong}]")
    assert fixed(text, WHERE, [word(wrong, "phishing", 10)]) == (text, [])


def test_all_slips_of_a_file_are_fixed_at_once():
    body = "id: be-a\ncrime_types: [Phishing, malwares]\nphase: [prevention]"
    words = [word("Phishing", "phishing", 15, line=4), word("malwares", "malware", 25, line=4)]
    text, made = fixed(TEXT.format(body), WHERE, [PATH, *words, unknown("phase", "phases", line=5)])
    assert text == TEXT.format("crime_types: [phishing, malware]\nphases: [prevention]")
    assert len(made) == 4
