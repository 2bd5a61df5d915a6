"""The searcher to the index, on small collections: versions, filters, limits, threads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
from qdrant_client import QdrantClient

from benchmarks.searching import calls
from ingest.indexing.index import index_content
from kb.errors import StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.records import CHUNK, RECORD
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from kb.text.languages import Language
from search.pipeline import DEPTH
from search.rank.balance import balanced
from search.results import Passage
from tests.conftest import searcher_on, server_store
from tests.search.test_retrieve import Recording

FR, NL, EN = Language.FR, Language.NL, Language.EN
FR_BODY = "## Problème\n\nOn reçoit de faux messages.\n\n## Approche\n\nLes fournisseurs bloquent les sites shield.\n"


def ids(hits):
    return [hit.id for hit in hits]


def found(results):
    return {*ids(results.practices), *ids(results.strategies)}


# --- versions and passages ---


@pytest.fixture
def versions(content):
    content.practice("be-shield", title="Shield")
    content.translation("be-shield", "fr", "en", FR_BODY, title="Bouclier")
    content.practice(
        "nl-dutch",
        "nl",
        title="Schild",
        body=(
            "## Probleem\n\nMensen krijgen valse berichten.\n\n## Aanpak\n\nAanbieders blokkeren de sites erachter.\n"
        ),
    )
    return content


@pytest.mark.parametrize(("reader", "shown"), [("fr", FR), ("en", EN), ("nl", EN)])
def test_the_readers_version_is_shown_if_it_exists_else_the_original(versions, index, reader, shown):
    searcher = index()
    [hit] = [hit for hit in searcher.view().search("sites", reader=reader).practices if hit.id == "be-shield"]
    assert (hit.lang, hit.title) == (shown, {FR: "Bouclier", EN: "Shield"}[shown])
    assert hit.available_languages == (FR, EN)
    assert (hit.translation is not None) == (shown is FR)
    if hit.translation:
        assert (hit.translation["of"], hit.translation["status"], hit.translation["stale"]) == ("en", "machine", True)
    note = searcher.view().note("be-shield", Language(reader))
    assert (note.lang, note.payload["title"]) == (shown, hit.title)
    assert searcher.view().note("be-shield", None).lang is EN


def test_a_passage_is_in_the_version_shown_and_says_its_language(versions, index):
    searcher = index()
    for hit in searcher.view().search("sites shield bloquent", reader="fr").practices:
        assert hit.passage.lang is hit.lang
    hits = searcher.view().search("shield providers block sites behind them", reader="en").practices
    [passage] = [hit.passage for hit in hits if hit.id == "be-shield"]
    assert passage == Passage("Providers block the sites behind them.", "Approach", "approach", EN)


def test_a_reader_who_names_no_language_reads_that_of_the_question(versions, index):
    searcher = index()
    french = searcher.view().search("comment est-ce que les fournisseurs bloquent les sites des escrocs")
    assert (french.detected, french.reader) == (FR, FR)
    assert searcher.view().search("comment est-ce que les fournisseurs bloquent les sites", reader="nl").reader is NL
    assert searcher.view().search("12345").reader is EN


# --- filters ---


@pytest.fixture
def mixed(content):
    content.practice("be-one", countries=["BE"], crime_types=["phishing"], phases=["prevention"])
    content.practice("nl-two", countries=["NL"], crime_types=["online-fraud"], phases=["detection"], status="pilot")
    content.practice(
        "bnl-three",
        countries=["BNL"],
        crime_types=["ransomware"],
        organisations=[{"name": "Police grand-ducale", "role": "lead", "country": "LU"}],
    )
    content.practice("eu-four", countries=["EU"], crime_types=["ransomware"])
    content.practice("fr-five", "fr", body=FR_BODY, countries=["LU"], crime_types=["csam"])
    content.strategy("be-plan", countries=["BE"], crime_types=["phishing"], phases=["prevention"])
    return content


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, {"be-one", "nl-two", "bnl-three", "eu-four", "fr-five", "be-plan"}),
        ({"country": ["BE"]}, {"be-one", "bnl-three", "eu-four", "be-plan"}),
        ({"country": ["NL", "LU"]}, {"nl-two", "fr-five", "bnl-three", "eu-four"}),
        ({"country": ["BNL"]}, {"bnl-three", "eu-four"}),
        ({"crime_type": ["phishing"]}, {"be-one", "be-plan"}),
        ({"crime_type": ["online-fraud"]}, {"be-one", "be-plan", "nl-two"}),  # and the narrower
        ({"kind": ["strategy"]}, {"be-plan"}),
        ({"status": ["pilot", "in-force"]}, {"nl-two", "be-plan"}),
        ({"phase": ["detection"]}, {"nl-two"}),
        ({"note_lang": ["fr"]}, {"fr-five"}),
        ({"organisation": ["Police Grand-Ducale"]}, {"bnl-three"}),
        ({"organisation": ["ccb"]}, {"be-one", "nl-two", "eu-four", "fr-five", "be-plan"}),
        ({"country": ["BE"], "crime_type": ["ransomware"]}, {"bnl-three", "eu-four"}),
        ({"country": ["LU"], "status": ["pilot"]}, set()),
    ],
)
def test_filters_keep_what_they_name(mixed, index, parameters, expected):
    results = index().view().search("sites", **parameters)
    assert found(results) == expected
    assert [hit.id for hit in results.strategies] == [note_id for note_id in expected if note_id == "be-plan"]
    assert sum(results.totals.values()) == len(expected)


def test_a_note_says_by_which_area_it_answers_a_country(mixed, index):
    view = index().view()
    for found in (view.browse(EN, country=["LU"]), view.search("sites", country=["LU"])):
        through = {card.id: card.applies_through for card in found.practices}
        assert through == {"fr-five": (), "bnl-three": ("BNL",), "eu-four": ("EU",)}


# --- countries and limits ---


LONG = "## Problem\n\n{0}\n\n## Approach\n\n{0}\n"
BLOCK = "Providers block the sites behind false messages and show a page of warning to all of their customers"


@pytest.fixture
def national(content):
    """Relevant practices, most of them Dutch; the only ones of Belgium and Luxembourg answer a little less well. And
    practices about something else.
    """
    for number in range(7):
        content.practice(f"nl-{number}", title=BLOCK, countries=["NL"])
    content.practice("be-one", title=f"{BLOCK} quickly", countries=["BE"])
    content.practice("lu-one", title=f"{BLOCK} quickly", countries=["LU"])
    content.practice("eu-one", title=BLOCK, countries=["EU"])
    for number in range(20):
        words = " ".join(f"{word}{number}" for word in ("music", "garden", "weather", "harvest"))
        content.practice(f"fr-{number}", title=words, countries=["FR"], body=LONG.format(f"{words}."))
    return content


SITES = "Block sites. Providers block the sites behind them."


def test_every_benelux_country_is_among_the_first_five_unless_some_are_named(national, index):
    view = index().view()
    results = view.search(SITES, explain=True)
    assert {country for hit in results.practices[:5] for country in hit.countries} >= {"BE", "NL", "LU"}
    assert {move.country for move in results.moves} == {"BE", "LU"}
    for move in results.moves:
        assert results.practices[move.to_place - 1].id == move.id
        assert move.from_place > move.to_place >= 4
    assert {hit.explanation.move for hit in results.practices} == {None, *results.moves}
    by_rank = view.search(SITES, country=["NL", "LU", "BE"])
    scores = [hit.score for hit in by_rank.practices]
    assert (by_rank.moves, scores) == ((), sorted(scores, reverse=True))


def test_where_the_question_names_countries_no_other_moves_up(national, index, monkeypatch):
    monkeypatch.setattr("search.rank.balance.MARGIN", 1.0)
    view, wanted = index().view(), []
    assert view.search(SITES).moves
    assert not view.search(f"{SITES} Nederland").moves
    monkeypatch.setattr("search.pipeline.balanced", lambda notes, some: (wanted.extend(some), balanced(notes, some))[1])
    view.search(f"{SITES} Luxembourg Nederland")
    assert sorted(wanted) == ["LU", "NL"]


def test_a_longer_list_begins_like_a_shorter_one(national, index):
    """Also where long notes make a longer list look deeper."""
    paragraphs = "\n\n".join("Providers block the sites behind them. " * 40 for _ in range(20))
    for number in range(7):
        national.practice(f"nl-{number}", title=BLOCK, countries=["NL"], body=LONG.format(paragraphs))
    for country in ("BE", "LU"):
        body = LONG.format("Providers block the sites behind them. " * 30 + "Quickly.")
        national.practice(f"{country.lower()}-one", title=BLOCK, countries=[country], body=body)
    searcher = index()
    assert searcher.view().counts().chunks > 20 * 10
    whole = searcher.view().search(SITES, limit=20)
    assert len(whole.practices) == len({*ids(whole.practices)}) == 20  # notes, not passages
    found = ids(whole.practices)
    assert max(found.index("be-one"), found.index("lu-one")) < found.index("nl-6")  # which only a deeper look finds
    for limit in (1, 3, 4, 5, 10):
        results = searcher.view().search(SITES, limit=limit)
        assert ids(results.practices) == found[:limit]
        assert results.moves == tuple(move for move in whole.moves if move.to_place <= limit)


def test_what_is_far_is_looked_for_and_what_is_not_there_is_not(content, index, store, settings, fake_encoder):
    """Where passages of one note fill the cells: another country's by one more query; all there is, and no deeper."""
    for number, paragraphs in enumerate((1, 1, 30)):  # of equals the first by id are found
        body = LONG.format("\n\n".join("Providers block the sites behind them. " * 40 for _ in range(paragraphs)))
        content.practice(f"nl-{number}", title=BLOCK, countries=["NL"], body=body)
    content.practice("lu-far", title="Counsel", countries=["LU"], body=LONG.format("Lawyers write letters."))
    index()
    recording = Recording(store.reader())
    results = searcher_on(settings, fake_encoder, recording).view().search(SITES, limit=10)
    assert len(results.practices) == 4
    assert store.reader().count({RECORD: (CHUNK,)}) > DEPTH
    assert DEPTH in (limits := [wanted.limit for query in recording.asked for wanted in query.lists])
    assert max(limits) <= 2 * DEPTH


def test_a_passage_is_shown_in_the_language_read_also_where_another_version_answers_better(content, index):
    content.practice("be-two", body="## Problem\n\nLawyers write letters.\n\n## Approach\n\nThey wait.\n")
    dutch = "Aanbieders blokkeren de sites achter deze berichten. " * 30
    content.translation("be-two", "nl", "en", f"## Probleem\n\n{dutch}\n\n## Aanpak\n\n{dutch}\n")
    paragraphs = "\n\n".join("Providers block the sites behind them. " * 40 for _ in range(30))
    for number in range(3):
        content.practice(f"nl-{number}", title=BLOCK, countries=["NL"], body=LONG.format(paragraphs))
    searcher = index()
    for reader in (EN, NL):
        found = searcher.view().search("Providers block the sites: aanbieders blokkeren de sites", reader=reader)
        [hit] = [hit for hit in found.practices if hit.id == "be-two"]
        assert (hit.lang, hit.passage.lang) == (reader, reader)


def test_lists_by_country_hold_relevant_practices_and_say_where_there_are_none(national, index):
    view = index().view()
    assert view.search(SITES).by_country is None
    results = view.search(SITES, group_by="country", limit=4)
    lists = [(country, len(hits)) for country, hits in results.by_country.items()]
    assert (lists, results.countries_without) == ([("BE", 1), ("NL", 4), ("LU", 1), ("EU", 1)], ())
    assert {"low"}.isdisjoint(hit.level for hits in results.by_country.values() for hit in hits)
    assert view.search(SITES, group_by="country", crime_type=["csam"]).countries_without == ("BE", "NL", "LU")
    assert view.search(SITES, group_by="country", country=["BE", "DE"]).by_country.keys() == {"BE", "EU"}
    assert view.search(SITES, group_by="country", kind=["strategy"]).by_country == {}


# --- threads ---


def timeless(results):
    return replace(results, took_ms=0)


def test_eight_threads_get_the_answers_of_one(mixed, index):
    searcher = index()
    asked = [
        (text, {"reader": reader, "country": countries})
        for text in ("sites", "false messages", "faux sites", "help victims")
        for reader in ("fr", "nl", None)
        for countries in ((), ("BE",))
    ]
    alone = [timeless(searcher.view().search(text, **parameters)) for text, parameters in asked]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda given: timeless(searcher.view().search(given[0], **given[1])), asked * 8))
    assert together == alone * 8


def test_an_answer_never_mixes_two_generations(content, settings, fake_encoder, index):
    def write(generation):
        for number in range(3 + generation):
            content.practice(f"be-{number}", title=f"Generation {generation}", body=LONG.format(f"Sites {generation}."))

    write(0)
    searcher = index()
    done = Event()

    def ask():
        found = []
        while not done.is_set() or not found:
            hits = searcher.view().search("sites", limit=20).practices
            of_titles = {int(hit.title.split()[1]) for hit in hits}
            of_passages = {int(hit.passage.text.split()[1].strip(".")) for hit in hits}
            assert of_titles == of_passages
            found.append((*of_titles, len(hits)))
        return found

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(ask) for _ in range(4)]
        try:
            for generation in range(1, 4):
                write(generation)
                index_content(settings, EdgeStore(settings.data_dir), type(fake_encoder)())
        finally:
            done.set()
        for asking in running:
            answers = asking.result()
            assert answers == sorted(answers)
            assert set(answers) <= {(number, 3 + number) for number in range(4)}
    assert len(searcher.view().search("sites", limit=20).practices) == 6


def test_a_search_whose_collection_is_taken_away_is_done_again(content, settings, fake_encoder):
    """A server's collection may be replaced between two reads of one search."""
    content.practice("first")
    store = server_store()
    index_content(settings, store, fake_encoder)
    replaced = []

    class Replacing(type(fake_encoder)):
        def encode_question(self, *asked):
            if not replaced:
                replaced.append("second")
                content.practice("second")
                index_content(settings, store, fake_encoder)
            return super().encode_question(*asked)

    answer = searcher_on(settings, Replacing(), store).view().read(lambda view: view.search("false messages"))
    assert found(answer) == {"first", "second"}


def test_a_note_that_changes_on_a_server_is_found_and_one_that_is_withdrawn_is_not(content, settings, fake_encoder):
    """Both in place, while a searcher is open: the collection stays."""
    notes = [content.practice(f"nl-{number}") for number in range(12)]
    store = server_store()
    index_content(settings, store, fake_encoder)
    searcher = searcher_on(settings, fake_encoder, store)
    before = store.reader().state
    assert len(found(searcher.view().search("false messages", limit=20))) == 12
    content.practice("nl-0", title="Quuxol")
    notes[1].unlink()
    index_content(settings, store, fake_encoder)
    assert store.reader().state == before._replace(revision=before.revision + 2)  # what must go leaves first
    answer = searcher.view().search("false messages", limit=20)
    assert (found(answer), "Quuxol" in {hit.title for hit in answer.practices}) == (
        {f"nl-{number}" for number in range(12) if number != 1},
        True,
    )


def test_a_search_on_a_server_asks_three_times_and_meets_what_another_writer_changed(content, settings, fake_encoder):
    """It does not ask first whether the index has changed: the answers say so."""
    nodes = Nodes([QdrantClient(":memory:")])
    writer, store = ServerStore(nodes, "kb"), ServerStore(nodes, "kb")
    content.practice("be-first")
    index_content(settings, writer, fake_encoder)
    searcher = searcher_on(settings, fake_encoder, store)

    def search(**parameters):
        return found(searcher.view().read(lambda view: view.search("false messages", **parameters)))

    assert search() == {"be-first"}
    with calls(Nodes, ["ask"]) as asked:
        assert search(reader="fr") == {"be-first"}
    assert 1 <= len(asked) <= 3
    content.practice("be-second", organisations=[{"name": "Quuxol", "role": "lead"}])
    index_content(settings, writer, fake_encoder)
    assert search(organisation=["Quuxol"]) == {"be-second"}
    (content.root / "practices" / "be-first" / "en.md").unlink()
    index_content(settings, writer, fake_encoder)
    with pytest.raises(StoreUnavailable, match=r"changed|not found"):
        searcher.view().search("false messages")
    assert found(searcher.view().search("false messages")) == {"be-second"}


# --- questions that notes answer ---

ASKED = "Somebody rang and my savings are gone"


@pytest.fixture
def asked(content):
    """Many notes about sites, and one about something else that says which question it answers."""
    for number in range(60):
        content.practice(f"nl-{number}", title=f"Block sites {number}", countries=["NL"])
    content.practice("be-bank", title="Helpdesk", questions=[ASKED, "money gone after a telephone call"])
    return content


def test_a_note_is_found_by_a_question_that_its_text_has_no_word_of(asked, index):
    hit = index().view().search(ASKED).practices[0]
    assert hit.id == "be-bank"
    assert ASKED not in hit.passage.text
    assert index().view().note("be-bank", EN).payload["questions"][0] == ASKED
    assert index().view().counts().chunks == 2 * 61


def test_what_is_linked_with_the_best_note_rises_within_the_filter(asked, index):
    alone = index().view().search(ASKED, limit=50)
    asked.practice("nl-59", title="Block sites 59", countries=["NL"], related=[{"id": "be-bank", "rel": "see-also"}])
    view = index().view()
    results = view.search(ASKED, limit=50, explain=True)
    assert "nl-59" not in ids(alone.practices)[:2]
    assert ids(results.practices)[:2] == ["be-bank", "nl-59"]
    explanation = results.practices[1].explanation
    assert explanation.linked_with == "be-bank"
    assert explanation.contributions.links > 0
    assert "be-bank" not in ids(view.search(ASKED, country=["NL"]).practices)
