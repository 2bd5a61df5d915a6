"""Machine tags are those of MISP, the language that of the file; slips are fixed, and what is not sure stays."""

from pathlib import Path

import pytest
import yaml

from ingest.lint import check, fixed
from ingest.lint.front_matter import is_machine_tag
from kb.content.reader import read_collection, read_taxonomy
from kb.issue import Issue
from kb.notes.note import Kind
from kb.notes.note_file import NotePath
from kb.text.languages import Language

WHERE = NotePath(Kind.PRACTICE, "be-a", Language.EN, "practices/be-a/en.md")
TEXT = "---\ntitle: T\n{}\n---\n\nText.\n"
SLIPS = yaml.safe_load(Path(__file__).with_name("slips.yaml").read_text("utf-8"))


def test_every_tag_of_every_taxonomy_is_known():
    from pytaxonomies import Taxonomies

    every = [tag for tags in Taxonomies().all_machinetags() for tag in tags]
    assert len(every) > 5_000
    assert [tag for tag in every if not is_machine_tag(tag)] == []


@pytest.mark.parametrize("tag", ["phishing", "", "rsit:", "rsit:fraud=phishing", '../rsit:fraud="phishing"'])
def test_other_tags_are_not(tag):
    others = (tag, f'{tag}="phishing" ', 'rsit:fraud="fishing"', 'nothing:fraud="phishing"', 'rsit:fraud=""')
    assert not any(map(is_machine_tag, others))


def test_a_text_of_another_language_is_renamed_where_nothing_hangs_on_its_name(content):
    dutch = "Mensen krijgen berichten die hen naar valse sites leiden en raken daar hun geld kwijt."

    def remedies():
        found = check(read_collection([content.root]), read_taxonomy([content.root]), "2026-11-29")
        return [(Path(issue.path).name, issue.remedy) for issue in found if issue.code == "KB115"]

    content.practice("be-a", "fr", f"## Problème\n\n{dutch}\n\n## Approche\n\n{dutch}\n")
    assert remedies() == [("fr.md", "Rename it to nl.md, or write it in French.")]
    content.practice("be-a", "fr", "## Problème\n\nRien.\n\n## Approche\n\nTexte.\n")
    content.translation("be-a", "en", "fr", f"## Problem\n\n{dutch}\n\n## Approach\n\n{dutch}\n")
    assert remedies() == [("en.md", "Write it in English.")]


def issue(code, says, line=3, column=1, **_):
    return Issue(WHERE.path, line, column, code, *says.split("|"))


def corrected(written, meant):
    """What becomes of a word of a vocabulary, if it is taken for another."""
    found = issue("KB111", f"`{written}` is not in the vocabulary x.|Did you mean `{meant}`?", column=10)
    text, _ = fixed(TEXT.format(f"phases: [{written}]"), WHERE, [found])
    return text.partition("[")[2].partition("]")[0]


@pytest.mark.parametrize("slip", SLIPS["fixed"], ids=lambda slip: slip["before"])
def test_a_slip_is_fixed_and_reported(slip):
    found = issue(**slip)
    text, made = fixed(TEXT.format(slip["before"]), WHERE, [found])
    assert text == TEXT.replace("{}\n", slip["after"])
    assert made == [f"practices/be-a/en.md:{found.line}: fixed {found.code} {slip['done']}"]


def test_all_slips_of_a_file_are_fixed_in_one_pass():
    body = "id: be-a\nphase: [prevention]"
    found = [
        issue("KB106", "`id` comes from the path.|"),
        issue("KB107", "unknown field `phase`.|Did you mean `phases`?", 4),
    ]
    text, made = fixed(TEXT.format(body), WHERE, found)
    assert text == TEXT.format("phases: [prevention]")
    assert len(made) == 2


@pytest.mark.parametrize("slip", SLIPS["kept"], ids=lambda slip: slip["before"])
def test_what_is_not_sure_stays(slip):
    text = TEXT.format(slip["before"])
    assert fixed(text, WHERE, [issue(**slip)]) == (text, [])


@pytest.mark.parametrize("wrong", ["Phishing", "phising", "phisshing", "phishimg", "phihsing", "phishin", "hishing"])
def test_one_slip_is_a_letter_or_case(wrong):
    assert (corrected(wrong, "phishing"), corrected("phishing", wrong)) == ("phishing", wrong)


@pytest.mark.parametrize("wrong", ["fishing", "phisng", "hacking", "phishingg-x", "hpihsing"])
def test_two_slips_are_another_word(wrong):
    assert corrected(wrong, "phishing") == wrong
