"""The list of notes that a reader keeps, which is in its address alone, and the buttons that keep a note."""

import pytest

from api.locales.texts import TEXTS
from kb.text.languages import Language
from tests.api.web.conftest import BROWSER, read_page

EN = TEXTS[Language.EN]


def kept(read):
    return [button["data-note"] for button in read.all("button") if "data-note" in button]


@pytest.mark.parametrize("language", Language)
def test_the_notes_of_the_address_are_shown_in_its_order_and_each_can_leave(client, language):
    read = read_page(client.get(f"/{language}/list?note=nl-nlcs&note=be-baps&note=nl-nlcs"))
    titles = [link["href"].rpartition("/")[2] for link in read.all("a", **{"class": "linked"})]
    assert titles == ["nl-nlcs", "be-baps"]
    leaving = [link["href"] for link in read.all("a", **{"class": "remove"})]
    assert leaving == [f"/{language}/list?note=be-baps", f"/{language}/list?note=nl-nlcs", f"/{language}/list"]
    chosen = [box["value"] for box in read.all("input", type="checkbox", name="note") if "checked" in box]
    assert (read.all("form")[0]["action"], chosen) == (f"/{language}/compare", ["nl-nlcs", "be-baps"])
    assert f"/{language}/list?note=nl-nlcs&note=be-baps&remember=1" in read.hrefs()
    assert TEXTS[language]["list_empty"] in read_page(client.get(f"/{language}/list")).words


def test_what_a_caller_may_not_see_is_missing_from_the_list_as_what_does_not_exist(content, open_app, ask):
    content.practice("be-open")
    content.practice("be-amber", tlp="amber", pap="amber")
    app = open_app()
    hidden, unknown = (
        ask(app, f"/en/list?note=be-open&note={note_id}", headers=BROWSER) for note_id in ("be-amber", "be-nopes")
    )
    assert hidden.text.replace("be-amber", "be-nopes") == unknown.text
    read = read_page(hidden)
    assert EN.count("list_missing", 1) in read.words
    assert "/en/list?note=be-open" in read.hrefs()


def test_only_public_notes_are_offered_to_be_kept(content, opened_with_key):
    for label in ("clear", "green", "amber"):
        content.practice(f"be-{label}", tlp=label, **({"pap": "amber"} if label == "amber" else {}))
    read = opened_with_key("/en/?q=false+messages")
    assert sorted(kept(read)) == ["be-clear"]
    assert "/en/notes/be-amber" in read.hrefs()
    assert kept(opened_with_key("/en/notes/be-green")) == []
    assert kept(opened_with_key("/en/notes/be-amber")) == []
