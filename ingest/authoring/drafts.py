"""Begin a note or a translation: a file to fill in, with what belongs into each field, and the fixed headings.

What is known already is written down; what the note must have and nobody knows yet is empty, so that `kb lint` names it
with its line. What it may have is in comments. The text of a document, or of the original, may follow.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType, NoneType
from typing import Any, Final

import yaml
from pydantic import BaseModel

from ingest.authoring.values import Schema, form, phrases, plain
from kb.notes.field_words import field_words
from kb.notes.front_matter import VOCABULARY_OF, PracticeFields, StrategyFields
from kb.notes.markdown import straight
from kb.notes.note import SECTIONS, Kind, Note
from kb.notes.schema import note_schema
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.text.languages import COLON, NAMES, Language

MODELS: Final[Mapping[Kind, type[BaseModel]]] = {Kind.PRACTICE: PracticeFields, Kind.STRATEGY: StrategyFields}
_WIDTH: Final = 100
_FIRST: Final = ("title", "summary", "questions", "countries", "organisations", "crime_types", "phases")
"""Fields that authors look for first; the others follow as the model has them."""
_HEADING: Final = re.compile(r"(##)[ \t]+(.*?)[ \t#]*")
_FENCE: Final = re.compile(r"[ ]{0,3}(```|~~~)")


class _Dumper(yaml.SafeDumper):
    """YAML in which what is not known is empty."""


_Dumper.add_representer(NoneType, lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))


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
    remarks: field -> a comment on it besides the usual ones
    """
    again = today.replace(year=today.year + 1, day=min(today.day, 28))
    known = {"licence": "CC-BY-4.0", "reviewed": today.isoformat(), "review_by": again.isoformat(), **given}
    schema = note_schema(taxonomy)["$defs"]
    fields = schema[kind.value]["properties"]
    names = field_order(MODELS[kind])
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


def field_order(model: type[BaseModel]) -> list[str]:
    """Return the fields of a note in the order in which they stand in its file."""
    fields = model.model_fields
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


def _comment(text: str) -> Iterable[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)


def _value(name: str, field: Schema, schema: Schema, value: Any, language: Language) -> str:
    """Return a field with its value; without one, with the names of what it is made of and the words for that."""
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
    """Return the fields that a value or an item of it is made of: those it must have, else all; none if it is plain."""
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
    original, of = note.original_version, NAMES[note.original][to]

    def lines() -> Iterator[str]:
        yield "---"
        for name in ("title", "summary"):
            yield f"# {field_words()[name][to].label} ({of}): {_one_line(getattr(original.own, name))}"
            yield f"{name}:"
        if original.own.questions:
            yield f"# {field_words()['questions'][to].label} ({of}):"
            yield from (f"#   - {_one_line(question)}" for question in original.own.questions)
            yield "questions:"
        yield "translation:"
        yield f"  of: {note.original}"
        yield f"  status: human  # {field_words()['translation.status'][to].meaning}"
        yield f'  source_revision: "{original.revision}"'
        yield "---"
        yield _with_headings(original.body, note, to)

    return "\n".join(lines())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _with_headings(body: str, note: Note, to: Language) -> str:
    """Return a body whose fixed headings are in another language."""
    wanted = {names[note.original]: names[to] for names in SECTIONS[note.kind].values()}
    found: list[str] = []
    fenced = False
    for line in body.splitlines():
        fenced ^= _FENCE.match(line) is not None
        heading = None if fenced else _HEADING.fullmatch(line)
        known = heading and wanted.get(straight(heading[2]))
        found.append(f"## {known}" if known else line)
    return "\n".join(found).rstrip() + "\n"
