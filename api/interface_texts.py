"""The words of the pages, in three languages. A test asserts that every language has every text."""

from typing import Final

from kb.languages import Language

_TEXTS: Final[dict[str, tuple[str, str, str]]] = {
    # key: (French, Dutch, English)
    "site": (
        "Base de pratiques Benelux contre la cybercriminalité",
        "Benelux-praktijkenbank tegen cybercriminaliteit",
        "Benelux cybercrime practice base",
    ),
    "skip": ("Aller au contenu", "Naar de inhoud", "Skip to content"),
    "language": ("Langue", "Taal", "Language"),
    "question": (
        "Votre question, en français, néerlandais ou anglais",
        "Uw vraag, in het Nederlands, Frans of Engels",
        "Your question, in English, French or Dutch",
    ),
    "search": ("Rechercher", "Zoeken", "Search"),
    "narrow": ("Affiner", "Verfijnen", "Narrow down"),
    "country": ("Pays ou territoire", "Land of gebied", "Country or area"),
    "crime_type": ("Type de criminalité", "Criminaliteitsvorm", "Crime type"),
    "phase": ("Phase", "Fase", "Phase"),
    "status": ("Statut", "Status", "Status"),
    "any": ("indifférent", "alle", "any"),
    "practices": ("Pratiques", "Praktijken", "Practices"),
    "strategies": ("Documents stratégiques", "Strategische documenten", "Strategy documents"),
    "practice": ("Pratique", "Praktijk", "Practice"),
    "strategy": ("Document stratégique", "Strategisch document", "Strategy document"),
    "none": (
        "Aucune fiche ne correspond à ces filtres.",
        "Geen enkele fiche voldoet aan deze filters.",
        "No note matches these filters.",
    ),
    "welcome": (
        "Posez votre question comme à un collègue. Les réponses viennent de tous les pays et de toutes les langues.",
        "Stel uw vraag zoals aan een collega. De antwoorden komen uit alle landen en alle talen.",
        "Ask as you would ask a colleague. Answers come from all countries and all languages.",
    ),
    "examples": ("Par exemple", "Bijvoorbeeld", "For example"),
    "only_in": ("en {}, pas de version française", "in het {}, geen Nederlandse versie", "in {}, no English version"),
    "passage_in": ("passage en {}", "passage in het {}", "passage in {}"),
    "machine": (
        "Traduction automatique, non relue",
        "Automatische vertaling, niet nagelezen",
        "Machine translation, not reviewed",
    ),
    "machine-reviewed": (
        "Traduction automatique relue",
        "Nagelezen automatische vertaling",
        "Reviewed machine translation",
    ),
    "human": ("Traduction", "Vertaling", "Translation"),
    "stale": (
        "Le texte original a changé depuis cette traduction.",
        "De originele tekst is sinds deze vertaling gewijzigd.",
        "The original has changed since this translation.",
    ),
    "applies_through": ("valable par", "geldt via", "applies through"),
    "evidence": ("Éléments probants", "Onderbouwing", "Evidence"),
    "effect": ("Effet", "Effect", "Effect"),
    "legal_outcome": ("Issue juridique", "Juridische uitkomst", "Legal outcome"),
    "reviewed": ("Revu le", "Nagekeken op", "Reviewed on"),
    "review_by": ("À revoir avant le", "Opnieuw na te kijken voor", "To be reviewed by"),
    "organisations": ("Organisations", "Organisaties", "Organisations"),
    "legal_basis": ("Base légale", "Juridische grondslag", "Legal basis"),
    "questions_answered": (
        "Questions auxquelles la fiche répond", "Vragen die deze fiche beantwoordt", "Questions this note answers",
    ),
    "sources": ("Sources", "Bronnen", "Sources"),
    "read_on": ("lu le", "gelezen op", "read on"),
    "implements": ("Met en œuvre", "Voert uit", "Implements"),
    "implemented_by": ("Mis en œuvre par", "Uitgevoerd door", "Implemented by"),
    "counterparts": ("Équivalents ailleurs", "Tegenhangers elders", "Counterparts elsewhere"),
    "nearest_only": (
        "Rien de pertinent n'a été trouvé. Voici les fiches les plus proches.",
        "Niets relevants gevonden. Dit zijn de fiches die het dichtst in de buurt komen.",
        "Nothing relevant was found. These notes come nearest.",
    ),
    "nothing_relevant": ("Rien de pertinent", "Niets relevants", "Nothing relevant"),
    "related": ("Fiches liées", "Verwante fiches", "Related notes"),
    "licence": ("Licence", "Licentie", "Licence"),
    "issuer": ("Auteur du document", "Uitgever", "Issuer"),
    "adopted": ("Adopté", "Aangenomen", "Adopted"),
    "valid_until": ("Valable jusqu'à", "Geldig tot", "Valid until"),
    "started": ("Début", "Begin", "Started"),
    "ended": ("Fin", "Einde", "Ended"),
    "back": ("Nouvelle recherche", "Nieuwe zoekopdracht", "New search"),
    "problem": ("Cela n'a pas fonctionné", "Dat is niet gelukt", "That did not work"),
    "allowed": ("Valeurs acceptées", "Aanvaarde waarden", "Accepted values"),
    "counterpart-of": ("équivalent", "tegenhanger", "counterpart"),
    "part-of": ("fait partie de", "deel van", "part of"),
    "replaces": ("remplace", "vervangt", "replaces"),
    "see-also": ("voir aussi", "zie ook", "see also"),
    # why a note is a hit
    "why": ("Pourquoi ce résultat", "Waarom dit resultaat", "Why this hit"),
    "by_dense": ("sens", "betekenis", "meaning"),
    "by_lexical": ("mots", "woorden", "words"),
    "by_questions": ("questions", "vragen", "questions"),
    "by_links": ("liens", "verbanden", "links"),
    "linked_with": ("Gagne par la fiche liée", "Wint door de verbonden fiche", "Gains by the linked note"),
    "by_subject": ("sujet", "onderwerp", "subject"),
    "by_identifier": ("référence", "verwijzing", "identifier"),
    "by_passages": (
        "meilleur passage {best:.3f}, moyenne des {counted} meilleurs {mean:.3f} (texte en {language})",
        "beste passage {best:.3f}, gemiddelde van de beste {counted} {mean:.3f} (tekst in het {language})",
        "best passage {best:.3f}, mean of the best {counted} {mean:.3f} (text in {language})",
    ),
    "level": ("Pertinence", "Relevantie", "Relevance"),
    "high": ("élevée", "hoog", "high"),
    "medium": ("moyenne", "gemiddeld", "medium"),
    "low": ("faible", "laag", "low"),
    "terms": ("Termes", "Termen", "Terms"),
    "about": ("traite de", "gaat over", "about"),
    "cites": ("cite", "vermeldt", "cites"),
    "in-passage": ("dans le passage :", "in de passage:", "in the passage:"),
    "moved": (
        "Déplacé de la place {} à la place {} pour montrer {}",
        "Verplaatst van plaats {} naar plaats {} om {} te tonen",
        "Moved from place {} to place {} to show {}",
    ),
    # statuses
    "proposed": ("proposé", "voorgesteld", "proposed"),
    "pilot": ("projet pilote", "proefproject", "pilot"),
    "operational": ("en service", "operationeel", "operational"),
    "ended_status": ("terminé", "beëindigd", "ended"),
    "annulled": ("annulé", "vernietigd", "annulled"),
    "superseded": ("remplacé par une autre pratique", "vervangen door een andere praktijk", "superseded"),
    "draft": ("projet", "ontwerp", "draft"),
    "adopted_status": ("adopté", "aangenomen", "adopted"),
    "in-force": ("en vigueur", "van kracht", "in force"),
    "expired": ("échu", "verstreken", "expired"),
    "replaced": ("remplacé", "vervangen", "replaced"),
    "repealed": ("abrogé", "opgeheven", "repealed"),
    # evidence levels and effects
    "untested": ("non évalué", "niet geëvalueerd", "untested"),
    "monitored": ("suivi par l'exploitant", "gevolgd door de uitvoerder", "monitored by its operator"),
    "evaluated-locally": ("évalué localement", "lokaal geëvalueerd", "evaluated locally"),
    "independently-evaluated": ("évalué de façon indépendante", "onafhankelijk geëvalueerd", "independently evaluated"),
    "systematic-review": ("revue systématique", "systematische review", "systematic review"),
    "positive": ("positif", "positief", "positive"),
    "mixed": ("mitigé", "gemengd", "mixed"),
    "none_effect": ("sans effet", "geen effect", "none"),
    "negative": ("négatif", "negatief", "negative"),
    "unknown": ("inconnu", "onbekend", "unknown"),
    # legal outcomes
    "unchallenged": ("non contesté", "niet aangevochten", "unchallenged"),
    "upheld": ("confirmé en justice", "door de rechter bevestigd", "upheld in court"),
    "limited": ("limité par la justice", "door de rechter beperkt", "limited by a court"),
    "pending": ("procédure en cours", "procedure loopt", "proceedings pending"),
}  # fmt: skip

TEXTS: Final[dict[Language, dict[str, str]]] = {
    language: {key: texts[place] for key, texts in _TEXTS.items()}
    for place, language in enumerate((Language.FR, Language.NL, Language.EN))
}
"""TEXTS[language][key]."""

EXAMPLES: Final[dict[Language, tuple[str, ...]]] = {
    Language.FR: ("comment bloquer les sites d'hameçonnage", "avertir les victimes de mots de passe volés"),
    Language.NL: ("hoe blokkeren we phishingsites", "slachtoffers van ransomware helpen"),
    Language.EN: ("how do we block phishing sites", "illegal fireworks sold on Telegram"),
}
"""Questions to start with, for each language of the pages."""


def status_text(status: str, language: Language) -> str:
    """A status in words. Two of them share a word with a field's name, and have keys of their own."""
    key = f"{status}_status" if status in ("ended", "adopted") else status
    return TEXTS[language][key]
