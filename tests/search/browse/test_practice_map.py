"""The map: numbers that the search agrees with, gaps that are gaps, and nothing of notes the caller may not see."""

import random

from kb.access import clearance
from kb.notes.note import Kind
from kb.text.languages import Language
from search.browse.practice_map import Gap, MapCell

BE, NL, LU = ("BE",), ("NL",), ("LU",)
OTHERS = ("INT", "COE", "EU", "BNL", "DE", "FR", "GB")
EVALUATED = {"level": "evaluated-locally", "effect": "positive"}


def test_cells_count_narrower_crime_types_and_wider_areas(content, index):
    content.practice("be-a", crime_types=["phishing", "bec"], phases=["prevention", "cooperation"], evidence=EVALUATED)
    content.practice("nl-b", countries=["NL"])
    content.practice("bnl-c", countries=["BNL"])
    content.practice("gb-d", countries=["GB"], phases=["victim-support"])
    for level, effect in {"untested": "unknown", "independently-evaluated": "mixed"}.items():
        content.practice(
            f"lu-{level}", countries=["LU"], phases=["detection"], evidence={"level": level, "effect": effect}
        )
    content.strategy("lu-plan", countries=["LU"])
    found = index().view().practice_map()
    assert found.columns == (BE, NL, LU, OTHERS)
    row = {column: found.cells["phishing", "prevention", column] for column in found.columns}
    assert row == {
        BE: MapCell(2, 1, 1),
        NL: MapCell(2, 0, 1),
        LU: MapCell(1, 0, 0),
        OTHERS: MapCell(1, 0, 1),
    }
    assert found.cells["online-fraud", "prevention", BE] == MapCell(2, 1, 1)
    assert found.cells["bec", "cooperation", BE] == MapCell(1, 1, 1)
    assert found.cells["cross-cutting", "prevention", BE] == MapCell(0, 0, 0)
    assert found.cells["phishing", "victim-support", OTHERS] == MapCell(1, 0, 1)
    assert found.cells["phishing", "detection", LU] == MapCell(2, 1, 2)


def test_powers_and_playbooks_on_all_crime_count_for_every_crime_type(content, index):
    content.power("be-keep", crime_types=["cross-cutting"], phases=["evidence"])
    content.power("eu-order", countries=["EU"], crime_types=["cross-cutting"], phases=["evidence"])
    content.playbook("bec", countries=["BE", "LU"], crime_types=["bec"], phases=["evidence"])
    content.practice("be-a", crime_types=["csam"], phases=["evidence"], legal_basis=[{"name": "A code"}])
    searcher = index()
    found = searcher.view().practice_map()
    assert found.cells["bec", "evidence", BE] == MapCell(0, 0, 0, 2, 1)
    assert found.cells["online-fraud", "evidence", LU] == MapCell(0, 0, 0, 1, 1)
    assert found.cells["csam", "evidence", BE] == MapCell(1, 0, 1, 2, 0)
    assert found.cells["bec", "investigation", BE] == MapCell(0, 0, 0)
    asked = {"country": BE, "crime_type": ["bec", "cross-cutting"], "phase": ["evidence"]}
    listed = searcher.view().browse(Language.EN, **asked).totals
    assert (listed[Kind.POWER], listed[Kind.PLAYBOOK]) == (2, 1)


def test_what_was_searched_in_vain_is_said_where_nothing_is(content, index):
    about = {"crime_types": ["bec"], "phases": ["detection"]}
    content.practice("nl-secret", countries=["NL"], tlp="amber", pap="amber", **about)
    content.practice("be-a", **about)
    (content.root / "taxonomy" / "searched.yaml").write_text(
        "".join(
            f"- {{crime_type: bec, phase: detection, country: {country}, searched: 2026-11-29}}\n"
            for country in ("BE", "NL", "LU", "XX")
        )
    )
    searcher = index()
    cells = searcher.view().practice_map().cells
    searched = {country: cells["bec", "detection", (country,)].searched for country in ("BE", "NL", "LU")}
    assert searched == {"BE": None, "NL": "2026-11-29", "LU": "2026-11-29"}
    everything = searcher.view(clearance("amber", ["NL"], []))
    assert [each.cell for each in everything.coverage("2026-11-30").searched] == [("bec", "detection", "LU")]


def test_gaps_are_where_no_benelux_country_has_its_own(content, index):
    content.practice("be-a", crime_types=["phishing"], phases=["prevention"])
    content.practice("eu-b", countries=["EU"], crime_types=["phishing"], phases=["detection"])
    content.practice("gb-c", countries=["GB"], crime_types=["phishing"], phases=["victim-support"])
    gaps = {(gap.crime_type, gap.phase): gap for gap in index().view().practice_map().gaps}
    assert ("phishing", "prevention") not in gaps
    assert ("online-fraud", "prevention") not in gaps
    assert gaps["bec", "prevention"] == Gap("bec", "prevention", 0, 0)
    # once, of the broadest crime type
    assert gaps["online-fraud", "detection"] == Gap("online-fraud", "detection", 1, 1)
    assert ("phishing", "detection") not in gaps
    assert gaps["online-fraud", "victim-support"] == Gap("online-fraud", "victim-support", 0, 1)
    assert ("bec", "victim-support") not in gaps
    # nothing holds against fraud by invoice, though something does against fraud: another gap
    assert gaps["bec", "detection"] == Gap("bec", "detection", 0, 0)


def test_every_number_is_what_the_search_lists(searcher):
    found = searcher.view().practice_map()
    filled = sorted(key for key, cell in found.cells.items() if cell.practices)
    empty = sorted(key for key, cell in found.cells.items() if not cell.practices)
    assert len(filled) > 300
    choose = random.Random(1)
    for crime_type, phase, column in (*choose.sample(filled, 60), *choose.sample(empty, 20)):
        asked = {"country": column, "crime_type": [crime_type], "phase": [phase]}
        listed = searcher.view().browse(Language.EN, **asked)
        assert found.cells[crime_type, phase, column].practices == listed.totals[Kind.PRACTICE]
