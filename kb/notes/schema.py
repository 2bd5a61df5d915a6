"""The front matter of a note as JSON Schema (2020-12), for editors: generated from the fields, the words for them and
the vocabularies, so that it refuses nothing that `kb lint` accepts. It accepts more: days that are not in the calendar,
fields that do not go together, and whatever is wrong between notes.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from kb.notes.field_words import field_words
from kb.notes.front_matter import VOCABULARY_OF, LanguageFields, TranslationFields
from kb.notes.note import FIELDS
from kb.notes.taxonomy import Scheme, Taxonomy
from kb.text.languages import Language

FORMS: Final[Mapping[str, type[LanguageFields]]] = {
    **{kind.value: fields for kind, fields in FIELDS.items()},
    "translation": TranslationFields,
}
"""Form of front matter -> its fields. A kind of notes is the form of its originals."""


def note_schema(taxonomy: Taxonomy) -> dict[str, Any]:
    """Return the schema of all front matter: that of each kind of notes, or of a translation."""
    definitions: dict[str, Any] = {}
    for form, model in FORMS.items():
        made = model.model_json_schema(ref_template=f"#/$defs/{form}-{{model}}")
        inner = made.pop("$defs", {})
        definitions[form] = _worded(made, "", inner, taxonomy)
        for name, schema in inner.items():
            definitions[f"{form}-{name}"] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Front matter of a note",
        "anyOf": [{"$ref": f"#/$defs/{form}"} for form in FORMS],
        "$defs": definitions,
    }


def _worded(
    schema: dict[str, Any], above: str, inner: Mapping[str, dict[str, Any]], taxonomy: Taxonomy
) -> dict[str, Any]:
    """Return the schema of an object with the words for its fields, and for those of the objects in it."""
    schema.pop("title", None)
    schema.pop("description", None)
    for name, field in schema.get("properties", {}).items():
        words = field_words()[f"{above}{name}"]
        field["title"] = words[Language.EN].label
        field["description"] = "\n".join(f"{each}: {words[each].label}. {words[each].sentence}." for each in Language)
        if (vocabulary := VOCABULARY_OF.get(name)) is not None:
            _restrict(field, getattr(taxonomy, vocabulary))
        for target in re.findall(r'"\$ref": "[^"]*-(\w+)"', json.dumps(field)):
            _worded(inner[target], f"{above}{name}.", inner, taxonomy)
    return schema


def _restrict(field: dict[str, Any], scheme: Scheme) -> None:
    """Name the words of a vocabulary, with their labels, as the values of a field or of the items of a list."""
    text = next((schema for schema in field.get("anyOf", ()) if schema.get("type") == "string"), field)
    where = field.get("items", text)
    where["enum"] = [*scheme]
    where["enumDescriptions"] = [
        " / ".join(concept.label(language) for language in Language) for concept in scheme.values()
    ]
