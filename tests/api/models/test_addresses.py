"""Addresses: of notes here, and of others made fit."""

from urllib.parse import urlsplit

import pytest

from api.models.addresses import any_page_address, page_address, uri
from kb.text.languages import Language


@pytest.mark.parametrize(
    ("address", "fit"),
    [
        ("https://example.org/a?b=1#c", "https://example.org/a?b=1#c"),
        ("https://example.org/é?q=[1]", "https://example.org/%C3%A9?q=%5B1%5D"),
        ('https://example.org/"<b>|', "https://example.org/%22%3Cb%3E%7C"),
        ("https://example.org/%C3%A9", "https://example.org/%C3%A9"),
        ("http://[::1]:8000/é[", "http://[::1]:8000/%C3%A9%5B"),
        ("https://[broken/", "https://%5Bbroken/"),
    ],
)
def test_an_address_is_made_fit_and_stays_what_it_was(address, fit):
    assert uri(address) == fit
    assert uri(fit) == fit


def test_a_page_has_an_address_for_one_reader_and_for_any():
    site = "http://[::1]:8000"
    assert any_page_address(site, "be-baps", Language.FR) == f"{site}/notes/be-baps?lang=fr"
    assert page_address(site, "be-baps", Language.NL) == f"{site}/nl/notes/be-baps"
    assert page_address("", "be-baps", Language.NL, Language.FR) == "/nl/notes/be-baps?version=fr"
    assert urlsplit(uri(any_page_address(site, "be-baps", Language.FR))).hostname == "::1"
