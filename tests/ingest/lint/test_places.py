"""Issues name the place in the file where an author finds what is meant, and of a link what to write instead."""

import pytest

from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy

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


def places(content, code, note_id="be-a", language="en"):
    """The line of each issue with this code in a file, and the text from the issue's column on."""
    path = next(content.root.glob(f"*/{note_id}/{language}.md"))
    lines = path.read_text("utf-8").splitlines()
    found = [issue for issue in issues(content, code) if issue.path == str(path)]
    return [(lines[issue.line - 1], lines[issue.line - 1][issue.column - 1 :]) for issue in found]


def starts(found, *texts):
    return len(found) == len(texts) and all(rest.startswith(text) for (_, rest), text in zip(found, texts, strict=True))


@pytest.mark.parametrize(
    ("first", "second", "code", "expected"),
    [
        ("", "Ask Mr Peeters.", "KB406", ["Mr Peeters."]),
        ("Ask Mr\nPeeters.", "", "KB406", ["Mr"]),
        ("Ask **Mr** Peeters.", "", "KB406", ["Mr** Peeters."]),
        ("Mr Peeters, Mr Peeters.", "Mr\n  Peeters", "KB406", ["Mr Peeters, Mr", "Mr Peeters.", "Mr"]),
        ("Write to jan.peeters@example.org now.", "", "KB405", ["jan.peeters@"]),
        ("", "Call 0470 12\n  34 56 now.", "KB405", ["0470 12"]),
        ("They say “maliciel”.", "Some are victims of a\n  maliciel.", "KB404", ["maliciel."]),
        ("“maliciel” is a maliciel.", "", "KB404", ["maliciel."]),
        ("Ask Mr&#32;Peeters.", "", "KB406", ["People receive"]),  # the block it stands in
        ("See [there](other.md).", "See\n  [this](www.example.org).", "KB203", ["other.md).", "www.example.org)."]),
    ],
)
def test_what_is_in_the_text_is_found_there(content, first, second, code, expected):
    content.practice("be-a", body=BODY.format(first, second))
    assert starts(places(content, code), *expected)


def test_what_is_in_a_field_is_found_there(content):
    content.practice(
        "be-a",
        title="The shield of Mr Peeters",
        summary="Led by Inspector Janssens, with maliciel.",
        questions=["What does the shield do then?", "What does Detective Dupont do all day?"],
        contact="jan.peeters@example.org",
    )
    assert [line.split(":")[0] for line, _ in places(content, "KB406")] == [
        "- What does Detective Dupont do all day?",
        "summary",
        "title",
    ]
    assert [line for line, _ in places(content, "KB405")] == ["contact: jan.peeters@example.org"]
    assert [line.split(":")[0] for line, _ in places(content, "KB404")] == ["summary"]


def test_a_number_is_found_where_it_is_a_word(content):
    (content.root / "sources").mkdir()
    extract = "- {url: https://example.org/a, publisher: An issuer, accessed: 2026-01-01, facts: [In 2014 it began]}\n"
    (content.root / "sources" / "be-a.yaml").write_text(extract, "utf-8")
    content.practice("be-a", body=BODY.format("It began in 2014.", "There were 14 of them."))
    assert starts(places(content, "KB402"), "14 of them.")


def test_objectives_are_found_at_their_items(content):
    purpose = "## Purpose\n\nTo help the victims of false sites.\n\n## Objectives and measures\n\n"
    content.strategy("plan", body=f"{purpose}- Help. {{#o1}}\n- Block\n  sites. {{#1}}\n- Help more. {{#o1}}\n")
    doel = "## Doel\n\nDe slachtoffers van valse sites helpen.\n\n## Doelstellingen en maatregelen\n\n"
    content.translation("plan", "nl", "en", f"{doel}- Helpen. {{#o9}}\n- Blokkeren. {{#1}}\n", folder="strategies")
    assert [line for line, _ in places(content, "KB308", "plan")] == ["  sites. {#1}", "- Help more. {#o1}"]
    assert starts(places(content, "KB308", "plan"), "{#1}", "{#o1}")
    found = [line for line, _ in places(content, "KB308", "plan", "nl")]
    assert found == ["## Doelstellingen en maatregelen", "- Helpen. {#o9}", "- Blokkeren. {#1}"]


FORM = "Write `../<id>/` for a note of the same kind, `../../strategies/<id>/` for a strategy."
LINKS = {
    None: "https://www.politie.be HTTPS://politie.be/a Http://localhost:8000 https://politie.be?q=1 #risks "
    "mailto:info@example.org MAILTO:info@example.org https://müller.example/ ../be-b/ ../be-b/#risks",
    "Begin it with `https://`.": "www.politie.be WWW.Politie.be/aangifte politie.be ccb.belgium.be/en?a#b //politie.be "
    "politie.be:443/a",
    "Write `https://`, the site, and its path.": "https:/x https:// https:///x https:politie.be http://?q",
    FORM: "other.md plan.pdf page.html#a be-b /practices/be-b mailto:",
    "Did you mean `be-b`?": "../be-bb/",
}


@pytest.mark.parametrize("remedy", LINKS)
def test_a_link_that_leads_nowhere_names_what_to_write(content, remedy):
    targets = LINKS[remedy].split()
    content.practice("be-a", body=BODY.format("", " ".join(f"See [it]({target})." for target in targets)))
    content.practice("be-b")
    found = [issue.remedy for issue in issues(content, "KB203")]
    assert found == ([remedy] * len(targets) if remedy else [])
