"""The coverage page: a map whose numbers the search confirms, in colours that can be read, and what is missing."""

import re
from pathlib import Path

import pytest

from api.locales.texts import TEXTS
from api.web.coverage_page import heat
from kb.text.languages import Language
from tests.api.web.conftest import read_page

STYLE = Path(__file__).parents[3] / "api" / "web" / "static" / "style.css"


def cells(page):
    """Address of each cell that has one -> its name, and its words."""
    return {
        attributes["href"]: (attributes["aria-label"], words.removeprefix(attributes["aria-label"]))
        for _, attributes, words in page.find("a")
        if "aria-label" in attributes and "phase=" in attributes["href"]
    }


@pytest.fixture(scope="module")
def read(client):
    return read_page(client.get("/en/coverage"))


def test_each_number_is_what_the_search_it_leads_to_lists(client, read):
    found = cells(read)
    assert len(found) > 300
    besides = {address for address, (_, figure) in found.items() if figure.startswith("+")}
    assert len(besides) > 50
    for address in sorted(found.keys() - besides)[::29]:
        name, figure = found[address]
        number = TEXTS[Language.EN].count("n_practice", int(figure))
        assert f">{number}" in client.get(address).text
        assert f": {number}" in name
    for address in sorted(besides)[::17]:
        name, figure = found[address]
        numbers = re.findall(r"(\d+) (?:power|playbook)s?", name)
        assert sum(map(int, numbers)) == int(figure)
        listed = read_page(client.get(address)).words
        assert "no practice" in name
        assert all(f"{number} {kind}" in listed for number, kind in re.findall(r"(\d+) (power|playbook)", name))


def test_the_table_has_the_numbers_of_the_picture(read):
    body = [row for row in read.rows if len(row) == 29]
    table = [re.fullmatch(r"(\d+)(?: \(\d+\))?(?: (\+\d+))?", cell) for row in body for cell in row[1:]]
    numbers = [found[1] if found[1] != "0" else found[2] for found in table if found]
    assert len(body) == len(numbers) // 28
    assert [number for number in numbers if number] == [figure for _, figure in cells(read).values()]
    empty = [attributes for attributes in read.all("rect") if attributes.get("fill") == "url(#unknown)"]
    assert len(empty) == numbers.count(None) > 50


def test_a_cell_that_is_evaluated_or_of_a_wider_area_is_marked(content, opened):
    content.practice("be-a", crime_types=["fireworks-online"], phases=["detection"])
    evidence = {"level": "systematic-review", "effect": "positive"}
    content.practice("eu-b", countries=["EU"], crime_types=["csam"], evidence=evidence)
    page = opened("/en/coverage")
    names = {name for name, _ in cells(page).values()}
    prevention = "child sexual abuse material, prevention"
    assert "illegal fireworks sold online, detection, Belgium: 1 practice" in names
    assert f"{prevention}, Luxembourg: 1 practice, 1 evaluated, only through a wider area" in names
    assert f"{prevention}, other countries and areas: 1 practice, 1 evaluated" in names
    assert len(page.all("circle", **{"class": "mark-1"})) == 8  # two crime types, four columns
    assert len(page.all("rect", **{"class": "heat-1 wider"})) == 6 + 1  # and the legend


def test_a_cell_without_practices_says_what_else_there_is_and_what_was_searched_in_vain(content, opened):
    content.power("be-keep", crime_types=["cross-cutting"], phases=["evidence"])
    content.playbook("csam", countries=["BE", "NL"], crime_types=["csam"], phases=["evidence"])
    (content.root / "taxonomy" / "searched.yaml").write_text(
        "- {crime_type: online-child-abuse, phase: victim-support, country: LU, searched: 2026-11-29}\n"
    )
    page = opened("/en/coverage")
    name = "child sexual abuse material, electronic evidence, Belgium: no practice, 1 power, 1 playbook"
    address = "/en/?country=BE&crime_type=csam&crime_type=cross-cutting&phase=evidence"
    assert cells(page)[address] == (name, "+2")
    searched = "sexual abuse of children online, victim support, Luxembourg: searched, none found (29 November 2026)"
    assert searched in [attributes["aria-label"] for attributes in page.all("g") if "aria-label" in attributes]
    assert "LU: searched, none found (29 November 2026)" in page.words


def test_heat_grows_with_the_number():
    assert [heat(practices) for practices in (0, 1, 2, 3, 4, 6, 7, 99)] == [0, 1, 2, 2, 3, 3, 4, 4]


def test_gaps_and_objectives_nobody_serves_are_said(content, opened):
    content.practice("be-a", implements=["be-plan#o1"])
    content.practice("gb-b", countries=["GB"], phases=["cooperation"])
    content.practice("eu-c", countries=["EU"], phases=["detection"])
    content.strategy("be-plan")
    content.strategy("be-past", status="expired")
    page = opened("/en/coverage")
    fraud = next(row for row in page.rows if row[0] == "online fraud" and len(row) == 3)
    assert "cooperation 1 elsewhere" in fraud[1]
    assert "prevention" not in fraud[1]
    assert fraud[2].startswith("detection 1 practice")
    served = next(row for row in page.rows if row[0] == "Block false sites.")
    assert re.search("Belgium.*A practice", served[1])
    assert next(row for row in page.rows if row[0] == "Help victims.")[1] == "none"
    assert "1 of 2 objectives have a practice" in page.words
    assert len(page.all("details", **{"class": "strategy"})) == 2
    assert page.all("details", open="") == []
    folds = [element.words for element in page.find("summary")]
    assert "Objectives of the strategy documents 2 strategy documents1 of 4 objectives have a practice" in folds


def test_notes_that_somebody_should_look_after_are_named(content, opened):
    content.practice("be-a", reviewed="2020-01-01", review_by="2021-01-01")
    body = "## Probleem\n\nMensen krijgen valse berichten.\n\n## Aanpak\n\nProviders blokkeren de sites.\n"
    content.translation("be-a", "nl", "en", body)
    page = opened("/en/coverage")
    found = {element.words for element in page.find("div")}
    words = TEXTS[Language.EN]
    assert f"{words['missing_versions']}1A practice (French)" in found
    assert f"{words['stale_versions']}1A practice (Dutch)" in found
    assert f"{words['overdue']}1A practice" in found
    assert page.hrefs().count("/en/notes/be-a") == 3


def test_numbers_can_be_read_on_every_heat_in_light_and_in_dark():
    root = re.findall(r":root \{(.+?)\}", STYLE.read_text(encoding="utf-8"), re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", block)) for block in root)
    assert light.keys() == dark.keys()
    for heat_class, number in (("heat-1", "on-light"), ("heat-2", "on-light"), ("heat-3", "on-3"), ("heat-4", "on-4")):
        for colours in (light, dark):
            back, text = luminance(colours[heat_class]), luminance(colours[number])
            assert (max(back, text) + 0.05) / (min(back, text) + 0.05) >= 4.5, (heat_class, colours is dark)


def luminance(colour):
    """Relative luminance, by https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
