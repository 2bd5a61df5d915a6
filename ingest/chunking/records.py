"""Note -> the payloads of its records: what filters use, what a hit shows, what a fetch by id returns."""

from typing import Any

from ingest.chunking.chunk import Chunk
from ingest.chunking.identify import Identifiers
from kb.access import Handling
from kb.notes.front_matter import PracticeFields, StrategyFields
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.store.records import CELL, CHUNK, RECORD, VERSION, cell
from kb.store.sentence_vectors import SentenceVectors
from kb.text.folding import organisation_keys
from kb.text.languages import Language


def filter_fields(note: Note, taxonomy: Taxonomy, identifiers: Identifiers) -> dict[str, Any]:
    """The fields every record of a note carries, so that one filter rules every path to it."""
    fields = note.fields
    above = {broad for one in fields.crime_types for broad in taxonomy.crime_types.broader(one)}
    names = [body.name for body in fields.organisations]
    if isinstance(fields, StrategyFields):
        names.append(fields.issuer)
    bodies = {key for name in names for key in organisation_keys(name)}
    return {
        "note_id": note.id,
        "kind": note.kind.value,
        "languages": [language.value for language in note.languages],
        "original": note.original.value,
        "access": sorted(Handling.of(fields).keys(taxonomy)),
        "tlp": fields.tlp,
        "status": fields.status,
        "countries": list(fields.countries),
        "reach": sorted(taxonomy.reach(fields.countries)),
        "crime_types": list(fields.crime_types),
        "crime_types_broad": sorted({*fields.crime_types, *above}),
        "phases": list(fields.phases),
        "evidence_level": [fields.evidence.level] if isinstance(fields, PracticeFields) else [],
        "organisation_keys": sorted(bodies),
        "about": sorted(identifiers.of(note).about),
        "cites": sorted(identifiers.of(note).cites),
    }


def record_fields(
    record: str, note: Note, language: Language, taxonomy: Taxonomy, identifiers: Identifiers
) -> dict[str, Any]:
    """What every record says of itself, and the filter fields of its note."""
    return {
        RECORD: record,
        CELL: cell(record, note.kind, language),
        "language": language.value,
        **filter_fields(note, taxonomy, identifiers),
    }


def version_payload(note: Note, language: Language, taxonomy: Taxonomy, identifiers: Identifiers) -> dict[str, Any]:
    """The record of a note in one language: everything a reader of this version sees."""
    version = note.versions[language]
    info = version.translation
    fields = note.fields.model_dump(
        mode="json", exclude={"title", "summary", "questions", "objectives"}, exclude_none=True
    )
    return {
        **record_fields(VERSION, note, language, taxonomy, identifiers),
        "title": version.title,
        "summary": version.summary,
        "questions": list(version.own.questions),
        "mentions": [],
        "translation": info and {"of": info.of.value, "status": info.status, "stale": note.is_stale(language)},
        "revision": version.revision,
        "implements": list(note.implements),
        "counterparts": list(note.counterparts),
        "replaces": sorted(note.replaces),
        "since": fields.get("started") or fields.get("adopted"),
        "linked": sorted(note.linked),
        "evidence": fields.get("evidence"),
        "legal_outcome": fields.get("legal_outcome"),
        "draft": fields["draft"],
        "reviewed": fields["reviewed"],
        "review_by": fields["review_by"],
        "fields": fields,
        "objectives": note.objective_texts(language),
        "markdown": version.body.strip() + "\n",
    }  # fmt: skip


def chunk_payload(
    note: Note,
    chunk: Chunk,
    taxonomy: Taxonomy,
    identifiers: Identifiers,
    sentences: SentenceVectors | None = None,
) -> dict[str, Any]:
    """The record of a passage; `sentences` of those that have several."""
    return {
        **record_fields(CHUNK, note, chunk.language, taxonomy, identifiers),
        "heading": chunk.heading,
        "mentions": sorted(identifiers.mentioned(note, chunk.text)),
        "anchor": chunk.anchor,
        "text": chunk.text,
        "lines": list(chunk.lines),
        "objective": chunk.objective,
        "sentences": sentences and sentences.to_json(),
    }
