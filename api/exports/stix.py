"""Notes as a bundle of STIX 2.1 (https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html).

Every note is a `course-of-action`, strategy documents too: the standard counts "higher level actions like employee
training or policy changes" among them, while a `report` is a collection of threat intelligence and must refer to other
objects of STIX, which a treaty or a plan does not.

- An id belongs to a note in one language. The standard wants equal objects wherever `id` and `modified` are equal
  (3.6), and two versions of a note differ in name. The note's own id stands in the first reference of each.
- `modified` is the day of the last review. `created` is when the practice began, the document was adopted, or the power
  came into force: the standard leaves the choice to us, but it may never change, as the day of a review does. Days are
  midnight, UTC.
- Techniques of MITRE ATT&CK are objects of their own, with their number for a name, since notes do not name them. They
  are no reference of the course of action: OpenCTI and MISP take such a number for the course of action's own, and
  would make one of all that share it.
- Evidence levels are labels and no `confidence`, which says how sure we are of a text, not whether a practice works.
- TLP 2.0 and PAP are extensions, with one object for each label that nobody may make anew: those in
  https://github.com/oasis-open/cti-stix-common-objects (`tlp-2.0` and `pap-marking-definition-f8d`). They go with every
  bundle: a reader of STIX 2.1 need not know them, and a reference to nothing would mark nothing.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from api.exports.note_text import (
    SITE,
    facts,
    links_among,
    own_id,
    references,
    statements,
    strictest,
    technique_url,
    text_of,
    warnings,
)
from api.models.addresses import any_page_address
from kb.notes.front_matter import PLAIN_CHOICES
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from search.results import NoteVersion

MEDIA_TYPE: Final = "application/stix+json;version=2.1"

_IDENTITY: Final = f"identity--{own_id('identity')}"
_FIRST: Final = "2026-11-27T00:00:00.000Z"
"""When the objects that belong to no note were made. Whoever changes one of them gives it a later `modified`."""

_LABELS: Final[Mapping[str, "Stix"]] = json.loads(files("api.exports").joinpath("stix.json").read_text("utf-8"))
"""`tlp:amber`, `pap:red` -> the marking definition; without `tlp:red`, which no note has."""
_ANCHORS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.PRACTICE: ("approach", "how-it-works"),
    Kind.STRATEGY: ("purpose", "objectives"),
    Kind.POWER: ("allows", "ordered-by"),
    Kind.PLAYBOOK: ("first-hour", "first-day"),
}
"""The sections that say what is done."""
_LISTS: Final = {
    "crime_type": "crime_types",
    "phase": "phases",
    "country": "countries",
    "body": "bodies",
    "iccs": "iccs",
    "attack": "attack",
}
"""Label -> the field whose values it has."""

Stix = dict[str, Any]


def note_bundle(notes: Iterable[NoteVersion], taxonomy: Taxonomy, address: str) -> Stix:
    """Return the bundle of these notes, in their order, with the links between them. A note given twice counts once.

    address: the server's, for the addresses of its pages: `https://kb.example`. Every object is marked as the note that
    it is about; a link between two notes as the stricter of them.
    """
    given = {note.id: note for note in notes}
    clear = _LABELS["tlp:clear"]
    marks = (mark for note in given.values() for mark in _markings([note], taxonomy))
    objects = [
        _object(_IDENTITY, _FIRST, _FIRST, [clear], name=SITE, identity_class="organization"),
        *(_course_of_action(note, taxonomy, address) for note in given.values()),
    ]
    techniques = (number for note in given.values() for number in note.payload["fields"].get("attack", ()))
    for number in dict.fromkeys(techniques):
        page = {"source_name": "mitre-attack", "external_id": number, "url": technique_url(number)}
        technique = {"name": number, "external_references": [page]}
        objects.append(_object(_technique_id(number), _FIRST, _FIRST, [clear], **technique))
    objects += [link for note in given.values() for link in _links(note, given, taxonomy)]
    versions = (f"{note.id}/{note.lang}/{note.payload['revision']}" for note in given.values())
    return {
        "type": "bundle",
        "id": f"bundle--{own_id('bundle', *versions)}",
        "objects": [*{mark["id"]: mark for mark in (clear, *marks)}.values(), *objects],
    }


def _course_of_action(note: NoteVersion, taxonomy: Taxonomy, address: str) -> Stix:
    sections = text_of(note, *_ANCHORS[Kind(note.payload["kind"])])
    described = (*warnings(note), note.payload["summary"], *sections, "\n".join(facts(note, taxonomy)))
    return _object(
        _id(note),
        _created(note),
        _modified(note),
        _markings([note], taxonomy),
        name=note.payload["title"],
        description="\n\n".join(described),
        lang=note.lang.value,
        labels=list(dict.fromkeys(_labels(note))),
        external_references=list(_external_references(note, address)),
    )


def _links(note: NoteVersion, given: Mapping[str, NoteVersion], taxonomy: Taxonomy) -> Iterator[Stix]:
    """Yield the links of a note with techniques, and with the other notes given."""

    def relationship(kind: str, target: str, *others: NoteVersion, **more: str) -> Stix:
        ends = (note, *others)
        return _object(
            f"relationship--{own_id('relationship', kind, _id(note), target)}",
            max(map(_created, ends)),
            max(map(_modified, ends)),
            _markings(ends, taxonomy),
            relationship_type=kind,
            source_ref=_id(note),
            target_ref=target,
            **more,
        )

    for technique in note.payload["fields"].get("attack", ()):
        yield relationship("mitigates", _technique_id(technique))
    for implements, other, words in links_among(note, given):
        description = f"implements {words}".rstrip() if implements else words
        yield relationship("related-to", _id(other), other, description=description)


def _object(stix_id: str, created: str, modified: str, marks: Iterable[Stix], **properties: Any) -> Stix:
    return {
        "type": stix_id.partition("--")[0],
        "spec_version": "2.1",
        "id": stix_id,
        "created_by_ref": _IDENTITY,
        "created": created,
        "modified": modified,
        **properties,
        "object_marking_refs": [mark["id"] for mark in marks],
    }


def _markings(notes: Sequence[NoteVersion], taxonomy: Taxonomy) -> Iterator[Stix]:
    """Yield the marking definitions of what says something of all these notes (at least one), each once."""
    yield from (_LABELS[f"{name}:{label}"] for name, label in strictest(notes))
    for text in dict.fromkeys(text for note in notes for text in statements(note, taxonomy)):
        yield {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": f"marking-definition--{own_id('marking-definition', text)}",
            "created": _FIRST,
            "definition_type": "statement",
            "definition": {"statement": text},
        }


def _labels(note: NoteVersion) -> Iterator[str]:
    """Yield facts of a note by the names that the API has for them, then its machine tags."""
    payload, fields = note.payload, note.payload["fields"]
    yield f"kind:{payload['kind']}"
    yield from (f"{name}:{fields[name]}" for name in ("doc_kind", "power") if name in fields)
    yield f"status:{payload['status']}"
    if payload["draft"]:
        yield "draft"
    yield from (f"{name}:{payload[name]}" for name in ("legal_outcome", *PLAIN_CHOICES) if payload[name])
    if payload["evidence"]:
        yield f"evidence:{payload['evidence']['level']}"
        yield f"effect:{payload['evidence']['effect']}"
    if payload["translation"]:
        yield f"translation:{payload['translation']['status']}"
    for name, field in _LISTS.items():
        yield from (f"{name}:{value}" for value in fields.get(field, ()))
    yield from fields.get("tags", ())


def _external_references(note: NoteVersion, address: str) -> Iterator[Stix]:
    yield {
        "source_name": SITE,
        "external_id": note.id,
        "url": any_page_address(address, note.id, note.lang),
        "description": f"{note.lang}, revision {note.payload['revision']}",
    }
    for page in references(note):
        graded = f"; admiralty-scale {page.admiralty}" if page.admiralty else ""
        yield {"source_name": page.publisher, "url": page.url, "description": f"{page.text}{graded}"}
    for name, number in note.payload["fields"].get("identifiers", {}).items():
        yield {"source_name": name, "external_id": number}


def _technique_id(technique: str) -> str:
    return f"attack-pattern--{own_id('attack-pattern', technique)}"


def _id(note: NoteVersion) -> str:
    return f"course-of-action--{own_id('course-of-action', note.id, note.lang)}"


def _modified(note: NoteVersion) -> str:
    """Return when the note changed here, its label included: receivers take an object for new by this alone."""
    return note.changed.strftime("%Y-%m-%dT%H:%M:%S.") + f"{note.changed.microsecond // 1000:03}Z"


def _created(note: NoteVersion) -> str:
    """Return when it began, of a year or month the first day; `_FIRST` where nobody knows, or it is still to begin."""
    since = note.payload["since"]
    began = f"{(since + '-01-01')[:10]}T00:00:00.000Z" if since else _FIRST
    return began if began <= _modified(note) else _FIRST
