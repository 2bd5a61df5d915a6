"""A note is cut into passages that miss nothing, fit the encoder and say where they stand; passages into sentences."""

import itertools
from pathlib import Path, PurePath

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking.chunk import chunk, sentence_spans
from kb.notes.note_file import assemble, note_file, note_path
from kb.text.languages import Language

HERE = Path(__file__).parent
GOLDEN = (HERE / "golden" / "practice.md").read_text("utf-8")
FRONT = GOLDEN.split("\n---\n")[0] + "\n---\n"
STRATEGY = FRONT.replace("status: operational\nstarted: 2022", "status: in-force").replace(
    "evidence: {level: monitored, effect: unknown}", "doc_kind: strategy\nissuer: ISSUERWORD\nadopted: 2022"
)
LEAST = 32


def _count(text):
    return len(text.split()) + 2


def _note(text):
    path = "strategies/s/en.md" if "doc_kind" in text else "practices/a/en.md"
    note, issues = assemble([note_file(text.encode(), note_path(PurePath(path), path))], {})
    assert note is not None, issues
    return note


def _cut(text, size, overlap=0, count=_count):
    return tuple(chunk(_note(text), Language.EN, count, size, overlap))


def test_the_golden_note_is_cut_as_its_file_says():
    chunks = _cut(GOLDEN, 40, 12)
    written = "\n".join(
        f"# {part.id} · lines {part.lines[0]}-{part.lines[1]} · {part.heading or '(no heading)'}\n{part.text}\n"
        for part in chunks
    )
    assert written == (HERE / "golden" / "practice.chunks.txt").read_text("utf-8")
    assert chunks[-1].encoded.startswith("Shield\nApproach › Step by step\n")


def test_what_was_not_found_is_no_passage():
    limits = "## Limits of this note\n\nNot found: costs.\n\n### Sources\n\nOld.\n\n"
    body = f"## Problem\n\nFalse sites.\n\n{limits}## Other\n\nMore.\n"
    assert [part.text for part in _cut(FRONT + body, 40)] == ["False sites.", "More."]


def test_a_chunk_repeats_the_end_of_the_one_before_it_within_a_section():
    paragraphs = [f"a{number} b{number} c{number}" for number in range(20)]
    body = "## Problem\n\n" + "\n\n".join(paragraphs) + "\n\n## Approach\n\n" + "\n\n".join(paragraphs) + "\n"
    for overlap, repeated in ((0, 0), (4, 0), (5, 1), (11, 2)):  # a paragraph counts 5 tokens
        chunks = _cut(FRONT + body, 40, overlap)
        assert len(chunks) > 5
        for before, after in itertools.pairwise(chunks):
            shared = repeated if before.anchor == after.anchor else 0
            lines, earlier = after.text.split("\n"), before.text.split("\n")
            assert lines[:shared] == (earlier[-shared:] if shared else [])
            following = paragraphs.index(earlier[-1]) + 1 if before.anchor == after.anchor else 0
            assert lines[shared] == paragraphs[following]


def test_each_objective_is_a_chunk_of_its_own_with_its_id():
    body = "## Objectives and measures\n\nBefore.\n\n- Block sites. {#o1}\n- Help people. {#o2}\n- Unmarked.\n"
    declared = 'objectives: [{id: o1, text: Not this.}, {id: o9, text: "Declared."}]'
    chunks = _cut(STRATEGY.replace("\n---\n", f"\n{declared}\n---\n") + body, 256, 32)
    assert [(part.id, part.text, part.objective) for part in chunks] == [
        ("s/en#objectives/0", "Before.", None),
        ("s/en#objectives/o1", "Block sites.", "o1"),
        ("s/en#objectives/o2", "Help people.", "o2"),
        ("s/en#objectives/1", "Unmarked.", None),
        ("s/en#objectives/o9", "Declared.", "o9"),
    ]


def test_a_long_objective_continues_in_further_chunks():
    words = " ".join(f"w{number}." for number in range(300))
    chunks = _cut(STRATEGY.replace("\n---\n", f'\nobjectives: [{{id: o1, text: "{words}"}}]\n---\n'), 100, 20)
    assert " ".join(part.text for part in chunks) == words
    assert [part.id for part in chunks[:3]] == [f"s/en#objectives/o1{more}" for more in ("", "/1", "/2")]
    assert all(part.objective == "o1" and _count(part.encoded) <= 100 for part in chunks)


FORMS = {
    "paragraph": "{text}",
    "item": "- {text}",
    "objective": "- {text} {{#o{place}}}",
    "h2": "## Heading {place}",
    "h3": "### Heading {place}",
    "code": "```\n{text}\n```",
}
SHAPES = st.lists(st.tuples(st.sampled_from([*FORMS]), st.integers(1, 120)), min_size=1, max_size=25)


def _body(shape):
    """Blocks of numbered words, so that order and completeness can be read off."""
    numbers = itertools.count()
    texts = [
        (form, " ".join(f"w{next(numbers)}" + ("." if position % 6 == 5 else "") for position in range(length)))
        for form, length in shape
    ]
    return "\n\n".join(FORMS[form].format(text=text, place=place) for place, (form, text) in enumerate(texts)) + "\n"


@settings(max_examples=100)
@given(SHAPES, st.integers(20, 120), st.integers(0, 40), st.integers(1, 60))
def test_chunks_cover_every_block_in_order_within_size(shape, size, overlap, title):
    heading = " ".join(["t"] * title)
    text = STRATEGY.replace("title: Shield", f"title: {heading}") + "\n" + _body(shape)
    chunks = _cut(text, size, min(overlap, size // 2))
    assert len({part.id for part in chunks}) == len(chunks)
    sections = [section for section in _note(text).versions[Language.EN].sections if section.blocks]
    by_anchor = {anchor: [*parts] for anchor, parts in itertools.groupby(chunks, lambda part: part.anchor)}
    assert list(by_anchor) == [section.anchor for section in sections]
    for section in sections:
        rebuilt = []
        for part in by_anchor[section.anchor]:
            own = part.text.split()
            shared = next((n for n in range(min(len(own), len(rebuilt)), 0, -1) if rebuilt[-n:] == own[:n]), 0)
            assert shared < len(own), "a chunk that only repeats"
            assert part.objective is None or shared == 0
            assert part.heading == " › ".join(section.path)
            rebuilt += own[shared:]
        assert rebuilt == " ".join(block.text for block in section.blocks).split()
    for part in chunks:
        assert _count(part.encoded) <= max(size, _count(part.encoded.removesuffix(part.text)) + LEAST)
        assert part.encoded == "\n".join([heading, *([part.heading] if part.heading else []), part.text])


def test_a_sentence_longer_than_a_chunk_is_cut_between_words():
    words = " ".join(f"w{number}" for number in range(200))
    chunks = _cut(f"{FRONT}\n{words}\n", 64)
    assert " ".join(part.text for part in chunks) == words
    assert all(64 - 8 < _count(part.encoded) <= 64 for part in chunks[:-1]), "as full as words allow"


@settings(max_examples=40)
@given(st.text(alphabet="ab.", min_size=200, max_size=900), st.integers(64, 100))
def test_a_word_longer_than_a_chunk_is_cut_into_characters(text, size):
    chunks = _cut(f"{FRONT}\n{text}\n", size, count=lambda part: len(part) + 2)  # words do not fit either
    assert "".join("".join(part.text.split()) for part in chunks) == text
    assert all(len(part.encoded) + 2 <= size for part in chunks)


def cut(text):
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize("sentences", yaml.safe_load((HERE / "sentences.yaml").read_text("utf-8")))
def test_sentences_end_where_a_reader_ends_them(sentences):
    assert cut(" ".join(sentences)) == sentences


@given(st.text(alphabet=st.sampled_from("aB1.!?… \n\u00a0«»\"'()[]"), max_size=60))
def test_sentences_hold_all_of_a_text_but_white_space_in_order(text):
    places = [place for span in sentence_spans(text) for place in range(*span)]
    assert places == sorted(set(places))
    assert [text[place] for place in places if not text[place].isspace()] == [*"".join(text.split())]
    assert all(sentence == sentence.strip() != "" and "\n" not in sentence for sentence in cut(text))
