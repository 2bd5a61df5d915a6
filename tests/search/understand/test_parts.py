"""A long text is cut into parts as long as questions are, and nothing of it is lost."""

from hypothesis import given
from hypothesis import strategies as st

from search.understand.parts import PART, parts

WORDS = st.lists(
    st.text(st.sampled_from("ab.é!?:"), min_size=1, max_size=30) | st.just("x" * 450), min_size=1, max_size=60
)


@given(WORDS)
def test_every_letter_is_in_a_part_in_its_order(words):
    text = " ".join(words)
    found = parts(text)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(0 < len(part) <= PART for part in found)


def test_sentences_stay_whole_where_they_can():
    short, long = "A short one.", f"{'word ' * 60}end."
    found = parts(f"{short} {short} {long} {short}")
    assert found[0] == f"{short} {short}"
    assert found[-1].endswith(short)
    assert len(found) == 3


def test_a_question_is_one_part():
    assert parts("Who blocks phishing sites?") == ["Who blocks phishing sites?"]
