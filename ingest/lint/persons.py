"""Check that personal data stop at the door: numbers, telephones, mailboxes and names of persons (KB405, KB406, KB412).

Messages say what something is and where, and never repeat a number whole: others read what a check prints.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.lint.personal import beside_addresses, find, line, masked, titled
from ingest.lint.places import Position, all_text, of_all, of_body, of_fields, where
from ingest.lint.rule import ERROR, WARNING, Context, Found, rule
from kb.notes.note import LanguageVersion, Note
from kb.notes.plain_yaml import At
from kb.said import said


@rule("KB412", ERROR, bad="the account BE71 0961 2345 6769", good="an account at a Belgian bank")
def identifying_number(context: Context) -> Iterator[Found]:
    """No text, field, source extract or contact holds a national number, an IBAN or a licence plate."""
    for _, _, version in context.versions():
        for found, at, what in _of_version(version, context.front(version), "identifying"):
            yield version, at, *_message(what, found)
    texts = [
        (path, 1, fact)
        for path, entries in (context.collection.extracts or {}).values()
        for extract in entries
        for fact in extract.facts
    ]
    texts += [(entry.path, entry.line, str(entry.contact)) for entry in context.collection.contacts.values()]
    for path, first, text in texts:
        for what, found, _ in find(text, "identifying"):
            yield path, Position(first), *_message(what, found)


def _message(what: str, found: str) -> tuple[str, str]:
    return (
        said("`{number}` is {what}.", number=masked(found), what=said(what)),
        said("Say of what kind it was, and leave the number out."),
    )


_NAMES_PERSONS = ("sources", "authors")
"""Fields that may name whom a text is by."""


@rule("KB405", WARNING, bad="jan.peeters@example.org", good="info@example.org")
def contact(context: Context, note: Note, version: LanguageVersion) -> Iterator[Found]:
    """Telephone numbers and mailboxes are public lines, never a person's."""
    front = {name: value for name, value in context.front(version).items() if name not in _NAMES_PERSONS}
    for found, at, what in _of_version(version, front, "mobiles", "telephones", "mailboxes"):
        if "@" in found:
            if found.casefold() not in context.channels:
                message = said("`{mailbox}` looks like {what}.", mailbox=masked(found), what=said(what))
                yield version, at, message, said("Name a functional one.")
        elif (number := line(found)) not in context.channels:
            public = (context.facts(note) or "") if what != "a mobile number" else ""
            if number not in {line(phone) for _, phone, _ in find(public, "telephones")}:
                form = "`{number}` looks like {what} that is nobody's public line."
                message = said(form, number=masked(found), what=said(what))
                remedy = said("Name the unit instead; a public line belongs into the source extract too.")
                yield version, at, message, remedy


@rule(
    "KB406",
    WARNING,
    bad="inspecteur Peeters; Jan Peeters, Kerkstraat 12",
    good="the investigating unit; a resident of Ghent",
)
def person(version: LanguageVersion) -> Iterator[Found]:
    """Private persons are not named, neither with their title nor with their address."""
    text = all_text(version)
    if titled().search(text):
        for part in of_all(version):
            for match in titled().finditer(part.text):
                at = where(part, match[0], match.start())
                message = said("`{name}` looks like a person's name.", name=match[0])
                yield version, at, message, said("Name the office or the unit.")
    if any(beside_addresses(text)):
        for part in of_all(version):
            for name, start in beside_addresses(part.text):
                message = said("here stands what looks like a person's name beside a postal address.")
                remedy = said("Name the office or the unit, or leave it out.")
                yield version, where(part, name, start), message, remedy


def _of_version(
    version: LanguageVersion, front: Mapping[str, Any], *groups: str
) -> Iterator[tuple[str, At | Position, str]]:
    """Yield the personal data of a version and these fields of it, where they stand, and what they are."""
    fields = tuple(of_fields(front))
    texts = (part.text for part in fields)
    headings, targets = (each.heading for each in version.sections), (each.target for each in version.links)
    if any(
        find("\n".join((version.prose, *headings, *targets, *texts)), *groups)
    ):  # few have any: sooner than by parts
        for part in (*fields, *of_body(version)):
            for what, found, start in find(part.text, *groups):
                yield found, where(part, found, start), what
