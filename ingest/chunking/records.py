"""Notes and the vectors of their texts -> the records of the index.

A payload holds what filters use, what a hit shows and what a fetch by id returns.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.identify import Identifiers
from kb.access import Handling
from kb.notes.contacts import Contact, short_contacts
from kb.notes.front_matter import CHOICES, FILTERED_CHOICES, PowerFields, PracticeFields, StrategyFields
from kb.notes.note import Note
from kb.store.records import (
    CELL,
    CHUNK,
    QUESTION,
    QUESTION_TOKENS,
    RECORD,
    VERSION,
    Point,
    SentenceVectors,
    cell,
    in_bytes,
    in_signed_bytes,
    version_id,
)
from kb.text.folding import organisation_keys
from kb.text.languages import Language
from kb.text.terms import Sparse
from kb.values import Immutable

ASKED = 0.5
"""The part of its questions in the vector of a contact; its purpose has the rest."""


@dataclass(frozen=True)
class TextVectors(Immutable):
    """The vectors of the passages of `NoteTexts`, their sentences and openings, the questions, and the purposes and
    questions of contacts.

    Each of shape (texts, dimension); question_tokens: token vectors of the questions, shape (questions, tokens, WIDTH)
    """

    passages: np.ndarray
    sentences: np.ndarray
    openings: np.ndarray
    questions: np.ndarray
    question_tokens: np.ndarray
    contact_purposes: np.ndarray
    contact_questions: np.ndarray


def records(
    texts: NoteTexts, vectors: TextVectors, terms: Callable[[str, Language], Sparse], identifiers: Identifiers
) -> Iterator[Point]:
    """Yield all records of these notes: of versions, of chunks, of questions.

    vectors: centred; terms: returns the BM25 vector of a text in a language
    """
    notes = {note.id: note for note in texts.notes}
    fields = cache(lambda record, note_id, language: record_fields(record, notes[note_id], language, identifiers))
    purposes, asked = iter(vectors.contact_purposes), iter(vectors.contact_questions)
    of_version: dict[str, list[np.ndarray]] = {}
    for question, tokens in zip(texts.questions, vectors.question_tokens, strict=True):
        of_version.setdefault(version_id(question.note_id, question.language), []).extend(tokens[tokens.any(axis=-1)])
    for note in texts.notes:
        nearness = {contact.id: _vector_of(contact, purposes, asked) for contact in note.contacts}
        for language in note.languages:
            payload = version_payload(note, language, identifiers)
            if tokens := of_version.get(version_id(note.id, language)):
                payload[QUESTION_TOKENS] = in_signed_bytes(np.stack(tokens))
            if nearness and language is note.original:
                in_order = [nearness[contact["id"]] for contact in payload["short_contacts"]]
                payload["contact_vectors"] = in_bytes(np.stack(in_order))
                payload["contact_names"] = {
                    contact.id: list(contact.known_as) for contact in note.contacts if contact.known_as
                }
            yield Point(version_id(note.id, language), payload)
    rows = iter(vectors.sentences)
    for chunk, vector in zip(texts.chunks, vectors.passages, strict=True):
        note, spans = notes[chunk.note_id], chunk.sentences
        payload = {
            **fields(CHUNK, note.id, chunk.language),
            "heading": chunk.heading,
            "mentions": sorted(identifiers.mentioned(note, chunk.text)),
            "anchor": chunk.anchor,
            "text": chunk.text,
            "lines": list(chunk.lines),
            "objective": chunk.objective,
            "sentences": SentenceVectors(spans, np.stack([next(rows) for _ in spans])).to_json() if spans else None,
        }
        yield Point(chunk.id, payload, vector, terms(chunk.encoded, chunk.language))
    for question, vector in zip(texts.questions, vectors.questions, strict=True):
        payload = fields(QUESTION, question.note_id, question.language)
        yield Point(question.id, payload, vector, terms(question.words, question.language))


def _vector_of(contact: Contact, purposes: Iterator[np.ndarray], asked: Iterator[np.ndarray]) -> np.ndarray:
    """Return the vector by which questions find a contact: between its purpose in all languages and its questions."""
    purpose = np.mean([next(purposes) for _ in Language], axis=0)
    if not contact.questions:
        return np.asarray(purpose)
    purpose /= np.linalg.norm(purpose)
    return np.asarray(purpose * (1 - ASKED) + np.mean([next(asked) for _ in contact.questions], axis=0) * ASKED)


def record_fields(record: str, note: Note, language: Language, identifiers: Identifiers) -> dict[str, Any]:
    """Return the fields that every record carries: its own, and those of its note, so that one filter rules all."""
    fields, keys, taxonomy = note.fields, identifiers.of(note), identifiers.taxonomy
    above = {broad for crime_type in fields.crime_types for broad in taxonomy.crime_types.broader(crime_type)}
    names = [body.name for body in fields.organisations]
    if isinstance(fields, StrategyFields):
        names.append(fields.issuer)
    return {
        RECORD: record,
        CELL: cell(record, note.kind, language),
        "language": language.value,
        "note_id": note.id,
        "kind": note.kind.value,
        "languages": [language.value for language in note.languages],
        "original": note.original.value,
        "access": sorted(Handling.of(fields).keys(taxonomy)),
        "tlp": fields.tlp,
        **{name: getattr(fields, name, None) for name in FILTERED_CHOICES},
        "countries": list(fields.countries),
        "reach": sorted(taxonomy.reach(fields.countries)),
        "crime_types": list(fields.crime_types),
        "crime_types_broad": sorted({*fields.crime_types, *above}),
        "phases": list(fields.phases),
        "powers": [fields.power] if isinstance(fields, PowerFields) else [],
        "evidence_level": [fields.evidence.level] if isinstance(fields, PracticeFields) else [],
        "organisation_keys": sorted({key for name in names for key in organisation_keys(name)}),
        "about": sorted(keys.about),
        "cites": sorted(keys.cites),
    }


def version_payload(note: Note, language: Language, identifiers: Identifiers) -> dict[str, Any]:
    """Return the record of a note in one language: everything a reader of this version sees."""
    version = note.versions[language]
    info = version.translation
    fields = note.fields.model_dump(
        mode="json", exclude={"title", "summary", "questions", "objectives"}, exclude_none=True
    )
    return {
        **record_fields(VERSION, note, language, identifiers),
        "title": version.title,
        "summary": version.summary,
        "questions": list(version.own.questions),
        "mentions": [],
        "translation": info and {"of": info.of.value, "status": info.status, "stale": note.is_stale(language)},
        "revision": version.revision,
        "implements": list(note.implements),
        "counterparts": list(note.counterparts),
        "replaces": sorted(note.replaces),
        "since": fields.get("started") or fields.get("adopted") or fields.get("in_force_from"),
        "linked": sorted(note.linked),
        "evidence": fields.get("evidence"),
        **{name: fields.get(name) for name in CHOICES},
        "draft": note.fields.draft or version.is_draft,
        **{name: fields[name] for name in ("reviewed", "review_by")},
        "fields": fields,
        "contacts": [contact.in_one_language(language) for contact in note.contacts],
        "short_contacts": short_contacts(note.contacts, language),
        "objectives": note.objective_texts(language),
        "markdown": version.body.strip() + "\n",
    }
