"""What an author hears of YAML that cannot be read, and where: the place of the mistake, not of its discovery."""

import pytest

from kb.notes.plain_yaml import PlainYamlError, read_yaml

COLONLESS = "a line has no `field: value` form"
INDENTED = "a line is indented unlike its neighbours, or a value that holds `: ` must stand in quotes"
TAB = "a tab stands where only spaces may: use spaces"
TOO_SOON = "a quotation mark ends a value too soon: put marks of the other kind around it, or close one above"


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("title: [\nb: c", "a list `[…]` is not closed, or misses a comma", (1, 8)),
        ("a: b\ncrime_types: [phishing\n\nc: d\ne: f", "a list `[…]` is not closed, or misses a comma", (2, 14)),
        ("title: {\nb: c", "a group `{…}` is not closed, or misses a comma", (1, 8)),
        ("sources: [\n- a: b\n", "a list `[…]` or a group `{…}` is not closed, or misses a value", (2, 1)),
        ('title: "words\nb: c', "a quotation mark is not closed", (1, 8)),
        ('title: "words', "a quotation mark is not closed", (1, 8)),
        ("title: 'it's'\nb: c", TOO_SOON, (1, 12)),
        ('title: "say "no" to"\nb: c', TOO_SOON, (1, 14)),
        ('title: "words\nb: "c"\n', TOO_SOON, (2, 5)),
        ("title: @x", "a value that begins with `@` must stand in quotes", (1, 8)),
        ("title: %x", "a value that begins with `%` must stand in quotes", (1, 8)),
        ("title: ? x", "a value that begins with `?` must stand in quotes", (1, 8)),
        ("title: ]x", "a value that begins with `]` must stand in quotes", (1, 8)),
        ("title: *x", "a value that begins with `*` must stand in quotes", (1, 8)),
        ("title: &Safe; online", "a value that begins with `&` must stand in quotes", (1, 8)),
        ("title: & safe", "a value that begins with `&` must stand in quotes", (1, 8)),
        ("title: *Safe* online", "a value that begins with `*` must stand in quotes", (1, 8)),
        ("title: `Safe`", "a value that begins with a backtick must stand in quotes", (1, 8)),
        ("title: a: b", "a value that holds `: ` must stand in quotes", (1, 9)),
        ("title words\nb: c", COLONLESS, (1, 1)),
        ("title:words\n\nb: c", COLONLESS, (1, 1)),
        ("b: c\ntitle words\nd: e", COLONLESS, (2, 1)),
        ("b: c\n\nd: e\ntitle", COLONLESS, (4, 1)),
        ("title: a\n b: c", INDENTED, (2, 3)),
        ("summary: Des mots\n  et encore : ceci", INDENTED, (2, 13)),
        ("tlp: [\n\n\n", "a list `[…]` or a group `{…}` is not closed, or misses a value", (1, 1)),
        (
            "a: [l'homme] y",
            "a line is indented unlike its neighbours, or a quotation mark above it is not closed",
            (1, 14),
        ),
        ("\ttitle: a", TAB, (1, 1)),
        ("title: a\n\tb: c", TAB, (2, 1)),
        ("title:\n\tb: c", TAB, (2, 1)),
        ("title: [b]]\nc: d", "a `]` closes what nothing opened", (1, 11)),
        ("title: b\n}\n", "a `}` closes what nothing opened", (2, 1)),
        ("countries: - BE\n", "a list begins on the line below its field, and all its lines alike", (1, 12)),
        ("title: > x", "behind `|` or `>` stands nothing, and the text begins on the next line", (1, 10)),
    ],
)
def test_a_mistake_is_told_in_words_of_authors_at_its_place(text, reason, place):
    with pytest.raises(PlainYamlError) as caught:
        read_yaml(text)
    assert (str(caught.value), caught.value.position) == (f"is no valid YAML: {reason}", place)


def test_a_value_that_does_not_fit_its_tag_is_told_at_its_place():
    unprintable = ("9" * 5_000, "0x" + "f" * 4_000, "59:" * 3_000 + "59", "59:" * 300 + "59.5", "0b" + "1" * 20_000)
    for value in ("!!int x", "!!bool maybe", *unprintable):
        with pytest.raises(PlainYamlError) as caught:
            read_yaml(f"a: b\nc:\n- {value}")
        assert caught.value.position == (3, 3)
