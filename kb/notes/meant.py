"""What somebody means who writes a word of a language where an id is asked for, or a day as it is written in a letter.

Answers only what is sure, but for `perhaps_meant`. Readers of notes take ids alone: `ingest.lint` tells what is meant,
and `--fix` writes it. A search takes names as filters, too.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

from kb.issue import did_you_mean, nearest
from kb.notes.plain_yaml import read_data
from kb.notes.taxonomy import FILES, Scheme
from kb.said import Said, said
from kb.text.folding import fold, slug
from kb.text.identifiers import MONTHS
from kb.text.languages import Language

_DAY_FIRST: Final = re.compile(r"(?:(\d{1,2})(?:er|e|st|nd|rd|th)?[ ./-]+)?(\d{1,2}|[a-z]+)[ ./-]+(\d{4})", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})[ ./-]+(\d{1,2})(?:[ ./-]+(\d{1,2}))?", re.ASCII)


def meant_value(word: str, allowed: Iterable[str]) -> str | None:
    """Return the value of a closed list that a word means; None where it means none, or several."""
    words = read_data("value_words.yaml")
    return _meant(word, {value: (value, *words.get(value, ())) for value in allowed})


def meant_concept(word: str, scheme: Scheme) -> str | None:
    """Return the id of a vocabulary that a word means: by its label in any language, else by another of its names."""
    if word in scheme:
        return word
    labels = {concept.id: (concept.id, *concept.labels.values()) for concept in scheme.values()}
    others = {
        concept.id: [name for language in Language for name in concept.alternatives.get(language, ())]
        for concept in scheme.values()
    }
    return _meant(word, labels) or _meant(word, others)


def perhaps_meant(word: str, scheme: Scheme) -> str:
    """Return a sentence with the id whose own spelling, or else one of its names, is nearest to a word of none."""
    names = {
        name: concept.id
        for concept in scheme.values()
        for name in (*concept.labels.values(), *chain.from_iterable(concept.alternatives.values()))
    }
    near = None if nearest(word, scheme) else nearest(word, names)
    return said("Did you mean `{word}`?", word=names[near]) if near else did_you_mean(word, scheme)


def not_in_vocabulary(word: str, name: str) -> Said:
    """Return what is wrong with a word of no vocabulary, and which file has the ids. name: attribute of `Taxonomy`"""
    file = FILES[name]
    form = "`{word}` is not in the vocabulary {name} (`taxonomy/{file}`)."
    return said(form, word=word, name=file.removesuffix(".yaml"), file=file)


def meant_field(word: str, labels: Mapping[str, Iterable[str]]) -> str | None:
    """Return the field that a word means. labels: field -> what it is called"""
    return _meant(word, labels)


def meant_day(text: str) -> str | None:
    """Return a day as notes have it, `2026-12-31` or `2026-12`, that is written in another way: with the day first.

    It may be none of the calendar.
    """
    plain = fold(text)
    if found := _DAY_FIRST.fullmatch(plain):
        day, month, year = found.groups()
    elif found := _YEAR_FIRST.fullmatch(plain):
        year, month, day = found.groups()
    else:
        return None
    number = MONTHS.get(month, 0) if month.isalpha() else int(month)
    if not 1 <= number <= 12:
        return None
    return "-".join((year, f"{number:02}", *([f"{int(day):02}"] if day else ())))


def _meant(word: str, names: Mapping[str, Iterable[str]]) -> str | None:
    key = slug(word)
    found = [name for name, words in names.items() if key and key in map(slug, words)]
    return found[0] if len(found) == 1 else None
