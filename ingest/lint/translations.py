"""Check that a translation renders its original as it is now, with its numbers (KB305, KB403)."""

from collections.abc import Iterator

from ingest.lint.places import Position, first_place
from ingest.lint.rule import Context, rule
from kb.issue import Issue, Level
from kb.text.languages import NAMES, Language


@rule("KB305", Level.WARNING, bad="source_revision of last year's text", good="source_revision of today's text")
def stale_translation(context: Context) -> Iterator[Issue]:
    """A translation renders the original as it is now."""
    for note, language, version in context.versions():
        if note.is_stale(language):
            now = note.original_version.revision
            message = f"the {NAMES[note.original][Language.EN]} text has changed since it was translated."
            remedy = f'Bring the translation up to date and write `source_revision: "{now}"`.'
            yield context.issue(version, message, remedy, at=("translation", "source_revision"))


@rule("KB403", Level.WARNING, bad="15 millions", good="14 millions")
def same_figures(context: Context) -> Iterator[Issue]:
    """A translation has the numbers of its original."""
    for note, language, version in context.versions():
        if language is note.original:
            continue
        original = NAMES[note.original][Language.EN]
        theirs, ours = note.original_version.figures, version.figures
        for number in sorted(theirs.keys() - ours.keys()):
            message = f"the {original} text has the number `{theirs[number]}`, this one has not."
            yield context.issue(version, message, at=Position(version.body_line))
        for number in sorted(ours.keys() - theirs.keys()):
            message = f"the number `{ours[number]}` is not in the {original} text."
            yield context.issue(version, message, at=first_place(version, ours[number]))
