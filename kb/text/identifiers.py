"""Identifiers in a text -> keys, the same however people write them: acts, treaties, papers of a parliament, cases.

`Verordening (EU) 2023/1543`, `règlement 2023/1543` and CELEX `32023R1543` are all `eu:2023/1543`. A key with `#` names
a part of the whole before it: `cets:185#35` is an article, `kst:28684#717` one paper of a dossier. Reads generously,
since a key counts only where a note has it too; yet spans of years (2023/24), dates, fractions and amounts are no keys.

Knows no names: those are the notes' own (`ingest.chunking.names`), and `name_keys` says what may be one in a question.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from kb.text.folding import fold

ARTICLE: Final = "art"
"""The kind of an article by itself: `art:35`."""
NAME: Final = "name"
SPOKEN: Final = "said"
"""The kind of a name that texts mention and no note goes by: `said:oorworm`."""
TITLE: Final = "title"
"""The kind of a word that few titles have: `title:noodteam`. It is a name where somebody asks for nothing else."""
NAME_WORDS: Final = 8
"""A name has at most so many words."""
_BESIDE: Final = 30
"""So many characters at most lie between an act and a list of its articles."""
_WORD: Final = re.compile(r"[^\W_]+")
_ACTS: Final = ("eu", "cets", "law", NAME)
"""Kinds that have articles: acts, treaties, laws, and names, which may be theirs."""

_Read = Callable[[re.Match[str]], str | None]
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

MONTHS: Final[Mapping[str, int]] = {
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
"""Name of a month or its beginning, without accents -> its number."""
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
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
    """Return a match as a key: `eu:{year}/{number}`, with the groups of these names.

    Groups `number` and `year` are read as numbers, other groups stay as they are written.
    """
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
    month = MONTHS[named] if named else int(part["m"] or part["iso_m"])
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


_SHAPES: Final[tuple[tuple[re.Pattern[str], _Read], ...]] = tuple(
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
"""Tried one after another, the surest first: what one has read, no later one reads again."""

_ARTICLE_NUMBER = r"\d+(?:[:/-]\d+)*(?: ?(?:bis|ter|quater|quinquies|sexies|septies|octies)\b|[a-z]{1,3}\b)?"
_PARAGRAPH = r"(?: ?\(\w{1,3}\)|,? par\. \d+\w{0,2})*"
_ARTICLES: Final = re.compile(
    rf"\b(?:art(?:icle|ikel)?(?:s|en)?\b\.?|artt\.) ?(?P<list>{_ARTICLE_NUMBER}{_PARAGRAPH}"
    rf"(?:(?:, (?:and |et |en )?| and | et | en | to | tot | a | & ?| ?- ?){_ARTICLE_NUMBER}\b{_PARAGRAPH})*)"
)
_RANGE = re.compile(r"\b(\d{1,6})(?: to | tot | a | ?- ?)(\d{1,6})\b")


def _article_numbers(listed: str) -> tuple[str, ...]:
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


class Mention(NamedTuple):
    """An identifier where it stands in the folded text. `articles` are those named right beside an act."""

    key: str
    start: int
    end: int
    articles: tuple[str, ...] = ()


def keys(text: str) -> frozenset[str]:
    """Return the keys of all identifiers in a text, with the wholes that parts belong to."""
    found = mentions(text)
    named = {mention.key for mention in found}
    parts = {f"{mention.key}#{number}" for mention in found for number in mention.articles}
    return frozenset(named | parts | {whole(key) for key in named})


def whole(key: str) -> str:
    """Return a key without its part: `cets:185` of `cets:185#35`, `kst:28684` of `kst:28684#717`; of others, itself."""
    return key.partition("#")[0]


def bare(key: str) -> str:
    """Return a key without its kind, where that is no more than a name."""
    kind, _, name = key.partition(":")
    return name if kind in (NAME, SPOKEN, TITLE) else key


def as_written(name: str, text: str) -> str:
    """Return the words of a text that make a name (`skyecc`) as they stand there (`Sky ECC`); any other identifier
    (`cets:185#18`) as people read it (`cets 185 art. 18`).
    """
    found = [*_WORD.finditer(text)]
    for place, first in enumerate(found):
        rest = name
        for word in found[place : place + NAME_WORDS]:
            letters = _letters(word.group())
            if not rest.startswith(letters):
                break
            rest = rest.removeprefix(letters)
            if not rest:
                return text[first.start() : word.end()]
    return name.replace(":", " ").replace("#", " art. ")


def is_act(key: str) -> bool:
    """Return whether this is an act, a treaty, a law, or a name that may be one's, as a whole: what has articles."""
    return key.partition(":")[0] in _ACTS and "#" not in key


def part_of(act: str, article: str) -> str:
    """Return the key of an article (`art:35`) of an act."""
    return f"{act}#{article.partition(':')[2]}"


def name_key(name: str) -> str:
    """Return the key of a name, whatever its case, accents, spaces and hyphens: `name:skyecc` of `Sky ECC`."""
    return f"{NAME}:{''.join(words(name))}"


def spoken_key(name: str) -> str:
    """Return the key of a name (`name:oorworm`) that texts only mention (`said:oorworm`)."""
    return f"{SPOKEN}:{name.partition(':')[2]}"


def title_key(word: str) -> str:
    """Return the key of a folded word that titles have."""
    return f"{TITLE}:{word}"


def name_keys(text: str, goes_on: Callable[[str], bool] = lambda key: True) -> frozenset[str]:
    """Return the keys of all names that could be in a text: of every run of up to NAME_WORDS of its words.

    goes_on: whether a longer run may begin with this key
    """
    found = set()
    written = _WORD.findall(text)
    folded = [_letters(word) for word in written]
    for start in range(len(written)):
        key = f"{NAME}:"
        for end in range(start + 1, min(start + NAME_WORDS, len(written)) + 1):
            key += folded[end - 1]
            if not goes_on(key):
                break
            # Short words (`a-il`) make a name by chance, but for digits and capitals (`NIS 2`, `T-CY`).
            run = "".join(written[start:end])
            long = len(run) >= 6 or max(map(len, written[start:end])) >= 3
            if end == start + 1 or long or not run.isalpha() or run.isupper():
                found.add(key)
    return frozenset(found)


def words(text: str) -> list[str]:
    """Return the words of a text, folded: runs of letters and digits."""
    return [letters for word in _WORD.findall(text) if (letters := _letters(word))]


def _letters(word: str) -> str:
    if word.isascii() and word.isalnum():  # as most words, which are many
        return word.lower()
    return re.sub(r"[^a-z0-9]", "", fold(word))


def mentions(text: str) -> tuple[Mention, ...]:
    """Find the identifiers of a text, in order; no identifier inside a longer identifier."""
    plain = _plain_text(text)
    if not re.search(r"\d", plain):  # as every second text; each shape has a digit
        return ()
    taken: list[Mention] = []
    occupied = bytearray(len(plain))
    for pattern, read in _SHAPES:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if 1 not in occupied[start:end] and (key := read(match)):
                taken.append(Mention(key, start, end))
                occupied[start:end] = b"\1" * (end - start)
    lists = [(match.span(), _article_numbers(match["list"])) for match in _ARTICLES.finditer(plain)]
    starts = sorted(mention.start for mention in taken)
    found = [_with_articles(plain, mention, starts, lists) for mention in taken]
    found += [Mention(f"{ARTICLE}:{number}", *span) for span, numbers in lists for number in numbers]
    return tuple(sorted(found, key=lambda mention: (mention.start, mention.key)))


def letters_within(text: str) -> int:
    """Count the letters and digits of a text that belong to identifiers and articles."""
    plain = _plain_text(text)
    places = {place for found in mentions(text) for place in range(found.start, found.end)}
    return sum(plain[place].isalnum() for place in places)


def _plain_text(text: str) -> str:
    """Return the text folded, without addresses, with the signs that folding would lose spelt out."""
    kept = re.sub(r"https?://(?!data\.europa\.eu/eli)\S+", " ", text)
    spelt = re.sub(r"[°º]", "o ", re.sub(r"§+", "par. ", re.sub(r"[‐-―−]", "-", kept)))
    return " ".join(fold(spelt).split())


def _with_articles(
    plain: str, act: Mention, starts: list[int], lists: list[tuple[tuple[int, int], tuple[str, ...]]]
) -> Mention:
    """Return an act with the articles of lists beside it: `articles 29 and 30 of ETS 185`, `(CETS 185), Article 35`.

    starts: where identifiers begin, in order
    """
    if not is_act(act.key):
        return act
    near: list[str] = []
    from_here = bisect_left(lists, act.start - _BESIDE, key=lambda listed: listed[0][1])
    to_here = bisect_right(lists, act.end + _BESIDE, key=lambda listed: listed[0][0])
    for (start, end), numbers in lists[from_here:to_here]:
        first, last = (end, act.start) if end <= act.start else (act.end, start)
        between = bisect_left(starts, first) < bisect_left(starts, last)
        if not between and re.fullmatch(r"[^.;:]*", plain[first:last]):
            near += numbers
    return act._replace(articles=tuple(dict.fromkeys(near)))
