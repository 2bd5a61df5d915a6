"""Tasks of three kinds of readers (`tasks.md`): what answers is seen on the first screen, or on a phone within two."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

ROW = re.compile(r"^\| (fr|nl|en) \| (.+?) \| (.+?) \| .+ \|$", re.MULTILINE)
TASKS = ROW.findall(Path(__file__).with_name("tasks.md").read_text("utf-8"))
TOP = """
wanted => Math.min(...wanted.flatMap(one => {
  const [, contact] = one.match(/^contact:(.+)/) || [];
  const at = contact ? `[data-contact="${contact}"]` : `#results a[href$="/notes/${one}"]`;
  const there = [...document.querySelectorAll(at)].filter(each => each.checkVisibility());
  return there.map(each => each.getBoundingClientRect());
}).map(box => box.bottom + scrollY))
"""
"""How far down the first of these notes and contacts ends, in pixels; infinite: it is nowhere to be seen."""


FIRST = "() => document.querySelector('.glance a, .hit a').getBoundingClientRect().y + scrollY"
"""How far down the answer begins."""
SHOWN = "all => all.filter(each => each.checkVisibility()).map(each => each.getBoundingClientRect().bottom)"
"""How far down each title ends that is not folded."""


@pytest.mark.parametrize(("width", "seen"), [(1280, 800), (390, 2 * 844)], ids=["desktop", "phone"])
def test_what_answers_is_seen(open_tab, width, seen):
    assert len(TASKS) == 30
    tab, unseen, heights = open_tab(width=width), [], []
    for language, question, wanted in TASKS:
        tab.goto(f"/{language}/?{urlencode({'q': question})}")
        ends = tab.evaluate(TOP, re.findall(r"`(.+?)`", wanted))
        heights.append(tab.evaluate("document.documentElement.scrollHeight"))
        if ends > seen:
            unseen.append((wanted, ends))
    print(f"{len(unseen)} unseen: {unseen}; highest page {max(heights)}")
    assert len(unseen) <= 3
    assert max(heights) <= 3_500


def test_the_answer_is_on_the_first_screen(open_tab):
    """Where it begins on a phone; how many hits a desktop shows, below a story fewer; how many keys lead to it."""
    phone, desktop = open_tab(width=390), open_tab(width=1280)
    begins, hits, keys = [], {}, []
    for language, question, _ in TASKS:
        for tab in (phone, desktop):
            tab.goto(f"/{language}/?{urlencode({'q': question})}")
        begins.append(phone.evaluate(FIRST))
        shown = desktop.locator(".hit h3").evaluate_all(SHOWN)
        if len(shown) >= 5:  # others have not so many to show
            hits[question] = sum(bottom < 800 for bottom in shown)
        keys.append(next(pressed for pressed in range(1, 20) if arrives(desktop)))
    print(f"begins at {max(begins)}; hits {sorted(hits.values())}; keys {max(keys)}")
    assert max(begins) <= 420
    assert len(hits) >= 6
    assert all(
        seen >= (5 if len(question) < 240 else 4) for question, seen in hits.items()
    )  # a story stands above them
    assert max(keys) <= 12


def arrives(tab):
    """Whether the next key leads to the answer."""
    tab.keyboard.press("Tab")
    return tab.evaluate("Boolean(document.activeElement.closest('.glance, .hit'))")
