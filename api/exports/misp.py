"""Notes as an event of MISP (https://www.misp-standard.org/rfc/misp-standard-core.html): a `report` object for each.

The template `course-of-action` of MISP wants a type from a list of technical measures, which would be invented, and has
no place for sources; `report` has title, summary and links. What it has no field for stands in comments.

What we choose for whoever takes the event in:

- `distribution` 0, the receiving organisation only, and not published: labels say who may be shown it, and nothing goes
  on to other servers because it was imported. What lies in the event inherits that.
- `threat_level_id` 4, undefined: a practice is no threat. `analysis` 2, complete: notes are written and reviewed.
- `to_ids` false and no correlation: nothing in a note is an indicator, least of all the address of a source.
- TLP and PAP: each attribute has those of its note, the event the strictest of all.
- Ids are made from that of the event: MISP holds an object in one event only, but a note may come in several searches.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from api.exports.note_text import (
    SITE,
    facts,
    links_among,
    own_id,
    references,
    strictest,
    technique_url,
    warnings,
)
from api.models.addresses import any_page_address
from kb.notes.taxonomy import Taxonomy
from search.results import NoteVersion

MEDIA_TYPE: Final = "application/json"

_TEMPLATE: Final = {
    "name": "report",
    "meta-category": "misc",
    "template_uuid": "70a68471-df22-4e3f-aa1a-5a3be19f82df",
    "template_version": "8",
    "description": "Report object to describe a report along with its metadata.",
}
"""https://github.com/MISP/misp-objects, `objects/report`."""
_TYPES: Final = {"title": ("text", "Other"), "summary": ("text", "Other"), "link": ("link", "External analysis")}
"""Attribute of the template -> its type, and the category that is the default for it."""
_INHERIT: Final = "5"

Misp = dict[str, Any]


def event(notes: Sequence[NoteVersion], taxonomy: Taxonomy, address: str) -> Misp:
    """Return the event of these notes, in their order, with the links between them. A note given twice counts once.

    address: the server's, for the addresses of its pages: `https://kb.example`
    """
    given = {note.id: note for note in notes}
    once = tuple(given.values())
    uuid = str(own_id("misp-event", *sorted(f"{note.id}/{note.lang}" for note in once)))
    ids = {note.id: str(own_id("misp-object", uuid, note.id, note.lang)) for note in once}
    made = {
        "uuid": uuid,
        "info": once[0].payload["title"] if len(once) == 1 else f"{SITE} ({len(once)})",
        "date": max((note.payload["reviewed"] for note in once), default=None),
        "timestamp": max(map(_timestamp, once), key=int, default=None),
        "distribution": "0",
        "threat_level_id": "4",
        "analysis": "2",
        "published": False,
        "Orgc": {"name": SITE, "uuid": str(own_id("misp-organisation"))},
        "Tag": _tags((*_handling(once), *(tag for note in once for tag in note.payload["fields"].get("tags", ())))),
        "Object": [
            {
                "uuid": ids[note.id],
                **_TEMPLATE,
                "timestamp": _timestamp(note),
                "distribution": _INHERIT,
                "comment": "\n".join((*warnings(note), f"{note.id} ({note.lang})", *facts(note, taxonomy))),
                "Attribute": list(_attributes(note, ids[note.id], address)),
                "ObjectReference": list(_object_references(note, ids, given)),
            }
            for note in once
        ],
    }
    return {"Event": {name: value for name, value in made.items() if value is not None}}


def _attributes(note: NoteVersion, object_id: str, address: str) -> Iterator[Misp]:
    payload, handling = note.payload, _handling([note])

    def attribute(relation: str, value: str, comment: str = "", tags: Iterable[str] = ()) -> Misp:
        kind, category = _TYPES[relation]
        return {
            "uuid": str(own_id("misp-attribute", object_id, relation, value)),
            "object_relation": relation,
            "type": kind,
            "category": category,
            "value": value,
            "comment": comment,
            "to_ids": False,
            "disable_correlation": True,
            "distribution": _INHERIT,
            "timestamp": _timestamp(note),
            "Tag": _tags((*handling, *tags)),
        }

    yield attribute("title", payload["title"], tags=payload["fields"].get("tags", ()))
    yield attribute("summary", payload["summary"])
    links: dict[str, tuple[list[str], list[str]]] = {any_page_address(address, note.id, note.lang): ([SITE], [])}
    for page in references(note):
        comments, tags = links.setdefault(page.url, ([], []))
        comments.append(f"{page.publisher}: {page.text}")
        if page.admiralty:
            tags.append(f'admiralty-scale:source-reliability="{page.admiralty[0].lower()}"')
            tags.append(f'admiralty-scale:information-credibility="{page.admiralty[1]}"')
    for technique in payload["fields"].get("attack", ()):
        links.setdefault(technique_url(technique), ([], []))[0].append(f"MITRE ATT&CK {technique}")
    for url, (comments, tags) in links.items():
        yield attribute("link", url, "; ".join(dict.fromkeys(comments)), tags)


def _object_references(note: NoteVersion, ids: Mapping[str, str], given: Mapping[str, NoteVersion]) -> Iterator[Misp]:
    """Yield the links from a note to others of the event, each once. ids: note id -> id of its object"""
    for implements, other, words in links_among(note, given):
        kind, uuid, target = "implements" if implements else "related-to", ids[note.id], ids[other.id]
        yield {
            "uuid": str(own_id("misp-reference", uuid, kind, target)),
            "object_uuid": uuid,
            "referenced_uuid": target,
            "relationship_type": kind,
            "comment": words,
            "timestamp": max(_timestamp(note), _timestamp(other), key=int),
        }


def _handling(notes: Sequence[NoteVersion]) -> tuple[str, ...]:
    """Return the tags for who may read all these notes, and what they may do with them."""
    return tuple(f"PAP:{label.upper()}" if name == "pap" else f"tlp:{label}" for name, label in strictest(notes))


def _tags(names: Iterable[str]) -> list[Misp]:
    return [{"name": name} for name in dict.fromkeys(names)]


def _timestamp(note: NoteVersion) -> str:
    """Return when the note changed here, its label included, in seconds: MISP passes over what is not newer."""
    return str(int(note.changed.timestamp()))
