"""Identifiers in a text -> keys, the same however people write them: acts, treaties, papers of a parliament, cases.

`Verordening (EU) 2023/1543`, `règlement 2023/1543` and CELEX `32023R1543` are all `eu:2023/1543`. A key with `#` names
a part of the whole before it: `cets:185#35` is an article, `kst:28684#717` one paper of a dossier. Reads generously,
since a key counts only where a note has it too; yet spans of years (2023/24), dates, fractions and amounts are no keys.

Knows no names: those are the notes' own (`ingest.chunking.names`), and `name_keys` says what may be one in a question.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Final, NamedTuple

from kb.text.folding import fold
from kb.text.identifier_shapes import ARTICLES, SHAPES, article_numbers

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
    folded = [_bare(word) for word in written]
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
    return [bare for word in _WORD.findall(text) if (bare := _bare(word))]


def _bare(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(word))


def mentions(text: str) -> tuple[Mention, ...]:
    """Find the identifiers of a text, in order; no identifier inside a longer identifier."""
    plain = _plain_text(text)
    taken: list[Mention] = []
    occupied = bytearray(len(plain))
    for pattern, read in SHAPES:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if 1 not in occupied[start:end] and (key := read(match)):
                taken.append(Mention(key, start, end))
                occupied[start:end] = b"\1" * (end - start)
    lists = [(match.span(), article_numbers(match["list"])) for match in ARTICLES.finditer(plain)]
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
