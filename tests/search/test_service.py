"""The searcher to the index, on small collections: versions, filters, limits, clearance, threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any, cast

import numpy as np
import pytest
from qdrant_client import QdrantClient

from ingest.indexing.index import index_content
from kb.access import ANONYMOUS
from kb.errors import NotFound, QueryError
from kb.notes.note import Kind
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import recipe
from kb.store.protocol import ChunkStore, Found
from kb.store.records import CHUNK, RECORD, note_and_language
from kb.store.server import ServerStore
from kb.text.languages import Language
from search.pipeline import DEPTH
from search.query import MAX_LIMIT
from search.service import Searcher

Open = Callable[[], Searcher]
FR, NL, EN = Language.FR, Language.NL, Language.EN
CLEARED = frozenset({"clear", "green", "amber"})
FR_BODY = "## Problème\n\nOn reçoit de faux messages.\n\n## Approche\n\nLes fournisseurs bloquent les sites shield.\n"


def ids(hits):
    return [hit.id for hit in hits]


def found(results):
    return {*ids(results.practices), *ids(results.strategies)}


def ranked(results, hits):
    """The scores of hits in their order, but for those that balance has moved."""
    moved = {move.id for move in results.moves}
    return [hit.score for hit in hits if hit.id not in moved]


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
def test_the_readers_version_is_shown_if_it_exists_else_the_original_with_its_language(versions, index, reader, shown):
    searcher = index()
    hit = next(one for one in searcher.view().search("sites", reader=reader).practices if one.id == "be-shield")
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
    hit = next(
        one
        for one in searcher.view().search("shield providers block sites behind them", reader="en").practices
        if one.id == "be-shield"
    )
    assert (hit.lang, hit.passage.lang, hit.passage.anchor) == (EN, EN, "approach")
    assert hit.passage.text == "Providers block the sites behind them."
    assert hit.passage.heading == "Approach"


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
        ({"country": ["LU"]}, {"fr-five", "bnl-three", "eu-four"}),
        ({"country": ["NL", "LU"]}, {"nl-two", "fr-five", "bnl-three", "eu-four"}),
        ({"country": ["EU"]}, {"eu-four"}),
        ({"country": ["BNL"]}, {"bnl-three", "eu-four"}),
        ({"crime_type": ["phishing"]}, {"be-one", "be-plan"}),
        ({"crime_type": ["ransomware"]}, {"bnl-three", "eu-four"}),
        ({"kind": ["strategy"]}, {"be-plan"}),
        ({"status": ["pilot"]}, {"nl-two"}),
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
    assert sum(results.facets["kind"].values()) == len(expected)


def test_a_note_for_an_area_says_how_it_answers_a_country(mixed, index):
    results = index().view().search("sites", country=["BE"])
    through = {hit.id: hit.applies_through for hit in (*results.practices, *results.strategies)}
    assert through == {"be-one": (), "be-plan": (), "bnl-three": ("BNL",), "eu-four": ("EU",)}


def test_a_crime_type_includes_the_narrower_ones(content, index):
    searcher_ids = {}
    content.practice("be-any")
    crimes = index().taxonomy().crime_types
    for crime in crimes:
        content.practice(f"be-{crime}", crime_types=[crime])
    (content.root / "practices" / "be-any" / "en.md").unlink()
    searcher = index()
    parents = [one for one in crimes if crimes.narrower(one)]
    assert parents
    for crime in parents:
        searcher_ids[crime] = set(ids(searcher.view().search("sites", crime_type=[crime], limit=MAX_LIMIT).practices))
        assert searcher_ids[crime] == {f"be-{one}" for one in (crime, *crimes.narrower(crime))}


def test_both_lists_are_there_and_each_holds_its_kind(mixed, index):
    results = index().view().search("false sites")
    assert {hit.kind for hit in results.practices} == {Kind.PRACTICE}
    assert {hit.kind for hit in results.strategies} == {Kind.STRATEGY}
    for hits in (results.practices, results.strategies):
        assert ranked(results, hits) == sorted(ranked(results, hits), reverse=True)


# --- limits ---


LONG = "## Problem\n\n{0}\n\n## Approach\n\n{0}\n"


@pytest.mark.parametrize("limit", [1, 5, 10, 12])
def test_a_limit_counts_notes_not_passages(content, index, limit):
    paragraphs = "\n\n".join("Providers block sites. " * 60 for _ in range(12))
    for number in range(12):
        content.practice(f"be-note-{number}", body=LONG.format(paragraphs), title=f"Note {number}")
    searcher = index()
    assert searcher.view().counts().chunks > 12 * 10
    hits = ids(searcher.view().search("block sites", limit=limit).practices)
    assert len(hits) == len(set(hits)) == limit


# --- countries ---


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
        content.practice(
            f"fr-{number}", title=words, countries=["FR"], body=f"## Problem\n\n{words}.\n\n## Approach\n\n{words}.\n"
        )
    return content


SITES = "Block sites. Providers block the sites behind them."


def test_every_benelux_country_is_among_the_first_five_and_the_moves_are_told(national, index):
    results = index().view().search(SITES)
    assert {country for hit in results.practices[:5] for country in hit.countries} >= {"BE", "NL", "LU"}
    assert {move.country for move in results.moves} == {"BE", "LU"}
    for move in results.moves:
        assert results.practices[move.to_place - 1].id == move.id
        assert move.from_place > move.to_place >= 4


def test_a_question_that_names_countries_is_answered_by_rank_alone(national, index):
    results = index().view().search(SITES, country=["NL", "LU", "BE"])
    assert results.moves == ()
    assert ranked(results, results.practices) == sorted((hit.score for hit in results.practices), reverse=True)


def test_a_longer_list_begins_like_a_shorter_one(national, index):
    """Also where long notes make a longer list look deeper."""
    paragraphs = "\n\n".join("Providers block the sites behind them. " * 40 for _ in range(20))
    for number in range(7):
        national.practice(f"nl-{number}", title=BLOCK, countries=["NL"], body=LONG.format(paragraphs))
    for country in ("BE", "LU"):
        body = LONG.format("Providers block the sites behind them. " * 30 + "Quickly.")
        national.practice(f"{country.lower()}-one", title=BLOCK, countries=[country], body=body)
    searcher = index()
    whole = searcher.view().search(SITES, limit=20)
    assert len(whole.practices) == 20
    found = ids(whole.practices)
    assert max(found.index("be-one"), found.index("lu-one")) < found.index("nl-6")  # which only a deeper look finds
    for limit in (1, 3, 4, 5, 10):
        results = searcher.view().search(SITES, limit=limit)
        assert ids(results.practices) == found[:limit]
        assert results.moves == tuple(move for move in whole.moves if move.to_place <= limit)


class Watched:
    """A store whose readers keep how many results each question to them asked for, and the notes they answered with."""

    def __init__(self, store):
        self._reader, self.limits, self.found = store.reader(), list[int](), set[str]()

    def reader(self):
        return self

    def query(self, queries):
        self.limits += [one.limit for one in queries]
        answers: list[list[Found]] = self._reader.query(queries)
        self.found |= {note_and_language(one.record_id)[0] for answer in answers for one in answer}
        return answers

    def __getattr__(self, name):
        return getattr(self._reader, name)


def test_a_list_that_holds_every_note_there_is_is_not_looked_for_deeper(content, index, store, settings, fake_encoder):
    for number, paragraphs in enumerate((1, 1, 30)):  # of equals the first by id are found
        body = LONG.format("\n\n".join("Providers block the sites behind them. " * 40 for _ in range(paragraphs)))
        content.practice(f"nl-{number}", title=BLOCK, countries=["NL"], body=body)
    index()
    watched = Watched(store)
    made_by = recipe(fake_encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    results = Searcher(cast("ChunkStore", watched), fake_encoder, made_by).view().search(SITES, limit=10)
    assert len(results.practices) == 3
    assert store.reader().count({RECORD: (CHUNK,)}) > DEPTH
    assert DEPTH in watched.limits
    assert max(watched.limits) <= 2 * DEPTH


def test_a_country_is_looked_for_where_the_passages_of_another_fill_the_cells(
    content, index, store, settings, fake_encoder
):
    paragraphs = "\n\n".join("Providers block the sites behind them. " * 40 for _ in range(30))
    for number in range(3):
        content.practice(f"nl-{number}", title=BLOCK, countries=["NL"], body=LONG.format(paragraphs))
    content.practice("lu-far", title="Counsel", countries=["LU"], body=LONG.format("Lawyers write letters."))
    index()
    watched = Watched(store)
    made_by = recipe(fake_encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    results = Searcher(cast("ChunkStore", watched), fake_encoder, made_by).view().search(SITES, limit=3)
    assert len(results.practices) == 3
    assert watched.found > {"lu-far"}  # of the other notes as many as the first look has room for
    assert max(watched.limits) <= 2 * DEPTH


def test_a_passage_is_shown_in_the_language_read_also_where_another_version_answers_better(content, index):
    content.practice("be-two", body="## Problem\n\nLawyers write letters.\n\n## Approach\n\nThey wait.\n")
    dutch = "Aanbieders blokkeren de sites achter deze berichten. " * 30
    content.translation("be-two", "nl", "en", f"## Probleem\n\n{dutch}\n\n## Aanpak\n\n{dutch}\n")
    paragraphs = "\n\n".join("Providers block the sites behind them. " * 40 for _ in range(30))
    for number in range(3):
        content.practice(f"nl-{number}", title=BLOCK, countries=["NL"], body=LONG.format(paragraphs))
    searcher = index()
    for reader in (EN, NL):
        found = (
            searcher.view().search("Providers block the sites: aanbieders blokkeren de sites", reader=reader).practices
        )
        [hit] = [hit for hit in found if hit.id == "be-two"]
        assert (hit.lang, hit.passage.lang) == (reader, reader)


def test_lists_by_country_hold_relevant_practices_and_say_where_there_are_none(national, index):
    searcher = index()
    assert searcher.view().search(SITES).by_country is None
    results = searcher.view().search(SITES, group_by="country", limit=4)
    assert results.by_country is not None
    assert {country: len(hits) for country, hits in results.by_country.items()} == {"BE": 1, "NL": 4, "LU": 1, "EU": 1}
    assert list(results.by_country)[:3] == ["BE", "NL", "LU"]
    assert results.countries_without == ()
    assert {"low"}.isdisjoint(hit.level for hits in results.by_country.values() for hit in hits)
    assert searcher.view().search(SITES, group_by="country", crime_type=["csam"]).countries_without == (
        "BE",
        "NL",
        "LU",
    )


def test_a_country_that_was_not_asked_about_is_not_said_to_have_nothing(national, index):
    searcher = index()
    asked = searcher.view().search(SITES, group_by="country", country=["BE", "DE"])
    assert asked.by_country is not None
    assert (set(asked.by_country), asked.countries_without) == ({"BE", "EU"}, ())
    assert searcher.view().search(SITES, group_by="country", kind=["strategy"]).by_country == {}


# --- clearance ---


@pytest.fixture
def guarded(content):
    """A clear note, and notes that are not for everyone, each with values that no other note has."""
    content.practice("be-open", title="Open sites")
    for label, crime, status in (("green", "csam", "pilot"), ("amber", "ransomware", "ended")):
        content.practice(
            f"nl-{label}",
            title="Secret sites",
            tlp=label,
            pap=label,
            countries=["NL"],
            crime_types=[crime],
            phases=["victim-support"],
            status=status,
            ended="2025" if status == "ended" else None,
            organisations=[{"name": f"Bureau {label} (B{label.upper()})", "role": "lead", "country": "NL"}],
        )
        content.strategy(f"nl-{label}-plan", tlp=label, pap=label, countries=["NL"], crime_types=[crime])
    content.translation("nl-amber", "fr", "en", FR_BODY, title="Sites secrets")
    return content


HIDDEN = ("nl-green", "nl-amber", "nl-green-plan", "nl-amber-plan")


def test_each_label_opens_itself_only(guarded, index):
    searcher = index()
    green = frozenset({"clear", "green"})
    assert found(searcher.view(green).search("sites")) == {"be-open", "nl-green", "nl-green-plan"}
    assert searcher.view(green).note("nl-green", None).id == "nl-green"
    with pytest.raises(NotFound):
        searcher.view(green).note("nl-amber", None)
    assert found(searcher.view(frozenset()).search("sites")) == set()


def test_a_hidden_note_and_a_missing_one_are_told_word_for_word_alike(content, index, settings):
    def shown_version(searcher, note_id, language):
        with pytest.raises(NotFound) as refused:
            searcher.view().note(note_id, language)
        return str(refused.value), refused.value.remedy

    content.practice("be-open")
    before = {(name, one): shown_version(index(), name, one) for name in HIDDEN for one in (None, FR, EN)}
    for name in HIDDEN:
        (content.strategy if name.endswith("plan") else content.practice)(
            name, tlp=name.split("-")[1], pap=name.split("-")[1]
        )
    searcher = index()
    assert {key: shown_version(searcher, *key) for key in before} == before
    assert all(searcher.view(CLEARED).note(name, None).id == name for name in HIDDEN)


def test_organisations_are_listed_and_known_within_the_callers_clearance(guarded, index):
    searcher = index()

    def refusal(name, clearance=ANONYMOUS):
        with pytest.raises(QueryError) as refused:
            searcher.view(clearance).search("sites", organisation=[name])
        return refused.value

    stranger = refusal("nobody")
    assert stranger.allowed == ("ccb", "centre for cybersecurity belgium", "centre for cybersecurity belgium (ccb)")
    hidden, absent = refusal("bamber"), refusal("bembar")
    assert str(hidden).replace("bamber", "X") == str(absent).replace("bembar", "X")
    assert (hidden.allowed, hidden.field) == (absent.allowed, "organisation")
    assert "bamber" in refusal("nobody", clearance=CLEARED).allowed
    assert found(searcher.view(CLEARED).search("sites", organisation=["BAMBER"])) == {"nl-amber"}


def test_an_organisation_in_another_script_is_unknown_not_ignored(mixed, index):
    with pytest.raises(QueryError, match="is not known"):
        index().view().search("sites", organisation=["Полиция"])


# --- threads ---


def timeless(results):
    return replace(results, took_ms=0)


def test_eight_threads_get_the_answers_of_one(mixed, index):
    searcher = index()
    asked: list[tuple[str, dict[str, Any]]] = [
        (text, {"reader": reader, "country": countries})
        for text in ("sites", "false messages", "faux sites", "help victims")
        for reader in ("fr", "nl", None)
        for countries in ((), ("BE",))
    ]
    alone = [timeless(searcher.view().search(text, **parameters)) for text, parameters in asked]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda one: timeless(searcher.view().search(one[0], **one[1])), asked * 8))
    assert together == alone * 8


def test_an_answer_never_mixes_two_generations(content, settings, fake_encoder, index):
    def write(generation):
        for number in range(3 + generation):
            content.practice(f"be-{number}", title=f"Generation {generation}", body=LONG.format(f"Sites {generation}."))

    write(0)
    searcher = index()
    done = Event()

    def ask():
        seen: list[tuple[int, ...]] = []
        while not done.is_set() or not seen:
            hits = searcher.view().search("sites", limit=20).practices
            of_titles = {int(hit.title.split()[1]) for hit in hits}
            of_passages = {int(hit.passage.text.split()[1].strip(".")) for hit in hits}
            assert of_titles == of_passages
            seen.append((*of_titles, len(hits)))
        return seen

    with ThreadPoolExecutor(4) as threads:
        running = [threads.submit(ask) for _ in range(4)]
        try:
            for generation in range(1, 4):
                write(generation)
                index_content(settings, EdgeStore(settings.data_dir), type(fake_encoder)())
        finally:
            done.set()
        for one in running:
            seen = one.result()
            assert seen == sorted(seen)
            assert set(seen) <= {(number, 3 + number) for number in range(4)}
    assert len(searcher.view().search("sites", limit=20).practices) == 6


# Qdrant's local mode says with every index that payload indexes do nothing in it.
@pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")
def test_a_search_whose_collection_is_taken_away_is_done_again(content, settings, fake_encoder):
    """A server's collection may be replaced between two reads of one search."""
    content.practice("first")
    store = ServerStore(QdrantClient(":memory:"), "kb")
    index_content(settings, store, fake_encoder)
    replaced: list[str] = []

    class Replacing(type(fake_encoder)):
        def encode_queries(self, texts):
            if not replaced:
                replaced.append("second")
                content.practice("second")
                index_content(settings, store, fake_encoder)
            vectors: np.ndarray = super().encode_queries(texts)
            return vectors

    made_with = recipe(fake_encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    found = Searcher(store, Replacing(), made_with).view().read(lambda view: view.search("false messages"))
    assert {hit.id for hit in found.practices} == {"first", "second"}


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


def test_what_is_linked_with_the_best_note_rises(asked, index):
    alone = index().view().search(ASKED, limit=50)
    asked.practice("nl-59", title="Block sites 59", countries=["NL"], related=[{"id": "be-bank", "rel": "see-also"}])
    results = index().view().search(ASKED, limit=50, explain=True)
    assert "nl-59" not in ids(alone.practices)[:2]
    assert ids(results.practices)[:2] == ["be-bank", "nl-59"]
    explanation = results.practices[1].explanation
    assert explanation is not None
    assert explanation.linked_with == "be-bank"
    assert explanation.contributions.links > 0


def test_filters_hold_for_what_came_in_by_a_question_or_a_link(asked, index):
    asked.practice("nl-0", title="Block sites 0", countries=["NL"], related=[{"id": "be-bank", "rel": "see-also"}])
    results = index().view().search(ASKED, country=["NL"])
    assert "be-bank" not in ids(results.practices)
    assert all("NL" in hit.countries for hit in results.practices)
