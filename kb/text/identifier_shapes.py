"""The shapes of official numbers in folded text, and the keys they are read as: regular expressions and nothing else.

Tried one after another, the surest first: what one shape has read, no later one reads again.
A group `number` is a whole number, `year` may have two digits; all others are taken as they stand.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

Read = Callable[[re.Match[str]], str | None]
"""A match -> its key; None for what only looks like an identifier."""

_NUMBER = r"(?:no\.?|nrs?\.?|n\.(?= ?\d)|nummer|numero|number|#)"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ACT = (
    r"(?:regulation|reg\.?|reglement|verordening|vo|directive|dir\.?|richtlijn|rl|decision|besluit|beschikking"
    r"|kaderbesluit|recommendation|recommandation|aanbeveling)"
)
_UNION = r"\(? ?(?:eu|ue|eg|ce|ec|eec|cee|eeg|euratom)\b ?\)?"
_PILLAR = r"(?:eu|ue|eg|ce|ec|eec|cee|eeg|jha|jai|jbz|gbvb|pesc|cfsp)\b"
_PARLIAMENT = (
    r"(?:kamerstuk(?:ken)?|kst\.?|tk|ek|dossier|wetsvoorstel|parl\. st\.)(?: i{1,2}\b)?"
    r"(?: [12]\d{3}[/-]\d{2,4},?)?[,-]? ?"
)
_DOSSIER = r"(?P<dossier>\d\d ?\d{3})"
_GAZETTE = r"(?:stb|staatsblad|trb|tractatenblad)\.?,? ?"

_MONTHS: Final[Mapping[str, int]] = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "jan feb mar apr mei jun jul aug sep oct nov dec",
        "janv fevr mrt avr mai juin juil aug sept okt nov dec",
    )
    for number, name in enumerate(names.split(), start=1)
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = (
    rf"(?:(?P<day>\d{{1,2}})(?:er|st|nd|rd|th|ste|de|e)? (?P<month>{_MONTH})\.?,? (?P<year>(?:1[89]|20)\d\d)"
    rf"|(?P<month_first>{_MONTH})\.? (?P<day_second>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year_last>(?:1[89]|20)\d\d)"
    r"|(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./-](?P<y>(?:1[89]|20)\d\d)"
    r"|(?P<iso_y>(?:1[89]|20)\d\d)-(?P<iso_m>\d\d)-(?P<iso_d>\d\d))"
)
_LAW = (
    r"(?:(?:\w+-)?(?:wet|wetboek|decreet|verdrag|besluit|ordonnantie)|\w{3,}(?:wet|decreet|verdrag)|loi|law(?! enf)|act"
    r"|decree|decret|arrete|ordonnance|ordinance|k\.?b\.?|a\.?r\.?|traite|treaty|convention|statute)"
    r"(?: royal| ministeriel| grand-ducal)?"
)
_UP_TO_A_DATE = rf"(?:(?!\d{{1,2}} (?:{_MONTH}))[^.;:]){{0,60}}?"


def _key(template: str, match: re.Match[str]) -> str:
    """Return a match as a key: `eu:{year}/{number}`, with the groups of these names."""
    parts: dict[str, str | int] = dict(match.groupdict())
    if "number" in parts:
        parts["number"] = int(match["number"])
    if "year" in parts:
        year = int(match["year"])
        parts["year"] = year if year > 99 else year + (1900 if year > 50 else 2000)
    return template.format_map(parts)


_EU, _COM, _JOIN = (partial(_key, f"{kind}:{{year}}/{{number}}") for kind in ("eu", "com", "join"))


def _bare_act(match: re.Match[str]) -> str | None:
    """Read `2023/1543` by itself; a number that could be a year soon after makes it a span of years."""
    year, number = int(match["year"]), int(match["number"])
    return None if year <= number <= year + 20 else f"eu:{year}/{number}"


def _paper(match: re.Match[str]) -> str:
    key = f"kst:{match['dossier'].replace(' ', '')}"
    return f"{key}#{int(match['number'])}" if match["number"] else key


def _law(match: re.Match[str]) -> str | None:
    part = match.groupdict()
    named = part["month"] or part["month_first"]
    day = int(part["day"] or part["day_second"] or part["d"] or part["iso_d"])
    year = part["year"] or part["year_last"] or part["y"] or part["iso_y"]
    month = _MONTHS[named] if named else int(part["m"] or part["iso_m"])
    return f"law:{year}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else None


_ORDINARY = re.compile(
    r"\d+[a-z]?|\d+(?:e|er|st|nd|rd|th|ste|de|eme|s|x|h\d*|km|kb|mb|gb|tb|bit)"  # 21st, 10h30
    r"|\d{1,3}(?:[.]\d{3})+|\d+[./-]\d|\d[./-]\d+|\d{1,2}[./-]\d{1,2}"  # amounts, fractions, versions
    r"|(?:19|20)\d\d[./-](?:(?:19|20)\d\d|\d\d)"  # years
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}"  # dates
)


def _reference(match: re.Match[str]) -> str | None:
    """Read a file number of no known kind, such as `P.23.1581.N`, `10025/16` or `126nba`."""
    plain = re.sub(r"[^a-z0-9]", "", match[0])
    if len(plain) < 5 or sum(sign.isdigit() for sign in plain) < 3 or _ORDINARY.fullmatch(match[0]):
        return None
    return f"ref:{plain}"


SHAPES: Final[tuple[tuple[re.Pattern[str], Read], ...]] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (
            r"\becli[ :-]{1,2}[a-z]{2}[ :-]{1,2}[a-z0-9]+[ :-]{1,2}\d{4}[ :-]{1,2}[a-z0-9.]+\b",
            lambda match: ":".join(re.split(r"[ :-]+", match[0])),
        ),
        (r"\bcve[ -]?(?P<of>\d{4})[ -](?P<id>\d{4,})\b", partial(_key, "cve:{of}-{id}")),
        (r"\bt(?P<id>\d{4})[.](?P<part>\d{3})\b", partial(_key, "attack:t{id}#{part}")),
        (r"\bt(?P<id>\d{4})\b", partial(_key, "attack:t{id}")),
        # CELEX: sector 3 (0: consolidated) are acts, 5 preparatory ones, 6 cases of the Court of Justice.
        (r"\b[03](?P<year>\d{4})[rldhfq](?P<number>\d{4,5})\b", _EU),
        (r"\b5(?P<year>\d{4})(?:pc|dc)(?P<number>\d{4})\b", _COM),
        (r"\b5(?P<year>\d{4})jc(?P<number>\d{4})\b", _JOIN),
        (r"\b6\d\d(?P<of>\d\d)cj(?P<number>\d{4})\b", partial(_key, "case:c-{number}/{of}")),
        (r"\bc ?- ?(?P<id>\d{1,4}/\d{2})\b", partial(_key, "case:c-{id}")),
        (rf"\bcom ?[(/ ] ?{_YEAR} ?[)/ ] ?(?:{_NUMBER} ?)?(?P<number>\d{{1,4}})\b", _COM),
        (rf"\bjoin ?[(/] ?{_YEAR} ?[)/] ?(?P<number>\d{{1,4}})\b", _JOIN),
        (
            rf"\b(?:(?:cets|ets|stce|ste)\b|(?:cets|stce)(?=\d)) ?[-:]? ?(?:{_NUMBER} ?)?0*(?P<id>\d{{1,3}})\b",
            partial(_key, "cets:{id}"),
        ),
        (
            rf"\b(?:traite|treaty|verdrag|convention)(?: series)?,? ?{_NUMBER} ?0*(?P<id>\d{{1,3}})\b",
            partial(_key, "cets:{id}"),
        ),
        # Old style: year first with the pillar behind, or number before year after `No`.
        (rf"\b(?P<year>\d\d|(?:19|20)\d\d)/(?P<number>\d{{1,4}})/{_PILLAR}", _EU),
        (rf"(?:\b{_ACT} ?)?(?:{_UNION} ?)?{_NUMBER} ?(?P<number>\d{{1,4}})/{_YEAR}\b", _EU),
        (r"/eli/[a-z]+/(?P<year>\d{4})/(?P<number>\d{1,5})\b", _EU),
        (
            rf"(?:\b{_ACT} ?{_UNION}|\b{_ACT}|{_UNION}|\b[cl]/) ?(?:{_NUMBER} ?)?{_YEAR}/(?P<number>\d{{1,5}})"
            r"(?![\w/]|-\d)",
            _EU,
        ),
        (rf"\b{_ACT} ?{_UNION} ?(?P<number>\d{{1,4}})/{_YEAR}\b", _EU),
        (
            rf"\b{_PARLIAMENT}(?:{_NUMBER} ?)?{_DOSSIER}"
            rf"(?:(?:,? ?{_NUMBER} ?|, ?| ?- ?)(?P<number>\d{{1,4}}))?\b(?![./])",
            _paper,
        ),
        (rf"(?<![\d./-]){_DOSSIER}(?:,? ?{_NUMBER} ?|-)(?P<number>\d{{1,4}})\b(?![./])", _paper),
        (rf"\b{_GAZETTE}{_YEAR}(?:, ?| ?{_NUMBER} ?|/| )(?P<number>\d{{1,4}})\b", partial(_key, "stb:{year}/{number}")),
        (rf"\b{_LAW}(?!\w){_UP_TO_A_DATE} (?:du|van|of|dated|dd\.?|d\.d\.|de) {_DATE}\b", _law),
        (rf"\b{_LAW},? {_DATE}\b", _law),
        (r"(?<![\w+/.-])(?P<id>(?:19|20)\d{8})(?![\w/-])", partial(_key, "numac:{id}")),
        (rf"(?<![\w/.-]){_YEAR}/(?P<number>\d{{3,4}})(?![\w/]|-\d)", _bare_act),
        (r"(?<![\w@/.-])(?=[a-z./:-]{0,60}\d)[a-z0-9]+(?:[./:-][a-z0-9]+)*(?![\w@/])", _reference),
    )
)

_ARTICLE_NUMBER = r"\d+(?:[:/-]\d+)*(?: ?(?:bis|ter|quater|quinquies|sexies|septies|octies)\b|[a-z]{1,3}\b)?"
_PARAGRAPH = r"(?: ?\(\w{1,3}\)|,? par\. \d+\w{0,2})*"
ARTICLES: Final = re.compile(
    rf"\b(?:art(?:icle|ikel)?(?:s|en)?\b\.?|artt\.) ?(?P<list>{_ARTICLE_NUMBER}{_PARAGRAPH}"
    rf"(?:(?:, (?:and |et |en )?| and | et | en | to | tot | a | & ?| ?- ?){_ARTICLE_NUMBER}\b{_PARAGRAPH})*)"
)
_RANGE = re.compile(r"\b(\d{1,6})(?: to | tot | a | ?- ?)(\d{1,6})\b")


def article_numbers(listed: str) -> tuple[str, ...]:
    """Return the numbers of a list of articles: `29, 30 and 35`, `34 to 37`, `4(3)` (paragraphs are left out)."""
    bare = re.sub(_PARAGRAPH, "", listed)
    single = [re.sub(r"\s", "", number) for number in re.findall(_ARTICLE_NUMBER, bare)]
    between = [
        str(number)
        for first, last in _RANGE.findall(bare)
        if int(first) < int(last) <= int(first) + 30
        for number in range(int(first), int(last) + 1)
    ]
    return tuple(dict.fromkeys((*single, *between)))
