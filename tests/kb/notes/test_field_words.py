"""Every field has a name and a meaning in three languages, and nothing else has."""

from typing import get_args

from pydantic import BaseModel

from kb.notes.field_words import field_words
from kb.notes.front_matter import PracticeFields, StrategyFields, TranslationFields
from kb.text.languages import Language


def models_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def fields_of(model, above=""):
    for name, field in model.model_fields.items():
        yield f"{above}{name}"
        for inner in models_in(field.annotation):
            yield from fields_of(inner, f"{above}{name}.")


def test_the_words_are_those_of_the_fields_there_are():
    fields = {name for model in (PracticeFields, StrategyFields, TranslationFields) for name in fields_of(model)}
    assert field_words().keys() == fields


def test_each_is_named_and_explained_in_every_language():
    for name, words in field_words().items():
        assert words.keys() == set(Language), name
        assert all(1 < len(label) < 40 and meaning and meaning[-1] != "." for label, meaning, _ in words.values()), name
        assert len({bool(each.when) for each in words.values()}) == 1, name


def test_what_hangs_on_another_field_says_so():
    conditional = {name for name, words in field_words().items() if words[Language.EN].when}
    assert conditional == {"pap", "licence", "owner", "legal_basis", "official_titles"}
    assert field_words()["pap"][Language.EN].sentence == "What a reader may do with it (required from tlp amber)"
    assert field_words()["title"][Language.FR].sentence == "Titre dans la langue du fichier"
