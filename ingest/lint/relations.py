"""Check what notes say of each other and of contacts: links, succession, counterparts, labels (KB121, KB3xx, KB407)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from ingest.lint.places import Position
from ingest.lint.rule import ERROR, WARNING, Context, Found, rule
from kb.access import NOBODY, Handling, whoever_sees
from kb.issue import did_you_mean
from kb.notes.front_matter import TLP_ORDER, PracticeFields
from kb.notes.note import Kind, LanguageVersion, Note, linked_note
from kb.notes.plain_yaml import At
from kb.notes.taxonomy import BENELUX
from kb.said import said

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def references(note: Note) -> Iterator[tuple[str, str, At, str]]:
    """Yield what fields say of other notes: relation (or `replaced-by`), id, where, objective."""
    for place, link in enumerate(note.fields.related):
        yield link.rel, link.id, ("related", place), ""
    for field in ("implements", "replaces", "replaced_by"):
        for place, named in enumerate(getattr(note.fields, field, ())):
            note_id, _, objective = named.partition("#")
            yield field.replace("_", "-"), note_id, (field, place), objective


def named_in(note: Note, *rels: str) -> Mapping[str, At]:
    """Return id -> place of the notes that fields name; only in these relations, if any are given."""
    return {note_id: at for rel, note_id, at, _ in references(note) if rel in rels or not rels}


@rule(
    "KB306", ERROR, bad="related: [{id: lu-nothing, rel: see-also}]", good="related: [{id: lu-urlabuse, rel: see-also}]"
)
def relation(context: Context, note: Note) -> Iterator[Found]:
    """Related notes exist."""
    ids = context.collection.ids
    for rel, other, at, _ in references(note):
        if rel != "implements" and ids.isdisjoint((kind, other) for kind in Kind):
            remedy = did_you_mean(other, (known for _, known in ids), list_all=False)
            yield note, at, said("`{note}` is no note.", note=other), remedy


@rule("KB316", ERROR, bad="contacts: [be-cardstop]", good="contacts: [be-card-stop]")
def contact_exists(context: Context, note: Note) -> Iterator[Found]:
    """The contacts that a note names exist."""
    known = context.collection.contacts
    for place, named in enumerate(note.fields.contacts):
        if named not in known:
            remedy = did_you_mean(named, known, list_all=False)
            yield note, ("contacts", place), said("`{contact}` is no contact.", contact=named), remedy


@rule("KB121", ERROR, bad="crime_types: [fishing] (of a contact)", good="crime_types: [phishing]")
def words_of_contact(context: Context) -> Iterator[Found]:
    """Crime types and countries of contacts are words of the vocabularies."""
    for entry in context.collection.contacts.values():
        for name in ("crime_types", "countries"):
            scheme = getattr(context.taxonomy, name)
            for word in getattr(entry.contact, name):
                if word not in scheme:
                    form = "`{word}` of contact `{id}` is not in the vocabulary {vocabulary}."
                    message = said(form, word=word, id=entry.contact.id, vocabulary=scheme.name)
                    yield entry.path, Position(entry.line), message, did_you_mean(word, scheme)


@rule("KB307", ERROR, bad="implements: [nl-nlcs#p9]", good="implements: [nl-nlcs#p3]")
def implements(context: Context, note: Note) -> Iterator[Found]:
    """`implements` names a strategy and, after `#`, one of its objectives."""
    for rel, other, at, objective in references(note):
        if rel != "implements":
            continue
        strategy = context.notes.get(other)
        if (Kind.STRATEGY, other) not in context.collection.ids:
            strategies = (known for kind, known in context.collection.ids if kind is Kind.STRATEGY)
            remedy = did_you_mean(other, strategies, list_all=False)
            yield note, at, said("`{note}` is no strategy.", note=other), remedy
        elif strategy and objective and objective not in (known := strategy.objective_texts(strategy.original)):
            message = said("`{note}` has no objective `{id}`.", note=other, id=objective)
            yield note, at, message, did_you_mean(objective, known)


@rule(
    "KB309",
    ERROR,
    bad="related: [{id: an-amber-note, rel: see-also}] in a TLP:CLEAR note",
    good="the link stands in the amber note",
)
def label(context: Context) -> Iterator[Found]:
    """A note names only notes that all its readers may see, because an id alone reveals that a note exists."""
    stated: dict[str, list[Handling]] = {}  # also by drafts, and by notes with errors
    for (note_id, _), several in context.collection.handling.items():
        for handling in several:
            # Where an audience cannot be read, its own note has an issue; here its label counts.
            counted = Handling(handling.tlp) if handling.audience is NOBODY else handling
            if counted.tlp in TLP_ORDER and counted not in stated.setdefault(note_id, []):
                stated[note_id].append(counted)
    for note in context.collection.notes:
        own = Handling.of(note.fields)
        readers = own.keys(context.taxonomy)
        for other, version, at in _named(note):
            for handling in stated.get(other, ()):
                if not whoever_sees(readers, handling.keys(context.taxonomy)):
                    labels = {"label": own, "note": other, "theirs": handling}
                    message = said("the note is {label} and names `{note}`, which is {theirs}.", **labels)
                    remedy = said("Name it from that note instead, if its readers may see both.")
                    yield version, at, message, remedy


def _named(note: Note) -> Iterator[tuple[str, LanguageVersion, At | Position]]:
    """Yield the id of every note that the fields or the text of one name, and where."""
    for note_id, at in named_in(note).items():
        yield note_id, note.original_version, at
    for version in note.versions.values():
        for link in version.links:
            if linked := linked_note(note.kind, note.id, link.target):
                yield linked[1], version, Position(link.line)


UNDER_WAY: Final = ("pilot", "operational", "in-force")


@rule(
    "KB310",
    WARNING,
    bad="replaced_by: [nl-iaof-2025], and nl-iaof-2025 does not name this note",
    good="replaced_by: [nl-iaof-2025], and there replaces: [nl-iaof]",
)
def succession(context: Context, note: Note) -> Iterator[Found]:
    """A note replaces what is no longer in force, and says so itself."""
    notes, replaced_by = context.notes, named_in(note, "replaced-by")
    for other_id, at in named_in(note, "replaces").items():
        if (other := notes.get(other_id)) is None:
            continue
        if note.id in other.replaces or other_id in replaced_by:
            message = said("`{note}` and this note each claim to replace the other.", note=other_id)
            yield note, at, message, said("State it in the later note only.")
        elif note.fields.status in UNDER_WAY and other.fields.status in UNDER_WAY:
            status = {"note": other_id, "status": other.fields.status}
            message = said("`{note}`, which this note replaces, is still `{status}`.", **status)
            yield note, at, message, said("Correct the status there, or leave the link out here.")
    for other_id, at in replaced_by.items():
        if other_id in notes and note.id not in notes[other_id].replaces:
            message = said("`{note}` does not say that it replaces this note.", note=other_id)
            form = "Write `{note}` into its `replaces`, by which readers are led from one to the other."
            remedy = said(form, note=note.id)
            yield note, at, message, remedy


@rule(
    "KB314",
    WARNING,
    bad="be-baps names nl-anti-phishing-shield, which names no counterpart",
    good="related: [{id: be-baps, rel: counterpart-of}] in nl-anti-phishing-shield, too",
)
def one_way(context: Context, note: Note) -> Iterator[Found]:
    """Counterparts name each other, where the readers of both may see both."""
    for place, link in enumerate(note.fields.related):
        other = context.notes.get(link.id)
        if link.rel != "counterpart-of" or other is None or note.id in other.counterparts:
            continue
        if note.fields.draft and not other.fields.draft:
            continue  # a link to it would lead readers nowhere
        theirs, own = (Handling.of(each.fields).keys(context.taxonomy) for each in (other, note))
        if whoever_sees(theirs, own):  # else KB309 would refuse it there
            message = said("`{note}` does not name this note as its counterpart.", note=other.id)
            remedy = said("Add `{{id: {note}, rel: counterpart-of}}` to its `related`.", note=note.id)
            yield note, ("related", place), message, remedy


@rule("KB407", WARNING, bad="(nothing about LU)", good="no_counterpart: [LU]")
def counterpart(context: Context) -> Iterator[Found]:
    """A practice of one Benelux country names its counterparts in the two others, or says that none was found."""
    benelux = context.taxonomy.countries.narrower(BENELUX)
    countries = {note.id: note.fields.countries for note in context.collection.notes}
    linked: dict[str, set[str]] = defaultdict(set)  # whichever of the two names the other
    for note in context.collection.notes:
        for other in note.counterparts:
            linked[note.id].add(other)
            linked[other].add(note.id)
    unread = {note_id for _, note_id in context.collection.ids} - countries.keys()
    for note in context.collection.notes:
        fields, others = note.fields, linked[note.id]
        if others & unread:
            continue  # a note with errors does not say yet where it holds
        if not isinstance(fields, PracticeFields) or len(fields.countries) != 1 or fields.countries[0] not in benelux:
            continue
        reached = context.taxonomy.reach(area for other in others for area in countries.get(other, ()))
        for country in benelux:
            if country not in (*fields.countries, *fields.no_counterpart) and country not in reached:
                message = said("no counterpart in {country} is named.", country=country)
                form = "Link one as `counterpart-of`, or write `no_counterpart: [{country}]` if none was found."
                remedy = said(form, country=country)
                yield note, ("related",), message, remedy
            if country in fields.no_counterpart and country in reached:
                message = said("`no_counterpart` names {country}, and a counterpart there is linked.", country=country)
                yield note, ("no_counterpart",), message, ""


@rule(
    "KB413",
    ERROR,
    bad='{crime_type: phishing, phase: prevention, country: BE, searched: "2026-11-29"}, and be-baps is about that',
    good='{crime_type: phishing, phase: prevention, country: LU, searched: "2026-11-29"}',
)
def searched_in_vain(context: Context) -> Iterator[Found]:
    """What `taxonomy/searched.yaml` says was searched in vain is a cell of the map of practices without any."""
    taxonomy = context.taxonomy
    vocabularies = {
        "crime_type": [*taxonomy.crime_types],
        "phase": [*taxonomy.phases],
        "country": taxonomy.countries.narrower(BENELUX),
    }
    practices = [note for note in context.collection.notes if note.kind is Kind.PRACTICE]
    for search in taxonomy.searched:
        path, at = search.path, Position(search.line)
        wrong = [(name, words) for name, words in vocabularies.items() if getattr(search, name) not in words]
        for name, words in wrong:
            value = getattr(search, name)
            message = said("`{field}: {value}` is not in the vocabulary.", field=name, value=value)
            yield path, at, message, did_you_mean(value, words)
        if not _DAY.fullmatch(search.searched) or search.searched > context.today:
            message = said("`{field}: {day}` is no day gone by.", field="searched", day=search.searched)
            yield path, at, message, said("Write it like `2026-11-29`.")
        if wrong:
            continue
        within = {search.crime_type, *taxonomy.crime_types.narrower(search.crime_type)}
        for note in practices:
            fields = note.fields
            about = search.phase in fields.phases and not within.isdisjoint(fields.crime_types)
            if about and search.country in taxonomy.reach(fields.countries):
                yield path, at, said("`{note}` is a practice of this cell.", note=note.id), said("Remove the entry.")
                break


@rule("KB408", WARNING, bad="(no link)", good="related: [{id: lu-urlabuse, rel: see-also}]")
def orphan(context: Context) -> Iterator[Found]:
    """A note has a link to another, or another to it."""
    notes = context.collection.notes
    named = {other for note in notes for other in note.named}
    for note in notes if len(context.collection.ids) > 1 else ():
        if not note.named and note.id not in named:
            message = said("no note names this one, and it names none.")
            yield note, (), message, said("Link what it serves, what is its counterpart, or what to read next.")
