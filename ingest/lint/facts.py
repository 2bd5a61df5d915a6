"""Check that notes say what their sources say (KB401, KB402), and translations what originals say (KB305, KB403)."""

from collections.abc import Iterator

from ingest.lint.personal import find
from ingest.lint.places import Position, first_place
from ingest.lint.rule import WARNING, Context, Found, named, rule
from kb.notes.note import LanguageVersion, Note
from kb.said import said
from kb.text.figures import figures


@rule(
    "KB401",
    WARNING,
    bad="a source that `sources/be-baps.yaml` does not have",
    good="- {url: …, publisher: …, accessed: …, facts: […]}",
)
def extract(context: Context) -> Iterator[Found]:
    """Where there is a folder `sources`, every source of a note has its extract there."""
    extracts = context.collection.extracts
    if extracts is None:
        return
    for note in context.collection.notes:
        path, entries = extracts.get(note.id, ("", ()))
        read = {entry.url for entry in entries}
        for place, source in enumerate(note.fields.sources):
            if source.url not in read:
                message = said("`sources/{note}.yaml` has no extract of `{url}`.", note=note.id, url=source.url)
                yield note, ("sources", place, "url"), message, said("Write there what the note takes from it.")
        cited = {source.url for source in note.fields.sources}
        for entry in entries:
            if entry.url not in cited:
                message = said("`{url}` is no source of `{note}`.", url=entry.url, note=note.id)
                yield path, Position(1), message, said("Add it to the note's `sources`, or remove the extract.")
    for stray in sorted(extracts.keys() - {note_id for _, note_id in context.collection.ids}):
        message = said("there is no note `{note}`.", note=stray)
        yield extracts[stray][0], Position(1), message, said("Remove or rename the file.")


@rule("KB402", WARNING, bad="over 15 million clicks (the source: 14 million)", good="14 million clicks")
def figure(context: Context, note: Note) -> Iterator[Found]:
    """Every number in a note stands in one of its source extracts."""
    if (facts := context.facts(note)) is None:
        return
    known = figures(facts)
    for version in note.versions.values():
        for number, written in version.figures.items():
            if number not in known and not _of_a_person(version, written):
                message = said("no source extract of the note gives the number `{number}`.", number=written)
                remedy = said("Write the fact into `sources/{note}.yaml`, or take the number out.", note=note.id)
                yield version, first_place(version, written), message, remedy


@rule("KB305", WARNING, bad="source_revision of last year's text", good="source_revision of today's text")
def stale_translation(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """A translation renders the original as it is now."""
    if note.is_stale(version.language):
        now = note.original_version.revision
        message = said("the {language} text has changed since it was translated.", language=named(note.original))
        remedy = said('Bring the translation up to date and write `source_revision: "{revision}"`.', revision=now)
        yield version, ("translation", "source_revision"), message, remedy


@rule("KB403", WARNING, bad="15 millions", good="14 millions")
def same_figures(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """A translation has the numbers of its original."""
    original = named(note.original)
    theirs, ours = note.original_version.figures, version.figures
    for number in sorted(theirs.keys() - ours.keys()):
        written = theirs[number]
        if _of_a_person(note.original_version, written):
            continue
        message = said(
            "the {language} text has the number `{number}`, this one has not.", language=original, number=written
        )
        yield version, Position(version.body_line), message, ""
    for number in sorted(ours.keys() - theirs.keys()):
        if _of_a_person(version, ours[number]):
            continue
        message = said("the number `{number}` is not in the {language} text.", number=ours[number], language=original)
        yield version, first_place(version, ours[number]), message, ""


def _of_a_person(version: LanguageVersion, written: str) -> bool:
    """Return whether digits belong to a number that nobody should read: `ingest.lint.persons` tells it."""
    return any(written in found for _, found, _ in find(version.prose, "identifying", "mobiles", "telephones"))
