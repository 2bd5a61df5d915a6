"""The routes by which other systems take notes in their own formats (`api.exports`)."""

import json
from typing import Annotated, Any, Final

from fastapi import Path, Query, Request, Response

from api.auth.gate import ADMITTED, Count, View
from api.exports import dcat, misp, skos, stix
from api.http.public_router import PublicRouter
from api.models.negotiation import accepted_language, conditional_bytes, site
from api.models.requests import LANGUAGES, SearchRequest
from kb.notes.schema import note_schema
from search.query import reader_language
from search.results import Level, NoteHit, NoteVersion, SearchResults
from search.view import IndexView

SCHEMA_TYPE: Final = "application/schema+json"
router = PublicRouter(dependencies=ADMITTED, tags=["formats"], default_response_class=Response)

NoteId = Annotated[str, Path(description="The note's id, e.g. `be-baps`.")]
NoteLanguage = Annotated[
    str | None,
    Query(description="Language wanted; the note's own where it has no such version.", json_schema_extra=LANGUAGES),
]


def _answered(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {media_type: {"schema": {"type": "object"}}}}}


_STIX: Final = _answered(stix.MEDIA_TYPE, "A STIX 2.1 bundle.")
_MISP: Final = _answered(misp.MEDIA_TYPE, "A MISP event.")
_SKOS: Final = _answered(dcat.MEDIA_TYPE, "SKOS in JSON-LD.")
_SCHEMA: Final = _answered(SCHEMA_TYPE, "JSON Schema, 2020-12.")
_DCAT: Final = _answered(dcat.MEDIA_TYPE, "DCAT-AP in JSON-LD.")


@router.get("/v1/notes/{note_id}/stix", summary="One note as STIX 2.1", responses=_STIX)
def note_as_stix(request: Request, view: View, note_id: NoteId, lang: NoteLanguage = None) -> Response:
    """A bundle with the note as `course-of-action`, its markings, and the techniques of ATT&CK that it mitigates."""
    bundle = stix.note_bundle([_note(request, view, note_id, lang)], view.taxonomy, site(request))
    return _conditional(request, bundle, stix.MEDIA_TYPE)


@router.get("/v1/notes/{note_id}/misp", summary="One note as a MISP event", responses=_MISP)
def note_as_misp(request: Request, view: View, note_id: NoteId, lang: NoteLanguage = None) -> Response:
    """An event, not published, with the note as a `report` and its machine tags."""
    event = misp.event([_note(request, view, note_id, lang)], view.taxonomy, site(request))
    return _conditional(request, event, misp.MEDIA_TYPE)


@router.post("/v1/search/stix", summary="Search, answered as STIX 2.1", responses=_STIX)
def search_as_stix(request: Request, view: View, count: Count, body: SearchRequest) -> Response:
    """A bundle with the relevant notes of both lists, each read whole; where nothing answers, an empty one."""
    notes = _found(request, view, count, body)
    return _answer(stix.note_bundle(notes, view.taxonomy, site(request)), stix.MEDIA_TYPE)


@router.post("/v1/search/misp", summary="Search, answered as a MISP event", responses=_MISP)
def search_as_misp(request: Request, view: View, count: Count, body: SearchRequest) -> Response:
    """An event with the relevant notes of both lists, each read whole. It does not hold the question."""
    notes = _found(request, view, count, body)
    return _answer(misp.event(notes, view.taxonomy, site(request)), misp.MEDIA_TYPE)


@router.get("/v1/taxonomy.jsonld", summary="The vocabularies as SKOS", responses=_SKOS)
def taxonomy_as_skos(request: Request, view: View) -> Response:
    """What `/v1/taxonomy` answers, in JSON-LD with its context in it."""
    graph = skos.scheme_graph(view.taxonomy.schemes(), site(request))
    return _conditional(request, graph, dcat.MEDIA_TYPE)


@router.get("/v1/schema/note.json", summary="The form of a note's front matter, as JSON Schema", responses=_SCHEMA)
def schema_of_notes(request: Request, view: View) -> Response:
    """For editors: the fields, what belongs into them in three languages, and the words of the vocabularies."""
    return _conditional(request, note_schema(view.taxonomy), SCHEMA_TYPE)


@router.get(dcat.PATH, summary="The collection as a catalogue", responses=_DCAT)
def catalogue(request: Request, view: View) -> Response:
    """Every note that the caller may see, for data portals: DCAT-AP 3 and Dublin Core."""
    return _conditional(request, dcat.catalogue(view.versions(), view.taxonomy, site(request)), dcat.MEDIA_TYPE)


def _note(request: Request, view: IndexView, note_id: str, lang: str | None) -> NoteVersion:
    return view.note(note_id, accepted_language(request) if lang is None else reader_language(lang))


def _found(request: Request, view: IndexView, count: Count, body: SearchRequest) -> list[NoteVersion]:
    count(body.questions - 1)
    results = view.search(body.text, **body.parameters(accepted_language(request)))
    return [view.note(hit.id, hit.lang) for hit in relevant_hits(results)]


def relevant_hits(results: SearchResults) -> list[NoteHit]:
    """Return the relevant hits of both lists, and the strategies in them that a relevant practice serves.

    The others would look like an answer in formats that have no place for levels.
    """
    practices = [hit for hit in results.practices if hit.level is not Level.LOW]
    served = {strategy.id for hit in practices for strategy in hit.links.implements}
    return practices + [hit for hit in results.strategies if hit.level is not Level.LOW or hit.id in served]


def _conditional(request: Request, answer: dict[str, Any], media_type: str) -> Response:
    return conditional_bytes(request, json.dumps(answer, ensure_ascii=False).encode(), media_type)


def _answer(answer: dict[str, Any], media_type: str) -> Response:
    body = json.dumps(answer, ensure_ascii=False).encode()
    return Response(body, media_type=media_type, headers={"Vary": "Accept-Language"})
