"""STIX marking definitions of notes: TLP 2.0, PAP, and statements of audience, owner and licence.

TLP 2.0 and PAP are no part of STIX 2.1. They are extensions of it, with one object for each label that nobody may make
anew: those in https://github.com/oasis-open/cti-stix-common-objects (`tlp-2.0` and `pap-marking-definition-f8d`).
They go with every bundle: a reader of STIX 2.1 need not know them, and a reference to nothing would mark nothing.
"""

from collections.abc import Sequence
from typing import Any, Final

from api.exports.handling import statements, strictest_pap, strictest_tlp
from api.exports.note_text import own_id
from kb.notes.front_matter import Pap, Tlp
from kb.notes.taxonomy import Taxonomy
from search.results import NoteVersion

FIRST: Final = "2026-11-27T00:00:00.000Z"
"""When the objects that belong to no note were laid down. Whoever changes one of them gives it a later `modified`."""

_TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP: Final[dict[Tlp, str]] = {
    "clear": "94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "939a9414-2ddd-4d32-a0cd-375ea402b003",
}
"""Without `red`, which no note has."""
_PAP_EXTENSION: Final = "extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b"
_PAP: Final[dict[Pap, tuple[str, str]]] = {
    "clear": ("ad15a0cd-55b6-4588-a14c-a66105329b92", "2022-10-01"),
    "green": ("c43594d1-4b11-4c59-93ab-1c9b14d53ce9", "2022-10-09"),
    "amber": ("60f8932b-e51e-4458-b265-a2e8be9a80ab", "2022-10-02"),
    "red": ("740d36e5-7714-4c30-961a-3ae632ceee0e", "2022-10-06"),
}

Marking = dict[str, Any]


def tlp_marking(tlp: Tlp) -> Marking:
    """The marking definition of a TLP 2.0 label."""
    return _marking(
        _TLP[tlp], "2022-10-01T00:00:00.000Z", name=f"TLP:{tlp.upper()}",
        extensions={_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp}},
    )  # fmt: skip


def markings(notes: Sequence[NoteVersion], taxonomy: Taxonomy) -> tuple[Marking, ...]:
    """The marking definitions that hold for what says something of all these notes (at least one)."""
    pap = strictest_pap(notes)
    said = dict.fromkeys(text for note in notes for text in statements(note, taxonomy))
    return (
        tlp_marking(strictest_tlp(notes)),
        *([_pap_marking(pap)] if pap else ()),
        *(
            _marking(str(own_id("marking-definition", text)), FIRST, definition_type="statement",
                     definition={"statement": text})
            for text in said
        ),
    )  # fmt: skip


def _pap_marking(pap: Pap) -> Marking:
    uuid, created = _PAP[pap]
    return _marking(
        uuid, f"{created}T00:00:00.000Z", name=f"PAP:{pap.upper()}",
        extensions={_PAP_EXTENSION: {"extension_type": "property-extension", "pap": pap}},
    )  # fmt: skip


def _marking(uuid: str, created: str, **properties: Any) -> Marking:
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{uuid}", "created": created,
        **properties,
    }  # fmt: skip
