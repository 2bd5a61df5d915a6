"""Terms of countries: what to write instead of one, and how a list of them is refused."""

import re

import pytest

from kb.errors import SettingsError
from kb.text.country_terms import country_terms

TERM = {
    "term": "officier van justitie",
    "language": "nl",
    "countries": ["NL"],
    "meaning": "who prosecutes",
    "use_instead": {"BE": "procureur des Konings", "any": "openbaar aanklager"},
}


@pytest.mark.parametrize(
    ("countries", "instead"),
    [
        (("BE",), "procureur des Konings"),
        (("LU",), "openbaar aanklager"),
        (("LU", "BE"), "openbaar aanklager"),
        ((), ""),
    ],
)
def test_another_term_is_told_for_the_country_or_for_all_others(countries, instead):
    [term] = country_terms([TERM], "terms.yaml")
    assert term.instead(countries) == instead


def test_where_the_list_says_nothing_of_a_country_nothing_is_told():
    [term] = country_terms([{**TERM, "use_instead": {"BE": "procureur des Konings"}}], "terms.yaml")
    assert (term.instead(("LU",)), term.instead(("LU", "BE"))) == ("", "procureur des Konings")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (None, ""),
        ({"terms": [TERM]}, ""),
        ([TERM, "officier"], "1"),
        ([{**TERM, "language": "de"}], "0.language"),
        ([TERM, {**TERM, "meaning": " "}], "1.meaning"),
        ([{**TERM, "instead": "x"}], "0.instead"),
        ([{name: value for name, value in TERM.items() if name != "countries"}], "0.countries"),
    ],
)
def test_a_list_of_another_form_is_refused_with_its_place(data, place):
    message = f"terms.yaml: not a list of terms: `{place}` is missing, unknown or malformed."
    with pytest.raises(SettingsError, match=re.escape(message)):
        country_terms(data, "terms.yaml")
