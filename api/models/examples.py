"""One realistic answer and one problem for the OpenAPI document. A test reads them with the models they show."""

from typing import Any, Final

SEARCH_ANSWER: Final[dict[str, Any]] = {
    "query": {
        "text": "phishingsites blokkeren bij de provider",
        "detected_language": "nl",
        "lang": "fr",
        "filters": {"country": ["Belgique"]},
    },
    "relevant": True,
    "practices": [
        {
            "id": "be-baps",
            "kind": "practice",
            "title": "Belgian Anti-Phishing Shield (BAPS)",
            "summary": "Les serveurs DNS des fournisseurs d'accès belges renvoient l'internaute qui clique sur un site "
            "malveillant connu vers une page d'avertissement. La liste vient du Centre pour la Cybersécurité Belgique.",
            "lang": "fr",
            "available_languages": ["fr", "nl"],
            "translation": None,
            "countries": ["BE"],
            "applies_through": [],
            "crime_types": ["phishing"],
            "phases": ["prevention", "disruption"],
            "status": "operational",
            "since": None,
            "evidence": {"level": "monitored", "effect": "unknown", "evaluations": []},
            "legal_outcome": None,
            "draft": False,
            "reviewed": "2026-11-25",
            "review_by": "2027-11-25",
            "tlp": "clear",
            "score": 0.83,
            "level": "high",
            "passage": {
                "text": "À chaque clic, le serveur DNS du fournisseur compare le site demandé avec cette liste.\n"
                "S'il y figure, l'internaute arrive sur une page d'avertissement.",
                "heading": "Fonctionnement",
                "anchor": "how-it-works",
                "lang": "fr",
                "highlight": {"start": 0, "end": 86},
            },
            "counterparts": [
                {
                    "id": "nl-anti-phishing-shield",
                    "title": "Essai d'un Anti-Phishing Shield néerlandais (NCSC et KPN)",
                    "lang": "fr",
                    "countries": ["NL"],
                    "status": "pilot",
                    "legal_outcome": None,
                    "draft": False,
                    "url": "/notes/nl-anti-phishing-shield?lang=fr",
                }
            ],
            "implements": [
                {
                    "id": "be-css-2",
                    "title": "Stratégie cybersécurité Belgique 2.0 (2021-2025)",
                    "lang": "fr",
                    "countries": ["BE"],
                    "status": "expired",
                    "legal_outcome": None,
                    "draft": False,
                    "url": "/notes/be-css-2?lang=fr",
                    "objectives": ["o2"],
                }
            ],
            "implemented_by": [],
            "explanation": {
                "passage_language": "fr",
                "sentence": "À chaque clic, le serveur DNS du fournisseur compare le site demandé avec cette liste.",
                "terms": [
                    {
                        "term": "phishingsites",
                        "matched": "phishingsite",
                        "lang": "nl",
                        "scheme": "crime_type",
                        "concept": "phishing",
                        "label": "hameçonnage",
                    }
                ],
                "identifiers": [],
                "contributions": {
                    "dense": 0.3,
                    "lexical": 0.01,
                    "questions": 0.5,
                    "subject": 0.02,
                    "links": 0.0,
                    "identifier": 0.0,
                },
                "passages": {"lang": "nl", "best": 0.79, "mean": 0.76, "counted": 3},
                "linked_with": None,
                "calibration": {"level": "high", "thresholds": {"high": 0.81, "medium": 0.79}},
                "move": None,
            },
            "url": "/notes/be-baps?lang=fr",
        }
    ],
    "strategies": [
        {
            "id": "eu-tco",
            "kind": "strategy",
            "title": "Regulation (EU) 2021/784 on terrorist content online",
            "summary": "Since 7 June 2022 a hosting provider must remove or block terrorist content within one hour of "
            "a removal order from a competent authority of any EU state.",
            "lang": "en",
            "available_languages": ["en"],
            "translation": None,
            "countries": ["EU"],
            "applies_through": ["EU"],
            "crime_types": ["online-radicalisation"],
            "phases": ["disruption", "cooperation"],
            "status": "in-force",
            "since": None,
            "evidence": None,
            "legal_outcome": None,
            "draft": False,
            "reviewed": "2026-11-25",
            "review_by": "2027-11-25",
            "tlp": "clear",
            "score": 0.794,
            "level": "medium",
            "passage": {
                "text": "Belgium: the Federal Prosecutor's Office issues orders and scrutinises those from abroad.",
                "heading": "Operational approach",
                "anchor": "operations",
                "lang": "en",
                "highlight": None,
            },
            "counterparts": [],
            "implements": [],
            "implemented_by": [],
            "explanation": None,
            "url": "/notes/eu-tco?lang=en",
        }
    ],
    "facets": {
        "country": {"BE": 12, "EU": 4},
        "crime_type": {"phishing": 5, "online-radicalisation": 2},
        "phase": {"disruption": 9, "prevention": 7},
        "kind": {"practice": 12, "strategy": 7},
        "note_lang": {"en": 9, "fr": 9, "nl": 8},
        "status": {"operational": 11, "in-force": 5},
    },
    "moves": [],
    "by_country": None,
    "countries_without": None,
    "next": "WzM4MTI0OTU1NDUsMTBd",
    "took_ms": 8.31,
}

PROBLEMS: Final[dict[int, dict[str, Any]]] = {
    400: {
        "type": "about:blank",
        "title": "The question cannot be answered as asked",
        "status": 400,
        "detail": "`crime_type=fishing` is not known.",
        "remedy": "Did you mean `phishing`?",
        "field": "crime_type",
        "allowed": ["phishing", "ransomware", "…"],
    },
    401: {
        "type": "about:blank",
        "title": "The credentials are not good",
        "status": 401,
        "detail": "The key is not good: it is wrong, has expired or was revoked.",
        "remedy": "Send `Authorization: Bearer kb_…` with a good one, or no such header for what is public.",
    },
    404: {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "There is no note `be-bap`.",
        "remedy": "Search for it by its subject.",
    },
    408: {
        "type": "about:blank",
        "title": "The request took too long to arrive",
        "status": 408,
        "detail": "The body did not arrive in time.",
        "remedy": "Send it again, all at once.",
    },
    413: {
        "type": "about:blank",
        "title": "The request is too large",
        "status": 413,
        "detail": "The body has more than 400,000 bytes.",
        "remedy": "Send less: /openapi.json says how much each route reads.",
    },
    429: {
        "type": "about:blank",
        "title": "Too many requests",
        "status": 429,
        "detail": "More than 1,200 requests in a minute.",
        "remedy": "Ask again in 12 seconds.",
    },
    503: {
        "type": "about:blank",
        "title": "There is no index",
        "status": 503,
        "detail": "There is no index yet.",
        "remedy": "Run `kb index`.",
    },
}
"""HTTP status -> a problem with it."""
