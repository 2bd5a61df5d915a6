"""Exact evidence: a note about an identifier first, those that cite it next, and nothing changes without one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.understand.identifiers import ABOUT, ARTICLE_ALONE, CITED, MANY, PASSAGE, Evidence, cited_bonus, evidence_in

CLEARED = frozenset({"clear", "amber"})
KNOWN = frozenset({"eu:2023/1543", "cets:185", "cets:185#35", "name:misp", "name:misplea", "name:leamisp", "name:nis2"})
NL_BODY = "## Probleem\n\nBerichten.\n\n## Aanpak\n\nBlokkeren.\n"
CITING = "## Problem\n\n{}\n\n## Approach\n\nProviders block the sites.\n"


def look(question, about="", cites=""):
    """Return the evidence where notes are about or cite these keys, each a note of the same name."""
    return evidence_in(question, *({key: frozenset({key}) for key in keys.split()} for keys in (about, cites)))


# --- what a question asks for ---


@pytest.mark.parametrize(
    ("question", "keys", "articles"),
    [
        ("verordening 2023/1543 en 2021/784", {"eu:2023/1543"}, set()),
        ("hoe blokkeren we phishingsites", set(), set()),
        ("CETS 185 article 35", {"cets:185", "cets:185#35"}, {"art:35"}),
        ("what does the treaty, CETS 185, say on data? And in article 35?", {"cets:185", "cets:185#35"}, {"art:35"}),
        ("art. 35", set(), {"art:35"}),
        ("wie deelt in MISP-LEA?", {"name:misplea"}, set()),
        ("wie deelt in LEA-MISP?", {"name:leamisp"}, set()),
        ("wie deelt in MISP?", {"name:misp"}, set()),
    ],
)
def test_only_what_notes_know_is_asked_for(question, keys, articles):
    found = look(question, about=" ".join(KNOWN), cites="eu:2021/784")
    assert (found.about.keys(), found.articles) == (keys, articles)


def test_a_name_in_a_longer_name_stays_if_the_caller_sees_none_of_that():
    assert look("wie deelt in MISP-LEA?", about="name:misp").about.keys() == {"name:misp"}


def test_the_share_of_a_question_that_is_identifiers():
    assert look("NIS-2", about="name:nis2").share == 1
    assert 0 < look("moet een ziekenhuis zich melden onder NIS 2", about="name:nis2").share < 0.2
    assert look("NIS-2").share == look("art. 35").share == 0
    assert not look("NIS-2")


@given(st.integers(1, 200), st.integers(1, 200), st.floats(0, 1), st.floats(0, 1))
def test_citing_gains_less_the_more_notes_cite_and_the_more_else_is_asked(few, more, little, much):
    few, more, little, much = min(few, more), max(few, more), min(little, much), max(little, much)
    assert cited_bonus(few, little) >= cited_bonus(more, little) > 0
    assert cited_bonus(more, little) <= cited_bonus(more, much) + 1e-9
    assert cited_bonus(few, much) <= CITED + 1e-9 < ABOUT
    assert cited_bonus(more, 1.0) == pytest.approx(CITED)


def test_about_counts_before_citing_and_twice_for_two():
    both = {"a": frozenset({"x"}), "b": frozenset({"x", "y"})}
    found = Evidence(both, {"c": frozenset({"x", "z"})})
    assert [found.bonus(note, 0.0) for note in "xyzw"] == [2 * ABOUT, ABOUT, cited_bonus(2, 0.0), 0.0]
    assert replace(found, share=1.0).bonus("w", 0.0) == 0
    assert (found.notes_about, found.notes_citing) == ({"x", "y"}, {"z"})


def test_a_word_counts_little_as_the_name_of_a_note_that_is_far_from_what_else_is_asked():
    own, cited = {"name:emma": frozenset({"x"})}, {"name:tycoon": frozenset({"y"})}
    named = Evidence(own, cited, share=0.1, words=frozenset({"emma", "tycoon", "asks"}), common=frozenset({"emma"}))
    for note, least, near in (("x", 0.04, ABOUT), ("y", 0.11, CITED * 0.1)):
        assert named.bonus(note, 0.0) == named.bonus(note, least) == near
        assert named.bonus(note, least + 0.01) == pytest.approx(CITED * 0.1**2)
    alone = replace(named, share=1.0)
    assert alone.bonus("x", 0.26) == ABOUT
    spoken_of = {"name:tycoon": frozenset(map(str, range(MANY)))}
    assert replace(named, cites=spoken_of).bonus("1", 0.05) == pytest.approx(CITED * 0.1**2)
    assert named.passage < PASSAGE == replace(named, common=frozenset()).passage


@pytest.mark.parametrize("key", ["eu:2023/1543", "name:skyecc"])
def test_a_number_and_a_name_of_several_words_count_whatever_else_is_asked(key):
    found = Evidence({key: frozenset({"x"})}, share=0.1, words=frozenset({"sky", "ecc", "eu"}))
    assert found.bonus("x", 0.5) == ABOUT


def test_a_passage_gains_less_for_what_is_only_cited():
    few, many = (Evidence(cites={"eu:2023/1543": frozenset(map(str, range(n)))}, share=0.1) for n in (2, 90))
    assert 0 < many.passage < few.passage < PASSAGE
    assert Evidence({"name:misp": frozenset("x")}, share=0.1).passage == PASSAGE


# --- through the store ---


@pytest.fixture
def library(content):
    """An act, a practice that cites it, one with an article of it, a name, and notes that have none of these."""
    content.strategy("eu-act", doc_kind="regulation", title="Rules on evidence", identifiers={"celex": "32023R1543"})
    content.strategy("eu-other", title="Other rules on messages and sites")
    content.practice(
        "be-citing", title="Desk", body=CITING.format("Under Regulation (EU) 2023/1543 data are asked for.")
    )
    content.practice(
        "be-article",
        title="Counter",
        legal_basis=[{"name": "Regulation (EU) 2023/1543, Article 5"}],
        body=CITING.format("Words on other things.") + "\n## Risks and lessons\n\nArticle 5 sets a limit.\n",
    )
    content.practice("be-named", title="Zephyrix, a team")
    content.translation("be-named", "nl", "en", NL_BODY, title="Zephyrix, een ploeg")
    for number in range(4):
        content.practice(f"nl-plain-{number}", title="Sites", body=CITING.format("Messages and sites and messages."))
    return content


@pytest.mark.parametrize(
    "question",
    [
        "2023/1543",
        "Verordening (EU) 2023/1543",
        "règlement 2023/1543",
        "32023R1543",
        "Providers block the sites: what does regulation 2023/1543 say of false messages to people?",
    ],
)
def test_the_act_is_first_and_what_cites_it_before_the_rest(library, index, question):
    results = index().view().search(question)
    assert results.strategies[0].id == "eu-act"
    assert results.strategies[0].identifier == ABOUT
    assert {hit.id for hit in results.practices[:2]} == {"be-citing", "be-article"}
    assert all(0 < hit.identifier <= CITED + PASSAGE for hit in results.practices[:2])
    assert {hit.identifier for hit in results.practices[2:]} == {0}


@pytest.mark.parametrize("question", ["Zephyrix", "zephyrix", "wie zit er bij ZEPHYRIX en sinds wanneer?"])
def test_a_name_is_found_first_in_any_case(library, index, question):
    assert index().view().search(question).practices[0].id == "be-named"


def test_with_an_act_the_passage_with_the_article_is_shown(library, index):
    first = index().view().search("2023/1543 article 5").practices[0]
    assert first.id == "be-article"
    assert first.passage.text == "Article 5 sets a limit."


def test_what_is_exact_is_looked_up_among_what_the_caller_may_see(library, index):
    before = index().view().search("2023/1543")
    library.strategy("be-secret", doc_kind="regulation", tlp="amber", pap="amber", identifiers={"celex": "32023R1543"})
    library.practice(
        "be-secret-too", tlp="amber", pap="amber", body=CITING.format("Regulation (EU) 2023/1543 and Quuxol.")
    )
    searcher = index()
    after = searcher.view().search("2023/1543")
    assert "secret" not in repr(after)
    gains = [[(hit.id, hit.identifier) for hit in results.hits] for results in (before, after)]
    assert gains[0] == gains[1]  # not even the count of citing notes shows


def test_a_name_that_a_text_speaks_of_is_found_by_itself_and_counts_little_beside_other_words(library, index):
    library.practice("be-word", title="Bureau", body=CITING.format("Somebody said Quuxolor there."))
    searcher = index()
    first = searcher.view().search("quuxolor").practices[0]
    assert first.id == "be-word"
    assert CITED < first.identifier <= CITED + PASSAGE
    beside = {
        hit.id: hit.identifier for hit in searcher.view().search("false messages and sites near quuxolor").practices
    }
    assert 0 < beside["be-word"] < 0.05
    assert not any(gain for note, gain in beside.items() if note != "be-word")


def test_the_name_of_a_restricted_note_is_no_name_to_others(library, index):
    library.practice("be-word", title="Bureau", body=CITING.format("Somebody said Quuxol."))
    before = {hit.id: hit.identifier for hit in index().view().search("quuxol").practices}
    library.practice("be-secret", title="Quuxol, a team", tlp="amber", pap="amber")
    library.translation("be-secret", "nl", "en", NL_BODY, title="Quuxol, een ploeg")
    searcher = index()
    assert {hit.id: hit.identifier for hit in searcher.view().search("quuxol").practices} == before
    allowed = searcher.view(CLEARED).search("quuxol").practices
    assert (allowed[0].id, allowed[0].identifier) == ("be-secret", ABOUT)


def test_other_filters_hold_for_what_is_exact(library, index):
    library.practice("nl-citing", countries=["NL"], body=CITING.format("Regulation (EU) 2023/1543."))
    searcher = index()
    dutch = searcher.view().search("2023/1543", country=["NL"])
    assert [hit.id for hit in dutch.practices] == ["nl-citing"]
    assert dutch.practices[0].identifier > 0
    assert dutch.strategies == ()


def test_an_article_alone_adds_little_and_to_the_notes_that_have_it_only(library, index):
    gains = {hit.id: hit.identifier for hit in index().view().search("art. 5 messages").practices if hit.identifier}
    assert gains.keys() == {"be-article"}
    assert 0 < gains["be-article"] <= ARTICLE_ALONE < PASSAGE
