"""What follows from a question by itself."""

from types import SimpleNamespace

import pytest

from kb.text.languages import Language
from search.understand.question import Question

FR, NL = Language.FR, Language.NL


@pytest.mark.parametrize(("detected", "pasted", "asked_in"), [(FR, False, FR), (None, False, NL), (FR, True, NL)])
def test_it_is_in_the_language_that_is_guessed_else_its_readers_and_a_part_in_that_of_the_whole(
    detected, pasted, asked_in
):
    question = SimpleNamespace(detected=detected, reader=NL, query=SimpleNamespace(pasted=pasted))
    assert Question.asked_in.fget(question) is asked_in
