"""The map: numbers that the search agrees with, gaps that are gaps, and nothing of notes the caller may not see."""

import random

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
