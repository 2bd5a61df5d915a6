"""Our own collection, with the real encoder: needs of people in one country, answered from another's notes."""

import pytest

from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Level

PHISHING = (
    ("hoe blokkeren we phishingsites", "nl"),
    ("comment bloquer les sites d'hameçonnage", "fr"),
    ("how do we block phishing sites", "en"),
)

NEEDS = (
    # question, its language, the note that answers it and was written in another language, mostly another country's
    ("telefoontjes uit het buitenland met een vals Belgisch nummer tegenhouden", "nl", "be-anti-spoofing-decree"),
    ("fermer rapidement les sites .be frauduleux", "fr", "be-dns-fps-protocol"),
    ("rapid deployment of cyber investigators after a serious attack", "en", "be-quick-reaction-force"),
    ("gratis hulplijn voor slachtoffers van sextortion", "nl", "lu-helpline"),
    ("partager des indicateurs entre services de police", "fr", "lu-misp-lea"),
    ("récupérer les clés de déchiffrement d'un rançongiciel", "fr", "nl-deadbolt-keys"),
    ("regrouper les plaintes d'acheteurs escroqués en ligne", "fr", "nl-lmio"),
    ("banques et police dans une même équipe contre la fraude bancaire en ligne", "fr", "nl-ectf"),
    ("share stolen passwords with companies so that they can reset accounts", "en", "nl-no-more-leaks"),
    ("la police prend le contrôle de groupes Telegram de feux d'artifice illégaux", "fr", "nl-telegram-fireworks"),
    ("échanger les empreintes des attaques DDoS", "fr", "nl-ddos-clearing-house"),
    ("Belgisch-Nederlands onderzoeksteam tegen een bende van valse bankmedewerkers", "nl", "be-nl-phone-phishing-otf"),
    ("forensische kopie van harde schijven in Luxemburg", "nl", "lu-police-cyber"),
    ("terroristische propaganda laten verwijderen van sociale media", "nl", "be-i2-iru"),
    ("elektronisch bewijs rechtstreeks opvragen bij een dienstverlener in een andere lidstaat", "nl", "eu-e-evidence"),
    ("Benelux action plans for internal security", "en", "bnl-senningen"),
    ("objectifs chiffrés de suspects de cybercriminalité pour la police néerlandaise", "fr", "nl-veiligheidsagenda"),
)


@pytest.mark.parametrize(("question", "lang"), PHISHING)
def test_phishing_sites_find_practices_of_all_three_countries_and_a_strategy(searcher, question, lang):
    results = searcher.view().search(question, reader=lang)
    countries = {country for hit in results.practices for country in hit.countries}
    assert countries >= {"BE", "NL", "LU"}
    assert results.strategies
    assert results.detected == lang


@pytest.mark.parametrize(("question", "lang", "note"), NEEDS, ids=[note for *_, note in NEEDS])
def test_a_need_is_answered_by_a_note_written_in_another_language(searcher, question, lang, note):
    assert searcher.view().note(note, None).payload["original"] != lang
    results = searcher.view().search(question, reader=lang)
    assert note in [hit.id for hit in (*results.practices[:5], *results.strategies[:5])]


def test_the_same_question_in_each_language_has_the_same_notes_in_its_top_five(searcher):
    questions = {
        "nl": "hoe blokkeren we phishingsites",
        "fr": "comment bloquer les sites de phishing",
        "en": "how do we block phishing sites",
    }
    top = {
        lang: {hit.id for hit in searcher.view().search(q, reader=lang).practices[:5]} for lang, q in questions.items()
    }
    assert top["nl"] == top["fr"] == top["en"]


EXACT = (
    # question, the first note of its list
    ("CETS 185 article 35", "coe-budapest"),
    ("STE n° 185", "coe-budapest"),
    ("2023/1543", "eu-e-evidence"),
    ("Verordening (EU) 2023/1543", "eu-e-evidence"),
    ("règlement 2023/1543", "eu-e-evidence"),
    ("32023R1543", "eu-e-evidence"),
    ("moet een provider volgens verordening 2023/1543 binnen tien dagen antwoorden", "eu-e-evidence"),
    ("COM(2024) 64", "eu-tco"),
    ("kamerstuk 28 684, nr. 717", "nl-veiligheidsagenda"),
    ("28684-717", "nl-veiligheidsagenda"),
    ("wet van 26 april 2024", "be-nis2-law"),
    ("que change la loi du 26 avril 2024 pour les hôpitaux", "be-nis2-law"),
    ("EncroChat", "eu-encrochat-jit"),
    ("sky-ecc", "eu-sky-ecc"),
    ("qui lisait les messages de Sky ECC", "eu-sky-ecc"),
    ("lmio", "nl-lmio"),
    ("Operation Endgame", "eu-endgame"),
    ("opération endgame", "eu-endgame"),
    ("operatie Ladybird", "nl-emotet-ladybird"),
    ("MISP-LEA", "lu-misp-lea"),
    ("PhishNemo", "be-phishnemo"),
)


@pytest.mark.parametrize(("question", "note"), EXACT, ids=[question for question, _ in EXACT])
def test_an_identifier_or_name_finds_its_note_first(searcher, question, note):
    results = searcher.view().search(question)
    first = {hit.id: hit.identifier for hits in (results.practices, results.strategies) for hit in hits[:1]}
    assert first[note] >= 1


@pytest.mark.parametrize("question", ["NIS2", "NIS 2", "nis-2", "NIS2-richtlijn", "directive NIS2"])
def test_the_directive_and_the_law_are_first_for_nis2_however_it_is_spelt(searcher, question):
    assert {hit.id for hit in searcher.view().search(question).strategies[:2]} == {"eu-nis2", "be-nis2-law"}


def test_an_article_of_an_act_finds_the_practice_that_rests_on_it(searcher):
    first = searcher.view().search("CETS 185 article 35").practices[0]
    assert first.id == "coe-24-7"
    assert "35" in first.passage.text


@pytest.mark.parametrize("question", [question for question, *_ in (*PHISHING, *NEEDS)])
def test_ordinary_words_are_no_names(searcher, question):
    results = searcher.view().search(question)
    assert not [hit.id for hit in (*results.practices, *results.strategies) if hit.identifier]


def test_relevant_notes_can_be_had_by_date(searcher):
    ranked = searcher.view().search("how do we block phishing sites", limit=50)
    dated = searcher.view().search("how do we block phishing sites", limit=50, sort="date")
    shown = [one.since or "" for one in dated.practices]
    assert shown == sorted(shown, reverse=True)
    assert {one.id for one in dated.practices} == {one.id for one in ranked.practices if one.level is not Level.LOW}
    assert dated.totals[Kind.PRACTICE] == len(shown) > 1


@pytest.mark.parametrize(
    ("word", "lang", "crime_type"),
    [
        ("geldezel", "nl", "money-mules"),
        ("witwassen", "nl", "money-mules"),
        ("blanchiment", "fr", "money-mules"),
        ("grooming", "en", "sextortion"),
        ("phishing", "nl", "phishing"),
        ("rançongiciel", "fr", "ransomware"),
        ("hameconage", "fr", "phishing"),
        ("fishing", "nl", "phishing"),
    ],
)
def test_a_word_of_our_own_vocabulary_is_never_answered_with_nothing(searcher, word, lang, crime_type):
    answer = searcher.view().search(word, reader=lang)
    assert any(crime_type in hit.crime_types and hit.level is not Level.LOW for hit in answer.practices)


@pytest.mark.parametrize(
    ("question", "crime_type"),
    [
        ("mensenhandel", "thb-online"),
        ("traite des êtres humains", "thb-online"),
        ("radicalisation", "online-radicalisation"),
    ],
)
def test_every_practice_about_a_subject_answers_a_question_that_is_nothing_else(searcher, question, crime_type):
    listed = searcher.view().browse(Language.EN, crime_type=[crime_type], limit=50)
    about = {one.id for one in listed.practices}
    answer = searcher.view().search(question, limit=50)
    assert about <= {hit.id for hit in answer.practices if hit.level is not Level.LOW}
    assert {hit.id for hit in answer.practices[: len(about)]} == about


@pytest.mark.parametrize(
    ("word", "note"), [("noodteam", "nl-noodteam"), ("Hansa", "nl-hansa-bayonet"), ("parels", "nl-19-parels")]
)
def test_a_word_of_a_title_finds_the_note_where_it_is_all_that_is_asked(searcher, word, note):
    first = searcher.view().search(word).practices[0]
    assert (first.id, first.level) == (note, Level.HIGH)


@pytest.mark.parametrize("question", ["TCO", "TCO-verordening", "règlement TCO", "ECLI NL HR 2025 409"])
def test_a_law_and_a_case_are_found_as_people_write_them(searcher, question):
    answer = searcher.view().search(question)
    firsts = (answer.practices[0], answer.strategies[0])
    assert {"eu-tco", "nl-telegram-fireworks"} & {hit.id for hit in firsts if hit.level is Level.HIGH}


@pytest.mark.parametrize(
    ("word", "note"), [("mules", "eu-emma"), ("takedown", "eu-poweroff"), ("inbeslagname", "nl-check-je-hack")]
)
def test_a_single_word_that_a_note_answers_a_question_with_finds_it(searcher, word, note):
    assert note in [hit.id for hit in searcher.view().search(word).practices if hit.level is not Level.LOW]


@pytest.mark.parametrize("word", ["parking", "voetbal", "vélo", "zzzqqq", "a", "comment", "waarom", "new"])
def test_a_single_word_of_no_question_is_answered_with_nothing(searcher, word):
    assert not searcher.view().search(word).relevant


def test_what_holds_no_such_article_is_not_relevant_to_it(searcher):
    hits = searcher.view().search("550bis", reader="fr").practices
    assert [hit.id for hit in hits if hit.level is not Level.LOW] == [hit.id for hit in hits if hit.identifier]
