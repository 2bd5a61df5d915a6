"""Contacts: what lists show of them, and what their authors read of mistakes."""

import pytest

from kb.notes.contacts import of_a_hit, read_contacts, short_contacts
from kb.text.languages import Language

CONTACT = """
- id: {id}
  name: {{fr: Guichet, nl: Loket, en: Desk}}
  countries: [{country}]
  crime_types: [phishing]
  for_whom: [victims]
  when: {{fr: Après, nl: Na, en: After}}
  channels:
    - {{type: route, note: {{fr: Par la banque, nl: Via de bank, en: Through the bank}}}}
    - {{type: phone, value: "1"}}
  hours: {{fr: Toujours, nl: Altijd, en: Always}}
  sources: [{{url: https://example.org/, title: A page, publisher: An issuer, accessed: 2026-11-01}}]
  checked: 2026-11-01
"""


def contacts(*places):
    text = "".join(
        CONTACT.format(id=f"{place[:2]}-{number}".lower(), country=place) for number, place in enumerate(places)
    )
    entries, issues = read_contacts(text.encode(), "contacts.yaml")
    assert not issues
    return [entry.contact for entry in entries]


def shown(*places, countries=()):
    return [contact["id"] for contact in of_a_hit(short_contacts(contacts(*places), Language.NL), countries)]


def test_the_first_of_each_country_comes_before_the_second_of_any():
    assert shown("BE", "BE", "BE", "NL", "LU", "LU") == ["be-0", "nl-3", "lu-4"]
    assert shown("BE", "BE", "NL", "BE") == ["be-0", "nl-2", "be-1"]


def test_contacts_of_the_countries_asked_about_come_before_others():
    several = ("BE", "BE", "BE", "BE", "NL", "LU", "LU")
    assert shown(*several, countries={"LU"}) == ["lu-5", "lu-6", "be-0"]
    assert shown(*several, countries={"BE"}) == ["be-0", "be-1", "be-2"]
    assert shown(*several, countries={"BE", "NL"}) == ["be-0", "nl-4", "be-1"]
    assert shown(*several, countries={"DE"}) == shown(*several)
    assert shown("BE, NL", "NL", "LU", "NL", countries={"NL"}) == ["nl-1", "nl-3", "be-0"]


def test_a_list_shows_name_hours_and_first_channel_in_the_language_of_the_version():
    assert short_contacts(contacts("LU"), Language.FR) == [
        {
            "id": "lu-0",
            "name": "Guichet",
            "countries": ["LU"],
            "crime_types": ["phishing"],
            "for_whom": ["victims"],
            "hours": "Toujours",
            "checked": "2026-11-01",
            "channel": {"type": "route", "value": None, "note": "Par la banque"},
        }
    ]


def test_a_channel_that_answers_in_other_languages_only_comes_behind_the_others():
    route, phone = "- {{type: route", '- {{type: phone, value: "1"'
    assert route in CONTACT
    assert phone in CONTACT
    text = CONTACT.replace(route, "- {{languages: [fr], type: route").replace(phone, phone + ", languages: [nl, en]")
    [entry], issues = read_contacts(text.format(id="be-1", country="BE").encode(), "contacts.yaml")
    assert not issues
    first = {language: entry.contact.in_one_language(language)["channels"][0] for language in Language}
    assert first[Language.FR] == {"type": "route", "note": "Par la banque"}
    assert first[Language.NL] == first[Language.EN] == {"type": "phone", "value": "1"}


def test_a_note_without_contacts_shows_none():
    assert short_contacts((), Language.EN) == []


def test_each_mistake_in_a_contact_is_told_as_what_it_is():
    wrong = {
        "id: {id}": "id: be 1",
        "{{fr: Guichet, nl: Loket, en: Desk}}": "Desk",
        "for_whom: [victims]": "for_whom: [victim]",
        "{{fr: Après, nl: Na, en: After}}": "{{fr: Après, nl: Na}}",
        "hours:": "houres:",
        "checked: 2026-11-01": "checked: 1/11/2026",
    }
    text = CONTACT
    for right, mistake in wrong.items():
        assert right in text
        text = text.replace(right, mistake)
    entries, issues = read_contacts(text.format(country="BE").encode(), "contacts.yaml")
    assert not entries
    told = [issue.message.removeprefix("contact `be 1`, field ") for issue in issues]
    assert told == [
        "`id`: is no id: small letters without accents, digits and single hyphens.",
        "`name`: must be a group of `field: value`.",
        "`for_whom.0`: is not one of 'public', 'victims', 'companies', 'police' or 'prosecutors'.",
        "`when.en`: it is missing.",
        "`checked`: `1/11/2026` is no full date; write YYYY-MM-DD.",
        "`houres`: there is no such field.",
    ]


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        ("- id: é\n".encode("latin-1"), (1, 7), "the file is not UTF-8 text."),
        (b"- id: a\n  name: [\n", (2, 1), "the file is no valid YAML: a list"),
        (b"id: be-1\nname: Desk\n", (1, 1), "the file is no list of contacts."),
        (b"[]\n", None, ""),
    ],
)
def test_a_file_that_is_no_list_of_contacts_has_one_mistake(data, place, message):
    entries, issues = read_contacts(data, "contacts.yaml")
    assert not entries
    assert [(issue.line, issue.column) for issue in issues] == [place] * bool(place)
    assert all(issue.code == "KB119" and issue.message.startswith(message) for issue in issues)


def test_what_is_no_contact_is_told_by_its_place_and_the_others_are_read():
    right = CONTACT.format(id="be-1", country="BE")
    entries, [issue] = read_contacts(f"{right}- be-2\n".encode(), "contacts.yaml")
    assert [(entry.contact.id, entry.line) for entry in entries] == [("be-1", 2)]
    assert issue.line == right.count("\n") + 1
    assert issue.message.startswith("contact `2`, ")
    assert issue.message.endswith("must be a group of `field: value`.")
