"""What exports say of a note in words."""

from api.exports.note_text import dates


def test_a_draft_has_a_date_but_nobody_has_adopted_it():
    assert [*dates({"status": "draft", "adopted": "2026-02"})] == [("dated", "2026-02")]
    assert [*dates({"status": "in-force", "adopted": "2026-02", "in_force_from": "2026-03"})] == [
        ("adopted", "2026-02"),
        ("in_force_from", "2026-03"),
    ]
