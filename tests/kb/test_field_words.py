"""Every field has a name and a meaning in three languages, and nothing else has."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from kb.field_words import field_words
from kb.front_matter import PracticeFields, StrategyFields, TranslationFields
from kb.languages import Language


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in get_args(annotation):
        yield from models_in(one)


def fields_of(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{above}{name}"
        for inner in models_in(field.annotation):
            yield from fields_of(inner, f"{above}{name}.")


def test_the_words_are_those_of_the_fields_there_are() -> None:
    fields = {name for model in (PracticeFields, StrategyFields, TranslationFields) for name in fields_of(model)}
    assert field_words().keys() == fields


def test_each_is_named_and_explained_in_every_language() -> None:
    for name, words in field_words().items():
        assert words.keys() == set(Language), name
        for label, meaning in words.values():
            assert 1 < len(label) < 40, name
            assert meaning, name
            assert not meaning.endswith("."), name
