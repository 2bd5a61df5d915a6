"""Write the parts of `docs/authors.md` that follow from fields, headings and vocabularies.

They stand between `<!-- generated: NAME -->` and `<!-- end -->`. The text around these marks is not touched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from ingest.authoring.values import Schema, phrases, plain, values
from kb.notes.field_words import field_words
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, Kind
from kb.notes.schema import note_schema
from kb.notes.taxonomy import Scheme, Taxonomy
from kb.text.languages import COLON, SEMICOLON, Language

_PART: Final = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LANGUAGES: Final = ("Français", "Nederlands", "English")


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
    say = phrases(language)
    practice, strategy, translation = (
        dict(_rows(schema[form], schema, language)) for form in ("practice", "strategy", "translation")
    )
    every = practice.keys() & translation.keys()
    groups = {
        "every file": every,
        "translations": translation.keys() - practice.keys(),
        "both kinds": (practice.keys() & strategy.keys()) - every,
        "practices": practice.keys() - strategy.keys(),
        "strategies": strategy.keys() - practice.keys(),
    }

    def item(name: str) -> str:
        words = field_words()[name][language]
        by_kind = {say["practice"]: practice, say["strategy"]: strategy}
        found = {kind: fields[name] for kind, fields in by_kind.items() if name in fields} or {"": translation[name]}
        required = [kind for kind, field in found.items() if field.required]
        mark = r" \*" if len(required) == len(found) else rf" \* {required[0]}" if required else ""
        taken = _either({kind: field.values for kind, field in found.items()}, language)
        above, _, own = name.rpartition(".")
        indent = "  " * len(above.split(".")) if above else ""
        return f"{indent}- `{own}`{mark} **{words.label}**{f' ({taken})' if taken else ''}. {words.sentence}.\n"

    names = dict.fromkeys((*translation, *practice, *strategy))
    return "\n".join(
        f"#### {say[title]}\n\n{''.join(item(name) for name in names if name in group)}"
        for title, group in groups.items()
    )


def _either(texts: Mapping[str, str], language: Language) -> str:
    """Return the text of each kind of note, or one where it is the same for both."""
    if len({*texts.values()}) == 1:
        return next(iter(texts.values()))
    return SEMICOLON[language].join(f"{kind}{COLON[language]}{text}" for kind, text in texts.items())


def _rows(schema: Schema, definitions: Schema, language: Language, above: str = "") -> Iterator[tuple[str, _Field]]:
    """Yield every field at any depth by its dotted name, below the field that it is a part of."""
    for name, field in schema["properties"].items():
        value = plain(field, definitions)
        required = name in schema.get("required", ())
        yield f"{above}{name}", _Field(required, values(name, value, definitions, language))
        parts = plain(value["items"], definitions) if "items" in value else value
        if "properties" in parts:
            yield from _rows(parts, definitions, language, f"{above}{name}.")


def _headings() -> str:
    """Return the fixed headings of each kind in three languages; required ones have a star."""

    def rows(kind: Kind) -> Iterator[tuple[str, ...]]:
        for key, names in SECTIONS[kind].items():
            mark = " *" if key in REQUIRED_SECTIONS[kind] else ""
            yield *(names[language] for language in Language), f"`#{key}`{mark}"

    return "\n".join(
        f"### {' · '.join(phrases(language)[kind.folder] for language in Language)}\n\n"
        f"{_table((*_LANGUAGES, ''), rows(kind))}"
        for kind in SECTIONS
    )


def _vocabularies(taxonomy: Taxonomy) -> str:
    """Return the ids of every vocabulary that notes use, with their labels."""

    def rows(scheme: Scheme) -> Iterator[tuple[str, ...]]:
        for concept_id, concept in scheme.items():
            broader = f" ⊂ `{concept.broader}`" if concept.broader else ""
            yield f"`{concept_id}`{broader}", *(concept.label(language) for language in Language)

    return "\n".join(
        f"### {scheme.name}\n\n{_table(('Id', *_LANGUAGES), rows(scheme))}" for scheme in taxonomy.schemes()
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [[*head], *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
