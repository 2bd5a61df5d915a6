"""Issues stand at the place in the file where an author finds what is meant."""

from typing import Any

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


def places(content: Any, code: str, note_id: str = "be-a", language: str = "en") -> list[tuple[str, str]]:
    """What stands in the file where issues with this code are told: its line, and the text from the column on."""
    path = next(content.root.glob(f"*/{note_id}/{language}.md"))
    lines = path.read_text("utf-8").splitlines()
    issues = check(read_collection([content.root]), read_taxonomy([content.root]), "2026-11-28")
    found = [one for one in issues if (one.path, one.code) == (str(path), code)]
    return [(lines[one.line - 1], lines[one.line - 1][one.column - 1 :]) for one in found]


def starts(found: list[tuple[str, str]], *texts: str) -> bool:
    return len(found) == len(texts) and all(one[1].startswith(text) for one, text in zip(found, texts, strict=True))


@pytest.mark.parametrize(
    ("first", "second", "code", "told"),
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
    ],
)
def test_what_stands_in_the_text_is_told_where_it_stands(
    content: Any, first: str, second: str, code: str, told: list[str]
) -> None:
    content.practice("be-a", body=BODY.format(first, second))
    assert starts(places(content, code), *told)


def test_what_stands_in_a_field_is_told_there(content: Any) -> None:
    content.practice(
        "be-a", title="The shield of Mr Peeters", summary="Led by Inspector Janssens, with maliciel.",
        questions=["What does the shield do then?", "What does Detective Dupont do all day?"],
        contact="jan.peeters@example.org",
    )  # fmt: skip
    assert [line for line, _ in places(content, "KB406")] == [
        "- What does Detective Dupont do all day?", "summary: Led by Inspector Janssens, with maliciel.",
        "title: The shield of Mr Peeters",
    ]  # fmt: skip
    assert [line for line, _ in places(content, "KB405")] == ["contact: jan.peeters@example.org"]
    assert [line.split(":")[0] for line, _ in places(content, "KB404")] == ["summary"]


def test_a_number_is_told_where_it_stands_as_one(content: Any) -> None:
    (content.root / "sources").mkdir()
    (content.root / "sources" / "be-a.yaml").write_text(
        "- {url: https://example.org/a, publisher: An issuer, accessed: 2026-01-01, facts: [In 2014 it began]}\n",
        "utf-8",
    )
    content.practice("be-a", body=BODY.format("It began in 2014.", "There were 14 of them."))
    assert starts(places(content, "KB402"), "14 of them.")


def test_objectives_are_told_at_their_items(content: Any) -> None:
    purpose = "## Purpose\n\nTo help the victims of false sites.\n\n## Objectives and measures\n\n"
    content.strategy("plan", body=f"{purpose}- Help. {{#o1}}\n- Block\n  sites. {{#1}}\n- Help more. {{#o1}}\n")
    doel = "## Doel\n\nDe slachtoffers van valse sites helpen.\n\n## Doelstellingen en maatregelen\n\n"
    content.translation("plan", "nl", "en", f"{doel}- Helpen. {{#o9}}\n- Blokkeren. {{#1}}\n", folder="strategies")
    assert [line for line, _ in places(content, "KB308", "plan")] == ["  sites. {#1}", "- Help more. {#o1}"]
    assert starts(places(content, "KB308", "plan"), "{#1}", "{#o1}")
    told = [line for line, _ in places(content, "KB308", "plan", "nl")]
    assert told == ["## Doelstellingen en maatregelen", "- Helpen. {#o9}", "- Blokkeren. {#1}"]


def test_a_link_is_told_where_its_address_stands(content: Any) -> None:
    content.practice("be-a", body=BODY.format("See [there](other.md).", "See\n  [this](www.example.org)."))
    assert starts(places(content, "KB203"), "other.md).", "www.example.org).")
