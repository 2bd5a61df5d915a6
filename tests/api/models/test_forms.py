"""Forms of pages: read as browsers send them, and refused as a whole where they are not."""

import asyncio

import pytest

from api.models.forms import MOST_FIELDS, form_fields
from kb.errors import QueryError


def fields(request_of, sent):
    return asyncio.run(form_fields(request_of(body=sent)))


def test_every_value_of_a_field_is_read_an_empty_one_too(request_of):
    assert fields(request_of, b"q=hame%C3%A7onnage+ici&country=BE&country=NL&lang=") == {
        "q": ["hameçonnage ici"],
        "country": ["BE", "NL"],
        "lang": [""],
    }
    assert fields(request_of, b"") == {}


@pytest.mark.parametrize("sent", ["q=é".encode(), b"q=%ff", b"a=1&" * MOST_FIELDS + b"a=1"])
def test_what_is_no_form_of_a_browser_is_refused(request_of, sent):
    with pytest.raises(QueryError) as refused:
        fields(request_of, sent)
    assert (refused.value.code, refused.value.remedy) == (
        "no_utf_8",
        "Send it as a form does: percent-encoded, in UTF-8.",
    )
