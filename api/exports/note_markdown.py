"""A note as its reader takes it along: its text with working links, all of it as a Markdown file, and a citation.

The file leaves out what the page finds by itself: notes near in meaning, and the succession of documents.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from api.exports.note_text import contact_text, dates, translation_texts
from api.locales.texts import (
    TEXTS,
    audience_text,
    choice_texts,
    day_text,
    evidence_text,
    is_overdue,
    past_text,
    status_text,
    warning_texts,
)
from api.models.addresses import any_page_address, page_address
from kb.notes.markdown import to_html, without_marks
from kb.notes.note import Kind, linked_note, local_picture
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import NAMES, SEMICOLON, Language
from search.results import LinkedNote, NoteVersion

_TARGET: Final = re.compile(r"(?<=\]\()\.\.?/[^)\s]*")
_ESCAPED: Final = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "{}%&#$_"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


class Citation(NamedTuple):
    """A citation in words and as BibTeX; `address` is the note's own, in the version cited."""

    text: str
    bibtex: str
    address: str


def citation(note: NoteVersion, reader: Language, site: str) -> Citation:
    """Cite a version of a note, for a reader of a language. site: what addresses of pages begin with."""
    payload, words = note.payload, TEXTS[reader]
    address = page_address(site, note.id, reader, note.lang)
    where = f"{words['site']}, {note.id}"
    text = f"{payload['title']}. {where} ({note.lang}), {day_text(payload['reviewed'], reader)}. {address}"
    fields = {
        "title": payload["title"],
        "howpublished": where,
        "year": payload["reviewed"][:4],
        "note": f"{words['reviewed']} {payload['reviewed']}",
        "language": note.lang.value,
    }
    lines = [f"  {name} = {{{value.translate(_ESCAPED)}}},\n" for name, value in fields.items()]
    lines.append(f"  url = {{{address}}},\n")
    return Citation(text, f"@misc{{{note.id},\n{''.join(lines)}}}", address)


def note_html(note: NoteVersion, page: Language | None = None) -> str:
    """Render a note's text. `../be-baps/` leads to that note's page; other links stay as they are.

    page: the language of the pages; None: `/notes/be-baps?lang=…`, which leads to the reader's; pictures are
          their words then
    """

    def picture(target: str) -> str:
        name = local_picture(target) if page else None
        return f"/{page}/notes/{note.id}/{name}?version={note.lang}" if name else ""

    kind = Kind(note.payload["kind"])
    return to_html(note.payload["markdown"], kind, lambda target: _link_from(note, target, page), picture)


def linked_text(note: NoteVersion, site: str, language: Language) -> str:
    """Return what its author wrote in Markdown, with links that lead to the pages of other notes."""
    text = note.payload["markdown"]
    if note.payload["kind"] == Kind.STRATEGY:
        text = without_marks(text)

    def absolute(found: re.Match[str]) -> str:
        target = _link_from(note, found[0], language)
        return f"{site}{target}" if target.startswith("/") else target

    return _TARGET.sub(absolute, text.strip())


def _link_from(note: NoteVersion, target: str, page: Language | None) -> str:
    """Return where a link in a note's text leads, as a path of this server if it is to another note."""
    linked = linked_note(Kind(note.payload["kind"]), note.id, target)
    if linked is None:
        return target
    _, mark, anchor = target.partition("#")
    version = linked[2] or note.lang
    path = page_address("", linked[1], page, version) if page else any_page_address("", linked[1], version)
    return f"{path}{mark}{quote(anchor)}"


def note_markdown(note: NoteVersion, taxonomy: Taxonomy, site: str, language: Language) -> str:
    """Return all of a version of a note. site: what addresses of pages begin with; language: of what is around it."""
    payload, words = note.payload, TEXTS[language]
    warnings = warning_texts(payload["status"], payload["legal_outcome"], payload["draft"], language)
    if is_overdue(payload["review_by"]):
        warnings.append(words["is_overdue"].format(day_text(payload["review_by"], language)))
    parts = (
        f"# {payload['title']}",
        *(f"**{warning}**" for warning in warnings),
        payload["summary"],
        "\n".join(f"- {fact}" for fact in _facts(note, taxonomy, language)),
        *_contacts(note, language),
        linked_text(note, site, language),
        *_links(note, site, language),
        f"## {words['sources']}",
        "\n".join(
            f"- {source['title']}, {source['publisher']}, {words['read_on']} "
            f"{day_text(source['accessed'], language)}: <{source['url']}>"
            for source in payload["fields"]["sources"]
        ),
        words["pair"].format(words["cite"], citation(note, language, site).text),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def objectives_served(note: NoteVersion) -> list[tuple[str, str, list[LinkedNote]]]:
    """Return the objectives of a strategy: id, words, and the practices that implement it, by country."""
    serving = sorted(note.links.implemented_by, key=lambda linked: (linked.countries, linked.id))
    return [
        (key, words, [linked for linked in serving if key in linked.objectives])
        for key, words in note.payload["objectives"].items()
    ]


def _facts(note: NoteVersion, taxonomy: Taxonomy, language: Language) -> Iterator[str]:
    """Yield the fields of a note, an item each, those with several values with items of their own."""
    words, payload, fields = TEXTS[language], note.payload, note.payload["fields"]

    def pair(name: str, value: str) -> str:
        return words["pair"].format(words[name], value)

    def labels(name: str, separator: str) -> str:
        return separator.join(getattr(taxonomy, name)[word].label(language) for word in payload[name])

    yield pair("country", labels("countries", ", "))
    yield pair("status", status_text(payload["status"], language))
    if payload["legal_outcome"]:
        yield pair("legal_outcome", words[payload["legal_outcome"]])
    if evidence := payload["evidence"]:
        evaluations = (f"{found['year']}: {found['outcome']} <{found['url']}>" for found in evidence["evaluations"])
        yield _list(pair("evidence", evidence_text(evidence, language)), evaluations)
    yield from choice_texts(payload, language)
    for name, day in dates(fields):
        yield pair(name, day_text(day, language))
    yield pair("crime_type", labels("crime_types", SEMICOLON[language]))
    yield pair("phase", labels("phases", SEMICOLON[language]))
    if payload["powers"]:
        yield pair("power", labels("powers", SEMICOLON[language]))
    bodies = (
        f"{body['name']} ({words['leads']})" if body["role"] == "lead" else body["name"]
        for body in fields["organisations"]
    )
    yield _list(pair("organisations", ""), bodies)
    if issuer := fields.get("issuer"):
        yield pair("issuer", issuer)
    if laws := fields.get("legal_basis"):
        yield _list(pair("legal_basis", ""), (_law(law, taxonomy, language) for law in laws))
    for name in ("reviewed", "review_by"):
        yield pair(name, day_text(payload[name], language))
    yield pair("language", ". ".join((NAMES[note.lang][language], *translation_texts(payload, language))))
    yield f"TLP:{payload['tlp'].upper()}"
    if audience := fields.get("audience"):
        yield pair("audience", audience_text(audience, taxonomy, language))
    for name in ("owner", "licence"):
        if fields.get(name):
            yield pair(name, fields[name])


def _contacts(note: NoteVersion, language: Language) -> Iterator[str]:
    """Yield the section of whom to reach, if the note names somebody."""
    words = TEXTS[language]

    def item(contact: Mapping[str, Any]) -> str:
        whom = ", ".join(words[each] for each in contact["for_whom"])
        known = [("for_whom", whom), *((name, contact[name]) for name in ("at_hand", "then") if name in contact)]
        more = [contact["when"], *(words["pair"].format(words[name], text) for name, text in known)]
        return _list(
            f"- {contact_text(contact, note.lang)}",
            (*more, words["checked_on"].format(day_text(contact["checked"], language))),
        )

    if contacts := note.payload["contacts"]:
        yield "\n".join((f"## {words['contacts']}\n", *map(item, contacts)))


def _list(head: str, values: Iterable[str]) -> str:
    return "\n".join((head.rstrip(), *(f"  - {value}".replace("\n", " ") for value in values)))


def _law(law: Mapping[str, Any], taxonomy: Taxonomy, language: Language) -> str:
    words = TEXTS[language]
    name = law.get("name") or words["no_law"]
    if "country" in law:
        name = words["pair"].format(taxonomy.countries[law["country"]].label(language), name)
    more = ", ".join(law[field] for field in ("celex", "eli", "note") if field in law)
    return f"{name} ({more})" if more else name


def _links(note: NoteVersion, site: str, language: Language) -> Iterator[str]:
    """Yield a section for each kind of link to other notes; objectives with the practices that serve them."""
    words = TEXTS[language]

    def item(linked: LinkedNote) -> str:
        past = past_text(linked.status, linked.legal_outcome, linked.draft, language)
        named = f"- [{linked.title}]({page_address(site, linked.id, language)}) ({'/'.join(linked.countries)})"
        return f"{named}, **{past}**" if past else named

    def items(notes: Iterable[LinkedNote], indent: str = "") -> str:
        return "\n".join(f"{indent}{item(linked)}" for linked in notes)

    for name in ("counterparts", "implements"):
        if found := getattr(note.links, name):
            yield f"## {words[name]}\n\n{items(found)}"
    if objectives := objectives_served(note):
        served = (f"- {text}\n{items(notes, '  ') or '  - ' + words['no_practice']}" for _, text, notes in objectives)
        yield "\n".join((f"## {words['objectives_served']}\n", *served))
    if whole := [linked for linked in note.links.implemented_by if not linked.objectives]:
        yield f"## {words['serving_whole']}\n\n{items(whole)}"
    if note.links.see_also:
        yield f"## {words['see_also']}\n\n{items(note.links.see_also)}"
