"""How far notes say what to do: numbers of what they give, and nothing of notes the caller may not see."""

import pytest

from search.browse.guidance import Guidance

STEPS = "## Problem\n\nFalse messages.\n\n## Approach\n\n1. Call the bank.\n2. Keep the page.\n"
LINKED = "## Problem\n\nFalse messages.\n\n## Approach\n\nSee [keeping data](../../powers/be-keep/).\n"
SILENT = (
    "## Problem\n\nNo figures for\n2025 were found. The cost is not stated.\n\n## Approach\n\nBlocking.\n\n"
    "## Limits of this note\n\nThe agreement was not found.\n"
)
ZWIJGZAAM = (
    "## Probleem\n\nDe kosten zijn niet vermeld; cijfers zijn niet\ngevonden.\n\n## Aanpak\n\nBlokkeren.\n\n"
    "## Grenzen van deze beschrijving\n\nDe overeenkomst is niet gevonden.\n"
)
EVALUATION = {"url": "https://example.org/e", "year": 2024, "method": "trial"}


def evidence(effect, outcome):
    return {"level": "evaluated-locally", "effect": effect, "evaluations": [{**EVALUATION, "outcome": outcome}]}


def test_what_notes_give_is_counted(content, index):
    content.contact("desk-one")
    content.contact("desk-two")
    content.power("be-keep", contacts=["desk-one", "desk-two"])
    content.practice("be-a", body=STEPS, contacts=["desk-one"], evidence=evidence("positive", "12 % fewer reports"))
    content.practice("be-b", legal_basis=[{"name": "A code"}], evidence=evidence("positive", "Fewer reports"))
    content.practice("be-c", body=LINKED, evidence=evidence("unknown", "12 reports"))
    content.practice("be-d", body=SILENT, legal_basis=[{"note": "none found"}])
    content.translation("be-d", "nl", "en", ZWIJGZAAM)
    content.practice("be-e", body=STEPS, status="ended")
    content.practice("be-secret", body=SILENT, tlp="amber", pap="amber", contacts=["desk-two"])
    assert index().view().guidance() == Guidance(
        contacts=2,
        operational=4,
        with_law=2,
        with_contact=1,
        with_steps=1,
        effects=1,
        not_found={"fr": 0, "nl": 2, "en": 2},
        unfollowed=(),
    )


@pytest.mark.parametrize(
    ("past", "unfollowed"),
    [
        ({"status": "expired"}, ("be-a/be-plan",)),
        ({"status": "in-force"}, ()),
        ({"status": "expired", "body": "## Purpose\n\nLess crime. No successor is known.\n"}, ()),
    ],
)
def test_a_link_to_what_is_past_says_what_followed(content, index, past, unfollowed):
    objectives = "\n## Objectives and measures\n\n- Block false sites. {#o1}\n"
    given = {**past, "body": past["body"] + objectives} if "body" in past else past
    content.strategy("be-plan", **given)
    content.practice("be-a", implements=["be-plan#o1"])
    content.practice("be-b", implements=["be-next"])
    content.strategy("be-next")
    assert index().view().guidance().unfollowed == unfollowed


def test_a_note_that_replaces_it_says_what_followed(content, index):
    content.strategy("be-plan", status="replaced", replaced_by=["be-next"])
    content.strategy("be-next", replaces=["be-plan"])
    content.practice("be-a", implements=["be-plan#o1"])
    assert index().view().guidance().unfollowed == ()
