"""What fields of a note are called and what belongs into them, in three languages: for skeletons, schema and guides.

The words stand in `field_words.yaml`; which values a field takes, `kb.notes.front_matter` says.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from kb.notes.plain_yaml import PlainLoader
from kb.text.languages import Language


class FieldWords(NamedTuple):
    """label: what the field is called; meaning: what belongs into it; when: with which value of another field it must
    be there ("" where that hangs on none).
    """

    label: str
    meaning: str
    when: str = ""

    @property
    def told(self) -> str:
        """What belongs into the field and when it must be there, as one sentence without its stop."""
        return f"{self.meaning} ({self.when})" if self.when else self.meaning


@cache
def _read() -> Mapping[str, Mapping[str, Any]]:
    read: Mapping[str, Mapping[str, Any]] = yaml.load(
        files("kb.notes").joinpath("field_words.yaml").read_text("utf-8"), PlainLoader
    )
    return read


@cache
def field_words() -> Mapping[str, Mapping[Language, FieldWords]]:
    """Field -> language -> its words. A field inside another is named with a dot: `sources.url`."""
    return {name: {language: FieldWords(*words[language]) for language in Language} for name, words in _read().items()}


def value_text(field: str, value: str, language: Language) -> str:
    """Return a value of a field in words, or as it is where `values` of the field has none."""
    return str(_read()[field].get("values", {}).get(value, {}).get(language, value))
