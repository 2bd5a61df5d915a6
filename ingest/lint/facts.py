"""Check numbers: each stands in an extract of a source of its note (KB401, KB402)."""

from collections.abc import Iterator

from ingest.lint.places import first_place
from ingest.lint.rule import Context, rule
from kb.issue import Issue, Level
from kb.text.figures import figures


@rule(
    "KB401",
    Level.WARNING,
    bad="a source that `sources/be-baps.yaml` does not have",
    good="- {url: …, publisher: …, accessed: …, facts: […]}",
)
def extract(context: Context) -> Iterator[Issue]:
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
                remedy = "Write there what the note takes from it."
                yield context.issue(note.original_version, message, remedy, at=("sources", place, "url"))
        cited = {source.url for source in note.fields.sources}
        for entry in entries:
            if entry.url not in cited:
                message = f"`{entry.url}` is no source of `{note.id}`."
                yield Issue(path, 1, 1, "", message, "Add it to the note's `sources`, or remove the extract.")
    for stray in sorted(extracts.keys() - {note_id for _, note_id in context.collection.ids}):
        yield Issue(extracts[stray][0], 1, 1, "", f"there is no note `{stray}`.", "Remove or rename the file.")


@rule("KB402", Level.WARNING, bad="over 15 million clicks (the source: 14 million)", good="14 million clicks")
def figure(context: Context) -> Iterator[Issue]:
    """Every number in a note stands in one of its source extracts."""
    for note in context.collection.notes:
        entries = context.extracts(note)
        if not entries:
            continue
        known = figures("\n".join(fact for entry in entries for fact in entry.facts))
        for version in note.versions.values():
            for number, written in version.figures.items():
                if number not in known:
                    message = f"no source extract of the note gives the number `{written}`."
                    remedy = f"Write the fact into `sources/{note.id}.yaml`, or take the number out."
                    yield context.issue(version, message, remedy, at=first_place(version, written))
