"""The description of the search."""

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from api.exports import opensearch
from api.locales.texts import TEXTS
from kb.text.languages import Language

ADDRESS = "https://kb.example"
NS = {"o": opensearch.NAMESPACE}


def read(language: Language, icon: str = "/static/icon.svg") -> ET.Element:
    return ET.fromstring(opensearch.description(language, ADDRESS, icon))


def text(whole: ET.Element, tag: str) -> str:
    [element] = whole.findall(f"o:{tag}", NS)
    assert element.text
    return element.text


@pytest.mark.parametrize("language", Language)
def test_a_description_says_what_the_standard_asks_for(language: Language) -> None:
    whole = read(language)
    assert whole.tag == f"{{{opensearch.NAMESPACE}}}OpenSearchDescription"
    assert whole.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == language
    assert 0 < len(text(whole, "ShortName")) <= 16
    assert 0 < len(text(whole, "Description")) <= 1024
    assert text(whole, "Description") == TEXTS[language]["collection"]
    assert text(whole, "InputEncoding") == text(whole, "OutputEncoding") == "UTF-8"
    assert text(whole, "SyndicationRight") == "limited"
    languages = [element.text for element in whole.findall("o:Language", NS)]
    assert languages[0] == language
    assert set(languages) == set(Language)
    [picture] = whole.findall("o:Image", NS)
    assert picture.text == f"{ADDRESS}/static/icon.svg"
    [example] = whole.findall("o:Query", NS)
    assert example.attrib["role"] == "example"


@pytest.mark.parametrize("language", Language)
def test_every_template_leads_to_this_server_with_what_is_sought(language: Language) -> None:
    whole = read(language, icon="/static/icon.svg?v=1")
    found = {element.attrib["type"]: element.attrib for element in whole.findall("o:Url", NS)}
    assert {kind: element["rel"] for kind, element in found.items()} == {
        "text/html": "results",
        "application/json": "results",
        opensearch.MEDIA_TYPE: "self",
    }
    assert found["text/html"]["template"] == f"{ADDRESS}/{language}/?q={{searchTerms}}"
    for element in found.values():
        assert element["template"].startswith(f"{ADDRESS}/")
        asked = parse_qs(urlsplit(element["template"]).query)
        assert asked.get("q") == (None if element["rel"] == "self" else ["{searchTerms}"])
    assert parse_qs(urlsplit(found["application/json"]["template"]).query)["lang"] == [language.value]
