"""The reference for authors, `docs/authors.md`: the parts of it that fields, headings and vocabularies say already.

They stand between `<!-- generated: NAME -->` and `<!-- end -->`; what is written outside of these marks is left alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from kb.notes.field_words import field_words
from kb.notes.front_matter import VOCABULARY_OF
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, Kind
from kb.notes.schema import note_schema
from kb.notes.taxonomy import Scheme, Taxonomy
from kb.text.languages import Language

_PART: Final = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FR, _NL, _EN = Language.FR, Language.NL, Language.EN
_HEAD: Final = {
    _FR: ("Champ", "Nom", "Obligatoire", "Valeurs", "Ce qu'on y met"),
    _NL: ("Veld", "Naam", "Verplicht", "Waarden", "Wat erin hoort"),
    _EN: ("Field", "Name", "Required", "Values", "What belongs there"),
}
_BEFORE: Final = {_FR: " ", _NL: "", _EN: ""}
"""What stands before a colon and a semicolon."""
_YES: Final = {_FR: ("oui", "non"), _NL: ("ja", "nee"), _EN: ("yes", "no")}
_KINDS: Final = {
    _FR: ("pratique", "stratégie"), _NL: ("praktijk", "strategie"), _EN: ("practice", "strategy"),
}  # fmt: skip
_GROUPS: Final = {
    _FR: ("Dans chaque fichier", "Dans une traduction", "Pratiques et stratégies", "Pratiques", "Stratégies"),
    _NL: ("In elk bestand", "In een vertaling", "Praktijken en strategieën", "Praktijken", "Strategieën"),
    _EN: ("In every file", "In a translation", "Practices and strategies", "Practices", "Strategies"),
}
_FORMS: Final = {
    "parts": {_FR: "les champs ci-dessous", _NL: "de velden hieronder", _EN: "the fields below"},
    "list": {_FR: "liste", _NL: "lijst", _EN: "list"},
    "at least": {_FR: "au moins {}", _NL: "ten minste {}", _EN: "at least {}"},
    "at most": {_FR: "au plus {}", _NL: "hoogstens {}", _EN: "at most {}"},
    "characters": {_FR: "{} caractères", _NL: "{} tekens", _EN: "{} characters"},
    "words": {_FR: "mot de", _NL: "woord uit", _EN: "word of"},
    "boolean": {_FR: "`true` ou `false`", _NL: "`true` of `false`", _EN: "`true` or `false`"},
    "integer": {_FR: "nombre entier", _NL: "geheel getal", _EN: "whole number"},
    "text": {_FR: "texte", _NL: "tekst", _EN: "text"},
    "day": {_FR: "jour, AAAA-MM-JJ", _NL: "dag, JJJJ-MM-DD", _EN: "day, YYYY-MM-DD"},
    "date": {
        _FR: "date : AAAA, AAAA-MM ou AAAA-MM-JJ",
        _NL: "datum: JJJJ, JJJJ-MM of JJJJ-MM-DD",
        _EN: "date: YYYY, YYYY-MM or YYYY-MM-DD",
    },
    "address": {_FR: "adresse web, https://…", _NL: "webadres, https://…", _EN: "web address, https://…"},
    "id": {_FR: "identifiant", _NL: "id", _EN: "id"},
}
_PATTERNS: Final = {
    r"^\d{4}-\d{2}-\d{2}$": "day", r"^\d{4}(-\d{2}(-\d{2})?)?$": "date", r"^https?://[^\s/]+(/\S*)?$": "address",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$": "id",
}  # fmt: skip


class _Row(NamedTuple):
    required: bool
    values: str


def filled(page: str, taxonomy: Taxonomy) -> str:
    """The page with its generated parts as code and vocabularies are now. Raises KeyError for a part that is none."""
    parts = {
        **{f"fields {language}": _fields(language, taxonomy) for language in Language},
        "headings": _headings(),
        "vocabularies": _vocabularies(taxonomy),
    }
    return _PART.sub(lambda match: f"{match[1]}\n{parts[match[2]]}\n{match[3]}", page)


def _fields(language: Language, taxonomy: Taxonomy) -> str:
    """A table for the fields of every file, of translations, of both kinds of notes, and of each kind alone."""
    schema = note_schema(taxonomy)["$defs"]
    practice, strategy, translation = (
        dict(_rows(schema[form], schema, language)) for form in ("practice", "strategy", "translation")
    )
    names = list(dict.fromkeys((*translation, *practice, *strategy)))
    every, alone = practice.keys() & translation.keys(), translation.keys() - practice.keys()
    both = (practice.keys() & strategy.keys()) - every
    chosen = (every, alone, both, practice.keys() - strategy.keys(), strategy.keys() - practice.keys())

    def tables() -> Iterator[str]:
        for title, group in zip(_GROUPS[language], chosen, strict=True):
            yield f"#### {title}\n"
            yield _table(_HEAD[language], (row(name) for name in names if name in group))

    def row(name: str) -> tuple[str, ...]:
        words = field_words()[name][language]
        found = {
            kind: one[name] for kind, one in zip(_KINDS[language], (practice, strategy), strict=True) if name in one
        } or {"": translation[name]}
        required = words.when or _either(
            {kind: _YES[language][not one.required] for kind, one in found.items()}, language
        )
        return (
            f"`{name}`",
            words.label,
            required,
            _either({k: one.values for k, one in found.items()}, language),
            words.meaning,
        )

    return "\n".join(tables())


def _either(said: Mapping[str, str], language: Language) -> str:
    """What is said of each kind of note, or once what is said of both."""
    values = [*said.values()]
    before = _BEFORE[language]
    different = f"{before}; ".join(f"{kind}{before}: {one}" for kind, one in said.items())
    return values[0] if len({*values}) == 1 else different


def _rows(
    schema: Mapping[str, Any], inside: Mapping[str, Any], language: Language, above: str = ""
) -> Iterator[tuple[str, _Row]]:
    """Every field at any depth, with dots, below the one that it is a part of."""
    for name, field in schema["properties"].items():
        plain = _plain(field, inside)
        yield f"{above}{name}", _Row(name in schema.get("required", ()), _values(name, plain, inside, language))
        parts = _plain(plain["items"], inside) if "items" in plain else plain
        if "properties" in parts:
            yield from _rows(parts, inside, language, f"{above}{name}.")


def _plain(field: Mapping[str, Any], inside: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a value that is there, wherever it stands."""
    given = next((one for one in field.get("anyOf", ()) if one.get("type") != "null"), field)
    found: Mapping[str, Any] = inside[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
    return found


def _values(name: str, plain: Mapping[str, Any], inside: Mapping[str, Any], language: Language) -> str:
    """Which values a field takes, in words."""
    say = {form: words[language] for form, words in _FORMS.items()}

    def bounds(one: Mapping[str, Any], least: str, most: str, unit: str = "{}", unsaid: int = 0) -> Iterator[str]:
        if one.get(least, 0) > unsaid:
            yield say["at least"].format(unit.format(one[least]))
        if most in one:
            yield say["at most"].format(unit.format(one[most]))

    kind = plain.get("type")
    if kind == "array":
        many = ", ".join((say["list"], *bounds(plain, "minItems", "maxItems")))
        return f"{many}{_BEFORE[language]}: {_values(name, _plain(plain['items'], inside), inside, language)}"
    if name in VOCABULARY_OF:
        vocabulary = VOCABULARY_OF[name].replace("_", "-")
        return f"{say['words']} [{vocabulary}](#{vocabulary})"
    if "enum" in plain:
        return ", ".join(f"`{one}`" for one in plain["enum"])
    if kind == "object":
        return say["parts"]
    form = _PATTERNS.get(plain.get("pattern", ""), kind if kind in ("boolean", "integer") else "text")
    # That a text has one character at least goes without saying.
    return ", ".join((say[form], *bounds(plain, "minLength", "maxLength", say["characters"], unsaid=1)))


def _headings() -> str:
    """The fixed headings of each kind in three languages; those that must be there have a star."""

    def tables() -> Iterator[str]:
        for kind, sections in SECTIONS.items():
            yield f"### {' · '.join(_GROUPS[language][3 + (kind is Kind.STRATEGY)] for language in Language)}\n"
            rows = (
                (*(names[language] for language in Language), f"`#{key}`{' *' * (key in REQUIRED_SECTIONS[kind])}")
                for key, names in sections.items()
            )
            yield _table(("Français", "Nederlands", "English", ""), rows)

    return "\n".join(tables())


def _vocabularies(taxonomy: Taxonomy) -> str:
    """The words of every vocabulary that notes use, with their labels."""

    def tables() -> Iterator[str]:
        for scheme in taxonomy.schemes():
            yield f"### {scheme.name}\n"
            yield _table(("", "Français", "Nederlands", "English", "⊂"), _concepts(scheme))

    return "\n".join(tables())


def _concepts(scheme: Scheme) -> Iterator[tuple[str, ...]]:
    for one, concept in scheme.items():
        labels = (concept.label(language) for language in Language)
        yield f"`{one}`", *labels, f"`{concept.broader}`" if concept.broader else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[*head], *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
