"""Who may be shown what is exported: the labels that hold for several notes together, and what labels cannot say."""

from collections.abc import Sequence
from typing import get_args

from api.exports.note_text import SITE
from api.locales.texts import TEXTS, audience_text
from kb.notes.front_matter import TLP_ORDER, Pap, Tlp
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.results import NoteVersion

_PAP_ORDER: tuple[Pap, ...] = get_args(Pap)


def strictest_tlp(notes: Sequence[NoteVersion]) -> Tlp:
    """The TLP label of what holds something of all these notes. Raises ValueError where there are none."""
    return max((note.payload["tlp"] for note in notes), key=TLP_ORDER.index)


def strictest_pap(notes: Sequence[NoteVersion]) -> Pap | None:
    """The PAP label of what holds something of all these notes; None: none of them has one."""
    labels: list[Pap] = [note.payload["fields"]["pap"] for note in notes if "pap" in note.payload["fields"]]
    return max(labels, key=_PAP_ORDER.index, default=None)


def statements(note: NoteVersion, taxonomy: Taxonomy) -> tuple[str, ...]:
    """In English, what the labels of a note leave open: whom it is for, whose it is, under which licence."""
    fields, words = note.payload["fields"], TEXTS[Language.EN]
    said = (
        ("audience", audience_text(fields["audience"], taxonomy, Language.EN) if "audience" in fields else None),
        ("owner", fields.get("owner")),
        ("licence", f"{fields['licence']}. {', '.join(fields['authors'])}, {SITE}" if "licence" in fields else None),
    )
    return tuple(words["pair"].format(words[name], value) for name, value in said if value)
