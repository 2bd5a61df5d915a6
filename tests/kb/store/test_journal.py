"""The journal says when notes changed and which are gone, to those who could see them, whatever the clock does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.access import ANONYMOUS
from kb.notes.note import Kind
from kb.store.journal import NO_JOURNAL, Gone, Stated
from search.browse.changes import BEGINNING, changes, since

CLEAR, AMBER = frozenset({"clear"}), frozenset({"amber"})
CLEARED = frozenset({"clear", "green", "amber"})
START = datetime(2026, 1, 1, tzinfo=UTC)


def note(content="a", access=CLEAR):
    return Stated(Kind.PRACTICE, content, access)


def at(minutes):
    return START + timedelta(minutes=minutes)


def visible(journal, caller):
    return {note_id for note_id, note in journal.notes.items() if note.access & caller}


def reported(journal, caller, after=None):
    place = BEGINNING if after is None else since(after)
    found = changes(journal, visible(journal, caller), caller, place, 100).changes
    return [(change.id, change.gone, change.when) for change in found]


def test_what_stays_keeps_its_time():
    first = NO_JOURNAL.after({"be-a": note(), "be-b": note()}, at(0))
    second = first.after({"be-a": note(), "be-b": note("other")}, at(1))
    assert reported(second, ANONYMOUS) == [("be-a", False, at(0)), ("be-b", False, at(1))]
    assert reported(second, ANONYMOUS, at(0)) == [("be-b", False, at(1))]
    assert second.after({"be-a": note(), "be-b": note("other")}, at(2)) == second


@pytest.mark.parametrize("later", [{}, {"be-a": note(access=AMBER)}], ids=["removed", "restricted"])
def test_who_could_see_a_note_learns_that_it_is_gone_and_no_more(later):
    journal = NO_JOURNAL.after({"be-a": note()}, at(0)).after(later, at(1))
    assert journal.gone == (Gone("be-a", Kind.PRACTICE, CLEAR, at(1)),)
    assert reported(journal, ANONYMOUS) == [("be-a", True, at(1))]
    assert reported(journal, CLEARED) == [("be-a", not later, at(1))]
    journal = journal.after({"be-a": note("other", AMBER)}, at(2)).after({}, at(3))
    assert reported(journal, ANONYMOUS) == [("be-a", True, at(1))]
    assert reported(journal, CLEARED) == [("be-a", True, at(3))]


def test_times_go_forward_though_the_clock_goes_back():
    journal = NO_JOURNAL.after({"be-a": note()}, at(5)).after({"be-a": note("other")}, at(0))
    assert journal.notes["be-a"].when == at(5) + timedelta(milliseconds=1)
    assert reported(journal, ANONYMOUS, at(5)) == [("be-a", False, at(5) + timedelta(milliseconds=1))]


def test_a_list_is_read_in_parts():
    journal = NO_JOURNAL.after({f"be-{letter}": note() for letter in "abcd"}, at(0))
    journal = journal.after({"be-a": note("x")}, at(1))
    found, place, more = [], BEGINNING, True
    while more:
        part = changes(journal, visible(journal, ANONYMOUS), ANONYMOUS, place, 1)
        found += [(change.id, change.gone, change.when) for change in part.changes]
        place, more = (part.changes[-1].when, part.changes[-1].id), part.more
    assert found == reported(journal, ANONYMOUS)
    assert len(found) == 4


stated = st.builds(note, st.sampled_from("ab"), st.sampled_from([CLEAR, AMBER, frozenset({"amber@country/BE"})]))
collections = st.dictionaries(st.sampled_from(["be-a", "be-b", "nl-c"]), stated)
callers = st.sampled_from([ANONYMOUS, CLEARED, CLEARED | {"amber@country/BE"}])


@given(st.lists(collections, min_size=1, max_size=5), callers)
def test_a_caller_learns_what_a_journal_of_what_it_sees_tells(runs, caller):
    whole = apart = NO_JOURNAL
    for number, notes in enumerate(runs):
        whole = whole.after(notes, at(number))
        apart = apart.after({key: note for key, note in notes.items() if note.access & caller}, at(number))
    assert reported(whole, caller) == reported(apart, caller)


@given(st.lists(collections, min_size=1, max_size=5), callers)
def test_a_mirror_that_asks_after_every_run_has_what_its_owner_sees(runs, caller):
    journal, mirror, until = NO_JOURNAL, {}, None
    for number, notes in enumerate(runs):
        journal = journal.after(notes, at(number))
        for note_id, gone, when in reported(journal, caller, until):
            mirror.pop(note_id, None)
            if not gone:
                mirror[note_id] = journal.notes[note_id].content
            until = when
        assert mirror == {note_id: journal.notes[note_id].content for note_id in visible(journal, caller)}
