"""Footnotes and pictures of a note, from the files of its author to the page of a reader."""

import pytest

from tests.api.web.conftest import BROWSER, read_page

PNG = bytes.fromhex("89504e470d0a1a0a") + b"a picture"
BODY = """## Problem

People receive false messages.[^1]

![What customers see](page.png) ![elsewhere](https://example.org/a.png) ![missing](none.png)

## Approach

Providers send customers to a page.[^1] Others do not.[^b]

[^1]: Annual report of the *body*,
2025.
[^b]: <https://example.org/b>
- A list.
"""


def picture(content, note_id="be-a", name="page.png"):
    path = content.root / "practices" / note_id / name
    path.write_bytes(PNG)
    return path


def test_a_footnote_is_led_to_from_its_marks_and_found_as_text(content, opened):
    content.practice("be-a", body=BODY)
    read = opened("/en/notes/be-a")
    assert [element.words for element in read.find("p", **{"class": "footnote"})] == [
        "1. Annual report of the body, 2025.",
        "b. https://example.org/b",
    ]
    assert [link for link in read.hrefs() if link.startswith("#fn")] == ["#fn-1", "#fn-1", "#fn-b"]
    assert {element["id"] for element in read.all("p", **{"class": "footnote"})} == {"fn-1", "fn-b"}
    assert "[^" not in read.words


def test_a_picture_in_the_folder_of_a_note_is_shown_and_others_are_words(content, open_app, ask):
    content.practice("be-a", body=BODY)
    file = picture(content)
    app = open_app()
    shown = {"src": "/nl/notes/be-a/page.png?version=en", "alt": "What customers see", "loading": "lazy"}
    read = read_page(ask(app, "/nl/notes/be-a", headers=BROWSER))
    assert [image for image in read.all("img") if "notes" in image["src"]] == [
        shown,
        {**shown, "src": "/nl/notes/be-a/none.png?version=en", "alt": "missing"},
    ]
    assert "elsewhere" in read.words
    answer = ask(app, shown["src"])
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "image/png", PNG)
    for name in ("none.png", "en.md", "..%2Fbe-a%2Fpage.png", "other.png"):
        assert ask(app, f"/nl/notes/be-a/{name}").status_code == 404
    file.with_name("other.png").write_bytes(PNG)  # which no text shows
    assert ask(app, "/nl/notes/be-a/other.png").status_code == 404
    assert "<img" not in ask(app, "/v1/notes/be-a").json()["html"]
    file.write_bytes(PNG + bytes(1_000_000))
    assert ask(app, shown["src"]).status_code == 404


@pytest.mark.parametrize("withheld", [{"tlp": "amber", "pap": "amber", "licence": None}, {"draft": True}])
def test_a_picture_of_a_note_that_a_reader_may_not_see_is_not_there(content, open_app, ask, withheld):
    content.practice("be-a", body=BODY)
    content.practice("be-b", body=BODY, **withheld)
    picture(content, "be-b")
    app = open_app()
    assert ask(app, "/nl/notes/be-b/page.png").status_code == 404
    same = [ask(app, f"/nl/notes/{name}/page.png").text.replace(name, "X") for name in ("be-b", "be-none")]
    assert same[0] == same[1]
