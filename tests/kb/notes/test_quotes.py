"""Slips with quotation marks are corrected, and of very many the first."""

from kb.notes.quotes import corrected


def test_of_very_many_slips_the_first_five_hundred_are_corrected():
    found = corrected(["a: 'l'eau'"] * 501)
    assert (found[0], found[499], found[500]) == ('a: "l\'eau"', 'a: "l\'eau"', "a: 'l'eau'")


def test_a_slip_that_is_not_sure_stays_and_those_below_it():
    lines = ["a: 'l'eau'", "b: 'of", "  several' lines'", "c: 'l'eau'", "d: Mot : suite"]
    assert corrected(lines) == ['a: "l\'eau"', *lines[1:4], 'd: "Mot : suite"']
