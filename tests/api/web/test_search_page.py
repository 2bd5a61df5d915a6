"""What a search page says where one of its lists, or both, hold nothing relevant."""

import re

import pytest

from api.locales.texts import TEXTS
from kb.notes.note import Kind
from kb.text.languages import Language
from tests.api.web.conftest import read_page

MAYOR = "online gebiedsverbod van de burgemeester van Utrecht"
PIE = "recette de tarte aux pommes"


IN_ORDER = (Kind.PRACTICE, Kind.PLAYBOOK, Kind.POWER, Kind.STRATEGY)


def announced(read):
    return " ".join(element.words for element in read.elements if element.attributes.get("role") == "status")


def headings(read):
    return [heading.words for heading in read.find("h2") if heading.attributes.get("id", "").startswith("of-")]


@pytest.mark.parametrize("language", Language)
def test_nothing_relevant_is_announced_and_no_list_counts_none(client, language):
    words = TEXTS[language]
    read = read_page(client.get(f"/{language}/", params={"q": PIE}))
    assert announced(read) == words["nearest_only"]
    assert read.words.count(words["nearest_only"]) == 2
    assert headings(read) == [words[f"{kind}_list"] for kind in IN_ORDER]
    assert len(read.all("li", **{"class": "hit"})) > 10
    assert not any("phase=" in link for link in read.hrefs())  # nothing to narrow by: what is only near counts for none


@pytest.mark.parametrize("kind", ["", "practice", "strategy"])
def test_a_list_without_anything_relevant_says_so_beside_one_that_has(client, kind):
    asked = {"q": MAYOR, "country": "LU"}
    words = TEXTS[Language.NL]
    read = read_page(client.get("/nl/", params={**asked, "kind": kind}))
    practices, strategies, powers = words["practice_list"], f"{words['strategy_list']} 1", f"{words['power_list']} 1"
    # What is relevant comes before what is only near.
    first = {"": [strategies, powers, practices], "practice": [practices], "strategy": [strategies]}[kind]
    assert headings(read)[:3] == first
    assert len(headings(read)) == (1 if kind else len(Kind))
    nearest = read.find("section", **{"aria-labelledby": "of-practice"})
    assert all(section.words.count("Waarom dit resultaat") == (10 if kind else 3) for section in nearest)
    alarms = [line.words for line in read.find("p", **{"class": "warning"}) if line.words == words["nearest_only"]]
    assert alarms == [words["nearest_only"]] * (kind == "practice")
    assert (announced(read) == words["nearest_only"]) is (kind == "practice")
    quiet = [line.words for line in read.find("summary")].count(words.count("none_answers", 3))
    assert quiet == {"": len(Kind) - 2, "practice": 0, "strategy": 0}[kind]


def test_a_feed_of_a_question_is_answered_with_the_clearance_of_who_asks(content, with_key):
    content.practice("be-open", questions=["Which sites are false?"])
    content.practice("be-amber", tlp="amber", pap="amber", questions=["Which sites are false?"])
    cleared, anybody = with_key("/en/feed.atom?q=which+sites+are+false")
    assert ("/be-open" in cleared.text, "/be-amber" in cleared.text) == (True, True)
    assert ("/be-open" in anybody.text, "be-amber" in anybody.text) == (True, False)


def test_of_lists_that_begin_at_the_same_level_the_better_answer_comes_first(client):
    playbooks = client.get("/v1/notes", params={"kind": "playbook", "lang": "en"}).json()["notes"]
    subjects = [note["title"].partition(":")[0] for note in playbooks]
    same = 0
    for question in ("ransomware in een ziekenhuis", "hate speech reporting point", *subjects):
        answer = client.get("/v1/search", params={"q": question}).json()
        practice, playbook = (answer[kind][0] for kind in ("practices", "playbooks"))
        if "low" in (practice["level"], playbook["level"]):
            continue
        same += practice["level"] == playbook["level"] == "high" and practice["score"] < playbook["score"]
        before = min(practice, playbook, key=lambda hit: (hit["level"] != "high", -hit["score"]))
        read = read_page(client.get("/en/", params={"q": question}))
        shown = [each.words for each in read.find("h2") if each.attributes.get("id") in ("of-practice", "of-playbook")]
        assert shown[0].startswith(TEXTS[Language.EN][f"{before['kind']}_list"])
    assert same, "no question tells this order from the fixed one"


def test_what_others_do_is_shown_where_no_practice_here_is_relevant(client):
    asked = {"q": MAYOR, "country": "LU"}
    assert client.get("/v1/search", params=asked).json()["relevant"], "a strategy answers"
    for kind, is_offered in (("", True), ("practice", True), ("strategy", False)):
        read = read_page(client.get("/nl/", params={**asked, "kind": kind}))
        cards = [card.words for card in read.find("article")]
        assert (TEXTS[Language.NL]["elsewhere"] in read.words) is is_offered is bool(cards)
        if is_offered:
            assert "/nl/notes/nl-online-area-ban" in read.hrefs()
            assert any(TEXTS[Language.NL]["is_annulled"] in card for card in cards)


def test_what_others_do_is_nothing_that_holds_here(client):
    for question, country in ((MAYOR, "LU"), ("teenage pimps", "LU"), ("fireworks sold on Telegram", "FR")):
        text = client.get("/en/", params={"q": question, "country": country}).text
        section = text.partition('<section class="elsewhere">')[2].partition("</section>")[0]
        cards = re.findall(r'<h3><a class="linked" href="/en/notes/([^"]+)"', section)
        asked = {"q": question, "country": country, "limit": 50}
        here = {hit["id"] for hit in client.get("/v1/search", params=asked).json()["practices"]}
        assert not here & set(cards)


@pytest.mark.parametrize("language", Language)
def test_a_strategy_stands_beside_the_practice_that_implements_it_and_not_again_below(client, language):
    seen = 0
    for question in ("national cybersecurity centre", "stratégie contre la fraude en ligne", "aanpak ransomware"):
        text = client.get(f"/{language}/", params={"q": question}).text
        beside = re.findall(r'<p class="small serves">(.*?)</p>', text)
        ids = [note for line in beside for note in re.findall(r"/notes/([a-z0-9-]+)", line)]
        below = text.partition('id="of-strategy"')[2].partition("</section>")[0]
        assert len(ids) == len(set(ids)) <= 3
        assert not [note for note in ids if f'<h3><a class="linked" href="/{language}/notes/{note}"' in below]
        listed = client.get("/v1/search", params={"q": question, "lang": language}).json()["strategies"]
        assert {*ids} <= {hit["id"] for hit in listed if hit["level"] != "low"}
        seen += len(ids)
    assert seen, "no question finds a practice with its strategy"


def test_a_filter_may_be_given_by_name_and_its_page_has_one_address(client):
    by_name = client.get("/nl/", params={"q": "phishing", "country": "België", "crime_type": "hameçonnage"})
    by_id = client.get("/nl/", params={"q": "phishing", "country": "BE", "crime_type": "phishing"})
    assert read_page(by_name).hrefs() == read_page(by_id).hrefs()


def test_a_passage_leads_to_its_section_of_the_note(client):
    for language in ("fr", "en"):
        links = read_page(client.get(f"/{language}/", params={"q": "phishing"})).all("a", **{"class": "where"})
        assert len(links) > 10
        for href in [link["href"] for link in links][:6]:
            note = read_page(client.get(href.partition("#")[0]))
            assert href.partition("#")[2] in {element.attributes.get("id") for element in note.elements}


@pytest.mark.parametrize("language", Language)
def test_a_hit_says_that_it_does_not_hold_in_the_country_asked_about(client, language):
    read = read_page(client.get(f"/{language}/", params={"q": "où bloquer une carte bancaire volée au Luxembourg"}))
    words = TEXTS[language]
    elsewhere = [each.words for each in read.find("span", **{"class": "not-here"})]
    assert elsewhere
    assert {each.split(":")[0].strip() for each in elsewhere} == {words["does_not_hold_in"]}
    assert {each.split(":")[1].strip() for each in elsewhere} == {
        "Luxemburg" if language is Language.NL else "Luxembourg"
    }


@pytest.mark.parametrize("asked", [{}, {"q": "fraude"}, {"q": "fraude", "kind": "practice"}])
def test_where_filters_leave_nothing_the_one_to_drop_is_named_with_what_it_kept_out(client, asked):
    filters = {"country": "LU", "evidence": "independently-evaluated", "status": "pilot"}
    text = client.get("/en/", params={**filters, **asked}).text
    section = text.partition('<section class="instead">')[2].partition("</section>")[0]
    found = re.findall(r'<a href="([^"]+)"[^>]*>without ([^<:]+):[^<]*</a> <span class="number">\((\d+)\)', section)
    assert found
    for address, name, number in found:
        listed = read_page(client.get(address.replace("&amp;", "&").replace("q=fraude", "")))
        totals = [each.words.rpartition(" ")[2] for each in listed.find("h2") if "of-" in each.attributes.get("id", "")]
        assert sum(map(int, totals)) == int(number) > 0, name
    assert "instead" not in client.get("/en/", params={"country": "LU"}).text


@pytest.mark.parametrize("language", Language)
def test_another_question_is_offered_with_the_same_filters(client, language):
    asked = {"q": "aangfite van phishing", "country": "BE", "kind": "practice"}
    read = read_page(client.get(f"/{language}/", params=asked))
    offered = f"/{language}/?q=aangifte+van+phishing&country=BE&kind=practice"
    assert [link.words for link in read.find("a", href=offered)] == ["aangifte van phishing"]
    assert TEXTS[language]["did_you_mean"] in read.words
    assert TEXTS[language]["did_you_mean"] not in read_page(client.get(offered)).words
