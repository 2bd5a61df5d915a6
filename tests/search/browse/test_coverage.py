"""Coverage: counts that add up, what is missing, and nothing of notes the caller may not see."""

from kb.text.languages import Language
from search.browse.coverage import Cell, Coverage

TODAY = "2026-11-25"
FR_BODY = "## Problème\n\nOn reçoit de faux messages.\n\n## Approche\n\nLes fournisseurs bloquent les sites.\n"


def test_counts_are_those_of_the_notes_that_the_caller_may_see(content, index):
    content.practice("be-a", countries=["BE"], crime_types=["phishing", "bec"], phases=["prevention"])
    content.translation("be-a", "fr", "en", FR_BODY)
    content.practice(
        "nl-b",
        countries=["NL"],
        phases=["prevention"],
        review_by=TODAY,
        evidence={"level": "independently-evaluated", "effect": "mixed"},
    )
    content.practice("nl-c", countries=["NL"], phases=["prevention"], review_by="2026-11-24", status="ended")
    content.strategy("be-plan")
    content.practice("lu-secret", countries=["LU"], tlp="amber", pap="amber", review_by="2026-01-02")
    view = index().view()
    assert view.coverage(TODAY) == Coverage(
        kinds={"practice": 3, "strategy": 1},
        countries={"BE": 2, "NL": 2},
        statuses={"operational": 2, "ended": 1, "in-force": 1},
        originals={"en": 4},
        translations={"fr": 1},
        evidence={"monitored": 2, "independently-evaluated": 1},
        cells=(
            Cell("bec", "prevention", "BE", 1, 0),
            Cell("phishing", "prevention", "BE", 1, 0),
            Cell("phishing", "prevention", "NL", 2, 1),
        ),
        searched=(),
        missing={
            "be-a": (Language.NL,),
            **dict.fromkeys(("be-plan", "nl-b", "nl-c"), (Language.FR, Language.NL)),
        },
        stale=("be-a/fr",),
        to_review=("nl-c",),
    )
