"""The description of the search."""

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from api.exports import opensearch
from kb.text.languages import Language
from tests.api.exports.conftest import assert_as_in
from tests.api.exports.graphs import ADDRESS

NS = {"o": opensearch.NAMESPACE}


def text(whole, tag):
    [one] = whole.findall(f"o:{tag}", NS)
    assert one.text
    return one.text


@pytest.mark.parametrize("language", Language)
def test_a_description_says_what_the_standard_asks_for_and_leads_to_this_server(language):
    made = opensearch.description(language, ADDRESS, "/static/icon.svg?v=1")
    whole = ET.fromstring(made)
    assert 0 < len(text(whole, "ShortName")) <= 16
    assert 0 < len(text(whole, "Description")) <= 1024
    for url in whole.findall("o:Url", NS):
        assert url.attrib["template"].startswith(f"{ADDRESS}/")
        asked = parse_qs(urlsplit(url.attrib["template"]).query)
        assert asked.get("q") == (None if url.attrib["rel"] == "self" else ["{searchTerms}"])
    ET.indent(whole)
    assert_as_in(f"opensearch.{language}.xml", ET.tostring(whole, "unicode"))
