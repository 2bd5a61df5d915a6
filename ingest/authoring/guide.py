"""Write the parts of `docs/authors.md` that follow from fields, headings and vocabularies.

They stand between `<!-- generated: NAME -->` and `<!-- end -->`. The text around these marks is not touched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from kb.notes.field_words import field_words
from kb.notes.front_matter import VOCABULARY_OF, WEB_ADDRESS
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, Kind
from kb.notes.schema import note_schema
from kb.notes.taxonomy import Scheme, Taxonomy
from kb.text.languages import Language

_PART: Final = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FR, _NL, _EN = Language.FR, Language.NL, Language.EN
_BEFORE: Final = {_FR: " ", _NL: "", _EN: ""}
"""The space that a language puts before a colon and a semicolon."""
_KINDS: Final = {
    _FR: ("pratique", "stratégie"),
    _NL: ("praktijk", "strategie"),
    _EN: ("practice", "strategy"),
}
_GROUPS: Final = {
    _FR: ("Dans chaque fichier", "Dans une traduction", "Pratiques et stratégies", "Pratiques", "Stratégies"),
    _NL: ("In elk bestand", "In een vertaling", "Praktijken en strategieën", "Praktijken", "Strategieën"),
    _EN: ("In every file", "In a translation", "Practices and strategies", "Practices", "Strategies"),
}
_FORMS: Final = {
    "list": {_FR: "liste", _NL: "lijst", _EN: "list"},
    "at least": {_FR: "au moins {}", _NL: "ten minste {}", _EN: "at least {}"},
    "at most": {_FR: "au plus {}", _NL: "hoogstens {}", _EN: "at most {}"},
    "characters": {_FR: "{} caractères", _NL: "{} tekens", _EN: "{} characters"},
    "boolean": {_FR: "`true` ou `false`", _NL: "`true` of `false`", _EN: "`true` or `false`"},
    "integer": {_FR: "nombre entier", _NL: "geheel getal", _EN: "whole number"},
    "day": {_FR: "jour, AAAA-MM-JJ", _NL: "dag, JJJJ-MM-DD", _EN: "day, YYYY-MM-DD"},
    "date": {
        _FR: "date : AAAA, AAAA-MM ou AAAA-MM-JJ",
        _NL: "datum: JJJJ, JJJJ-MM of JJJJ-MM-DD",
        _EN: "date: YYYY, YYYY-MM or YYYY-MM-DD",
    },
    "address": {_FR: "adresse web", _NL: "webadres", _EN: "web address"},
    "id": {_FR: "identifiant", _NL: "id", _EN: "id"},
}
_PATTERNS: Final = {
    r"^\d{4}-\d{2}-\d{2}$": "day",
    r"^\d{4}(-\d{2}(-\d{2})?)?$": "date",
    f"^{WEB_ADDRESS}$": "address",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$": "id",
}
_USUAL_LENGTH: Final = 2_000
"""Most characters of a text; `docs/authors.md` says so once above its lists."""


class _Field(NamedTuple):
    required: bool
    values: str


def filled(page: str, taxonomy: Taxonomy) -> str:
    """Return the page with its generated parts as code and vocabularies are now.

    Raises KeyError for a mark that names no part.
    """
    parts = {
        **{f"fields {language}": _fields(language, taxonomy) for language in Language},
        "headings": _headings(),
        "vocabularies": _vocabularies(taxonomy),
    }
    return _PART.sub(lambda match: f"{match[1]}\n{parts[match[2]]}\n{match[3]}", page)


def _fields(language: Language, taxonomy: Taxonomy) -> str:
    """Return a list each for the fields of every file, of translations, of both kinds of notes, and of each kind."""
    schema = note_schema(taxonomy)["$defs"]
    practice, strategy, translation = (
        dict(_rows(schema[form], schema, language)) for form in ("practice", "strategy", "translation")
    )
    every, alone = practice.keys() & translation.keys(), translation.keys() - practice.keys()
    both = (practice.keys() & strategy.keys()) - every
    groups = (every, alone, both, practice.keys() - strategy.keys(), strategy.keys() - practice.keys())

    def item(name: str) -> str:
        words = field_words()[name][language]
        kinds = {
            kind: fields[name]
            for kind, fields in zip(_KINDS[language], (practice, strategy), strict=True)
            if name in fields
        } or {"": translation[name]}
        required = [kind for kind, field in kinds.items() if field.required]
        mark = r" \*" if len(required) == len(kinds) else rf" \* {required[0]}" if required else ""
        values = _either({kind: field.values for kind, field in kinds.items()}, language)
        above, _, own = name.rpartition(".")
        indent = "  " * len(above.split(".")) if above else ""
        return f"{indent}- `{own}`{mark} **{words.label}**{f' ({values})' if values else ''}. {words.told}.\n"

    names = list(dict.fromkeys((*translation, *practice, *strategy)))
    return "\n".join(
        f"#### {title}\n\n{''.join(item(name) for name in names if name in group)}"
        for title, group in zip(_GROUPS[language], groups, strict=True)
    )


def _either(values: Mapping[str, str], language: Language) -> str:
    """Return the value of each kind of note, or one where it is the same for both."""
    colon = _BEFORE[language]
    if len({*values.values()}) == 1:
        return next(iter(values.values()))
    return f"{colon}; ".join(f"{kind}{colon}: {value}" for kind, value in values.items())


def _rows(
    schema: Mapping[str, Any], inside: Mapping[str, Any], language: Language, above: str = ""
) -> Iterator[tuple[str, _Field]]:
    """Yield every field at any depth by its dotted name, below the field that it is a part of."""
    for name, field in schema["properties"].items():
        plain = _plain(field, inside)
        yield f"{above}{name}", _Field(name in schema.get("required", ()), _values(name, plain, inside, language))
        parts = _plain(plain["items"], inside) if "items" in plain else plain
        if "properties" in parts:
            yield from _rows(parts, inside, language, f"{above}{name}.")


def _plain(field: Mapping[str, Any], inside: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a value that is not null, with its reference followed."""
    given = next((option for option in field.get("anyOf", ()) if option.get("type") != "null"), field)
    found: Mapping[str, Any] = inside[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
    return found


def _values(name: str, plain: Mapping[str, Any], inside: Mapping[str, Any], language: Language) -> str:
    """Return in words which values a field takes; empty for a text of the usual length and for a field with parts."""
    say = {form: words[language] for form, words in _FORMS.items()}

    def bounds(schema: Mapping[str, Any], least: str, most: str, unit: str = "{}") -> Iterator[str]:
        if schema.get(least, 0) > 1:
            yield say["at least"].format(unit.format(schema[least]))
        if schema.get(most, _USUAL_LENGTH) != _USUAL_LENGTH:
            yield say["at most"].format(unit.format(schema[most]))

    kind = plain.get("type")
    if kind == "array":
        many = ", ".join((say["list"], *bounds(plain, "minItems", "maxItems")))
        items = _values(name, _plain(plain["items"], inside), inside, language)
        return f"{many}{_BEFORE[language]}: {items}" if items else many
    if name in VOCABULARY_OF:
        vocabulary = VOCABULARY_OF[name].replace("_", "-")
        return f"[{vocabulary}](#{vocabulary})"
    if "enum" in plain:
        return ", ".join(f"`{value}`" for value in plain["enum"])
    if kind == "object":
        return ""
    form = _PATTERNS.get(plain.get("pattern", ""), kind if kind in ("boolean", "integer") else "")
    lengths = bounds(plain, "minLength", "maxLength", say["characters"])
    return ", ".join((*([say[form]] if form else []), *lengths))


def _headings() -> str:
    """Return the fixed headings of each kind in three languages; required ones have a star."""

    def rows(kind: Kind) -> Iterator[tuple[str, ...]]:
        for key, names in SECTIONS[kind].items():
            mark = " *" if key in REQUIRED_SECTIONS[kind] else ""
            yield *(names[language] for language in Language), f"`#{key}`{mark}"

    return "\n".join(
        f"### {' · '.join(_GROUPS[language][3 + (kind is Kind.STRATEGY)] for language in Language)}\n\n"
        f"{_table(('Français', 'Nederlands', 'English', ''), rows(kind))}"
        for kind in SECTIONS
    )


def _vocabularies(taxonomy: Taxonomy) -> str:
    """Return the ids of every vocabulary that notes use, with their labels."""

    def rows(scheme: Scheme) -> Iterator[tuple[str, ...]]:
        for concept_id, concept in scheme.items():
            broader = f" ⊂ `{concept.broader}`" if concept.broader else ""
            yield f"`{concept_id}`{broader}", *(concept.label(language) for language in Language)

    return "\n".join(
        f"### {scheme.name}\n\n{_table(('Id', 'Français', 'Nederlands', 'English'), rows(scheme))}"
        for scheme in taxonomy.schemes()
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[*head], *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
