"""Sentences: where a reader would end one, in three languages; abbreviations and numbers end none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunking.chunk import sentence_spans


def cut(text):
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Providers block the sites.", "The police warn victims!", "Who pays?", "Nobody knows"],
        [
            "Zie art. 35 en nr. 5 van de wet.",
            "Dat geldt o.a. voor banken.",
            "Mr. Janssens vond m.i. niets, d.w.z. geld.",
        ],
        ["Voir l'art. 12 de la loi.", "P. ex. Google, Meta, etc. répondent.", "M. Dupont et Mme. Leroy, c.-à-d. eux."],
        ["E.g. Google answers, cf. Art. 7 and p. 3.", "Dr. J. Smith of the U.S. Justice Department agrees."],
        ["In 2023 waren er 3.833 geldezels.", "12 landen deden mee in 2024.", "Dat kostte 1,5 miljoen."],
        ["1. Meld het feit bij de politie.", "2. Bel de bank."],
        ["Op ING.", "De bank meldt het."],
        ["Le site « Check. »", "« Un autre site. »", "Fin."],
        ['He said "no."', "(They left.)", "Then [sic] nothing…", "And on."],
        ["Het domein safeonweb.be werkt.", "Ga naar www.police.lu."],
    ],
)
def test_sentences_end_where_a_reader_ends_them(sentences):
    assert cut(" ".join(sentences)) == sentences


def test_no_sentence_goes_over_a_line_break():
    assert cut("Three things:\nfirst, a list\n\n  second. Third.\n") == [
        "Three things:",
        "first, a list",
        "second.",
        "Third.",
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n \t"])
def test_nothing_has_no_sentences(text):
    assert sentence_spans(text) == ()


@given(st.text(alphabet=st.sampled_from("aB1.!?… \n\u00a0«»\"'()[]"), max_size=60))
def test_sentences_hold_all_of_a_text_but_white_space_in_order(text):
    spans = sentence_spans(text)
    places = [place for span in spans for place in range(*span)]
    assert places == sorted(set(places))
    assert [text[place] for place in places if not text[place].isspace()] == [one for one in text if not one.isspace()]
    for one in cut(text):
        assert one == one.strip()
        assert one
        assert "\n" not in one
