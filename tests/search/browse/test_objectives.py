"""Objectives: who implements what, what nobody does, and nothing of notes the caller may not see."""

from kb.text.languages import Language

FR_BODY = "## But\n\nMoins.\n\n## Objectifs et mesures\n\n- Bloquer. {#o1}\n- Aider les victimes. {#o2}\n"


def test_objectives_show_their_practices_and_those_without(content, index):
    content.strategy("be-plan")
    content.translation("be-plan", "fr", "en", FR_BODY, folder="strategies")
    content.practice("be-a", implements=["be-plan#o1"])
    content.practice("nl-b", countries=["NL"], implements=["be-plan#o1"])
    content.practice("lu-c", countries=["LU"], implements=["be-plan"])
    (plan,) = index().view().objectives(Language.FR)
    assert [(objective.id, objective.words) for objective in plan.objectives] == [
        ("o1", "Bloquer."),
        ("o2", "Aider les victimes."),
    ]
    assert [[card.id for card in objective.practices] for objective in plan.objectives] == [["be-a", "nl-b"], []]
    assert [card.id for card in plan.whole] == ["lu-c"]
    assert (plan.served, plan.strategy.title) == (1, "Title fr")


def test_strategies_in_force_come_first_then_the_latest(content, index):
    content.strategy("be-a", status="expired", adopted="2025-01-01")
    content.strategy("be-b", status="in-force", adopted="2015-01-01")
    content.strategy("be-c", status="adopted", adopted="2024-01-01")
    content.strategy("be-d", status="in-force", adopted="2020-01-01")
    content.strategy("be-e", status="repealed", adopted="2026-01-01")
    found = index().view().objectives(Language.EN)
    assert [plan.strategy.id for plan in found] == ["be-d", "be-b", "be-c", "be-a", "be-e"]
