"""The catalogues: every language has every text, with the same holes, and every text is used."""

import re
import string
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from api.locales.texts import EXAMPLES, TEXTS, day_text, effect_text, status_text
from api.models.problems import KINDS
from kb.errors import Code
from kb.notes.contacts import ForWhom
from kb.notes.front_matter import Evidence, PracticeFields, Relation, TranslationInfo
from kb.notes.note import Kind
from kb.text.languages import Language
from search.query import STATUSES
from search.results import Contributions, Level

API = Path(__file__).parents[3] / "api"


def choices(model, field):
    return get_args(model.model_fields[field].annotation)


OUTCOMES = [value for part in choices(PracticeFields, "legal_outcome") for value in get_args(part)]
PLAIN = {
    *choices(Evidence, "level"),
    *choices(Relation, "rel"),
    *choices(TranslationInfo, "status"),
    *OUTCOMES,
    *Level,
    *Kind,
    *get_args(ForWhom),
}
"""Values whose text has the value as its key."""
FOLDERS = (API / "locales", API / "locales" / "errors")
CATALOGUES = {
    language: "\n".join((folder / f"{language}.po").read_text(encoding="utf-8") for folder in FOLDERS)
    for language in Language
}
KEYS = {language: re.findall(r'^msgid "(.+)"$', text, re.MULTILINE) for language, text in CATALOGUES.items()}


def test_every_text_exists_in_every_language_and_none_is_doubtful():
    assert len(KEYS[Language.EN]) == len(set(KEYS[Language.EN])) > 100
    for language in Language:
        assert KEYS[language] == KEYS[Language.EN]
        assert "fuzzy" not in CATALOGUES[language]
        with pytest.raises(KeyError):
            TEXTS[language]["no such text"]
    for key in KEYS[Language.EN]:
        words = [TEXTS[language][key] for language in Language]
        assert all(word.strip() == word and word for word in words), key
        holes = [[name for _, name, _, _ in string.Formatter().parse(word) if name is not None] for word in words]
        assert holes[0] == holes[1] == holes[2], key
    assert all(EXAMPLES[language] for language in Language)


@pytest.mark.parametrize("language", Language)
def test_every_closed_list_of_the_notes_has_its_words(language):
    assert "annulled" in OUTCOMES
    for status in STATUSES:
        assert status_text(status, language)
    for key in PLAIN:
        assert TEXTS[language][key]
    for effect in choices(Evidence, "effect"):
        assert effect_text(effect, language)


def test_every_text_of_a_template_exists():
    templates = "".join(path.read_text(encoding="utf-8") for path in (API / "web" / "templates").glob("*.html"))
    used = set(re.findall(r"\bt\.([a-z_]+)\b", templates)) - {"count", "get"}
    assert len(used) > 50
    assert used <= set(KEYS[Language.EN])


def test_every_text_is_used():
    sources = [path for ending in ("*.py", "*.html") for path in API.rglob(ending)]
    source = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"\bt\.([a-z_]+)\b", source)) | set(re.findall(r"""["']([a-z_-]+)["']""", source))
    built = {f"{form}_{field.name}" for field in fields(Contributions) for form in ("by", "counted")}
    built |= {f"status_{kind.status}" for kind in KINDS.values()} | {f"error_{code}" for code in get_args(Code)}
    built |= {form.format(kind) for form in ("{}_list", "n_{}", "all_{}") for kind in Kind}
    assert set(KEYS[Language.EN]) - named - built - PLAIN - {*STATUSES, *choices(Evidence, "effect")} == set()


@pytest.mark.parametrize("name", ["web/about/fr.md", "locales/fr.po", "locales/errors/fr.po"])
def test_french_marks_never_stand_alone_at_the_end_or_beginning_of_a_line(name):
    lines = (API / name).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if name.endswith(".md") or line.startswith("msgstr"))
    assert text.count("\u00a0") > 5
    assert re.findall(r""".*(?:(?<!\u00a0)[;?!»]|(?<!\u00a0):(?=[\s"])|\s:(?<!\u00a0:)|«(?!\u00a0)).*""", text) == []


@pytest.mark.parametrize("place", [*(API / "locales").rglob("nl.po"), API / "web" / "about" / "nl.md"], ids=str)
def test_dutch_calls_the_practice_base_by_its_name(place):
    assert re.findall(r"(?i)\b(?:data|kennis)?bank\b", place.read_text(encoding="utf-8")) == []


def test_numbers_of_things_follow_the_language():
    words = {language: [TEXTS[language].count("n_practice", number) for number in (0, 1, 2)] for language in Language}
    assert words[Language.FR] == ["0 pratique", "1 pratique", "2 pratiques"]
    assert words[Language.NL] == ["0 praktijken", "1 praktijk", "2 praktijken"]
    assert words[Language.EN] == ["0 practices", "1 practice", "2 practices"]


def test_days_are_written_as_each_language_does():
    days = ("2026-02-01", "2026-02-21", "2026-02", "2026")
    assert [day_text(day, Language.FR) for day in days] == [
        "1er février 2026",
        "21 février 2026",
        "février 2026",
        "2026",
    ]
    assert [day_text("2026-02-01", language) for language in (Language.NL, Language.EN)] == [
        "1 februari 2026",
        "1 February 2026",
    ]
