"""A new note as a file to fill in: all fields, each with what belongs into it, and the fixed headings.

What is known already is written down; what the note must have and nobody knows yet stands there empty, so that
`kb lint` names it with its line. What it may have stands in comments. The text of a document may stand below.
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType, NoneType
from typing import Any, Final, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kb.notes.field_words import field_words
from kb.notes.front_matter import VOCABULARY_OF, FullDate, PartialDate, PracticeFields, StrategyFields
from kb.notes.note import SECTIONS, Kind
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.text.languages import COLON, Language

MODELS: Final[Mapping[Kind, type[BaseModel]]] = {Kind.PRACTICE: PracticeFields, Kind.STRATEGY: StrategyFields}
_WIDTH: Final = 100
_CHOICES: Final = {Language.FR: "Choix", Language.NL: "Keuze", Language.EN: "Choices"}
_FORM: Final = {Language.FR: "Forme", Language.NL: "Vorm", Language.EN: "Form"}
_YEAR: Final = {Language.FR: "AAAA", Language.NL: "JJJJ", Language.EN: "YYYY"}
_DAY: Final = {Language.FR: "MM-JJ", Language.NL: "MM-DD", Language.EN: "MM-DD"}
_MAY: Final = {
    Language.FR: "Facultatif : enlevez le signe # et remplissez, ou effacez.",
    Language.NL: "Facultatief: haal het teken # weg en vul in, of wis.",
    Language.EN: "Optional: take the sign # away and fill in, or delete.",
}
_FIRST: Final = ("title", "summary", "questions", "countries", "organisations", "crime_types", "phases")
"""Fields that authors look for first; the others follow as the model has them."""


class _Dumper(yaml.SafeDumper):
    """YAML in which what is not known stands empty."""


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
    """The text of a new note.

    given:   values that are known, by field; None for one that must be filled in
    body:    its text, with the fixed headings; without one, the headings stand alone
    remarks: field -> what is said of it besides the usual
    """
    model = MODELS[kind]
    known = {**_usual(today), **given}
    names = field_order(model)
    required = [one for one in names if model.model_fields[one].is_required() or one in known]
    optional = [one for one in names if one not in required]

    def lines() -> Iterator[str]:
        yield "---"
        for name in required:
            yield from _told(name, model.model_fields[name], language, taxonomy)
            yield from _comment(remarks[name]) if name in remarks else ()
            yield _value(name, model.model_fields[name], known.get(name), language)
        yield ""
        yield f"# {_MAY[language]}"
        for name in optional:
            yield from _told(name, model.model_fields[name], language, taxonomy)
            yield from (f"# {line}" for line in _value(name, model.model_fields[name], None, language).splitlines())
            if _is_list_of_texts(name, model.model_fields[name]):
                yield '#   - "…"'
        yield "---"
        if body is not None:
            yield f"\n{body}"
            return
        for headings in SECTIONS[kind].values():
            yield f"\n## {headings[language]}\n"

    return "\n".join(lines())


def field_order(model: type[BaseModel]) -> list[str]:
    """The fields of a note in the order in which they stand in its file."""
    return [
        *(one for one in _FIRST if one in model.model_fields),
        *(one for one in model.model_fields if one not in _FIRST),
    ]


def _usual(today: date) -> dict[str, Any]:
    """What most notes have: read today, looked at again in a year. Who may read them, authors must say."""
    again = today.replace(year=today.year + 1, day=min(today.day, 28))
    return {"licence": "CC-BY-4.0", "reviewed": today.isoformat(), "review_by": again.isoformat()}


def _told(name: str, field: FieldInfo, language: Language, taxonomy: Taxonomy) -> Iterator[str]:
    """Comments that say what belongs into a field."""
    words = field_words()[name][language]
    yield from _comment(f"{words.label}{COLON[language]}{words.told}.")
    if name in VOCABULARY_OF:
        scheme = getattr(taxonomy, VOCABULARY_OF[name])
        words_of = taxonomy.countries.narrower(BENELUX) if name == "no_counterpart" else scheme
        choices = [f"{one} ({scheme[one].label(language)})" for one in words_of]
    else:
        choices = [one for one in _literals(field.annotation) if one != "red"]  # which KB114 refuses
    if choices:
        yield from _comment(f"{_CHOICES[language]}{COLON[language]}{', '.join(choices)}.")
    if form := _form(field.annotation, field.metadata, language):
        yield from _comment(f"{_FORM[language]}{COLON[language]}{form}.")


def _comment(text: str) -> Iterable[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)


def _value(name: str, field: FieldInfo, value: Any, language: Language) -> str:
    """A field with its value; without one, with the names of what it is made of and the words for that."""
    if value is not None:
        return yaml.dump({name: value}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH).rstrip()
    parts = _parts(field.annotation)
    if parts is None:
        return f"{name}:"
    listed = get_origin(_without_none(field.annotation)) is tuple
    indents = ("  - ", "    ") if listed else ("  ", "  ")

    def lines() -> Iterator[str]:
        yield f"{name}:"
        for place, (part, inner) in enumerate(parts.items()):
            choices = _literals(inner.annotation)
            told = ", ".join(choices) if choices else field_words()[f"{name}.{part}"][language].meaning
            form = _form(inner.annotation, inner.metadata, language)
            told = f"{told} ({form})" if form else told
            yield f"{indents[place > 0]}{part}:  # {told}"

    return "\n".join(lines())


def _parts(annotation: Any) -> Mapping[str, FieldInfo] | None:
    """The fields that a value is made of: those it must have, else all; None where it is plain."""
    for one in (_without_none(annotation), *get_args(_without_none(annotation))):
        if isinstance(one, type) and issubclass(one, BaseModel):
            required = {name: field for name, field in one.model_fields.items() if field.is_required()}
            return required or one.model_fields
    return None


def _is_list_of_texts(name: str, field: FieldInfo) -> bool:
    return get_origin(field.annotation) is tuple and name not in VOCABULARY_OF and _parts(field.annotation) is None


def _form(annotation: Any, metadata: Iterable[Any], language: Language) -> str:
    """How a date or a yes and no is written; empty for anything else."""
    year, day = _YEAR[language], f"{_YEAR[language]}-{_DAY[language]}"
    plain = _without_none(annotation)
    if plain is bool or get_args(plain)[:1] == (bool,):
        return "true, false"
    means = (*metadata, *getattr(plain, "__metadata__", ()))
    if any(one in means for one in get_args(FullDate)[1:]):
        return day
    return f"{year}, {year}-MM, {day}" if any(one in means for one in get_args(PartialDate)[1:]) else ""


def _literals(annotation: Any) -> tuple[str, ...]:
    plain = _without_none(annotation)
    return get_args(plain) if get_origin(plain) is Literal else ()


def _without_none(annotation: Any) -> Any:
    rest = [one for one in get_args(annotation) if one is not NoneType]
    return rest[0] if NoneType in get_args(annotation) and len(rest) == 1 else annotation
