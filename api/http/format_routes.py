"""The routes by which other systems take notes in their own formats (`api.exports`)."""

import json
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from api.auth.gate import ADMITTED, Count, IndexRouter, View
from api.exports import dcat, misp, skos, stix
from api.models.described import UNCHANGED, errors
from api.models.negotiation import accepted_language, conditional_bytes, site
from api.models.parameters import checked_parameters
from api.models.requests import LANGUAGES, SearchRequest
from kb.notes.schema import note_schema
from kb.notes.taxonomy import Taxonomy
from search.query import reader_language
from search.results import Level, NoteHit, NoteVersion, SearchResults
from search.view import IndexView

SCHEMA_TYPE = "application/schema+json"
router = IndexRouter(dependencies=ADMITTED)


def _given(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """Describes a good answer in a format of others, which says itself what it may hold."""
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "object"}}}}}


_STIX = _given(stix.MEDIA_TYPE, "A STIX 2.1 bundle.")
_MISP = _given(misp.MEDIA_TYPE, "A MISP event.")
_NoteId = Annotated[str, Path(description="The note's id, e.g. `be-baps`.")]
_Lang = Annotated[
    str | None,
    Query(description="Language wanted; the note's own where it has no such version.", json_schema_extra=LANGUAGES),
]


@router.get(
    "/v1/notes/{note_id}/stix",
    summary="One note as STIX 2.1",
    tags=["formats"],
    response_class=Response,
    responses=_STIX | UNCHANGED | errors(400, 401, 404, 429, 503),
    dependencies=[checked_parameters("lang")],
)
def note_as_stix(request: Request, view: View, note_id: _NoteId, lang: _Lang = None) -> Response:
    """A bundle with the note as `course-of-action`, its markings, and the techniques of ATT&CK that it mitigates."""
    note, taxonomy = _note(request, view, note_id, lang)
    return _json(request, stix.note_bundle([note], taxonomy, site(request)), stix.MEDIA_TYPE)


@router.get(
    "/v1/notes/{note_id}/misp",
    summary="One note as a MISP event",
    tags=["formats"],
    response_class=Response,
    responses=_MISP | UNCHANGED | errors(400, 401, 404, 429, 503),
    dependencies=[checked_parameters("lang")],
)
def note_as_misp(request: Request, view: View, note_id: _NoteId, lang: _Lang = None) -> Response:
    """An event, not published, with the note as a `report` and its machine tags."""
    note, taxonomy = _note(request, view, note_id, lang)
    return _json(request, misp.event([note], taxonomy, site(request)), misp.MEDIA_TYPE)


@router.post(
    "/v1/search/stix",
    summary="Search, answered as STIX 2.1",
    tags=["formats"],
    response_class=Response,
    responses=_STIX | errors(400, 401, 408, 413, 429, 503),
    dependencies=[checked_parameters()],
)
def search_as_stix(request: Request, view: View, count: Count, body: SearchRequest) -> Response:
    """A bundle with the relevant notes of both lists, each read whole; where nothing answers, an empty one."""
    notes, taxonomy = _found(request, view, count, body)
    return _as_json(stix.note_bundle(notes, taxonomy, site(request)), stix.MEDIA_TYPE)


@router.post(
    "/v1/search/misp",
    summary="Search, answered as a MISP event",
    tags=["formats"],
    response_class=Response,
    responses=_MISP | errors(400, 401, 408, 413, 429, 503),
    dependencies=[checked_parameters()],
)
def search_as_misp(request: Request, view: View, count: Count, body: SearchRequest) -> Response:
    """An event with the relevant notes of both lists, each read whole. It does not hold the question."""
    notes, taxonomy = _found(request, view, count, body)
    return _as_json(misp.event(notes, taxonomy, site(request)), misp.MEDIA_TYPE)


@router.get(
    "/v1/taxonomy.jsonld",
    summary="The vocabularies as SKOS",
    tags=["formats"],
    response_class=Response,
    responses=_given(dcat.MEDIA_TYPE, "SKOS in JSON-LD.") | UNCHANGED | errors(400, 401, 429, 503),
    dependencies=[checked_parameters()],
)
def taxonomy_as_skos(request: Request, view: View) -> Response:
    """What `/v1/taxonomy` answers, in JSON-LD with its context in it."""
    schemes = view.taxonomy.schemes()
    return _json(request, skos.scheme_graph(schemes, site(request)), dcat.MEDIA_TYPE)


@router.get(
    "/v1/schema/note.json",
    summary="The form of a note's front matter, as JSON Schema",
    tags=["formats"],
    response_class=Response,
    responses=_given(SCHEMA_TYPE, "JSON Schema, 2020-12.") | UNCHANGED | errors(400, 401, 429, 503),
    dependencies=[checked_parameters()],
)
def schema_of_notes(request: Request, view: View) -> Response:
    """For editors: the fields, what belongs into them in three languages, and the words of the vocabularies."""
    return _json(request, note_schema(view.taxonomy), SCHEMA_TYPE)


@router.get(
    dcat.PATH,
    summary="The collection as a catalogue",
    tags=["formats"],
    response_class=Response,
    responses=_given(dcat.MEDIA_TYPE, "DCAT-AP in JSON-LD.") | UNCHANGED | errors(400, 401, 429, 503),
    dependencies=[checked_parameters()],
)
def catalogue(request: Request, view: View) -> Response:
    """Every note that the caller may see, for data portals: DCAT-AP 3 and Dublin Core."""
    notes, taxonomy = view.versions(), view.taxonomy
    return _json(request, dcat.catalogue(notes, taxonomy, site(request)), dcat.MEDIA_TYPE)


def _note(request: Request, view: IndexView, note_id: str, lang: str | None) -> tuple[NoteVersion, Taxonomy]:
    language = accepted_language(request) if lang is None else reader_language(lang)
    return view.note(note_id, language), view.taxonomy


def _found(request: Request, view: IndexView, count: Count, body: SearchRequest) -> tuple[list[NoteVersion], Taxonomy]:
    count(body.questions - 1)
    parameters = body.parameters(accepted_language(request))
    found = view.search(body.text, **parameters)
    return [view.note(hit.id, hit.lang) for hit in worth_taking(found)], view.taxonomy


def worth_taking(found: SearchResults) -> list[NoteHit]:
    """The relevant hits of both lists, and strategies in it that a relevant practice serves: what is only near would
    look like an answer in formats that have no place for levels.
    """
    practices = [one for one in found.practices if one.level is not Level.LOW]
    served = {strategy.id for one in practices for strategy in one.links.implements}
    return practices + [one for one in found.strategies if one.level is not Level.LOW or one.id in served]


def _as_json(answer: dict[str, Any], media_type: str) -> Response:
    headers = {"Vary": "Accept-Language"}
    return Response(json.dumps(answer, ensure_ascii=False).encode(), media_type=media_type, headers=headers)


def _json(request: Request, answer: dict[str, Any], media_type: str) -> Response:
    return conditional_bytes(request, json.dumps(answer, ensure_ascii=False).encode(), media_type)
