"""Markdown in, front matter with positions, sections with lines and safe HTML out."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.notes.markdown import MarkdownError, parse, sections, sections_and_links, to_html, without_marks
from kb.notes.note import SECTIONS, Kind
from kb.text.languages import Language

PRACTICE = Kind.PRACTICE
REFUSED = Path(__file__).with_name("no_front_matter.yaml")


def _texts(body):
    return [block.text for section in sections(body, 1, PRACTICE) for block in section.blocks]


# Front matter


@pytest.mark.parametrize(("text", "message", "position"), yaml.safe_load(REFUSED.read_text("utf-8")))
def test_a_file_without_plain_front_matter_is_refused_at_its_place(text, message, position):
    with pytest.raises(MarkdownError, match=message) as caught:
        parse(text)
    assert [*caught.value.position] == position


def test_dates_country_codes_and_words_of_assent_stay_text():
    front = parse("---\na: 2024-02-28\nb: [NO, BE]\nc: yes\nd: true\ne: 2022\n---\n").front
    assert front == {"a": "2024-02-28", "b": ["NO", "BE"], "c": "yes", "d": True, "e": 2022}


def test_positions_name_line_and_column_of_every_field_and_list_item():
    parsed = parse("---\ntitle: a\nsources:\n  - url: b\n    title: c\n  - {url: d}\n---\n")
    assert parsed.positions == {
        ("title",): (2, 1),
        ("sources",): (3, 1),
        ("sources", 0): (4, 5),
        ("sources", 0, "url"): (4, 5),
        ("sources", 0, "title"): (5, 5),
        ("sources", 1): (6, 5),
        ("sources", 1, "url"): (6, 6),
    }


def test_byte_order_mark_and_line_endings_of_other_systems_change_nothing():
    text = "---\ntitle: a\nsummary: >\n  one\n  two\n---\n\n## Problem\n\nText\nmore.\n"
    expected = parse(text)
    for variant in ("\ufeff" + text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        assert parse(variant) == expected
    assert expected.body_line == 7
    (section,) = sections(expected.body, expected.body_line, PRACTICE)
    assert (section.line, section.blocks[0].lines) == (8, (10, 11))


def test_front_matter_ends_at_the_first_rule_and_later_rules_belong_to_the_body():
    parsed = parse("---\ntitle: a --- b\nsummary: |\n  x\n  ---\n--- \nfirst\n\n---\n\nsecond: no field\n\n---\n")
    assert parsed.front == {"title": "a --- b", "summary": "x\n---\n"}
    assert parsed.body == "first\n\n---\n\nsecond: no field\n\n---\n"
    assert parsed.body_line == 7


# Sections


@pytest.mark.parametrize("kind", Kind)
def test_fixed_headings_have_the_same_anchors_in_every_language(kind):
    anchors = {
        language: [
            section.anchor
            for section in sections("".join(f"## {names[language]}\n\n" for names in SECTIONS[kind].values()), 1, kind)
        ]
        for language in Language
    }
    assert anchors[Language.FR] == anchors[Language.NL] == anchors[Language.EN] == list(SECTIONS[kind])


def test_a_body_is_cut_at_headings_with_paths_unique_anchors_and_lines():
    body = (
        "Before.\n\n## Approach\n\n### Œuvre à l'étranger\n\nOne.\n\n#### Deeper\n\n### Approach\n\nTwo.\n\n"
        "## Approach\n\nSetext\n------\n\n## Intro\n"
    )
    found = [(s.path, s.anchor, s.level, s.line, len(s.blocks)) for s in sections(body, 101, PRACTICE)]
    assert found == [
        ((), "intro", 2, 101, 1),
        (("Approach",), "approach", 2, 103, 0),
        (("Approach", "Œuvre à l'étranger"), "approach-oeuvre-a-l-etranger", 3, 105, 1),
        (("Approach", "Œuvre à l'étranger", "Deeper"), "approach-deeper", 4, 109, 0),
        (("Approach", "Approach"), "approach-approach", 3, 111, 1),
        (("Approach",), "approach-2", 2, 115, 0),
        (("Setext",), "setext", 2, 117, 0),
        (("Intro",), "intro-2", 2, 120, 0),
    ]


def test_headings_of_one_level_stand_beside_each_other_even_where_a_level_is_skipped():
    paths = [section.path for section in sections("### A\n### B\n# T\n## C\n#### D\n#### E\n### F\n", 1, PRACTICE)]
    assert paths == [("A",), ("B",), ("T",), ("C",), ("C", "D"), ("C", "E"), ("C", "F")]


def test_list_items_marked_with_an_id_are_objectives_and_lose_the_mark():
    body = (
        "## Objectives and measures\n\n- Block **sites**. {#o1}\n- Help\n  victims.\n  {#help-them}\n- Not {#o3} here\n"
    )
    (section,) = sections(body, 1, Kind.STRATEGY)
    assert [(block.objective, block.text, block.lines) for block in section.blocks] == [
        ("o1", "Block sites.", (3, 3)),
        ("help-them", "Help victims.", (4, 6)),
        (None, "Not {#o3} here", (7, 7)),
    ]


def test_plain_text_keeps_the_words_of_markup_and_drops_its_signs():
    body = (
        "A [link *text*](https://example.org), `code`, **strong**, ~~gone~~, ![a picture](x.png), &amp; \\*star\\*,\n"
        "<https://example.org/auto> and <b>raw</b>.\n\n"
        "> Quoted.\n\n| Head | Two |\n|---|---|\n| cell | [b](c) |\n\n"
        "```python\nprint(1)\n```\n\n![](nothing.png)\n\n```\n```\n"
    )
    assert _texts(body) == [
        "A link text, code, strong, gone, a picture, & *star*, https://example.org/auto and <b>raw</b>.",
        "Quoted.",
        "Head",
        "Two",
        "cell",
        "b",
        "print(1)",
    ]
    _, links = sections_and_links(body, 10, Kind.PRACTICE)
    assert [(link.target, link.line) for link in links] == [
        ("https://example.org", 10),
        ("x.png", 10),
        ("https://example.org/auto", 10),
        ("c", 17),
        ("nothing.png", 23),
    ]


@pytest.mark.parametrize(("mark", "what"), [("[a](b) ", "links"), ("![a](b) ", "pictures")])
def test_more_links_or_pictures_than_a_note_has_are_refused(mark, what):
    assert len(sections_and_links(mark * 300, 1, PRACTICE)[1]) == 300
    with pytest.raises(MarkdownError, match=f"more than 300 {what}"):
        sections_and_links(mark * 301, 1, PRACTICE)


# HTML


def test_html_gives_headings_the_anchors_of_their_sections_and_rewrites_links():
    body = "Before [a](../x/).\n\n## Aanpak\n\n> ## Quoted\n\n## Aanpak\n\n- Doel [b](y). {#o1}\n"
    html = to_html(body, PRACTICE, lambda target: f"/notes/{target.strip('./')}")
    assert re.findall(r'<h2 id="([^"]*)"', html) == ["approach", "quoted", "approach-2"]
    assert re.findall(r'href="([^"]*)"', html) == ["/notes/x", "/notes/y"]
    assert html.count('rel="noreferrer"') == 2
    assert "{#o1}" in html, "a practice has no objectives"
    assert "{#o1}" not in to_html(body, Kind.STRATEGY)


def test_html_leads_from_marks_to_footnotes_that_stay_where_they_were_written():
    body = (
        "One.[^1] Two.[^b][^none]\n[^1]: Report\nof *2025*.\n[^b]: A page,\n    [^c]: goes on.\n- item\n\n"
        "[^1]: Again.\n\n    [^1]: code\n\n[a[^1] b](x) [c](y)\n"
    )
    assert to_html(body, PRACTICE).split("\n", 5) == [
        '<p>One.<sup><a href="#fn-1">1</a></sup> Two.<sup><a href="#fn-b">b</a></sup>[^none]</p>',
        '<p class="footnote" id="fn-1">1. Report',
        "of <em>2025</em>.</p>",
        '<p class="footnote" id="fn-b">b. A page,',
        "[^c]: goes on.</p>",
        "<ul>\n<li>item</li>\n</ul>\n"
        '<p class="footnote">1. Again.</p>\n<pre><code>[^1]: code\n</code></pre>\n'
        '<p>[a<sup><a href="#fn-1">1</a></sup> b](x) <a href="y" rel="noreferrer">c</a></p>\n',
    ]
    assert _texts(body)[:3] == ["One. Two.[^none]", "Report of 2025.", "A page, [^c]: goes on."]


def test_html_shows_pictures_of_this_server_and_the_words_of_others():
    html = to_html("![our *page*](a.png) ![theirs](https://x/b.png)", PRACTICE, picture={"a.png": "/p/a.png"}.get)
    assert html == '<p><img src="/p/a.png" alt="our page" loading="lazy" /> theirs</p>\n'
    assert to_html("![our page](a.png)", PRACTICE) == "<p>our page</p>\n"


def test_html_shows_raw_html_as_text_and_makes_no_link_that_runs_anything():
    html = to_html(
        "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> <b onclick=x>b</b>\n\n"
        "[a](javascript:alert(1)) [b](JaVaScRiPt:x) [c](&#106;avascript:x) [d](vbscript:x) [e](data:text/html,x)\n"
        '<javascript:x> ![f](javascript:x) [g][ref]\n\n[ref]: javascript:x\n\n[h](x "\\" onclick=\'x\'")\n',
        PRACTICE,
    )
    assert set(re.findall(r"</?(\w+)", html)) == {"p", "a"}
    other = to_html("[a](ftp://x) [b](custom:x) [c](mailto:a@b.example) [d](/x:y) [e](HTTPS://x)", PRACTICE)
    assert re.findall(r'href="([^"]*)"', other) == ["", "", "mailto:a@b.example", "/x:y", "HTTPS://x"]
    assert re.findall(r"<a [^>]*>", html) == ['<a href="x" title="&quot; onclick=\'x\'" rel="noreferrer">']


# Anything an author may type

MARKS = "Approach Intro --- ``` | |-| [a](b) ![a](b) {#o1} ` ** <b> &#0; \\ é <!--"
BEGINNINGS = "# ,## ,### ,#### ,- ,1. ,> ,    "
ENDS = ["\n", "\n\n", "\t", "\r\n", "\r", "\u2028", "\x00"]
PIECES = st.sampled_from([*MARKS.split(), *BEGINNINGS.split(","), *ENDS])
BODIES = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


@settings(max_examples=150)
@given(BODIES)
def test_any_body_parses_and_its_sections_lie_in_the_file_in_order(body):
    parsed = parse(f"---\ntitle: a\n---\n{body}")
    lines = parsed.body_line + parsed.body.count("\n")
    found = sections(parsed.body, parsed.body_line, PRACTICE)

    places = [place for section in found for place in (section.line, *(block.lines[0] for block in section.blocks))]
    assert places == sorted(places)
    assert all(block.lines[0] <= block.lines[1] <= lines for section in found for block in section.blocks)
    assert all(parsed.body_line <= place <= lines for place in places)
    assert all(block.text or block.objective for section in found for block in section.blocks)
    anchors = [section.anchor for section in found]
    assert len(set(anchors)) == len(anchors)
    html = to_html(parsed.body, PRACTICE)
    assert re.findall(r'<h[1-6] id="([^"]*)"', html) == [section.anchor for section in found if section.path]


def test_marks_of_objectives_go_where_a_page_leaves_them_out_and_nothing_else():
    body = (
        "- one\n  more {#o1}\n- two\n  {#o2}\n- `{#kept}` three {#o-3}\n\n```\ncode {#kept}\n```\n\nEnd {#kept} here\n"
    )
    assert without_marks(body) == (
        "- one\n  more\n- two\n- `{#kept}` three\n\n```\ncode {#kept}\n```\n\nEnd {#kept} here\n"
    )
    assert re.findall(r"{#\w+}", to_html(body, Kind.STRATEGY)) == re.findall(r"{#\w+}", without_marks(body))
