"""Check that notes say what their sources say (KB401, KB402), and translations what originals say (KB305, KB403)."""

from collections.abc import Iterator

from ingest.lint.places import Position, first_place
from ingest.lint.rule import WARNING, Context, Found, rule
from kb.notes.note import LanguageVersion, Note
from kb.text.figures import figures
from kb.text.languages import NAMES, Language


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
                message = f"`sources/{note.id}.yaml` has no extract of `{source.url}`."
                yield note, ("sources", place, "url"), message, "Write there what the note takes from it."
        cited = {source.url for source in note.fields.sources}
        for entry in entries:
            if entry.url not in cited:
                message = f"`{entry.url}` is no source of `{note.id}`."
                yield path, Position(1), message, "Add it to the note's `sources`, or remove the extract."
    for stray in sorted(extracts.keys() - {note_id for _, note_id in context.collection.ids}):
        yield extracts[stray][0], Position(1), f"there is no note `{stray}`.", "Remove or rename the file."


@rule("KB402", WARNING, bad="over 15 million clicks (the source: 14 million)", good="14 million clicks")
def figure(context: Context, note: Note) -> Iterator[Found]:
    """Every number in a note stands in one of its source extracts."""
    if (facts := context.facts(note)) is None:
        return
    known = figures(facts)
    for version in note.versions.values():
        for number, written in version.figures.items():
            if number not in known:
                message = f"no source extract of the note gives the number `{written}`."
                remedy = f"Write the fact into `sources/{note.id}.yaml`, or take the number out."
                yield version, first_place(version, written), message, remedy


@rule("KB305", WARNING, bad="source_revision of last year's text", good="source_revision of today's text")
def stale_translation(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """A translation renders the original as it is now."""
    if note.is_stale(version.language):
        now = note.original_version.revision
        message = f"the {NAMES[note.original][Language.EN]} text has changed since it was translated."
        remedy = f'Bring the translation up to date and write `source_revision: "{now}"`.'
        yield version, ("translation", "source_revision"), message, remedy


@rule("KB403", WARNING, bad="15 millions", good="14 millions")
def same_figures(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """A translation has the numbers of its original."""
    original = NAMES[note.original][Language.EN]
    theirs, ours = note.original_version.figures, version.figures
    for number in sorted(theirs.keys() - ours.keys()):
        message = f"the {original} text has the number `{theirs[number]}`, this one has not."
        yield version, Position(version.body_line), message, ""
    for number in sorted(ours.keys() - theirs.keys()):
        message = f"the number `{ours[number]}` is not in the {original} text."
        yield version, first_place(version, ours[number]), message, ""
