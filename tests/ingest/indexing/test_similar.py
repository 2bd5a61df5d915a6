"""Notes that say nearly the same: found across languages, reported in both, left alone where one names the other."""

import shutil
from pathlib import Path

import pytest

from ingest.indexing.similar import near_duplicates
from kb.content.reader import read_collection, read_taxonomy

REPOSITORY = Path(__file__).parents[3]
STRATEGY = """## Problem

## Purpose

Less crime.

## Approach

## Objectives and measures

- Block false sites. {#o1}
"""
FRENCH = """## Problème

Pour se faire passer pour la banque, des escrocs appellent leurs victimes et leur prennent leurs économies.

## Approche

La banque bloque le compte dès que le client signale l'appel.
"""


def found_in(root, encoder, tmp_path):
    notes = read_collection([root]).notes
    return near_duplicates(notes, read_taxonomy([root]), encoder, tmp_path / "v.sqlite", lambda step, done, total: None)


@pytest.fixture
def found(content, fake_encoder, tmp_path):
    return lambda: found_in(content.root, fake_encoder, tmp_path)


def ids(issues):
    return [Path(issue.path).parent.name for issue in issues]


def test_the_same_text_under_two_ids_is_reported_in_both_with_how_near_it_is(content, found):
    content.practice("be-a")
    content.practice("be-b")
    content.practice("be-c", title="Other words", summary="Altogether.", body="## Problem\n\nX.\n\n## Approach\n\nY.\n")
    issues = found()
    assert ids(issues) == ["be-a", "be-b"]
    assert {(issue.code, issue.level, issue.line) for issue in issues} == {("KB313", "warning", 1)}
    for issue, other in zip(issues, ("be-b", "be-a"), strict=True):
        assert issue.message == f"the note is much like `{other}` (English): nearness 1.00 of 1."


@pytest.mark.parametrize(
    "link",
    [
        {"related": [{"id": "be-a", "rel": "see-also"}]},
        {"body": "## Problem\n\nPeople receive false messages.\n\n## Approach\n\nSee [it](../be-a/).\n"},
    ],
)
def test_who_names_a_note_knows_it(content, found, link):
    content.practice("be-a")
    content.practice("be-b", **link)
    assert found() == []


def test_versions_of_one_note_are_no_duplicates_but_the_nearest_of_two_notes(content, found):
    assert found() == []  # without notes
    content.practice("be-a")
    content.translation("be-a", "fr", "en", FRENCH, title="A practice", summary="What it is, in a sentence.")
    assert found() == []
    content.practice("be-b", "fr", body=FRENCH, title="A practice", summary="What it is, in a sentence.")
    issues = found()
    assert [Path(issue.path).parts[-2:] for issue in issues] == [("be-a", "fr.md"), ("be-b", "fr.md")]
    assert "`be-a` (French)" in issues[1].message


def test_notes_of_other_kinds_and_countries_are_not_compared(content, found):
    own = {"title": "One title", "summary": "One summary.", "body": STRATEGY}
    content.practice("be-a", **own)
    content.strategy("be-plan", **own)
    content.practice("nl-a", countries=["NL"], **own)
    assert found() == []
    content.practice("bnl-a", countries=["BNL"], **own)
    assert {*ids(found())} == {"be-a", "bnl-a", "nl-a"}


def test_who_names_a_note_knows_what_it_replaces(content, found):
    content.strategy("be-1", title="A plan for years to come", status="replaced")
    other = "## Purpose\n\nAltogether different.\n\n## Objectives and measures\n\n- Block. {#o1}\n"
    content.strategy("be-2", title="Quite other words", summary="Nothing alike.", body=other, replaces=["be-1"])
    content.strategy("be-3", title="A plan for years to come", related=[{"id": "be-2", "rel": "see-also"}])
    assert found() == []


def test_a_real_note_written_again_in_another_language_is_found(encoder, tmp_path):
    root = tmp_path / "content"
    ours = REPOSITORY / "content"
    for folder in (ours / "taxonomy", *(ours / "practices").glob("be-*")):
        shutil.copytree(folder, root / folder.relative_to(ours))
    assert found_in(root, encoder, tmp_path) == []
    baps, planted = root / "practices" / "be-baps", root / "practices" / "be-planted"
    planted.mkdir()
    text = (baps / "en.md").read_text("utf-8").split("---\n", 2)
    facts = "".join((baps / "fr.md").read_text("utf-8").split("---\n", 2)[1].partition("countries:")[1:])
    own = text[1].partition("translation:")[0]
    (baps / "en.md").unlink()
    (planted / "en.md").write_text(f"---\n{own}{facts}---\n{text[2]}", "utf-8")
    issues = found_in(root, encoder, tmp_path)
    assert ids(issues) == ["be-baps", "be-planted"]
    assert issues[0].message.startswith("the note is much like `be-planted` (English): nearness 0.")
