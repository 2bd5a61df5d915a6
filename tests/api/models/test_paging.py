"""Cursors name a place in the list that they were given for, and in no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.models.paging import cursor, place
from kb.errors import QueryError

ASKED = {"q": "phishing", "country": ["BE"], "limit": 10}


@given(st.integers(0, 990) | st.text(max_size=60))
def test_a_cursor_is_read_as_it_was_written(given):
    assert place(cursor(given, ASKED), ASKED, type(given)) == given


OTHERS = (cursor(10, {**ASKED, "q": "other"}), cursor("be-a", ASKED), cursor(True, ASKED), cursor(10, ASKED) * 40)


@pytest.mark.parametrize("wrong", [*OTHERS, "", "x", "é", "=", "W10", "e30", "bnVsbA", "W1tbXSwgW11dXQ"])
def test_what_is_no_cursor_of_the_list_is_refused(wrong):
    with pytest.raises(QueryError) as refused:
        place(wrong, ASKED, int)
    assert refused.value.field == "cursor"
