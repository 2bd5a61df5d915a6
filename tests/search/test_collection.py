"""Our own collection, with the real encoder: needs of people in one country, answered from another's notes."""

import pytest

from search.service import Searcher

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
def test_phishing_sites_find_practices_of_all_three_countries_and_a_strategy(
    searcher: Searcher, question: str, lang: str
) -> None:
    results = searcher.ask(question, reader=lang)
    countries = {country for hit in results.practices for country in hit.countries}
    assert countries >= {"BE", "NL", "LU"}
    assert results.strategies
    assert results.detected == lang


@pytest.mark.parametrize(("question", "lang", "note"), NEEDS, ids=[note for *_, note in NEEDS])
def test_a_need_is_answered_by_a_note_written_in_another_language(
    searcher: Searcher, question: str, lang: str, note: str
) -> None:
    assert searcher.note(note, None).payload["original"] != lang
    results = searcher.ask(question, reader=lang)
    assert note in [hit.id for hit in (*results.practices[:5], *results.strategies[:5])]


def test_the_same_question_in_each_language_has_the_same_notes_in_its_top_five(searcher: Searcher) -> None:
    questions = {
        "nl": "hoe blokkeren we phishingsites",
        "fr": "comment bloquer les sites de phishing",
        "en": "how do we block phishing sites",
    }
    top = {lang: {hit.id for hit in searcher.ask(q, reader=lang).practices[:5]} for lang, q in questions.items()}
    assert top["nl"] == top["fr"] == top["en"]


def test_a_longer_list_begins_with_the_shorter_one(searcher: Searcher) -> None:
    for question in ("rançongiciel", "comment bloquer les sites d'hameçonnage", "attaque par déni de service"):
        lists = [[hit.id for hit in searcher.ask(question, limit=limit).practices] for limit in (3, 5, 10)]
        assert lists[1][:3] == lists[0]
        assert lists[2][:5] == lists[1]
