"""What fields say together."""

import pytest

from kb.notes.front_matter import is_past


@pytest.mark.parametrize(
    ("status", "legal_outcome", "past"),
    [
        ("operational", None, False),
        ("operational", "annulled", True),
        ("operational", "pending", False),
        ("operational", "upheld", False),
        ("ended", None, True),
        ("in-force", None, False),
    ],
)
def test_what_is_over_or_annulled_no_longer_stands(status, legal_outcome, past):
    assert is_past(status, legal_outcome) is past
