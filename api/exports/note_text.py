"""What every form of a note says, whatever its fields are called: plain text, in the language of the version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, get_args
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from api.locales.texts import TEXTS, audience_text, choice_texts, evidence_text, label, status_text, warning_texts
from api.models.addresses import uri
from kb.notes.front_matter import TLP_ORDER, Pap, Tlp
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.results import NoteVersion

SITE: Final = "Benelux cybercrime practice base"
"""Who publishes a note. The same in every language: an id stands for it."""
_NAMESPACE: Final = UUID("2ffcf2b3-7307-4432-9aad-d1208c033673")
"""Of all ids made here. Another one would make every object new to those who have it."""
_DATES: Final = ("started", "ended", "adopted", "in_force_from", "valid_until", "reviewed", "review_by")

_PAP_ORDER: Final[tuple[Pap, ...]] = get_args(Pap)


class Reference(NamedTuple):
    """A page that a note rests on. `admiralty`: letter and digit, such as `B2`."""

    publisher: str
    url: str
    text: str
    admiralty: str | None


def own_id(*names: str) -> UUID:
    """Return the id of what bears these names; the same names, the same id."""
    return uuid5(_NAMESPACE, "\n".join(names))


def references(note: NoteVersion) -> tuple[Reference, ...]:
    """Return the sources of a note, then its evaluations, whose publisher is the host of the page."""
    fields, words = note.payload["fields"], TEXTS[note.lang]
    sources = (
        Reference(
            source["publisher"],
            uri(source["url"]),
            f"{source['title']} ({words['read_on']} {source['accessed']})",
            source.get("admiralty"),
        )
        for source in fields["sources"]
    )
    evaluations = (
        Reference(
            urlsplit(evaluation["url"]).netloc,
            uri(evaluation["url"]),
            f"{words['evidence']}, {evaluation['year']}: {evaluation['method']}. {evaluation['outcome']}",
            None,
        )
        for evaluation in fields.get("evidence", {}).get("evaluations", ())
    )
    return (*sources, *evaluations)


def text_of(note: NoteVersion, *anchors: str) -> Iterator[str]:
    """Yield the sections of a note with these anchors, and those below them, each with its heading."""
    for section in sections(note.payload["markdown"], 1, Kind(note.payload["kind"])):
        if (
            any(section.anchor == anchor or section.anchor.startswith(f"{anchor}-") for anchor in anchors)
            and section.blocks
        ):
            yield "\n".join((section.heading, *(block.text for block in section.blocks)))


def warnings(note: NoteVersion) -> tuple[str, ...]:
    """Return what must be known before a note is relied on: that it is a draft, annulled, repealed, or translated from
    an older text.
    """
    payload, translation = note.payload, note.payload["translation"]
    stale = [TEXTS[note.lang]["stale"]] if translation and translation["stale"] else []
    return (*warning_texts(payload["status"], payload["legal_outcome"], payload["draft"], note.lang), *stale)


def summary_with_status(
    summary: str,
    status: str,
    evidence: Mapping[str, Any] | None,
    legal_outcome: str | None,
    draft: bool,
    language: Language,
) -> str:
    """Return the summary for formats that have no place for status, evidence and outcome: before it the warnings (a
    draft, annulled, repealed), behind it status, evidence and what courts made of it.

    evidence, legal_outcome: None where there is none; language: of the summary
    """
    words = TEXTS[language]
    facts = [words["pair"].format(words["status"], status_text(status, language))]
    if evidence:
        facts.append(words["pair"].format(words["evidence"], evidence_text(evidence, language)))
    if legal_outcome:
        facts.append(words["pair"].format(words["legal_outcome"], words[legal_outcome]))
    warnings = warning_texts(status, legal_outcome, draft, language)
    return " ".join((*warnings, summary, *(f"{fact}." for fact in facts)))


def facts(note: NoteVersion, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the fields of a note in words, a line each."""
    payload, fields, words = note.payload, note.payload["fields"], TEXTS[note.lang]

    def lines() -> Iterator[tuple[str, str]]:
        for name, field in (("country", "countries"), ("crime_type", "crime_types"), ("phase", "phases")):
            yield name, ", ".join(label(name, value, taxonomy, note.lang) for value in payload[field])
        yield "status", status_text(payload["status"], note.lang)
        if payload["legal_outcome"]:
            yield "legal_outcome", words[payload["legal_outcome"]]
        if payload["evidence"]:
            yield "evidence", evidence_text(payload["evidence"], note.lang)
        if laws := [_law(law) for law in fields.get("legal_basis", ()) if "name" in law]:
            yield "legal_basis", "; ".join(laws)
        yield "organisations", ", ".join(body["name"] for body in fields["organisations"])
        if "issuer" in fields:
            yield "issuer", fields["issuer"]
        yield from ((name, fields[name]) for name in _DATES if name in fields)
        if payload["translation"]:
            yield "language", f"{note.lang}, {words[payload['translation']['status']]}"
        if "audience" in fields:
            yield "audience", audience_text(fields["audience"], taxonomy, note.lang)
        yield from ((name, fields[name]) for name in ("owner", "licence") if name in fields)

    choices = choice_texts(payload, note.lang)
    return (words[payload["kind"]], *(words["pair"].format(words[name], value) for name, value in lines()), *choices)


def _law(law: dict[str, Any]) -> str:
    return f"{law['name']} ({law['country']})" if "country" in law else str(law["name"])


def strictest_tlp(notes: Sequence[NoteVersion]) -> Tlp:
    """Return the TLP label of what holds something of all these notes. Raises ValueError where there are none."""
    return max((note.payload["tlp"] for note in notes), key=TLP_ORDER.index)


def strictest_pap(notes: Sequence[NoteVersion]) -> Pap | None:
    """Return the PAP label of what holds something of all these notes; None: none of them has one."""
    labels: list[Pap] = [note.payload["fields"]["pap"] for note in notes if "pap" in note.payload["fields"]]
    return max(labels, key=_PAP_ORDER.index, default=None)


def statements(note: NoteVersion, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return, in English, what the labels of a note leave open: its audience, owner and licence."""
    fields, words = note.payload["fields"], TEXTS[Language.EN]
    known = (
        ("audience", audience_text(fields["audience"], taxonomy, Language.EN) if "audience" in fields else None),
        ("owner", fields.get("owner")),
        ("licence", f"{fields['licence']}. {', '.join(fields['authors'])}, {SITE}" if "licence" in fields else None),
    )
    return tuple(words["pair"].format(words[name], value) for name, value in known if value)
