"""Write the parts of `docs/authors.md` that follow from fields, headings and vocabularies.

They stand between `<!-- generated: NAME -->` and `<!-- end -->`. The text around these marks is not touched.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from ingest.authoring.drafts import Schema, form, phrases, plain
from kb.notes.field_words import field_words
from kb.notes.front_matter import VOCABULARY_OF
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, Kind
from kb.notes.schema import note_schema
from kb.notes.taxonomy import Scheme, Taxonomy
from kb.text.languages import COLON, SEMICOLON, Language

_PART: Final = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LANGUAGES: Final = ("Français", "Nederlands", "English")

_ORDINARY: Final = 2_000
"""Most characters of a text; `docs/authors.md` says so once above its lists."""


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
    """Return lists of the fields of every file, of translations, of all notes, and of each kind."""
    schema = note_schema(taxonomy)["$defs"]
    say = phrases(language)

    def rows(form: Schema, above: str = "") -> Iterator[tuple[str, tuple[bool, str]]]:
        """Yield the dotted name of every field and part, whether it is required, and its values."""
        for name, field in form["properties"].items():
            value = plain(field, schema)
            yield f"{above}{name}", (name in form.get("required", ()), _values(name, value, schema, language))
            parts = plain(value["items"], schema) if "items" in value else value
            if "properties" in parts:
                yield from rows(parts, f"{above}{name}.")

    by_kind = {kind: dict(rows(schema[kind])) for kind in Kind}
    translation = dict(rows(schema["translation"]))
    of_all = set.intersection(*(set(fields) for fields in by_kind.values()))
    groups = {
        "every file": of_all & translation.keys(),
        "translations": translation.keys() - of_all,
        "all kinds": of_all - translation.keys(),
        **{kind.folder: fields.keys() - of_all for kind, fields in by_kind.items()},
    }

    def item(name: str) -> str:
        words = field_words()[name][language]
        found = {say[kind]: fields[name] for kind, fields in by_kind.items() if name in fields} or {
            "": translation[name]
        }
        required = [kind for kind, (needed, _) in found.items() if needed]
        mark = r" \*" if len(required) == len(found) else rf" \* {required[0]}" if required else ""
        taken, *others = dict.fromkeys(text for _, text in found.values())
        if others:
            taken = SEMICOLON[language].join(f"{kind}{COLON[language]}{text}" for kind, (_, text) in found.items())
        above, _, own = name.rpartition(".")
        indent = "  " * len(above.split(".")) if above else ""
        return f"{indent}- `{own}`{mark} **{words.label}**{f' ({taken})' if taken else ''}. {words.sentence}.\n"

    names = dict.fromkeys((*translation, *chain(*by_kind.values())))
    return "\n".join(
        f"#### {say[title]}\n\n{''.join(item(name) for name in names if name in group)}"
        for title, group in groups.items()
        if group
    )


def _values(name: str, value: Schema, definitions: Schema, language: Language) -> str:
    """Return in words which values a field takes; empty for a text of ordinary length and for a field with parts."""
    say = phrases(language)

    def bounds(least: str, most: str, unit: str = "{}") -> Iterator[str]:
        if value.get(least, 0) > 1:
            yield say["at least"].format(unit.format(value[least]))
        if value.get(most, _ORDINARY) != _ORDINARY:
            yield say["at most"].format(unit.format(value[most]))

    if value.get("type") == "array":
        many = ", ".join((say["list"], *bounds("minItems", "maxItems")))
        items = _values(name, plain(value["items"], definitions), definitions, language)
        return f"{many}{COLON[language]}{items}" if items else many
    if name in VOCABULARY_OF:
        vocabulary = VOCABULARY_OF[name].replace("_", "-")
        return f"[{vocabulary}](#{vocabulary})"
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"])
    if value.get("type") == "object":
        return ""
    key = form(value)
    written = say[f"a {key}"].format(say[key]) if key in ("day", "date") else say.get(key, "")
    return ", ".join(filter(None, (written, *bounds("minLength", "maxLength", say["characters"]))))


def _headings() -> str:
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
