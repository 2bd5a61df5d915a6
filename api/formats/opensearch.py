"""What a browser or another search needs to know to search here: OpenSearch 1.1, and its form of suggestions."""

from collections.abc import Iterable
from typing import Any, Final

from api.formats.xml_document import child, document, root
from api.interface_texts import EXAMPLES, TEXTS
from kb.languages import Language
from search.suggest import Suggestion

MEDIA_TYPE: Final = "application/opensearchdescription+xml"
SUGGESTIONS: Final = "application/x-suggestions+json"
NAMESPACE: Final = "http://a9.com/-/spec/opensearch/1.1/"


def description(language: Language, address: str, icon: str = "/static/icon.svg", suggest: str | None = None) -> bytes:
    """The description of the search in a language.

    address: what the addresses of this server begin with
    icon:    path of the picture
    suggest: path that answers with `suggestions` to `?q=`: `/nl/suggestions.json`; None: there is none
    """
    words = TEXTS[language]
    whole = root("OpenSearchDescription", NAMESPACE, {"xml:lang": language.value})
    child(whole, "ShortName", words["short_name"])
    child(whole, "Description", words["collection"])
    addresses = [
        ("results", "text/html", f"/{language}/?q={{searchTerms}}"),
        ("results", "application/json", f"/v1/search?q={{searchTerms}}&lang={language}"),
        ("self", MEDIA_TYPE, f"/{language}/opensearch.xml"),
    ]
    if suggest:
        addresses.insert(2, ("suggestions", SUGGESTIONS, f"{suggest}?q={{searchTerms}}"))
    for rel, media_type, path in addresses:
        child(whole, "Url", attributes={"rel": rel, "type": media_type, "template": f"{address}{path}"})
    child(whole, "Image", f"{address}{icon}", {"width": "16", "height": "16", "type": "image/svg+xml"})
    child(whole, "Query", attributes={"role": "example", "searchTerms": EXAMPLES[language][0]})
    child(whole, "SyndicationRight", "limited")  # a caller may see restricted notes
    for one in (language, *(one for one in Language if one is not language)):
        child(whole, "Language", one.value)
    child(whole, "InputEncoding", "UTF-8")
    child(whole, "OutputEncoding", "UTF-8")
    return document(whole)


def suggestions(typed: str, found: Iterable[Suggestion]) -> list[Any]:
    """Suggestions as browsers read them: what was typed, and the texts to search for, the best first."""
    return [typed, list(dict.fromkeys(one.text for one in found))]
