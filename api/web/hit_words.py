"""Why a note is a hit, in words of the reader's language, and what is shown of its passage where room is short.

Explanations are with their numbers for the terminal, without for a page.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from babel.numbers import format_decimal

from api.locales.texts import TEXTS
from kb.notes.taxonomy import Taxonomy
from kb.text.identifiers import bare
from kb.text.languages import NAMES, SEMICOLON, Language
from search.results import Contributions, Explanation, Match, Passage

_SHORT: Final = 44
"""Characters that a contact has for how and when it is reached, where room is short."""
_NUMBER: Final = re.compile(r"\d(?:[ ./-]?\d){6,}")


def shortened(text: str) -> str:
    """Return a text, cut after a word where it is too long, which it says; where a number stands in it, up to the
    semicolon behind the number.
    """
    if len(text) <= _SHORT:
        return text
    if _NUMBER.search(text):
        first, _, rest = text.partition(";")
        return text if _NUMBER.search(rest) or not _NUMBER.search(first) else first.rstrip()
    return f"{text[:_SHORT].rpartition(' ')[0].rstrip(',;:')} …"


def explanation_lines(why: Explanation, reader: Language) -> tuple[str, ...]:
    """Return the score and its parts, how passages combine, the level, the terms, identifiers, and a move if any."""
    words = TEXTS[reader]
    parts = vars(why.contributions)

    def number(value: float, form: str = "0.000") -> str:
        return format_decimal(value, form, locale=reader.value)

    score = " ".join(
        f"{words[f'by_{name}']} {number(value, '+0.000;-0.000')}" for name, value in parts.items() if round(value, 3)
    )
    thresholds = SEMICOLON[reader].join(
        f"{words.get(name, name)} ≥ {number(value, '0.00')}" for name, value in why.thresholds.items()
    )
    passages = words["by_passages"].format(
        best=number(why.passages.best),
        counted=why.passages.counted,
        mean=number(why.passages.mean),
        language=NAMES[why.passages.lang][reader],
    )
    level = words["pair"].format(words["level"], words[why.level] + (f" ({thresholds})" if thresholds else ""))
    lines = [f"{number(sum(parts.values()))} = {score}", passages, level]
    if why.linked_with:
        lines.append(words["pair"].format(words["linked_with"], why.linked_with))
    return (*lines, *_found(why, reader, why.move.country if why.move else ""))


def explanation_sentences(why: Explanation, taxonomy: Taxonomy, reader: Language) -> tuple[str, ...]:
    """Return what counted, the weightiest first, the terms, identifiers, and a move. The page names the linked note."""
    words = TEXTS[reader]
    lines = [
        words["pair"].format(words[key], SEMICOLON[reader].join(words[f"counted_{name}"] for name in names))
        for key, names in _weighed(why.contributions).items()
        if names
    ]
    country = taxonomy.countries[why.move.country].label(reader) if why.move else ""
    return (*lines, *_found(why, reader, country))


def _weighed(parts: Contributions) -> dict[str, list[str]]:
    """Sort the parts of a score: those that come to half of the greatest or more; less; against the note."""
    counted = {name: value for name, value in vars(parts).items() if round(value, 3)}
    ranked = sorted(counted, key=lambda name: -counted[name])
    much = max(counted.values(), default=0.0) / 2
    return {
        "counted_most": [name for name in ranked if counted[name] > 0 and counted[name] >= much],
        "counted_less": [name for name in ranked if 0 < counted[name] < much],
        "counted_against": [name for name in ranked if counted[name] < 0],
    }


def _found(why: Explanation, reader: Language, country: str) -> Iterator[str]:
    """Yield the terms and identifiers of the question that the note has, and its move for a country."""
    words = TEXTS[reader]
    if why.terms:
        terms = SEMICOLON[reader].join(_term(match, reader) for match in why.terms)
        yield words["pair"].format(words["terms"], terms)
    if why.identifiers:
        yield SEMICOLON[reader].join(f"{words[exact.relation]} {bare(exact.key)}" for exact in why.identifiers)
    if move := why.move:
        yield words["moved"].format(move.from_place, move.to_place, country)


def _term(match: Match, reader: Language) -> str:
    """Return `faux sites → phishing (Dutch), crime type: phishing`; a word that matches itself is named once."""
    same = match.term.casefold() == match.matched.casefold()
    found = f"{match.term}{'' if same else f' → {match.matched}'} ({NAMES[match.lang][reader]})"
    if not match.scheme:
        return found
    return f"{found}, {TEXTS[reader]['pair'].format(TEXTS[reader][match.scheme].lower(), match.label)}"


class Excerpt(NamedTuple):
    """Plain text on one line, in three parts. `marked`: the best sentence; empty where none stands out."""

    before: str
    marked: str
    after: str


def excerpt(passage: Passage, most: int) -> Excerpt:
    """Cut about `most` characters out of a passage: around its best sentence, which stays whole, or from its beginning.

    Cuts between words; an ellipsis stands for what is left out.
    """
    text = passage.text
    start, end = passage.highlight or (0, 0)
    room = max(most - (end - start), 0)
    first = start - min(start, max(room // 2, room - (len(text) - end)))
    last = min(end + room - (start - first), len(text))
    while 0 < first < start and not text[first - 1].isspace():
        first += 1
    while end < last < len(text) and not text[last].isspace():
        last -= 1
    before, marked, after = (re.sub(r"\s+", " ", part) for part in (text[first:start], text[start:end], text[end:last]))
    return Excerpt("… " * (first > 0) + before, marked, after.rstrip() + " …" * (last < len(text)))
