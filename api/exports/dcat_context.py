"""The context of the catalogue in JSON-LD: names, and the terms of DCAT, Dublin Core, FOAF and others behind them."""

from collections.abc import Mapping
from typing import Any, Final

_DCT_TEXTS: Final = ("title", "description", "abstract", "alternative")
_DCT_LINKS: Final = (
    "language", "publisher", "creator", "contributor", "rightsHolder", "license", "rights", "accessRights", "audience",
    "spatial", "temporal", "type", "references", "relation", "replaces", "isReplacedBy", "isPartOf",
)  # fmt: skip
_DCAT_LINKS: Final = (
    "dataset", "service", "themeTaxonomy", "theme", "distribution", "landingPage", "accessURL", "mediaType",
    "endpointURL", "endpointDescription", "contactPoint",
)  # fmt: skip
_XSD_DATES: Final = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}

CONTEXT: Final[Mapping[str, Any]] = {
    "@version": 1.1,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: {"@id": f"dct:{name}", "@container": "@language"} for name in _DCT_TEXTS},
    **{name: {"@id": f"dct:{name}", "@type": "@id"} for name in _DCT_LINKS},
    **{name: {"@id": f"dcat:{name}", "@type": "@id"} for name in _DCAT_LINKS},
    **{name: {"@id": f"dct:{name}", "@type": "xsd:date"} for name in ("modified", "valid")},
    **{name: f"dct:{name}" for name in ("identifier", "issued")},
    **{name: f"dcat:{name}" for name in ("keyword", "startDate", "endDate")},
    "prefLabel": {"@id": "skos:prefLabel", "@container": "@language"},
    "label": {"@id": "http://www.w3.org/2000/01/rdf-schema#label", "@container": "@language"},
    "name": {"@id": "foaf:name", "@container": "@language"},
    "fn": "vcard:fn",
    "homepage": {"@id": "foaf:homepage", "@type": "@id"},
    "primaryTopic": {"@id": "foaf:primaryTopic", "@type": "@id"},
    "wasAssociatedWith": {"@id": "prov:wasAssociatedWith", "@type": "@id"},
}


def no_language(text: str) -> dict[str, str]:
    """A text whose language is not known, or that has none."""
    return {"@none": text}


def partial_date(date: str) -> dict[str, str]:
    """A year, month or day, as such."""
    return {"@type": _XSD_DATES[len(date)], "@value": date}


def said(node: Mapping[str, Any]) -> dict[str, Any]:
    """A node without what is not known."""
    return {name: value for name, value in node.items() if value not in (None, [], {}, "")}
