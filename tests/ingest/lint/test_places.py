"""Issues name the place in the file where an author finds what is meant, and of a link what to write instead."""

from pathlib import Path

import pytest
import yaml

from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy

PLACES = yaml.safe_load(Path(__file__).with_name("places.yaml").read_text("utf-8"))
BODY = """## Problem

People receive *messages* that lead them to false sites,
and lose their money there. {}

## Approach

- Providers of internet access send their customers
  to a page with a warning. {}
"""


def issues(content, code):
    found = check(read_collection([content.root]), read_taxonomy([content.root]), "2026-11-28")
    return [issue for issue in found if issue.code == code]


def places(content, code, file="be-a/en.md"):
    """The text from the column of each issue with this code in a file to the end of the line."""
    path = next(content.root.glob(f"*/{file}"))
    lines = path.read_text("utf-8").splitlines()
    found = [issue for issue in issues(content, code) if issue.path == str(path)]
    return [lines[issue.line - 1][issue.column - 1 :] for issue in found]


@pytest.mark.parametrize(("first", "second", "code", "expected"), PLACES["in the text"])
def test_what_is_in_the_text_has_its_place(content, first, second, code, expected):
    content.practice("be-a", body=BODY.format(first, second))
    assert places(content, code) == expected


def test_what_is_in_a_field_has_the_place_of_the_field(content):
    content.practice(
        "be-a",
        title="The shield of Mr Peeters",
        summary="Led by Inspector Janssens, with maliciel.",
        questions=["What does the shield do then?", "What does Detective Dupont do all day?"],
        contact="jan.peeters@example.org",
    )
    question, summary, title = places(content, "KB406")
    assert question == "What does Detective Dupont do all day?"
    assert places(content, "KB404") == [summary] == ["summary: Led by Inspector Janssens, with maliciel."]
    assert [title, *places(content, "KB405")] == ["title: The shield of Mr Peeters", "contact: jan.peeters@example.org"]


def test_a_number_has_the_place_where_it_is_a_word(content):
    (content.root / "sources").mkdir()
    extract = "- {url: https://example.org/a, publisher: An issuer, accessed: 2026-01-01, facts: [In 2014 it began]}\n"
    (content.root / "sources" / "be-a.yaml").write_text(extract, "utf-8")
    content.practice("be-a", body=BODY.format("It began in 2014.", "There were 14 of them."))
    assert places(content, "KB402") == ["14 of them."]


def test_objectives_have_the_place_of_their_marks(content):
    purpose = "## Purpose\n\nTo help the victims of false sites.\n\n## Objectives and measures\n\n"
    content.strategy("plan", body=f"{purpose}- Help. {{#o1}}\n- Block\n  sites. {{#1}}\n- Help more. {{#o1}}\n")
    doel = "## Doel\n\nDe slachtoffers van valse sites helpen.\n\n## Doelstellingen en maatregelen\n\n"
    content.translation("plan", "nl", "en", f"{doel}- Helpen. {{#o9}}\n- Blokkeren. {{#1}}\n", folder="strategies")
    assert places(content, "KB308", "plan/en.md") == ["{#1}", "{#o1}"]
    assert places(content, "KB308", "plan/nl.md") == ["## Doelstellingen en maatregelen", "{#o9}", "{#1}"]


@pytest.mark.parametrize(("remedy", "targets"), PLACES["links"].items())
def test_a_link_that_leads_nowhere_names_what_to_write(content, remedy, targets):
    targets = targets.split()
    content.practice("be-a", body=BODY.format("", " ".join(f"See [it]({target})." for target in targets)))
    content.practice("be-b")
    found = [issue.remedy for issue in issues(content, "KB203")]
    assert found == ([remedy] * len(targets) if remedy != "none" else [])
