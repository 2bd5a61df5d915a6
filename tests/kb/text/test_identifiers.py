"""Identifiers read alike in every spelling of three languages, and what only looks like one is left alone."""

from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.text.identifiers import as_written, keys, letters_within, mentions, name_key, name_keys, whole

CASES = yaml.safe_load(Path(__file__).with_name("identifiers.yaml").read_text("utf-8"))
SPELLINGS = CASES["spellings"]


@pytest.mark.parametrize("key", SPELLINGS)
def test_every_spelling_has_the_same_key(key):
    for text in SPELLINGS[key]:
        found = {each for each in keys(text) if not each.startswith("art:")}
        assert {key} <= found <= {key, whole(key)}, text


@pytest.mark.parametrize("text", CASES["none"])
def test_years_dates_fractions_and_amounts_are_no_identifiers(text):
    assert keys(text) == frozenset()


@pytest.mark.parametrize(("text", "numbers"), CASES["articles"].items())
def test_articles_alone(text, numbers):
    assert {key for key in keys(text) if key.startswith("art:")} == {f"art:{number}" for number in numbers}


@pytest.mark.parametrize(("text", "parts"), CASES["parts"].items())
def test_articles_beside_an_act_are_its_articles(text, parts):
    assert {key for key in keys(text) if "#" in key and not key.startswith("kst:")} == set(parts)


def test_an_identifier_inside_a_longer_is_found_once():
    found = mentions("Wet van 5 juni 2024 (Stb. 2024, 162), COM(2024) 64 en 2021/784")
    assert [each.key for each in found] == ["law:2024-06-05", "stb:2024/162", "com:2024/64", "eu:2021/784"]


@pytest.mark.parametrize("text", ["Sky ECC", "sky ecc", "SkyECC", "Sky-ECC", "SKY_ECC"])
def test_a_name_is_the_same_with_spaces_hyphens_and_capitals(text):
    assert name_key(text) == "name:skyecc"
    assert "name:skyecc" in name_keys(f"Qui lisait {text}, et depuis quand ?")


@pytest.mark.parametrize("kind", ["names", "no_names"])
def test_words_make_a_name_unless_they_are_short_or_cut(kind):
    for text, key in CASES[kind]:
        assert (key in name_keys(text)) == (kind == "names"), text


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("skyecc", "Qui lisait Sky ECC, et depuis quand ?", "Sky ECC"),
        ("skyecc", "sky scanners of Sky-ECC", "Sky-ECC"),
        ("skyecc", "who ran Sky", "skyecc"),
        ("cets:185#18", "artikel 18 van het Verdrag van Boedapest", "cets 185 art. 18"),
    ],
)
def test_a_name_is_said_as_the_question_has_it_and_another_identifier_as_people_read_it(name, text, written):
    assert as_written(name, text) == written


def test_how_much_of_a_text_is_identifiers():
    assert letters_within("2023/1543") == 8
    assert letters_within("wat zegt 2023/1543 daarover") == 8
    assert letters_within("wat zegt dat daarover") == 0


@given(st.integers(1990, 2026), st.integers(100, 9999))
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
    assert {keys(text) for text in spelt} == {frozenset({f"eu:{year}/{number}"})}


MONTHS = {1: "januari janvier January", 5: "mei mai May", 8: "augustus août August", 12: "december décembre December"}


@given(st.integers(1900, 2026), st.sampled_from(sorted(MONTHS)), st.integers(1, 28))
def test_any_law_by_its_date_in_three_languages(year, month, day):
    dutch, french, english = MONTHS[month].split()
    for text in (f"wet van {day} {dutch} {year}", f"loi du {day} {french} {year}", f"law of {day} {english} {year}"):
        assert keys(text) == {f"law:{year}-{month:02}-{day:02}"}


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_case_does_not_matter(text):
    assert all(":" in key for key in keys(text))
    assert all(mention.start < mention.end for mention in mentions(text))
    plain = text.encode("ascii", "ignore").decode()
    assert keys(plain.upper()) == keys(plain.lower())
    assert name_keys(plain.lower()) <= name_keys(plain.upper())
    assert letters_within(text) <= len(text) * 10


@given(st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=1, max_size=4))
def test_identifiers_stay_themselves_among_other_words(wanted):
    text = " en ook dat woord hier; ".join(SPELLINGS[key][0] for key in wanted)
    assert set(wanted) <= keys(text)
