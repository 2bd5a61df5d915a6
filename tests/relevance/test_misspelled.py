"""Did you mean: how often a slip is seen, and a right word taken for one, in all questions here."""

import json
import random
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from kb.text.folding import fold
from kb.text.question_language import question_language
from kb.text.spelling import WORD
from search.understand.misspelled import LONGEST

HERE = Path(__file__).parent
SLIPS = {
    typed: meant
    for words in yaml.safe_load((HERE / "misspelled.yaml").read_text("utf-8")).values()
    for typed, meant in words.items()
}
FALSE, SEEN, WRONG = 0.012, 0.84, 0.02
"""Found: .009 of the questions, .85 and .010 of the words."""
ROWS = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"]
NEIGHBOURS = [pair for row in ROWS for one, other in pairwise(row) for pair in ((one, other), (other, one))]


@pytest.fixture(scope="module")
def questions():
    found = [json.loads(line) for file in HERE.rglob("queries.jsonl") for line in file.read_text("utf-8").splitlines()]
    texts = {question.get("text") or question["question"] for question in found}
    return sorted(text for text in texts if len(text) <= LONGEST)


@pytest.fixture(scope="module")
def meant(searcher):
    vocabulary = searcher.view().vocabulary()
    return lambda text: vocabulary.meant(text, question_language(text)) or text


def changed(text, other):
    return [pair for pair in zip(WORD.findall(text), WORD.findall(other), strict=True) if pair[0] != pair[1]]


def slip(chance, word):
    """The word with two letters swapped, one dropped, one doubled or a neighbour's key hit."""
    place = chance.randrange(len(word))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    near = [other for one, other in NEIGHBOURS if one == letter.lower()] or [letter * 2]
    slips = (before + after[:1] + letter + after[1:], before + after, before + letter + word[place:])
    found = chance.choice((*slips, before + chance.choice(near) + after))
    return found if found != word else slip(chance, word)


def test_words_that_are_right_are_rarely_taken_for_others(questions, meant):
    offered = [pair for text in questions for pair in changed(text, meant(text))]
    false = [(typed, word) for typed, word in offered if SLIPS.get(typed) != word]
    assert len(questions) > 1500
    assert len(false) <= FALSE * len(questions), (len(false), len(questions), false)
    assert {typed for typed, _ in offered} >= SLIPS.keys()


def test_a_slip_in_a_known_word_is_mostly_seen(questions, meant, searcher):
    chance, vocabulary = random.Random(27), searcher.view().vocabulary()
    seen = wrong = known = 0
    for text in questions:
        words = [word for word in WORD.finditer(text) if len(word[0]) >= 5]
        if not words:
            continue
        word = chance.choice(words)
        typed = slip(chance, word[0])
        if word[0] not in vocabulary:
            continue
        known += 1
        place = len(WORD.findall(text[: word.start()]))
        read = WORD.findall(meant(f"{text[: word.start()]}{typed}{text[word.end() :]}"))[place]
        seen += fold(read) == fold(word[0])
        wrong += read != typed and fold(read) != fold(word[0])
    assert seen >= SEEN * known, (seen, known)
    assert wrong <= WRONG * known, (wrong, known)
