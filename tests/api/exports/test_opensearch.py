"""The description of the search."""

from xml.etree import ElementTree as ET

import pytest

from api.exports import opensearch
from kb.text.languages import Language
from tests.api.exports.conftest import ADDRESS, assert_as_in

NS = {"o": opensearch.NAMESPACE}


@pytest.mark.parametrize("language", Language)
def test_a_description_says_what_the_standard_asks_for_and_leads_to_this_server(language):
    whole = ET.fromstring(opensearch.description(language, ADDRESS, "/static/icon.svg?v=1"))
    assert 0 < len(whole.findtext("o:ShortName", "", NS)) <= 16
    assert 0 < len(whole.findtext("o:Description", "", NS)) <= 1024
    ET.indent(whole)
    assert_as_in(f"opensearch.{language}.xml", ET.tostring(whole, "unicode"))
