"""Say which values a field of a note takes, in the language of its author; read from the schema of notes."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from kb.notes.front_matter import VOCABULARY_OF, WEB_ADDRESS
from kb.notes.plain_yaml import PlainLoader
from kb.text.languages import COLON, Language

Schema = Mapping[str, Any]
_PATTERNS: Final = {
    r"^\d{4}-\d{2}-\d{2}$": "day",
    r"^\d{4}(-\d{2}(-\d{2})?)?$": "date",
    f"^{WEB_ADDRESS}$": "address",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$": "id",
}
_USUAL_LENGTH: Final = 2_000
"""Most characters of a text; `docs/authors.md` says so once above its lists."""


@cache
def phrases(language: Language) -> Mapping[str, str]:
    """Return what generated texts say, by key, in a language."""
    read = yaml.load(files("ingest.authoring").joinpath("words.yaml").read_text("utf-8"), PlainLoader)
    return {key: texts[[*Language].index(language)] for key, texts in read.items()}


def plain(field: Schema, definitions: Schema) -> Schema:
    """Return the schema of a field's value where it is given, wherever that schema stands."""
    given = next((choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"), field)
    found: Schema = definitions[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
    return found


def form(value: Schema) -> str:
    """Return how a plain value is written: the key of a phrase."""
    kind = value.get("type")
    return kind if kind in ("boolean", "integer") else _PATTERNS.get(value.get("pattern", ""), "text")


def values(name: str, value: Schema, definitions: Schema, language: Language) -> str:
    """Return in words which values a field takes; empty for a text of the usual length and for a field with parts."""
    say = phrases(language)

    def bounds(least: str, most: str, unit: str = "{}") -> Iterator[str]:
        if value.get(least, 0) > 1:
            yield say["at least"].format(unit.format(value[least]))
        if value.get(most, _USUAL_LENGTH) != _USUAL_LENGTH:
            yield say["at most"].format(unit.format(value[most]))

    if value.get("type") == "array":
        many = ", ".join((say["list"], *bounds("minItems", "maxItems")))
        items = values(name, plain(value["items"], definitions), definitions, language)
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
