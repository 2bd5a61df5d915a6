"""Did you mean: made of what the caller may see, offered for questions alone."""

import pytest

from kb.access import clearance
from kb.text.languages import Language

AMBER = clearance("amber", [], [])
BODY = "## Problem\n\nThe {0} is shared. A {0} says who.\n\n## Approach\n\nBanks block false sites.\n"


@pytest.fixture
def searcher(content, index):
    content.practice("be-open", body=BODY.format("zyxwregister"))
    content.practice("be-closed", body=BODY.format("quuxolregister"), tlp="amber", pap="amber")
    return index()


def meant(view, text, **more):
    return view.search(text, **more).did_you_mean


def test_a_word_of_a_restricted_note_is_offered_to_nobody_else(searcher):
    cleared, anonymous = searcher.view(AMBER), searcher.view()
    for _ in range(2):  # also when the other has asked
        assert meant(cleared, "who has the quuxolregisterr") == "who has the quuxolregister"
        assert meant(anonymous, "who has the quuxolregisterr") is None
    assert meant(anonymous, "who has the zyxwregisterr") == "who has the zyxwregister"


def test_labels_are_known_and_what_is_asked_is_answered_as_it_stands(searcher):
    found = searcher.view().search("rancongicil", reader="fr")
    assert (found.text, found.did_you_mean) == ("rancongicil", "rançongiciel")
    assert found.reader is Language.FR


def test_texts_whose_like_is_sought_are_not_corrected(searcher):
    view = searcher.view()
    assert meant(view, "the zyxwregisterr") is not None
    assert meant(view, "the zyxwregisterr", pasted=True) is None
    assert meant(view, "", similar_to="be-open") is None
