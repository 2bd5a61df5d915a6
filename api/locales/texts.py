"""The words of pages and terminal, in three languages: gettext catalogues in `locales/`, with keys for message ids.

What pages say of errors stands in catalogues of its own, `locales/errors/`: a text for each `kb.errors.Code`.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import NAMES, SEMICOLON, Language
from search.query import EVIDENCE_LEVELS, STATUSES

_PAST: Final = ("ended", "annulled", "superseded", "expired", "replaced", "repealed")
"""Statuses of what no longer stands."""
_LOCALES = Path(__file__).parent


class Texts(Mapping[str, str]):
    """The words of one language, by key. `texts["site"]` and, in templates, `t.site`; KeyError where there is none."""

    def __init__(self, language: Language) -> None:
        self.language = language

    @cached_property
    def _catalogs(self) -> list[Catalog]:
        found = []
        for folder in (_LOCALES, _LOCALES / "errors"):
            with (folder / f"{self.language}.po").open("rb") as file:
                found.append(read_po(file, locale=self.language.value, abort_invalid=True))
        return found

    @cached_property
    def _forms(self) -> dict[str, tuple[str, ...]]:
        """Key -> its text, or the one for one thing and the one for several. A fuzzy text counts as none."""
        found = {}
        for message in chain(*self._catalogs):
            key, text = message.id, message.string
            forms = (text,) if isinstance(text, str) else tuple(text or ())
            if key and all(forms) and not message.fuzzy:
                found[key if isinstance(key, str) else key[0]] = forms
        return found

    def __getitem__(self, key: str) -> str:
        return self._forms[key][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def count(self, key: str, number: int) -> str:
        """The text of a key that has a plural, for this number of things, with the number in it."""
        several = number > 1 if self.language is Language.FR else number != 1
        return self._forms[key][several].format(number)


TEXTS: Final[Mapping[Language, Texts]] = {language: Texts(language) for language in Language}
"""TEXTS[language][key]. Read when first used."""

EXAMPLES: Final[dict[Language, tuple[str, ...]]] = {
    Language.FR: ("comment bloquer les sites d'hameçonnage", "avertir les victimes de mots de passe volés"),
    Language.NL: ("hoe blokkeren we phishingsites", "slachtoffers van ransomware helpen"),
    Language.EN: ("how do we block phishing sites", "illegal fireworks sold on Telegram"),
}
"""Questions to start with, for each language of the pages."""


_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {Kind.PRACTICE: "practices", Kind.STRATEGY: "strategies"},
    "sort": {"relevance": "by_relevance", "date": "by_date"},
}


def status_text(status: str, language: Language) -> str:
    """A status in words. Two of them share a word with a field's name, and have keys of their own."""
    key = f"{status}_status" if status in ("ended", "adopted") else status
    return TEXTS[language][key]


def label(name: str, value: str, taxonomy: Taxonomy | None, language: Language) -> str:
    """A value as a reader calls it; one that is not known as it stands."""
    if taxonomy and name in (
        schemes := {"country": taxonomy.countries, "crime_type": taxonomy.crime_types, "phase": taxonomy.phases}
    ):
        return schemes[name][value].label(language) if value in schemes[name] else value
    if name == "status" and value in STATUSES:
        return status_text(value, language)
    if name in ("note_lang", "version", "lang") and value in set(Language):
        return NAMES[Language(value)][language]
    if name in _WORDS and value in _WORDS[name]:
        return TEXTS[language][_WORDS[name][value]]
    return TEXTS[language][value] if name == "evidence" and value in EVIDENCE_LEVELS else value


def undone_text(status: str, legal_outcome: str | None, language: Language) -> str:
    """The warning over a note on what no longer stands: annulled, whatever its status calls it, or repealed."""
    if status == "repealed":
        return TEXTS[language]["is_repealed"]
    return TEXTS[language]["is_annulled"] if "annulled" in (status, legal_outcome) else ""


def past_text(status: str, legal_outcome: str | None, draft: bool, language: Language) -> str:
    """What must be known of a note that is only named: that it no longer stands (`ended`; annulled, whatever its
    status), or is a draft.
    """
    if legal_outcome == "annulled":
        return TEXTS[language]["annulled"]
    if status in _PAST:
        return status_text(status, language)
    return TEXTS[language]["draft_note"] if draft else ""


def effect_text(effect: str, language: Language) -> str:
    """An effect in words. `none` is the key of another text."""
    return TEXTS[language]["none_effect" if effect == "none" else effect]


def audience_text(audience: Mapping[str, list[str]], taxonomy: Taxonomy, language: Language) -> str:
    """Whom a note is for: countries first, then organisations as the note writes them."""
    countries = (taxonomy.countries[one].label(language) for one in audience["countries"])
    return ", ".join((*countries, *audience["organisations"]))


def evidence_text(evidence: Mapping[str, Any], language: Language) -> str:
    """The evidence level of a practice and its effect, also where that is unknown."""
    words = TEXTS[language]
    effect = words["pair"].format(words["effect"].lower(), effect_text(evidence["effect"], language))
    return f"{words[evidence['level']]}{SEMICOLON[language]}{effect}"
