"""What an author reads of YAML that cannot be read, and where: the place of the mistake, not of its discovery."""

from pathlib import Path

import pytest
import yaml

from kb.notes.plain_yaml import PlainYamlError, read_yaml

MISTAKES = yaml.safe_load(Path(__file__).with_name("yaml_mistakes.yaml").read_text("utf-8"))


@pytest.mark.parametrize("reason", MISTAKES)
def test_a_mistake_has_words_of_authors_and_its_place(reason):
    for text, *place in MISTAKES[reason]:
        with pytest.raises(PlainYamlError) as caught:
            read_yaml(text)
        assert (str(caught.value), [*caught.value.position]) == (f"is no valid YAML: {reason}", place), text


def test_a_value_that_does_not_fit_its_tag_has_its_place():
    unprintable = ("9" * 5_000, "0x" + "f" * 4_000, "59:" * 3_000 + "59", "59:" * 300 + "59.5", "0b" + "1" * 20_000)
    for value in ("!!int x", "!!bool maybe", *unprintable):
        with pytest.raises(PlainYamlError) as caught:
            read_yaml(f"a: b\nc:\n- {value}")
        assert caught.value.position == (3, 3)
