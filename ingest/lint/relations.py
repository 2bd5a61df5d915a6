"""Check what notes say of each other: links, succession, counterparts, labels (KB306 to KB314, KB407, KB408)."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ingest.lint.places import Position
from ingest.lint.rule import Context, rule
from kb.access import NOBODY, Handling, whoever_sees
from kb.issue import Issue, Level, did_you_mean
from kb.notes.front_matter import TLP_ORDER, PracticeFields, StrategyFields
from kb.notes.note import Kind, LanguageVersion, Note, linked_note
from kb.notes.plain_yaml import At


class Reference(NamedTuple):
    """What a field of a note says of another note, and where: `rel` is the relation, `replaced-by` included."""

    rel: str
    id: str
    at: At
    objective: str = ""


def references(note: Note) -> list[Reference]:
    """Return all notes that the fields of a note name."""
    fields = note.fields
    found = [Reference(link.rel, link.id, ("related", place)) for place, link in enumerate(fields.related)]
    if isinstance(fields, PracticeFields):
        for place, strategy in enumerate(fields.implements):
            note_id, _, objective = strategy.partition("#")
            found.append(Reference("implements", note_id, ("implements", place), objective))
    if isinstance(fields, StrategyFields):
        found += [Reference("replaces", note_id, ("replaces", place)) for place, note_id in enumerate(fields.replaces)]
        for place, note_id in enumerate(fields.replaced_by):
            found.append(Reference("replaced-by", note_id, ("replaced_by", place)))
    return found


@rule(
    "KB306",
    Level.ERROR,
    bad="related: [{id: lu-nothing, rel: see-also}]",
    good="related: [{id: lu-urlabuse, rel: see-also}]",
)
def relation(context: Context) -> Iterator[Issue]:
    """Related notes exist."""
    known = {note_id for _, note_id in context.collection.ids}
    for note in context.collection.notes:
        for reference in references(note):
            if reference.rel != "implements" and reference.id not in known:
                remedy = did_you_mean(reference.id, known, list_all=False)
                yield context.issue(note.original_version, f"`{reference.id}` is no note.", remedy, at=reference.at)


@rule("KB307", Level.ERROR, bad="implements: [nl-nlcs#p9]", good="implements: [nl-nlcs#p3]")
def implements(context: Context) -> Iterator[Issue]:
    """`implements` names a strategy and, after `#`, one of its objectives."""
    notes = {note.id: note for note in context.collection.notes}
    strategies = {note_id for kind, note_id in context.collection.ids if kind is Kind.STRATEGY}
    for note in context.collection.notes:
        for rel, other, at, objective in references(note):
            if rel != "implements":
                continue
            strategy = notes.get(other)
            if other not in strategies:
                message = f"`{other}` is no strategy."
                remedy = did_you_mean(other, strategies, list_all=False)
                yield context.issue(note.original_version, message, remedy, at=at)
            elif strategy and objective and objective not in (known := strategy.objective_texts(strategy.original)):
                message = f"`{other}` has no objective `{objective}`."
                yield context.issue(note.original_version, message, did_you_mean(objective, known), at=at)


@rule(
    "KB309",
    Level.ERROR,
    bad="related: [{id: an-amber-note, rel: see-also}] in a TLP:CLEAR note",
    good="the link stands in the amber note",
)
def label(context: Context) -> Iterator[Issue]:
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
                    message = f"the note is {own} and names `{other}`, which is {handling}."
                    remedy = "Name it from that note instead, if its readers may see both."
                    yield context.issue(version, message, remedy, at=at)


def _named(note: Note) -> Iterator[tuple[str, LanguageVersion, At | Position]]:
    """Yield the id of every note that the fields or the text of one name, and where."""
    for note_id, at in {reference.id: reference.at for reference in references(note)}.items():
        yield note_id, note.original_version, at
    for version in note.versions.values():
        for link in version.links:
            if linked := linked_note(note.kind, note.id, link.target):
                yield linked[1], version, Position(link.line)


UNDER_WAY: Final = ("pilot", "operational", "in-force")


@rule(
    "KB310",
    Level.WARNING,
    bad="replaced_by: [nl-iaof-2025], and nl-iaof-2025 does not name this note",
    good="replaced_by: [nl-iaof-2025], and there replaces: [nl-iaof]",
)
def succession(context: Context) -> Iterator[Issue]:
    """A note replaces what is no longer in force, and says so itself."""
    notes = {note.id: note for note in context.collection.notes}
    for note in notes.values():
        replaces, replaced_by = _succession(note)
        for other_id, at in replaces.items():
            other = notes.get(other_id)
            if other is None:
                continue
            if note.id in _succession(other)[0] or other_id in replaced_by:
                message = f"`{other_id}` and this note each claim to replace the other."
                remedy = "State it in the later note only."
                yield context.issue(note.original_version, message, remedy, at=at)
            elif note.fields.status in UNDER_WAY and other.fields.status in UNDER_WAY:
                message = f"`{other_id}`, which this note replaces, is still `{other.fields.status}`."
                remedy = "Correct the status there, or leave the link out here."
                yield context.issue(note.original_version, message, remedy, at=at)
        for other_id, at in replaced_by.items():
            if other_id in notes and note.id not in _succession(notes[other_id])[0]:
                message = f"`{other_id}` does not say that it replaces this note."
                remedy = f"Write `{note.id}` into its `replaces`, by which readers are led from one to the other."
                yield context.issue(note.original_version, message, remedy, at=at)


def _succession(note: Note) -> tuple[Mapping[str, At], Mapping[str, At]]:
    """Return the notes that one replaces and is replaced by, as it says itself, and where."""
    replaces, replaced_by = (
        {reference.id: reference.at for reference in references(note) if reference.rel == rel}
        for rel in ("replaces", "replaced-by")
    )
    return replaces, replaced_by


@rule(
    "KB314",
    Level.WARNING,
    bad="be-baps names nl-anti-phishing-shield, which names no counterpart",
    good="related: [{id: be-baps, rel: counterpart-of}] in nl-anti-phishing-shield, too",
)
def one_way(context: Context) -> Iterator[Issue]:
    """Counterparts name each other, where the readers of both may see both."""
    notes = {note.id: note for note in context.collection.notes}
    access = {note.id: Handling.of(note.fields).keys(context.taxonomy) for note in notes.values()}
    for note in notes.values():
        for place, link in enumerate(note.fields.related):
            other = notes.get(link.id)
            if link.rel != "counterpart-of" or other is None or note.id in other.counterparts:
                continue
            if note.fields.draft and not other.fields.draft:
                continue  # a link to it would lead readers nowhere
            if whoever_sees(access[other.id], access[note.id]):  # else KB309 would refuse it there
                message = f"`{other.id}` does not name this note as its counterpart."
                remedy = f"Add `{{id: {note.id}, rel: counterpart-of}}` to its `related`."
                yield context.issue(note.original_version, message, remedy, at=("related", place))


BENELUX: Final = ("BE", "NL", "LU")


@rule("KB407", Level.WARNING, bad="(nothing about LU)", good="no_counterpart: [LU]")
def counterpart(context: Context) -> Iterator[Issue]:
    """A practice of one Benelux country names its counterparts in the two others, or says that none was found."""
    areas = context.taxonomy.countries
    countries = {note.id: note.fields.countries for note in context.collection.notes}
    linked = _counterparts(context)
    unread = {note_id for _, note_id in context.collection.ids} - countries.keys()
    for note in context.collection.notes:
        fields, others = note.fields, linked.get(note.id, set())
        if others & unread:
            continue  # a note with errors does not say yet where it holds
        if not isinstance(fields, PracticeFields) or len(fields.countries) != 1 or fields.countries[0] not in BENELUX:
            continue
        named = {area for other in others for area in countries.get(other, ()) if area in areas}
        reached = named.union(*(areas.narrower(area) for area in named))
        for country in BENELUX:
            if country not in (*fields.countries, *fields.no_counterpart) and country not in reached:
                message = f"no counterpart in {country} is named."
                remedy = f"Link one as `counterpart-of`, or write `no_counterpart: [{country}]` if none was found."
                yield context.issue(note.original_version, message, remedy, at=("related",))
            if country in fields.no_counterpart and country in reached:
                message = f"`no_counterpart` names {country}, and a counterpart there is linked."
                yield context.issue(note.original_version, message, at=("no_counterpart",))


def _counterparts(context: Context) -> Mapping[str, set[str]]:
    """Return the counterparts of each note, whichever of the two names the other."""
    linked: dict[str, set[str]] = {}
    for note in context.collection.notes:
        for other in note.counterparts:
            linked.setdefault(note.id, set()).add(other)
            linked.setdefault(other, set()).add(note.id)
    return linked


@rule("KB408", Level.WARNING, bad="(no link)", good="related: [{id: lu-urlabuse, rel: see-also}]")
def orphan(context: Context) -> Iterator[Issue]:
    """A note has a link to another, or another to it."""
    notes = context.collection.notes
    named = {other for note in notes for other in note.named}
    for note in notes if len(notes) > 1 else ():
        if not note.named and note.id not in named:
            message = "no note names this one, and it names none."
            remedy = "Link what it serves, what is its counterpart, or what to read next."
            yield context.issue(note.original_version, message, remedy)
