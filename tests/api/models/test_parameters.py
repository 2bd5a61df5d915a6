"""Refusals of parameters and bodies: which name is wrong, what was probably meant, and how to send it right."""

import asyncio

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.models.parameters import Reads, check_parameters, checked_parameters, refused
from api.models.requests import BatchRequest, SearchParameters, SearchRequest
from kb.errors import QueryError


@pytest.mark.parametrize(
    ("query", "options", "wrong"),
    [
        ("q=a&country=BE&country=NL", {"several": ["country"]}, None),
        ("q=a&q=a", {}, ("q", "`q` is given more than once.", "Give it once.")),
        ("contry=BE", {}, ("contry", "There is no parameter `contry`.", "Did you mean `country`?")),
        ("x=1", {"names": ()}, ("x", "There is no parameter `x`.", "Leave it out: nothing is chosen here.")),
        ("x=1", {"names": (), "where_else": "Into the body."}, ("x", "There is no parameter `x`.", "Into the body.")),
        # Pages leave alone what mail tools add, but not a filter with a slip, nor parameters without end.
        ("utm_source=mail&q=a", {"meant": ("country",)}, None),
        (
            "contry=BE",
            {"meant": ("country",)},
            ("contry", "There is no parameter `contry`.", "Did you mean `country`?"),
        ),
        ("&".join(f"u{number}=1" for number in range(50)), {"meant": ("country",)}, None),
        (
            "&".join(f"u{number}=1" for number in range(51)),
            {"meant": ("country",), "names": ()},
            ("u50", "There is no parameter `u50`.", "Leave it out: nothing is chosen here."),
        ),
    ],
)
def test_a_parameter_that_nobody_reads_or_that_stands_twice_is_refused(request_of, query, options, wrong):
    request, options = request_of(query), {"names": ("q", "country", "lang"), **options}
    if wrong is None:
        check_parameters(request.query_params, **options)
        return
    with pytest.raises(QueryError) as caught:
        check_parameters(request.query_params, **options)
    assert (caught.value.field, caught.value.message, caught.value.remedy) == wrong


def test_a_route_with_a_body_says_where_its_parameters_belong(request_of):
    check = checked_parameters().dependency
    for body, remedy in ((b"{}", "Put it into the JSON of the body."), (b"", "Leave it out: nothing is chosen here.")):
        with pytest.raises(QueryError) as caught:
            asyncio.run(check(request_of("q=a", body)))
        assert caught.value.remedy == remedy
        asyncio.run(check(request_of("", body)))


def test_an_address_is_read_into_its_model_and_each_wrong_value_is_named(request_of):
    reads = Reads(SearchParameters)
    found = asyncio.run(reads(request_of("q=a&country=BE&country=NL&limit=5")))
    assert (found.q, found.country, found.limit, found.sort) == ("a", ["BE", "NL"], 5, "relevance")
    with pytest.raises(QueryError) as caught:
        asyncio.run(reads(request_of("q=a&limit=0&explain=perhaps")))
    assert (caught.value.field, caught.value.message) == (
        "limit",
        "`limit`: it is at least 1; `explain`: it is `true` or `false`.",
    )
    with pytest.raises(QueryError) as caught:
        asyncio.run(reads(request_of("lang=nl")))
    assert (caught.value.field, caught.value.code) == ("q", "empty")


LONG = "a" * 25_000
WRONG_BODIES = {
    "no object": ("x", SearchRequest, ("body", "The body is no JSON object, or not announced as one.")),
    "no question": ({}, SearchRequest, ("q", "The question is empty.")),
    "two things asked": (
        {"q": "a", "similar_to": {"note": "b"}},
        SearchRequest,
        ("body", "`body`: gives both `q` and `similar_to`: leave one out."),
    ),
    "nothing to be like": (
        {"similar_to": {}},
        SearchRequest,
        ("similar_to", "`similar_to`: gives either `note` or `text`."),
    ),
    "half a character": (
        {"q": "\ud800"},
        SearchRequest,
        ("body", "`body`: holds half a character (`\\ud800` without its second half), or is nested too deeply."),
    ),
    "a slip": ({"q": "a", "contry": "BE"}, SearchRequest, ("contry", "There is no parameter `contry`.")),
    "a slip inside": (
        {"similar_to": {"nte": "b"}},
        SearchRequest,
        ("similar_to.nte", "There is no parameter `similar_to.nte`."),
    ),
    "a number as text": ({"q": "a", "limit": "5"}, SearchRequest, ("limit", "`limit`: it is a whole number.")),
    "a form of text": ({"q": "a", "limit": 5.5}, SearchRequest, ("limit", "`limit`: it is a whole number.")),
    "no searches": ({"q": "a"}, BatchRequest, ("queries", "There are no `queries`.")),
    "an empty batch": ({"queries": []}, BatchRequest, ("queries", "`queries`: it has at least 1 of them.")),
    "the second of a batch": (
        {"queries": [{"q": "a"}, {"q": 5}]},
        BatchRequest,
        ("queries.1.q", "`queries.1.q`: it is a text, in quotation marks."),
    ),
    "a long batch": (
        {"queries": [{"q": LONG}, {"q": LONG}]},
        BatchRequest,
        ("body", "`body`: the questions have 50,000 characters together, of at most 40,000."),
    ),
}


@pytest.mark.parametrize("what", WRONG_BODIES)
def test_a_body_that_cannot_be_read_is_refused_with_its_place(what):
    body, model, wrong = WRONG_BODIES[what]
    with pytest.raises(ValidationError) as found:
        model.model_validate(body)
    errors = [{**each, "loc": ("body", *each["loc"])} for each in found.value.errors()]
    error = refused(RequestValidationError(errors), "/v1/batch" if model is BatchRequest else "/v1/search")
    assert (error.field, error.message) == wrong
    assert error.remedy
    assert ("queries" in error.remedy) <= (model is BatchRequest)
