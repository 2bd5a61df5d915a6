"""Which contacts a list shows of a note: those of the country that is asked about, where one is."""

import pytest

from kb.notes.note import Kind
from kb.text.languages import Language

DESKS = ("be-one", "be-two", "nl-one", "nl-two", "lu-one")


@pytest.fixture
def view(content, index):
    for desk in DESKS:
        content.contact(desk, countries=[desk[:2].upper()])
    content.playbook("bnl-fraud", title="False banks", countries=["BE", "NL", "LU"], contacts=[*DESKS])
    return index().view()


def shown(found):
    return [contact["id"] for contact in found.lists[Kind.PLAYBOOK][0].contacts]


@pytest.mark.parametrize(
    ("question", "contacts"),
    [
        ("false banks", ["be-one", "nl-one", "lu-one"]),
        ("false banks in the Netherlands", ["nl-one", "nl-two", "be-one"]),
        ("false banks in Luxembourg", ["lu-one", "be-one", "nl-one"]),
        ("false banks (NL)", ["nl-one", "nl-two", "be-one"]),
        ("false banks in Antwerp", ["be-one", "be-two", "nl-one"]),
        ("false banks in Germany", ["be-one", "nl-one", "lu-one"]),
    ],
)
def test_a_hit_shows_the_contacts_of_the_country_that_the_question_names(view, question, contacts):
    assert shown(view.search(question)) == contacts


def test_a_filter_says_which_country_is_asked_about(view):
    assert shown(view.search("false banks in the Netherlands", country=["BE"])) == ["be-one", "be-two", "nl-one"]
    assert shown(view.browse(Language.EN, country=["NL"])) == ["nl-one", "nl-two", "be-one"]
    assert shown(view.browse(Language.EN)) == ["be-one", "nl-one", "lu-one"]
