"""The words for fields of a note in three languages, from `field_words.yaml`: for skeletons, schema, guides and pages.

Which values a field takes, `kb.notes.front_matter` says.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from kb.notes.plain_yaml import read_data
from kb.text.languages import Language


class FieldWords(NamedTuple):
    """label: the name; meaning: what belongs into it; when: the value of another field with which it must be there."""

    label: str
    meaning: str
    when: str = ""

    @property
    def sentence(self) -> str:
        """What belongs into the field and when it must be there, as one sentence without its stop."""
        return f"{self.meaning} ({self.when})" if self.when else self.meaning


@cache
def field_words() -> Mapping[str, Mapping[Language, FieldWords]]:
    """Return field -> language -> its words. A field inside another is named with a dot: `sources.url`."""
    fields = read_data("field_words.yaml").items()
    return {name: {language: FieldWords(*words[language]) for language in Language} for name, words in fields}


def value_text(field: str, value: str, language: Language) -> str:
    """Return a value of a field in words, or as it is where `values` of the field has none."""
    return str(read_data("field_words.yaml")[field].get("values", {}).get(value, {}).get(language, value))
