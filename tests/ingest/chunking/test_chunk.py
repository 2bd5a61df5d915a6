"""A note is cut into passages that miss nothing, fit the encoder and say where they stand."""

import itertools
from pathlib import Path, PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking.chunk import Chunk, chunk
from kb.notes.note_file import NoteFile, NotePath, assemble, note_file, note_path
from kb.text.languages import Language

GOLDEN = Path(__file__).parent / "golden"
FRONT = (GOLDEN / "practice.md").read_text(encoding="utf-8").split("\n---\n")[0] + "\n---\n"
STRATEGY = FRONT.replace("status: operational\nstarted: 2022", "status: in-force").replace(
    "evidence: {level: monitored, effect: unknown}", "doc_kind: strategy\nissuer: ISSUERWORD\nadopted: 2022"
)
LEAST = 32


def _note(text, path="practices/a/en.md"):
    where = note_path(PurePath(path), path)
    assert isinstance(where, NotePath)
    file = note_file(text.encode(), where)
    assert isinstance(file, NoteFile), file
    note, issues = assemble([file])
    assert note is not None, issues
    return note


def _cut(note, encoder, size, overlap):
    return tuple(chunk(note, Language.EN, encoder.count_tokens, size, overlap))


def _shown(chunks):
    return "\n".join(
        f"# {one.id} · lines {one.lines[0]}-{one.lines[1]} · {one.heading or '(no heading)'}\n{one.text}\n"
        for one in chunks
    )


def test_the_golden_note_is_cut_as_its_file_says(fake_encoder):
    note = _note((GOLDEN / "practice.md").read_text(encoding="utf-8"))
    chunks = _cut(note, fake_encoder, 40, 12)
    assert _shown(chunks) == (GOLDEN / "practice.chunks.txt").read_text(encoding="utf-8")
    assert chunks[-1].encoded.startswith("Shield\nApproach › Step by step\n")
    assert _cut(note, fake_encoder, 40, 12) == chunks


def test_a_chunk_repeats_the_end_of_the_one_before_it_but_only_within_a_section(fake_encoder):
    paragraphs = [f"a{number} b{number} c{number}" for number in range(20)]
    body = "## Problem\n\n" + "\n\n".join(paragraphs) + "\n\n## Approach\n\n" + "\n\n".join(paragraphs) + "\n"
    for overlap, repeated in ((0, 0), (4, 0), (5, 1), (11, 2)):  # a paragraph counts 5 tokens
        chunks = _cut(_note(FRONT + body), fake_encoder, 40, overlap)
        assert len(chunks) > 5
        for before, one in itertools.pairwise(chunks):
            shared = repeated if before.anchor == one.anchor else 0
            lines, earlier = one.text.split("\n"), before.text.split("\n")
            assert lines[:shared] == (earlier[-shared:] if shared else [])
            following = paragraphs.index(earlier[-1]) + 1 if before.anchor == one.anchor else 0
            assert lines[shared] == paragraphs[following]


def test_each_objective_is_a_chunk_of_its_own_with_its_id(fake_encoder):
    body = "## Objectives and measures\n\nBefore.\n\n- Block sites. {#o1}\n- Help people. {#o2}\n- Unmarked.\n"
    declared = STRATEGY.replace(
        "\n---\n", '\nobjectives: [{id: o1, text: Not this.}, {id: o9, text: "Declared."}]\n---\n'
    )
    chunks = _cut(_note(declared + body, "strategies/s/en.md"), fake_encoder, 256, 32)
    assert [(one.id, one.text, one.objective) for one in chunks] == [
        ("s/en#objectives/0", "Before.", None),
        ("s/en#objectives/o1", "Block sites.", "o1"),
        ("s/en#objectives/o2", "Help people.", "o2"),
        ("s/en#objectives/1", "Unmarked.", None),
        ("s/en#objectives/o9", "Declared.", "o9"),
    ]


@pytest.mark.parametrize("where", ["body", "fields"])
def test_a_long_objective_continues_in_further_chunks_and_none_is_cut_off(fake_encoder, where):
    words = " ".join(f"w{number}." for number in range(300))
    text = STRATEGY + f"## Objectives and measures\n\n- {words} {{#o1}}\n"
    if where == "fields":
        text = STRATEGY.replace("\n---\n", f'\nobjectives: [{{id: o1, text: "{words}"}}]\n---\n')
    chunks = _cut(_note(text, "strategies/s/en.md"), fake_encoder, 100, 20)
    assert " ".join(one.text for one in chunks) == words
    assert [one.id for one in chunks[:3]] == [f"s/en#objectives/o1{part}" for part in ("", "/1", "/2")]
    assert all(one.objective == "o1" for one in chunks)
    assert all(fake_encoder.count_tokens(one.encoded) <= 100 for one in chunks)


def _count(text):
    return len(text.split()) + 2


NUMBERED = st.lists(
    st.tuples(st.sampled_from(["para", "item", "objective", "h2", "h3", "long", "code"]), st.integers(1, 30)),
    min_size=1,
    max_size=25,
)


def _body(shape):
    """Paragraphs of numbered words, so that order and completeness can be read off."""
    lines: list[str] = []
    word = 0
    for place, (form, length) in enumerate(shape):
        words = []
        for position in range(length * 4 if form == "long" else length):
            words.append(f"w{word}" + ("." if position % 6 == 5 else ""))
            word += 1
        text = " ".join(words)
        lines.append(
            {
                "para": text,
                "item": f"- {text}",
                "objective": f"- {text} {{#o{place}}}",
                "h2": f"## Heading {place}",
                "h3": f"### Heading {place}",
                "long": text,
                "code": f"```\n{text}\n```",
            }[form]
        )
    return "\n\n".join(lines) + "\n"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(NUMBERED, st.integers(20, 120), st.integers(0, 40), st.integers(1, 60))
def test_chunks_cover_every_block_in_order_within_size(shape, size, overlap, title):
    heading = " ".join(["t"] * title)
    note = _note(STRATEGY.replace("title: Shield", f"title: {heading}") + "\n" + _body(shape), "strategies/s/en.md")
    chunks = tuple(chunk(note, Language.EN, _count, size, min(overlap, size // 2)))

    assert len({one.id for one in chunks}) == len(chunks)
    by_anchor: dict[str, list[Chunk]] = {}
    for one in chunks:
        by_anchor.setdefault(one.anchor, []).append(one)
    sections = note.versions[Language.EN].sections
    assert list(by_anchor) == [section.anchor for section in sections if section.blocks]
    for section in sections:
        words = " ".join(block.text for block in section.blocks).split()
        rebuilt: list[str] = []
        for one in by_anchor.get(section.anchor, []):
            own = one.text.split()
            shared = next((n for n in range(min(len(own), len(rebuilt)), 0, -1) if rebuilt[-n:] == own[:n]), 0)
            assert shared < len(own), "a chunk that only repeats"
            assert one.objective is None or shared == 0
            rebuilt += own[shared:]
        assert rebuilt == words
        assert all(one.heading == " › ".join(section.path) for one in by_anchor.get(section.anchor, []))
    for one in chunks:
        head = _count(one.encoded.removesuffix(one.text))
        assert _count(one.encoded) <= max(size, head + LEAST)
        assert one.encoded == "\n".join([heading, *([one.heading] if one.heading else []), one.text])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.text(alphabet="ab .\n", min_size=200, max_size=900), st.integers(64, 100))
def test_a_word_longer_than_a_chunk_is_cut_into_characters_and_loses_none(text, size):
    def count(part):  # a token per character: words do not fit either
        return len(part) + 2

    note = _note(FRONT + "\n" + text.replace("\n", "").replace(" ", "c", 5) + "\n")
    chunks = tuple(chunk(note, Language.EN, count, size, 0))
    original = "".join("".join(block.text.split()) for s in note.versions[Language.EN].sections for block in s.blocks)
    assert "".join("".join(one.text.split()) for one in chunks) == original
    assert all(count(one.encoded) <= size for one in chunks)


def test_no_word_of_the_front_matter_but_the_title_is_encoded(fake_encoder):
    practice = _note((GOLDEN / "practice.md").read_text(encoding="utf-8"))
    strategy = _note(STRATEGY + "## Purpose\n\nLess crime.\n", "strategies/s/en.md")
    encoded = "\n".join(one.encoded for note in (practice, strategy) for one in _cut(note, fake_encoder, 64, 0))
    assert "WORD" not in encoded
    assert "example.org" not in encoded
    assert encoded.count("Shield") >= 3
