"""Contacts: what lists show of them."""

from kb.notes.contacts import first_told, read_contacts
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
    text = "".join(CONTACT.format(id=f"{place}-{number}".lower(), country=place) for number, place in enumerate(places))
    entries, issues = read_contacts(text.encode(), "contacts.yaml")
    assert not issues
    return [entry.contact for entry in entries]


def test_the_first_of_each_country_comes_before_the_second_of_any():
    told = first_told(contacts("BE", "BE", "BE", "NL", "LU", "LU"), Language.NL)
    assert [contact["id"] for contact in told] == ["be-0", "nl-3", "lu-4"]
    told = first_told(contacts("BE", "BE", "NL", "BE"), Language.NL)
    assert [contact["id"] for contact in told] == ["be-0", "nl-2", "be-1"]


def test_a_list_shows_name_hours_and_first_channel_in_the_language_of_the_version():
    assert first_told(contacts("LU"), Language.FR) == [
        {
            "id": "lu-0",
            "name": "Guichet",
            "countries": ["LU"],
            "for_whom": ["victims"],
            "hours": "Toujours",
            "channel": {"type": "route", "note": "Par la banque"},
        }
    ]


def test_a_note_without_contacts_shows_none():
    assert first_told((), Language.EN) == []
