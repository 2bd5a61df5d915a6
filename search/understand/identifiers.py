"""Identifiers in a question: exact evidence, which meaning cannot give.

A note about what the question names by number or name ranks above everything else. One that only cites it gains less,
and the less the more notes do, unless the question holds nothing else; one that cites a name, by the share of the name
in the question. A name that texts only speak of gains by the square of that share: `Amsterdam` may be mentioned by the
way. So does a word that is the name of a note far from what else the question says: `Emma` is a girl, too. Articles
name a passage, seldom a note.
Figures: docs/decisions/0007-identifiers.md.
"""

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from kb.text.identifiers import (
    ARTICLE,
    NAME,
    SPOKEN,
    TITLE,
    bare,
    is_act,
    keys,
    letters_within,
    name_keys,
    part_of,
    spoken_key,
    title_key,
    whole,
    words,
)
from search.query import IDENTIFIER

ABOUT: Final = 1.0
"""A note's gain for being about an identifier: more than nearness, words and subjects can together make up for."""
CITED: Final = 0.3
"""Its greatest gain for citing one."""
PASSAGE: Final = 0.1
"""A passage's gain for the article asked for, or for an identifier that a note is about; for one that notes only cite,
the same part of it as these notes gain of `CITED`.
"""
BEHIND: Final = 0.09
"""How far a note may lie behind the nearest one for a word in a question to be its name."""
COMMON: Final = 0.02
"""The same of a common word, and of one that many notes cite (`IBAN`)."""
MANY: Final = 20
"""A name of one word that so many notes cite counts like a common word."""
ALONE_BEHIND: Final = 0.25
"""How much farther, where the question is nothing but the name."""
ALONE: Final = 0.5
"""The share of a question from which its identifiers are what it asks for, so that a note which cites one answers."""
ARTICLE_ALONE: Final = 0.02
"""Its gain for an article whose act the question does not name, or no note knows."""


@dataclass(frozen=True)
class Evidence:
    """Which notes that a caller may see are about or cite the identifiers of a question.

    about, cites: key -> ids of notes; keys that no such note has are absent
    articles:     the articles asked for
    share:        the part of the question that is identifiers, 0 to 1
    words:        the words of the question, folded; common: those of them that are common words
    """

    about: Mapping[str, frozenset[str]] = field(default_factory=dict)
    cites: Mapping[str, frozenset[str]] = field(default_factory=dict)
    articles: frozenset[str] = frozenset()
    share: float = 0.0
    words: frozenset[str] = frozenset()
    common: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.about or self.cites or self.articles)

    @property
    def passage_keys(self) -> frozenset[str]:
        """The keys that a passage should have."""
        return self.articles or frozenset((*self.about, *self.cites))

    @property
    def notes_about(self) -> frozenset[str]:
        """Ids of the notes about any of the identifiers."""
        return frozenset().union(*self.about.values())

    @property
    def notes_citing(self) -> frozenset[str]:
        """Ids of the other notes that cite one."""
        return frozenset().union(*self.cites.values()) - self.notes_about

    @property
    def passage(self) -> float:
        """The gain of a passage that has one of `passage_keys`."""
        if not (self.about or self.cites):
            return ARTICLE_ALONE
        if self.articles or not all(map(self._is_common, self.about)):
            return PASSAGE
        cited = [self._cited(key, notes) for key, notes in self.cites.items()]
        return PASSAGE / CITED * max((*cited, CITED * self.share**2))

    def bonus(self, note_id: str, behind: float) -> float:
        """Return the gain of a note: for every identifier it is about, else for the rarest it cites.

        behind: how far it lies behind the nearest note in meaning, wherever that is
        """
        about = [key for key, notes in self.about.items() if note_id in notes]
        if meant := sum(self._is_meant(key, behind) for key in about):
            return ABOUT * meant
        cited = [self._cited(key, notes, behind) for key, notes in self.cites.items() if note_id in notes]
        return max((*cited, CITED * self.share**2 if about else 0.0))

    def _cited(self, key: str, notes: Collection[str], behind: float = 0.0) -> float:
        """Return the gain of a note for citing an identifier that these notes cite."""
        if _is_spoken(key) or not self._is_meant(key, behind):
            return CITED * self.share**2
        return CITED * self.share if key.startswith(f"{NAME}:") else cited_bonus(len(notes), self.share)

    def _is_meant(self, key: str, behind: float) -> bool:
        """Return whether an identifier means a note that lies so far behind: a word may mean something else as well."""
        if not self._is_word(key, self.words):
            return True
        return behind <= (COMMON if self._is_common(key) else BEHIND) + ALONE_BEHIND * self.share

    def _is_common(self, key: str) -> bool:
        """Return whether an identifier is a name that may be spoken of by the way."""
        cited_by_many = len(self.cites.get(key, ())) >= MANY
        return self._is_word(key, self.common) or (cited_by_many and self._is_word(key, self.words))

    def _is_word(self, key: str, words: Set[str]) -> bool:
        """Return whether an identifier is a name that is one of these words."""
        kind, _, name = key.partition(":")
        return kind == NAME and name in words


def _is_spoken(key: str) -> bool:
    return key.startswith(f"{SPOKEN}:")


def cited_bonus(notes: int, share: float) -> float:
    """Return the gain for citing an identifier that so many notes cite. share: its part of the question"""
    return CITED * (share + (1 - share) / notes)


def evidence_in(
    question: str,
    about: Mapping[str, frozenset[str]],
    cites: Mapping[str, frozenset[str]],
    not_meant: Collection[str] = (),
    is_common: Callable[[str], bool] = lambda word: False,
) -> Evidence:
    """Return what notes have to do with the identifiers in a question.

    about, cites: key -> ids of the notes that are about it or cite it, of those that the caller may see
    not_meant: identifiers that do not count, each after `identifier:` (`kb.text.identifiers.bare`)
    is_common: whether a word is a common one
    """
    found, runs, written = keys(question), name_keys(question), words(question)
    left_out = {key.partition(":")[2] for key in not_meant if key.startswith(f"{IDENTIFIER}:")}
    articles = frozenset(key for key in found - left_out if key.startswith(f"{ARTICLE}:"))
    alone = {title_key(word) for word in written} if len(written) == 1 else set()
    names = {key for key in (*runs, *map(spoken_key, runs), *alone) if key in about or key in cites}
    acts = {key for key in (*found, *names) if is_act(key)}
    parts = {part_of(act, article) for act in acts for article in articles}
    known = (key for key in (found - articles) | names | parts if key in about or key in cites)
    present = sorted(key for key in known if left_out.isdisjoint((bare(key), whole(key))))
    kept = _without_parts_of_names(frozenset(present))
    kinds = (f"{NAME}:", f"{SPOKEN}:", f"{TITLE}:")
    named = sum(len(key.partition(":")[2]) for key in kept if key.startswith(kinds) and key == whole(key))
    return Evidence(
        {key: about[key] for key in present if key in kept and key in about},
        {key: cites[key] for key in present if key in kept and key in cites},
        articles,
        min(1.0, (letters_within(question) + named) / sum(map(len, written))) if kept else 0.0,
        frozenset(written),
        frozenset(word for word in written if f"{NAME}:{word}" in kept and is_common(word)),
    )


def _without_parts_of_names(keys: Set[str]) -> frozenset[str]:
    """Return the keys without names inside a longer name: who asks for `MISP-LEA` does not ask for `MISP`."""
    names = {key: whole(key).removeprefix(f"{NAME}:") for key in keys if key.startswith(f"{NAME}:")}
    return frozenset(
        key
        for key in keys
        if key not in names or not any(names[key] in other and names[key] != other for other in names.values())
    )
