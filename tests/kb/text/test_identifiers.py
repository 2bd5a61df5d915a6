"""Identifiers read alike in every spelling of three languages, and what only looks like one is left alone."""

import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.text.identifiers import keys, letters_within, mentions, name_key, name_keys, whole

SPELLINGS = {
    "eu:2023/1543": (
        "2023/1543",
        "Verordening (EU) 2023/1543",
        "verordening 2023/1543",
        "VERORDENING (EU) NR. 2023/1543",
        "règlement 2023/1543",
        "Règlement (UE) 2023/1543",
        "reglement (ue) n° 2023/1543",
        "Regulation (EU) 2023/1543",
        "Reg. 2023/1543",
        "EU 2023/1543",
        "32023R1543",
        "celex:32023R1543",
        "02023R1543-20230728",
        "http://data.europa.eu/eli/reg/2023/1543/oj",
        "wat zegt verordening 2023/1543 over bewijs?",
    ),
    "eu:2022/2555": ("Directive (EU) 2022/2555", "richtlijn 2022/2555", "directive 2022/2555", "32022L2555"),
    "eu:2013/40": ("2013/40/EU", "Directive 2013/40/UE", "richtlijn 2013/40/EU", "32013L0040"),
    "eu:1995/46": ("95/46/EC", "directive 95/46/CE", "Richtlijn 95/46/EG", "31995L0046"),
    "eu:2008/977": ("2008/977/JHA", "décision-cadre 2008/977/JAI", "Kaderbesluit 2008/977/JBZ"),
    "eu:2014/910": ("Regulation (EU) No 910/2014", "Verordening (EU) nr. 910/2014", "règlement (UE) n° 910/2014"),
    "eu:2025/3445": ("C/2025/3445", "32025H03445"),
    "com:2024/64": ("COM(2024) 64", "COM(2024)64", "com (2024) 64 final", "COM/2024/64", "COM 2024 64", "52024DC0064"),
    "join:2020/18": ("JOIN(2020) 18", "52020JC0018"),
    "cets:185": (
        "CETS 185",
        "CETS185",
        "stce185",
        "CETS No. 185",
        "cets-185",
        "ETS 185",
        "STE 185",
        "STE n° 185",
        "STCE n°185",
        "ETS nr. 185",
        "Traité n° 185",
        "Treaty No. 185",
        "verdrag nr. 185",
    ),
    "kst:28684#717": (
        "Kamerstuk 28684-717",
        "kamerstuk 28 684, nr. 717",
        "Kamerstukken II 2022/23, 28684, nr. 717",
        "28684-717",
        "28 684 nr. 717",
        "kst-28684-717",
    ),
    "kst:35692": ("wetsvoorstel 35692", "kamerstuk 35 692"),
    "law:2024-04-26": (
        "wet van 26 april 2024",
        "NIS2-wet van 26 april 2024",
        "loi du 26 avril 2024",
        "loi NIS2 du 26 avril 2024",
        "law of 26 April 2024",
        "Act of April 26, 2024",
        "loi 26 avril 2024",
        "wet van 26/04/2024",
        "WET 26-4-2024",
        "loi du 26.04.2024",
        "cyberbeveiligingswet van 26 april 2024",
        "law of 2024-04-26",
    ),
    "law:2018-08-01": ("loi du 1er août 2018", "wet van 1 augustus 2018", "law of 1 August 2018", "loi 1er aout 2018"),
    "law:2024-05-12": (
        "arrêté royal du 12 mai 2024",
        "arrêté royal 12 mai 2024",
        "koninklijk besluit van 12 mei 2024",
        "KB van 12 mei 2024",
        "K.B. 12 mei 2024",
        "A.R. du 12 mai 2024",
        "royal decree of 12 May 2024",
    ),
    "stb:2024/162": ("Stb. 2024, 162", "Staatsblad 2024, 162", "stb 2024 nr. 162"),
    "numac:2024202344": ("2024202344",),
    "case:c-670/22": ("C-670/22", "zaak C‑670/22", "affaire C-670/22", "62022CJ0670"),
    "ecli:nl:rbmne:2023:375": (
        "ECLI:NL:RBMNE:2023:375",
        "in ecli:nl:rbmne:2023:375.",
        "ecli nl rbmne 2023 375",
        "ECLI-NL-RBMNE-2023-375",
    ),
    "cve:2021-44228": ("CVE-2021-44228", "cve 2021-44228", "CVE‑2021‑44228"),
    "attack:t1566#004": ("T1566.004", "t1566.004"),
    "ref:p231581n": ("P.23.1581.N", "arrest P.23.1581.N van het Hof"),
    "ref:1002516": ("conclusions 10025/16", "10025/16"),
    "ref:126nba": ("126nba Sv", "artikel 126nba"),
}


@pytest.mark.parametrize(
    ("text", "key"), [(text, key) for key, texts in SPELLINGS.items() for text in texts], ids=lambda value: value
)
def test_every_spelling_has_the_same_key(text: str, key: str) -> None:
    assert key in keys(text)
    assert {one for one in keys(text) if not one.startswith("art:")} <= {key, whole(key)}


@pytest.mark.parametrize(
    "text",
    [
        "in 2023/24",
        "2022-2025",
        "2023/2024",
        "van 2019/2023",
        "1/2 of 3/4",
        "24/7",
        "12/05/2023",
        "2023/12/05",
        "26 april 2024",
        "op 26 april 2024 werd",
        "1.000.000 euro",
        "2,5 miljoen",
        "16 000",
        "24-hour",
        "90-day",
        "21st",
        "10h30",
        "5G",
        "8002 1234",
        "http://example.org/2023/1543/x",
        "law applied since 18 October 2024",
        "law enforcement meeting of 3 May 2024",
        "wet verscheen. Op 17 mei 2024",
        "ransomware",
        "treaty 9",
        "com 12",
        "the com port 2024",
        "art of war",
        "T12",
        "suspect@2023.example",
        "",
    ],
)
def test_years_dates_fractions_and_amounts_are_no_identifiers(text: str) -> None:
    assert keys(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("art. 35", {"35"}),
        ("Article 35", {"35"}),
        ("artikel 35", {"35"}),
        ("ART 35", {"35"}),
        ("l'article 6-1", {"6-1"}),
        ("articles 29, 30 et 35", {"29", "30", "35"}),
        ("artikelen 29, 30 en 35", {"29", "30", "35"}),
        ("articles 29 and 30", {"29", "30"}),
        ("artikelen 34 tot 37", {"34", "35", "36", "37"}),
        ("article 4(3)", {"4"}),
        ("artikel 6:196c BW", {"6:196c"}),
        ("articles 62/1 et 62/2", {"62/1", "62/2"}),
        ("artikel 126nba", {"126nba"}),
        ("art. 121/8, § 1er", {"121/8"}),
        ("artikel 314bis", {"314bis"}),
    ],
)
def test_articles_alone(text: str, numbers: set[str]) -> None:
    assert {key for key in keys(text) if key.startswith("art:")} == {f"art:{number}" for number in numbers}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("CETS 185 article 35", {"cets:185#35"}),
        ("art. 35 STE 185", {"cets:185#35"}),
        ("Convention on Cybercrime (CETS 185), Articles 29, 30 and 35", {"cets:185#29", "cets:185#30", "cets:185#35"}),
        ("articles 29 and 30 of ETS 185", {"cets:185#29", "cets:185#30"}),
        ("artikel 28 van Richtlijn (EU) 2022/2555: de staten", {"eu:2022/2555#28"}),
        ("les articles 22 et 23 de la loi du 26 avril 2024", {"law:2024-04-26#22", "law:2024-04-26#23"}),
        ("Article 5 applies. The other act, CETS 185, does not.", set()),
        ("Kamerstuk 28684-717, artikel 3", set()),
    ],
)
def test_articles_beside_an_act_are_its_articles(text: str, parts: set[str]) -> None:
    assert {key for key in keys(text) if "#" in key and not key.startswith("kst:")} == parts


def test_an_identifier_inside_a_longer_one_is_told_once() -> None:
    assert [one.key for one in mentions("Wet van 5 juni 2024 (Stb. 2024, 162), COM(2024) 64 en 2021/784")] == [
        "law:2024-06-05",
        "stb:2024/162",
        "com:2024/64",
        "eu:2021/784",
    ]


def test_several_identifiers_of_one_question() -> None:
    found = keys("Is the NIS2 law of 26 April 2024 based on 32022L2555, art. 21?")
    assert found == {"law:2024-04-26", "eu:2022/2555", "eu:2022/2555#21", "art:21"}


@pytest.mark.parametrize("text", ["Sky ECC", "sky ecc", "SkyECC", "Sky-ECC", "SKY_ECC"])
def test_a_name_is_the_same_with_spaces_hyphens_and_capitals(text: str) -> None:
    assert name_key(text) == "name:skyecc"
    assert "name:skyecc" in name_keys(f"Qui lisait {text}, et depuis quand ?")


@pytest.mark.parametrize("text", ["NIS2", "NIS 2", "NIS-2", "nis2", "de NIS-2-wet", "(NIS2)", "l'application de NIS 2"])
def test_a_name_with_a_number(text: str) -> None:
    assert "name:nis2" in name_keys(text)


def test_a_name_ends_with_a_word() -> None:
    assert "name:misp" not in name_keys("mispoes en misplaatst")


def test_short_words_make_a_name_together_only_with_capitals_or_a_digit() -> None:
    assert "name:ail" not in name_keys("Bitcoin n'a-il pas été piraté ?")
    assert "name:tcy" in name_keys("les formulaires du T-CY")
    assert "name:jcat" in name_keys("wie zit er in j-cat")
    assert "name:ail" in name_keys("utiliser ail")


def test_how_much_of_a_text_is_identifiers() -> None:
    assert letters_within("2023/1543") == 8
    assert letters_within("wat zegt 2023/1543 daarover") == 8
    assert letters_within("wat zegt dat daarover") == 0


NUMBERS = st.integers(100, 9999)


@given(st.integers(1990, 2026), NUMBERS)
def test_any_act_of_the_union_in_every_spelling(year: int, number: int) -> None:
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
def test_any_law_by_its_date_in_three_languages(day: datetime.date, months: str) -> None:
    assume(day.day <= 28)
    dutch, french, english = (month.format(day.day) for month in months.split(";"))
    key = f"law:{day.year}-{MONTHS[months]:02}-{day.day:02}"
    for text in (f"wet van {dutch} {day.year}", f"loi du {french} {day.year}", f"law of {english} {day.year}"):
        assert keys(text) == {key}


@given(st.text(max_size=200))
def test_any_text_can_be_read_and_case_does_not_matter(text: str) -> None:
    assert all(":" in key for key in keys(text))
    assert all(one.start < one.end for one in mentions(text))
    plain = text.encode("ascii", "ignore").decode()
    assert keys(plain.upper()) == keys(plain.lower())
    assert name_keys(plain.lower()) <= name_keys(plain.upper())
    assert letters_within(text) <= len(text) * 10


@given(st.lists(st.sampled_from(sorted(SPELLINGS)), min_size=1, max_size=4))
def test_identifiers_stay_themselves_among_other_words(wanted: list[str]) -> None:
    text = " en ook dat woord hier; ".join(SPELLINGS[key][0] for key in wanted)
    assert set(wanted) <= keys(text)
