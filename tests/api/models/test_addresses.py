"""Addresses of others, made fit."""

import pytest

from api.models.addresses import uri


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
