"""What a browser or another search needs to know to search here: OpenSearch 1.1."""

from typing import Final
from xml.etree import ElementTree as ET

from api.exports.xml_document import child, document
from api.locales.texts import EXAMPLES, TEXTS
from kb.text.languages import Language

MEDIA_TYPE: Final = "application/opensearchdescription+xml"
NAMESPACE: Final = "http://a9.com/-/spec/opensearch/1.1/"


def description(language: Language, address: str, icon: str) -> bytes:
    """Return the description of the search in a language.

    address: what the addresses of this server begin with
    icon:    path of the picture

    It offers no suggestions: a browser would send what somebody types, letter by letter, in addresses.
    """
    words = TEXTS[language]
    whole = ET.Element("OpenSearchDescription", {"xmlns": NAMESPACE, "xml:lang": language.value})
    child(whole, "ShortName", words["short_name"])
    child(whole, "Description", words["collection"])
    addresses = [
        ("results", "text/html", f"/{language}/?q={{searchTerms}}"),
        ("results", "application/json", f"/v1/search?q={{searchTerms}}&lang={language}"),
        ("self", MEDIA_TYPE, f"/{language}/opensearch.xml"),
    ]
    for rel, media_type, path in addresses:
        child(whole, "Url", rel=rel, type=media_type, template=f"{address}{path}")
    child(whole, "Image", f"{address}{icon}", width="16", height="16", type="image/svg+xml")
    child(whole, "Query", role="example", searchTerms=EXAMPLES[language][0])
    child(whole, "SyndicationRight", "limited")  # a caller may see restricted notes
    for each in (language, *(each for each in Language if each is not language)):
        child(whole, "Language", each.value)
    child(whole, "InputEncoding", "UTF-8")
    child(whole, "OutputEncoding", "UTF-8")
    return document(whole)
