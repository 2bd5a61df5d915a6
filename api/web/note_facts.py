"""What the page of a note says above and beside the text, as lines of Markdown for its file.

What the page finds by itself is left out: notes near in meaning, and the succession of documents.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from api.locales.texts import TEXTS, audience_text, evidence_text, past_text, status_text
from api.models.addresses import page_address
from api.web.dates import day
from api.web.note_page import served
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import NAMES, SEMICOLON, Language
from search.results import LinkedNote
from search.view import NoteVersion

_DATES: Final = ("started", "ended", "adopted", "in_force_from", "valid_until")


def facts(note: NoteVersion, taxonomy: Taxonomy, language: Language) -> Iterator[str]:
    """The fields of a note, an item each, those with several values with items of their own."""
    words, payload, fields = TEXTS[language], note.payload, note.payload["fields"]

    def pair(name: str, value: str) -> str:
        return words["pair"].format(words[name], value)

    yield pair("country", ", ".join(taxonomy.countries[one].label(language) for one in payload["countries"]))
    yield pair("status", status_text(payload["status"], language))
    if payload["legal_outcome"]:
        yield pair("legal_outcome", words[payload["legal_outcome"]])
    if evidence := payload["evidence"]:
        evaluations = (f"{one['year']}: {one['outcome']} <{one['url']}>" for one in evidence["evaluations"])
        yield _list(pair("evidence", evidence_text(evidence, language)), evaluations)
    for name in _DATES:
        if fields.get(name):
            yield pair(name, day(fields[name], language))
    yield pair(
        "crime_type",
        SEMICOLON[language].join(taxonomy.crime_types[one].label(language) for one in payload["crime_types"]),
    )
    yield pair("phase", SEMICOLON[language].join(taxonomy.phases[one].label(language) for one in payload["phases"]))
    bodies = (f"{one['name']} ({words['leads']})" if one["role"] == "lead" else one["name"]
              for one in fields["organisations"])  # fmt: skip
    yield _list(pair("organisations", ""), bodies)
    if issuer := fields.get("issuer"):
        yield pair("issuer", issuer)
    if laws := fields.get("legal_basis"):
        yield _list(pair("legal_basis", ""), (_law(one, taxonomy, language) for one in laws))
    yield pair("reviewed", day(payload["reviewed"], language))
    yield pair("review_by", day(payload["review_by"], language))
    text = NAMES[note.lang][language]
    if translation := payload["translation"]:
        text = ". ".join((text, words[translation["status"]], *([words["stale"]] if translation["stale"] else ())))
    yield pair("language", text)
    yield f"TLP:{payload['tlp'].upper()}"
    if audience := fields.get("audience"):
        yield pair("audience", audience_text(audience, taxonomy, language))
    if owner := fields.get("owner"):
        yield pair("owner", owner)
    if licence := fields.get("licence"):
        yield pair("licence", licence)


def linked(note: NoteVersion, site: str, language: Language) -> Iterator[str]:
    """The notes it is linked with, a section for each kind of link; objectives with the practices that serve them."""
    words = TEXTS[language]

    def items(notes: Iterable[LinkedNote], indent: str = "") -> str:
        return "\n".join(f"{indent}- {_link(one, site, language)}" for one in notes)

    for name in ("counterparts", "implements"):
        if found := getattr(note.links, name):
            yield f"## {words[name]}\n\n{items(found)}"
    if objectives := served(note):
        said = (f"- {text}\n{items(serving, '  ') or '  - ' + words['no_practice']}" for _, text, serving in objectives)
        yield "\n".join((f"## {words['objectives_served']}\n", *said))
    if whole := [one for one in note.links.implemented_by if not one.objectives]:
        yield f"## {words['serving_whole']}\n\n{items(whole)}"
    if note.links.see_also:
        yield f"## {words['see_also']}\n\n{items(note.links.see_also)}"


def sources(note: NoteVersion, language: Language) -> str:
    """What the note rests on, each with the day it was read."""
    read_on = TEXTS[language]["read_on"]
    return "\n".join(
        f"- {one['title']}, {one['publisher']}, {read_on} {day(one['accessed'], language)}: <{one['url']}>"
        for one in note.payload["fields"]["sources"]
    )


def _list(head: str, values: Iterable[str]) -> str:
    return "\n".join((head.rstrip(), *(f"  - {one}".replace("\n", " ") for one in values)))


def _law(law: Mapping[str, Any], taxonomy: Taxonomy, language: Language) -> str:
    words = TEXTS[language]
    where = taxonomy.countries[law["country"]].label(language) if "country" in law else ""
    name = law.get("name") or words["no_law"]
    more = ", ".join(law[one] for one in ("celex", "eli", "note") if one in law)
    return f"{words['pair'].format(where, name) if where else name}{f' ({more})' if more else ''}"


def _link(note: LinkedNote, site: str, language: Language) -> str:
    past = past_text(note.status, note.legal_outcome, note.draft, language)
    named = f"[{note.title}]({page_address(site, note.id, language)}) ({'/'.join(note.countries)})"
    return f"{named}, **{past}**" if past else named
