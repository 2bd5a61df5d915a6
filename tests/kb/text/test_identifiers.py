"""Identifiers read alike in every spelling of three languages, and what only looks like one is left alone."""

import datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.text.identifiers import keys, letters_within, mentions, name_key, name_keys, whole

CASES = yaml.safe_load(Path(__file__).with_name("identifiers.yaml").read_text("utf-8"))
SPELLINGS = CASES["spellings"]


@pytest.mark.parametrize(
    ("text", "key"), [(text, key) for key, texts in SPELLINGS.items() for text in texts], ids=lambda value: value
)
def test_every_spelling_has_the_same_key(text, key):
    assert key in keys(text)
    assert {one for one in keys(text) if not one.startswith("art:")} <= {key, whole(key)}


@pytest.mark.parametrize("text", CASES["none"])
def test_years_dates_fractions_and_amounts_are_no_identifiers(text):
    assert keys(text) == frozenset()


@pytest.mark.parametrize(("text", "numbers"), CASES["articles"].items())
def test_articles_alone(text, numbers):
    assert {key for key in keys(text) if key.startswith("art:")} == {f"art:{number}" for number in numbers}


@pytest.mark.parametrize(("text", "parts"), CASES["parts"].items())
def test_articles_beside_an_act_are_its_articles(text, parts):
    assert {key for key in keys(text) if "#" in key and not key.startswith("kst:")} == set(parts)


def test_an_identifier_inside_a_longer_one_is_told_once():
    assert [one.key for one in mentions("Wet van 5 juni 2024 (Stb. 2024, 162), COM(2024) 64 en 2021/784")] == [
        "law:2024-06-05",
        "stb:2024/162",
        "com:2024/64",
        "eu:2021/784",
    ]


def test_several_identifiers_of_one_question():
    found = keys("Is the NIS2 law of 26 April 2024 based on 32022L2555, art. 21?")
    assert found == {"law:2024-04-26", "eu:2022/2555", "eu:2022/2555#21", "art:21"}


@pytest.mark.parametrize("text", ["Sky ECC", "sky ecc", "SkyECC", "Sky-ECC", "SKY_ECC"])
def test_a_name_is_the_same_with_spaces_hyphens_and_capitals(text):
    assert name_key(text) == "name:skyecc"
    assert "name:skyecc" in name_keys(f"Qui lisait {text}, et depuis quand ?")


@pytest.mark.parametrize("text", ["NIS2", "NIS 2", "NIS-2", "nis2", "de NIS-2-wet", "(NIS2)", "l'application de NIS 2"])
def test_a_name_with_a_number(text):
    assert "name:nis2" in name_keys(text)


def test_a_name_ends_with_a_word():
    assert "name:misp" not in name_keys("mispoes en misplaatst")


def test_short_words_make_a_name_together_only_with_capitals_or_a_digit():
    assert "name:ail" not in name_keys("Bitcoin n'a-il pas été piraté ?")
    assert "name:tcy" in name_keys("les formulaires du T-CY")
    assert "name:jcat" in name_keys("wie zit er in j-cat")
    assert "name:ail" in name_keys("utiliser ail")


def test_how_much_of_a_text_is_identifiers():
    assert letters_within("2023/1543") == 8
    assert letters_within("wat zegt 2023/1543 daarover") == 8
    assert letters_within("wat zegt dat daarover") == 0


NUMBERS = st.integers(100, 9999)


@given(st.integers(1990, 2026), NUMBERS)
def test_any_act_of_the_union_in_every_spelling(year, number):
    assume(not year <= number <= year + 20)
    spelt = (
        f"{year}/{number}",
        f"Verordening (EU) {year}/{number}",
        f"règlement (UE) {year}/{number}",
        f"regulation {year}/{number}",
        f"3{year}R{number:04}",
        f"{year}/{number}/EU",
    )
    assert [keys(one) for one in spelt] == [frozenset({f"eu:{year}/{number}"})] * len(spelt)


MONTHS = {
    "{} januari;{} janvier;{} January": 1,
    "{} mei;{} mai;{} May": 5,
    "{} augustus;{} août;{} August": 8,
    "{} december;{} décembre;{} December": 12,
}


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2026, 12, 31)), st.sampled_from(sorted(MONTHS)))
def test_any_law_by_its_date_in_three_languages(day, months):
    assume(day.day <= 28)
    dutch, french, english = (month.format(day.day) for month in months.split(";"))
    key = f"law:{day.year}-{MONTHS[months]:02}-{day.day:02}"
    for text in (f"wet van {dutch} {day.year}", f"loi du {french} {day.year}", f"law of {english} {day.year}"):
        assert keys(text) == {key}


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_case_does_not_matter(text):
    assert all(":" in key for key in keys(text))
    assert all(one.start < one.end for one in mentions(text))
    plain = text.encode("ascii", "ignore").decode()
    assert keys(plain.upper()) == keys(plain.lower())
    assert name_keys(plain.lower()) <= name_keys(plain.upper())
    assert letters_within(text) <= len(text) * 10


@given(st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=1, max_size=4))
def test_identifiers_stay_themselves_among_other_words(wanted):
    text = " en ook dat woord hier; ".join(SPELLINGS[key][0] for key in wanted)
    assert set(wanted) <= keys(text)
