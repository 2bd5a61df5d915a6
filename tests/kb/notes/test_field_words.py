"""Every field has a name and a meaning in three languages, and nothing else has."""

from typing import get_args

from kb.notes.field_words import field_words, value_text
from kb.notes.front_matter import Fields, TranslationFields
from kb.text.languages import Language


def fields_of(annotation, above=""):
    """Find the fields of every model in a type, and of the models in these."""
    for name, field in getattr(annotation, "model_fields", {}).items():
        yield f"{above}{name}"
        yield from fields_of(field.annotation, f"{above}{name}.")
    for part in get_args(annotation):
        yield from fields_of(part, above)


def test_the_words_are_those_of_the_fields_there_are():
    assert field_words().keys() == {*fields_of(Fields | TranslationFields)}


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


def test_a_value_without_words_of_its_own_stays_as_it_is():
    assert value_text("licence", "CC-BY-4.0", Language.NL) == "CC-BY-4.0"
