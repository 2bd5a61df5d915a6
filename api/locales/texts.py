"""The words of pages and terminal in three languages, from gettext catalogues in `locales/` with keys for message ids.

What pages say of errors stands in catalogues of its own, `locales/errors/`: a text for each `kb.errors.Code`.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po

from kb.notes.field_words import field_words, value_text
from kb.notes.front_matter import PLAIN_CHOICES, is_past
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import NAMES, SEMICOLON, Language
from search.query import EVIDENCE_LEVELS, FILTERS, STATUSES

_LOCALES = Path(__file__).parent


class Texts:
    """The words of one language, by key. `texts["site"]` and, in templates, `t.site`; KeyError where there is none."""

    def __init__(self, language: Language) -> None:
        self._language = language

    @cached_property
    def _texts(self) -> dict[str, Any]:
        """Labels of the fields that cards show, and both catalogues, read when first used; of a plural, both forms.

        A fuzzy text counts as none.
        """
        found: dict[str, Any] = {name: field_words()[name][self._language].label for name in PLAIN_CHOICES}
        for folder in (_LOCALES, _LOCALES / "errors"):
            with (folder / f"{self._language}.po").open("rb") as file:
                for text in read_po(file, abort_invalid=True):
                    if text.id and text.string and not text.fuzzy:
                        found[text.id if isinstance(text.id, str) else text.id[0]] = text.string
        return found

    def __getitem__(self, key: str) -> str:
        return str(self._texts[key])

    def get(self, key: str, default: str) -> str:
        """Return the text of a key, or the default where there is none."""
        return str(self._texts.get(key, default))

    def count(self, key: str, number: int) -> str:
        """Return the text of a key that has a plural, for this number of things, with the number in it."""
        is_plural = Locale(self._language).plural_form(number) != "one"
        return str(self._texts[key][is_plural]).format(number)


TEXTS: Final[Mapping[Language, Texts]] = {language: Texts(language) for language in Language}

EXAMPLES: Final[dict[Language, tuple[str, ...]]] = {
    Language.FR: (
        "comment bloquer les sites d'hameçonnage",
        "avertir les victimes de mots de passe volés",
        "un client vient de virer son argent à un escroc, qui appeler",
    ),
    Language.NL: (
        "hoe blokkeren we phishingsites",
        "slachtoffers van ransomware helpen",
        "mogen we een verdachte dwingen zijn telefoon te ontgrendelen",
    ),
    Language.EN: (
        "how do we block phishing sites",
        "illegal fireworks sold on Telegram",
        "may we unlock the phone of a suspect",
    ),
}
"""Questions to start with, for each language of the pages."""

_KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {kind: kind.folder for kind in Kind},
    "sort": {"relevance": "by_relevance", "date": "by_date"},
    "evidence": {level: level for level in EVIDENCE_LEVELS},
    "status": {status: status for status in STATUSES} | {"ended": "ended_status", "adopted": "adopted_status"},
}
"""Parameter -> value -> the key of its text. Two statuses share a word with the name of a field."""


def day_text(text: str, language: Language) -> str:
    """Return `2021-05-20`, `2021-05` or `2021` in words: `20 May 2021`, `May 2021`, `2021`."""
    form = ("y", "MMMM y", "d MMMM y")[text.count("-")]
    told: str = format_date(date.fromisoformat(f"{text}-01-01"[:10]), form, locale=language.value)
    return told.replace("1 ", "1er ", 1) if language is Language.FR and told.startswith("1 ") else told


def is_overdue(review_by: str) -> bool:
    """Return whether the day by which a note is to be reviewed has passed."""
    return review_by < date.today().isoformat()


def status_text(status: str, language: Language) -> str:
    """Return a status in words."""
    return TEXTS[language][_KEYS["status"][status]]


def label(name: str, value: str, taxonomy: Taxonomy | None, language: Language) -> str:
    """Return a value of a filter as a reader calls it, or as it is where it is not known."""
    scheme = FILTERS[name].scheme if taxonomy and name in FILTERS else ""
    if scheme:
        concept = getattr(taxonomy, scheme).get(value)
        return concept.label(language) if concept else value
    if name in PLAIN_CHOICES:
        return value_text(name, value, language)
    if name in ("note_lang", "version", "lang") and value in set(Language):
        return NAMES[Language(value)][language]
    key = _KEYS.get(name, {}).get(value)
    return TEXTS[language][key] if key else value


def choice_texts(choices: Mapping[str, str | None], language: Language) -> list[str]:
    """Return what a card or a payload says in fields without a text of their own: `Budget: small`."""
    words = TEXTS[language]
    given = ((name, choices[name]) for name in PLAIN_CHOICES)
    return [words["pair"].format(words[name], label(name, value, None, language)) for name, value in given if value]


def undone_text(status: str, legal_outcome: str | None, language: Language) -> str:
    """Return the warning over a note that is annulled, whatever its status calls it, or repealed; else nothing."""
    if status == "repealed":
        return TEXTS[language]["is_repealed"]
    return TEXTS[language]["is_annulled"] if "annulled" in (status, legal_outcome) else ""


def warning_texts(status: str, legal_outcome: str | None, draft: bool, language: Language) -> list[str]:
    """Return what must be known before a note is relied on: that it is a draft, annulled or repealed."""
    draft_text = TEXTS[language]["is_draft"] if draft else ""
    return [text for text in (draft_text, undone_text(status, legal_outcome, language)) if text]


def past_text(status: str, legal_outcome: str | None, draft: bool, language: Language) -> str:
    """Return what must be known of a note that is only named: that it is no longer in force (`ended`; annulled,
    whatever its status), or is a draft.
    """
    if legal_outcome == "annulled":
        return TEXTS[language]["annulled"]
    if is_past(status, legal_outcome):
        return status_text(status, language)
    return TEXTS[language]["draft_note"] if draft else ""


def effect_text(effect: str, language: Language) -> str:
    """Return an effect in words. `none` is the key of another text."""
    return TEXTS[language]["none_effect" if effect == "none" else effect]


def audience_text(audience: Mapping[str, list[str]], taxonomy: Taxonomy, language: Language) -> str:
    """Return whom a note is for: countries first, then organisations as the note writes them."""
    countries = (taxonomy.countries[code].label(language) for code in audience["countries"])
    return ", ".join((*countries, *audience["organisations"]))


def evidence_text(evidence: Mapping[str, Any], language: Language) -> str:
    """Return the evidence level of a practice and its effect, also where that is unknown."""
    words = TEXTS[language]
    effect = words["pair"].format(words["effect"].lower(), effect_text(evidence["effect"], language))
    return f"{words[evidence['level']]}{SEMICOLON[language]}{effect}"
