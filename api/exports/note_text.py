"""What every form of a note says, whatever its fields are called: plain text, in the language of the version."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, get_args
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from api.locales.texts import TEXTS, audience_text, choice_texts, evidence_text, label, status_text, warning_texts
from api.models.addresses import uri
from kb.notes.front_matter import TLP_ORDER, Pap
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import SEMICOLON, Language
from search.results import NoteVersion

SITE: Final = "Benelux cybercrime practice base"
"""Who publishes a note. The same in every language: an id stands for it."""
_NAMESPACE: Final = UUID("2ffcf2b3-7307-4432-9aad-d1208c033673")
"""Of all ids made here. Another one would make every object new to those who have it."""
_DATES: Final = ("started", "ended", "adopted", "in_force_from", "valid_until")
"""Fields of a practice or document that hold a day, a month or a year."""
_CONCEPTS: Final = {"country": "countries", "crime_type": "crime_types", "phase": "phases", "power": "powers"}
"""Filter -> the field of a payload whose concepts it narrows by."""
_PAP_ORDER: Final = get_args(Pap)


class Reference(NamedTuple):
    """A page that a note rests on. `admiralty`: letter and digit, such as `B2`."""

    publisher: str
    url: str
    text: str
    admiralty: str | None


def own_id(*names: str) -> UUID:
    """Return the id of what bears these names; the same names, the same id."""
    return uuid5(_NAMESPACE, "\n".join(names))


def links_among(note: NoteVersion, given: Mapping[str, NoteVersion]) -> Iterator[tuple[bool, NoteVersion, str]]:
    """Yield the notes given that a note is linked with: whether it implements them, the note, and words on the link.

    Counterparts name each other; the first by id of the two has the link.
    """
    for served in note.links.implements:
        if served.id in given:
            yield True, given[served.id], ", ".join(served.objectives)
    for other in note.links.counterparts:
        if other.id in given and note.id < other.id:
            yield False, given[other.id], "counterpart in another country"


def technique_url(technique: str) -> str:
    """Return the page of MITRE ATT&CK on a technique, such as `T1566.002`."""
    return f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}"


def references(note: NoteVersion) -> Iterator[Reference]:
    """Yield the sources of a note, then its evaluations, whose publisher is the host of the page."""
    fields, words = note.payload["fields"], TEXTS[note.lang]
    for source in fields["sources"]:
        text = f"{source['title']} ({words['read_on']} {source['accessed']})"
        yield Reference(source["publisher"], uri(source["url"]), text, source.get("admiralty"))
    for evaluation in fields.get("evidence", {}).get("evaluations", ()):
        text = f"{words['evidence']}, {evaluation['year']}: {evaluation['method']}. {evaluation['outcome']}"
        yield Reference(urlsplit(evaluation["url"]).netloc, uri(evaluation["url"]), text, None)


def text_of(note: NoteVersion, *anchors: str) -> Iterator[str]:
    """Yield the sections of a note with these anchors, and those below them, each with its heading."""
    for section in sections(note.payload["markdown"], 1, Kind(note.payload["kind"])):
        fits = any(section.anchor == anchor or section.anchor.startswith(f"{anchor}-") for anchor in anchors)
        if fits and section.blocks:
            yield "\n".join((section.heading, *(block.text for block in section.blocks)))


def warnings(note: NoteVersion) -> tuple[str, ...]:
    """Return what readers must know first: that it is a draft, annulled, repealed, or translated from an older text."""
    payload = note.payload
    found = warning_texts(payload["status"], payload["legal_outcome"], payload["draft"], note.lang)
    translation = payload["translation"]
    return (*found, TEXTS[note.lang]["stale"]) if translation and translation["stale"] else tuple(found)


def translation_texts(payload: Mapping[str, Any], language: Language) -> list[str]:
    """Return who vouches for a translation, and whether its original has changed since; nothing for an original."""
    words, translation = TEXTS[language], payload["translation"]
    if not translation:
        return []
    return [words[translation["status"]], *([words["stale"]] if translation["stale"] else ())]


def summary_with_status(about: Mapping[str, Any], language: Language) -> str:
    """Return the summary for formats that have no place for status, evidence and outcome: before it the warnings (a
    draft, annulled, repealed), behind it status, evidence and what courts made of it.

    about: the fields of a payload or card; language: of the summary
    """
    words = TEXTS[language]
    warnings = warning_texts(about["status"], about["legal_outcome"], about["draft"], language)
    facts = [("status", status_text(about["status"], language))]
    if about["evidence"]:
        facts.append(("evidence", evidence_text(about["evidence"], language)))
    if about["legal_outcome"]:
        facts.append(("legal_outcome", words[about["legal_outcome"]]))
    after = (f"{words['pair'].format(words[name], value)}." for name, value in facts)
    return " ".join((*warnings, about["summary"], *after))


def dates(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the days that a note states, each with the key of its words. A draft has a date; nobody has adopted it."""
    for name in _DATES:
        if fields.get(name):
            yield "dated" if (name, fields["status"]) == ("adopted", "draft") else name, fields[name]


def facts(note: NoteVersion, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the fields of a note in words, a line each."""
    payload, fields, words = note.payload, note.payload["fields"], TEXTS[note.lang]

    def lines() -> Iterator[tuple[str, str]]:
        for name, field in _CONCEPTS.items():
            if values := payload[field]:
                yield name, ", ".join(label(name, value, taxonomy, note.lang) for value in values)
        yield "status", status_text(payload["status"], note.lang)
        if payload["legal_outcome"]:
            yield "legal_outcome", words[payload["legal_outcome"]]
        if payload["evidence"]:
            yield "evidence", evidence_text(payload["evidence"], note.lang)
        laws = (law for law in fields.get("legal_basis", ()) if "name" in law)
        if named := [f"{law['name']} ({law['country']})" if "country" in law else law["name"] for law in laws]:
            yield "legal_basis", "; ".join(named)
        yield "organisations", ", ".join(body["name"] for body in fields["organisations"])
        if payload["contacts"]:
            yield "contacts", "; ".join(contact_text(contact, note.lang) for contact in payload["contacts"])
        if "issuer" in fields:
            yield "issuer", fields["issuer"]
        yield from dates(fields)
        yield from ((name, fields[name]) for name in ("reviewed", "review_by"))
        if payload["translation"]:
            yield "language", f"{note.lang}, {words[payload['translation']['status']]}"
        if "audience" in fields:
            yield "audience", audience_text(fields["audience"], taxonomy, note.lang)
        yield from ((name, fields[name]) for name in ("owner", "licence") if name in fields)

    choices = choice_texts(payload, note.lang)
    return (words[payload["kind"]], *(words["pair"].format(words[name], value) for name, value in lines()), *choices)


def contact_text(contact: Mapping[str, Any], language: Language) -> str:
    """Return a contact in a line: `Card Stop (BE): 078 170 170 (from Belgium); day and night`.

    contact: as a version's record has it, or as lists show it, with its first channel
    """

    def way(value: str | None = None, note: str | None = None, **_: str) -> str:
        return f"{value} ({note})" if value and note else value or note or ""

    ways = [way(**channel) for channel in contact.get("channels") or [contact["channel"]]]
    told = SEMICOLON[language].join(filter(None, (*ways, contact.get("hours"))))
    return TEXTS[language]["pair"].format(f"{contact['name']} ({'/'.join(contact['countries'])})", told)


def strictest(notes: Sequence[NoteVersion]) -> list[tuple[str, str]]:
    """Return the labels of what has something of all these notes: `tlp` and, where one of them has it, `pap`."""
    tlp = [note.payload["tlp"] for note in notes]
    pap = [note.payload["fields"]["pap"] for note in notes if "pap" in note.payload["fields"]]
    labels = (("tlp", tlp, TLP_ORDER), ("pap", pap, _PAP_ORDER))
    return [(name, max(given, key=order.index)) for name, given, order in labels if given]


def statements(note: NoteVersion, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return, in English, what the labels of a note leave open: its audience, owner and licence."""
    fields, words = note.payload["fields"], TEXTS[Language.EN]
    known = (
        ("audience", audience_text(fields["audience"], taxonomy, Language.EN) if "audience" in fields else None),
        ("owner", fields.get("owner")),
        ("licence", f"{fields['licence']}. {', '.join(fields['authors'])}, {SITE}" if "licence" in fields else None),
    )
    return tuple(words["pair"].format(words[name], value) for name, value in known if value)
