"""Begin a note or a translation: a file to fill in, with what belongs into each field, and the fixed headings.

What is known already is written down; what the note must have and nobody knows yet is empty, so that `kb lint` names it
with its line. What it may have is in comments. The text of a document, or of the original, may follow.
"""

import textwrap
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType, NoneType
from typing import Any, Final

import yaml

from kb.notes.field_words import field_words
from kb.notes.front_matter import VOCABULARY_OF, WEB_ADDRESS
from kb.notes.markdown import straight
from kb.notes.note import SECTIONS, Kind, Note
from kb.notes.plain_yaml import read_data
from kb.notes.schema import FORMS, note_schema
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.text.languages import COLON, NAMES, Language

Schema = Mapping[str, Any]
_WIDTH: Final = 100
_FIRST: Final = ("title", "summary", "questions", "countries", "organisations", "crime_types", "phases")
"""Fields that authors look for first; the others follow as the model has them."""
_comment = partial(textwrap.wrap, width=_WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)
_PATTERNS: Final = {
    r"^\d{4}-\d{2}-\d{2}$": "day",
    r"^\d{4}(-\d{2}(-\d{2})?)?$": "date",
    f"^{WEB_ADDRESS}$": "address",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$": "id",
}


class _Dumper(yaml.SafeDumper):
    """YAML in which what is not known is empty."""


_Dumper.add_representer(NoneType, lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))


def phrases(language: Language) -> Mapping[str, str]:
    """Return what generated texts say, by key, in a language."""
    place = [*Language].index(language)
    return {key: texts[place] for key, texts in read_data("words.yaml", "ingest.authoring").items()}


def plain(field: Schema, definitions: Schema) -> Schema:
    """Return the schema of a field's value where it is given, wherever that schema stands."""
    given = next((choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"), field)
    found: Schema = definitions[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
    return found


def form(value: Schema) -> str:
    """Return how a plain value is written: the key of a phrase."""
    kind = value.get("type")
    return kind if kind in ("boolean", "integer") else _PATTERNS.get(value.get("pattern", ""), "text")


def skeleton(
    kind: Kind,
    language: Language,
    given: Mapping[str, Any],
    taxonomy: Taxonomy,
    today: date,
    *,
    body: str | None = None,
    remarks: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the text of a new note.

    given:   values that are known, by field; None for a field that must be filled in
    body:    its text, with the fixed headings; without it, the headings alone
    remarks: field -> a comment on it besides what belongs into it
    """
    again = today.replace(year=today.year + 1, day=min(today.day, 28))
    known = {
        "draft": True,
        "licence": "CC-BY-4.0",
        "reviewed": today.isoformat(),
        "review_by": again.isoformat(),
        **given,
    }
    schema = note_schema(taxonomy)["$defs"]
    fields = schema[kind.value]["properties"]
    names = field_order(kind)
    required = [name for name in names if name in schema[kind.value]["required"] or name in known]

    def lines() -> Iterator[str]:
        yield "---"
        for name in required:
            yield from _comments(name, plain(fields[name], schema), language, taxonomy)
            yield from _comment(remarks[name]) if name in remarks else ()
            yield _value(name, fields[name], schema, known.get(name), language)
        yield f"\n# {phrases(language)['optional']}"
        for name in (name for name in names if name not in required):
            value = plain(fields[name], schema)
            yield from _comments(name, value, language, taxonomy)
            yield textwrap.indent(_value(name, fields[name], schema, None, language), "# ")
            if value.get("type") == "array" and name not in VOCABULARY_OF and not _parts(fields[name], schema):
                yield '#   - "…"'
        yield "---"
        if body is not None:
            yield f"\n{body}"
        else:
            yield from (f"\n## {headings[language]}\n" for headings in SECTIONS[kind].values())

    return "\n".join(lines())


def field_order(form: str) -> list[str]:
    """Return the fields of a form of front matter in the order of its files."""
    fields = FORMS[form].model_fields
    return [*(name for name in _FIRST if name in fields), *(name for name in fields if name not in _FIRST)]


def _comments(name: str, value: Schema, language: Language, taxonomy: Taxonomy) -> Iterator[str]:
    """Yield comments that say what belongs into a field."""
    words = field_words()[name][language]
    yield from _comment(f"{words.label}{COLON[language]}{words.sentence}.")
    if name in VOCABULARY_OF:
        scheme = getattr(taxonomy, VOCABULARY_OF[name])
        allowed = taxonomy.countries.narrower(BENELUX) if name == "no_counterpart" else scheme
        choices = [f"{word} ({scheme[word].label(language)})" for word in allowed]
    else:
        choices = [choice for choice in value.get("enum", ()) if choice != "red"]  # which KB114 refuses
    if choices:
        yield from _comment(f"{phrases(language)['choices']}{COLON[language]}{', '.join(choices)}.")
    if written := _written(value, language):
        yield from _comment(f"{phrases(language)['form']}{COLON[language]}{written}.")


def _value(name: str, field: Schema, schema: Schema, value: Any, language: Language) -> str:
    """Return a field with its value; without one, with the names and words of its parts."""
    if value is not None:
        return yaml.dump({name: value}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH).rstrip()
    indents = ("  - ", "    ") if plain(field, schema).get("type") == "array" else ("  ", "  ")
    found = [f"{name}:"]
    for place, (part, inner) in enumerate(_parts(field, schema).items()):
        meant = plain(inner, schema)
        choices = () if part in VOCABULARY_OF else meant.get("enum", ())
        words = ", ".join(choices) or field_words()[f"{name}.{part}"][language].meaning
        written = _written(meant, language)
        found.append(f"{indents[place > 0]}{part}:  # {words}{f' ({written})' if written else ''}")
    return "\n".join(found)


def _parts(field: Schema, schema: Schema) -> Schema:
    """Return the fields of a value or of its items: those it must have, else all; none if it is plain."""
    value = plain(field, schema)
    whole = plain(value["items"], schema) if "items" in value else value
    parts: Schema = whole.get("properties", {})
    required = whole.get("required", parts)
    return {name: part for name, part in parts.items() if name in required}


def _written(value: Schema, language: Language) -> str:
    """Return how a date or a yes and no is written; nothing for anything else."""
    key = form(value)
    return phrases(language)[key].replace("`", "") if key in ("day", "date", "boolean") else ""


def translation(note: Note, to: Language) -> str:
    """Return the text of a file that translates a note: its fields, its original, and the original's text to replace.

    Its fixed headings are in their language already.
    """
    original, of, words = note.original_version, NAMES[note.original][to], field_words()
    found = ["---"]
    for name in ("title", "summary"):
        found += [f"# {words[name][to].label} ({of}): {' '.join(getattr(original, name).split())}", f"{name}:"]
    if original.own.questions:
        found.append(f"# {words['questions'][to].label} ({of}):")
        found += [f"#   - {' '.join(question.split())}" for question in original.own.questions]
        found.append("questions:")
    found += [f"# {words['draft'][to].label}{COLON[to]}{words['draft'][to].sentence}."]
    found += ["draft: true", "translation:", f"  of: {note.original}"]
    found += [f"  status: human  # {words['translation.status'][to].meaning}"]
    found += [f'  source_revision: "{original.revision}"', "---"]
    body = original.body.split("\n")
    headings = {names[note.original]: names[to] for names in SECTIONS[note.kind].values()}
    for section in original.sections:
        place = section.line - original.body_line
        heading = headings.get(straight(body[place].strip("# \t")))
        if heading and section.level == 2 and body[place].startswith("##"):
            body[place] = f"## {heading}"
    return "\n".join([*found, *body]).rstrip() + "\n"
