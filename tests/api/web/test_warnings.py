"""What is a draft, no longer in force, or due for review says so in words wherever it is shown or named."""

import pytest

from api.cli.terminal_views import show_note, show_results
from api.compose import Services
from api.exports import dcat
from api.exports.note_markdown import note_html
from api.http.app import create_app
from api.locales.texts import TEXTS, day_text
from api.models.answers import NoteResponse, SearchResponse
from ingest.indexing.index import index_content
from kb.text.languages import Language
from tests.api.web.conftest import BROWSER, read_page

COUNTERPART = [{"id": "nl-b", "rel": "counterpart-of"}]


def items(read, words):
    """The list items, cards and paragraphs with these words, as read."""
    tags = ("li", "article", "p", "h3")
    return [element.words for element in read.elements if element.tag in tags and words in element.words]


@pytest.mark.parametrize("language", Language)
def test_a_hit_warns_right_below_its_title_and_so_does_its_page(content, opened, language):
    content.practice("be-a", title="Ban", summary="What it was.", status="ended", legal_outcome="annulled")
    warning = TEXTS[language]["is_annulled"]
    (hit,) = opened(f"/{language}/?q=sites").find("li", **{"class": "hit annulled"})
    places = [hit.words.index(part) for part in ("Ban", warning, TEXTS[language]["ended_status"], "What it")]
    assert places == sorted(places)
    content.practice("be-a", title="Ban", status="annulled")
    note = opened(f"/{language}/notes/be-a")
    assert warning in note.words
    assert TEXTS[language]["annulled"] in note.words
    assert "status annulled" in {span.get("class") for span in note.all("span")}


def test_a_card_warns_right_below_its_title(content, opened):
    content.practice("be-a", title="Ours", related=COUNTERPART)
    content.practice("nl-b", title="Theirs", countries=["NL"], status="annulled", summary="What it was.")
    (card,) = opened("/en/notes/be-a").find("article", **{"class": "card annulled"})
    words = card.words
    assert words.index("Theirs") < words.index(TEXTS[Language.EN]["is_annulled"]) < words.index("What it was.")


@pytest.mark.parametrize(
    ("status", "outcome", "word"),
    [
        ("annulled", None, "vernietigd"),
        ("ended", "annulled", "vernietigd"),
        ("ended", None, "beëindigd"),
        ("superseded", None, "vervangen door een andere praktijk"),
        ("operational", None, None),
        ("pilot", "upheld", None),
    ],
)
def test_a_note_that_is_only_named_says_what_became_of_it(content, opened, status, outcome, word):
    content.practice("be-a", title="Ours", related=COUNTERPART)
    content.practice(
        "nl-b", title="Theirs", countries=["NL"], status=status, legal_outcome=outcome, implements=["be-plan#o1"]
    )
    content.strategy("be-plan", title="Plan")
    counterpart = next(item for item in items(opened("/nl/?q=sites&country=BE"), "Theirs") if "Ours" not in item)
    objective = min(items(opened("/nl/notes/be-plan"), "Theirs"), key=len)
    assert [counterpart.partition("Theirs")[2], objective.partition("Theirs")[2]] == (
        [f" {word} (NL)", f" {word}"] if word else [" (NL)", ""]
    )


def test_a_strategy_that_is_served_and_one_that_went_before_say_what_became_of_them(content, opened):
    content.practice("be-a", implements=["be-old"])
    content.strategy("be-old", title="Old plan", status="replaced", adopted="2019-01-01")
    content.strategy("be-new", title="New plan", replaces=["be-old"])
    for page in ("be-a", "be-new"):
        named = [item for item in items(opened(f"/en/notes/{page}"), "Old plan") if len(item) < 40]
        assert named
        assert all(f"Old plan {TEXTS[Language.EN]['replaced']}" in item for item in named)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("review_by", "late"), [("2020-02-01", True), ("9999-01-01", False)])
def test_a_note_due_for_review_is_no_fresh_one(content, opened, language, review_by, late):
    warning = TEXTS[language]["is_overdue"].format(day_text("2020-02-01", language))
    content.practice("be-a", title="Ours", reviewed="2020-01-01", review_by=review_by, related=COUNTERPART)
    content.practice("nl-b", countries=["NL"], reviewed="2020-01-01", review_by="9999-01-01")
    warnings = [opened(f"/{language}/{path}").words.count(warning) for path in ("?q=sites", "notes/be-a", "notes/nl-b")]
    assert warnings == ([1, 2, 1] if late else [0, 0, 0])


@pytest.fixture
def drafts(content, settings, store, fake_encoder, fake_searcher):
    """A searcher on notes of which one is a draft."""
    content.practice("be-a", title="Ours", draft=True, related=COUNTERPART, implements=["be-plan#o1"])
    content.practice("nl-b", countries=["NL"], title="Theirs")
    content.strategy("be-plan", title="Plan")
    index_content(settings.model_copy(update={"drafts": True}), store, fake_encoder)
    return fake_searcher()


@pytest.mark.parametrize("language", Language)
def test_a_draft_is_called_a_draft_wherever_it_is_shown(settings, drafts, ask, language):
    app = create_app(Services(settings, drafts))
    sentence, word = (TEXTS[language][key] for key in ("is_draft", "draft_note"))

    def read(path):
        return read_page(ask(app, f"/{language}/{path}", headers=BROWSER))

    paths = ("?q=sites", "notes/be-a", "notes/nl-b", "compare?crime_type=phishing")
    assert [read(path).words.count(sentence) for path in paths] == [1, 2, 1, 1]
    assert f"Ours {word} (BE)" in " ".join(items(read("?q=sites&country=NL"), "Theirs"))
    assert f"Ours {word}" in " ".join(items(read("notes/be-plan"), "Ours"))
    assert f"Ours {word}" in " ".join(items(read("coverage"), "Ours"))
    assert f"**{sentence}**" in ask(app, f"/{language}/notes/be-a.md").text
    assert f"(BE), **{word}**" in ask(app, f"/{language}/notes/nl-b.md").text
    for address in ("/v1/notes/be-a/misp", "/v1/notes/be-a/stix", f"/{language}/feed.atom", dcat.PATH):
        assert TEXTS[Language.EN]["is_draft"] in ask(app, address).text, address
    assert '"draft"' in ask(app, "/v1/notes/be-a/stix").text
    cards = ask(app, f"/v1/notes?lang={language}").json()["notes"]
    assert {card["id"]: card["draft"] for card in cards} == {"be-a": True, "nl-b": False, "be-plan": False}
    assert ask(app, "/v1/notes/nl-b").json()["counterparts"][0]["draft"] is True


def test_a_terminal_calls_a_draft_a_draft(drafts, capsys):
    show_results(SearchResponse.of(drafts.view().search("sites", reader=Language.FR)))
    for note_id in ("be-a", "nl-b"):
        note = drafts.view().note(note_id, Language.EN)
        show_note(NoteResponse.of(note, note_html(note)))
    output = capsys.readouterr().out
    assert [output.count(TEXTS[language]["is_draft"]) for language in (Language.FR, Language.EN)] == [1, 1]
    assert "be-a (brouillon)" in output
    assert "be-a (draft)" in output
