"""KB401 to KB403: every number of a note stands in an extract of one of its sources, and in each of its languages."""

from collections.abc import Iterator

from ingest.lint.places import first_place
from ingest.lint.rule import Reading, Rule
from kb.issue import Level, Problem
from kb.text.figures import figures
from kb.text.languages import NAMES, Language


def _extracts(reading: Reading) -> Iterator[Problem]:
    held = reading.collection.extracts
    if held is None:
        return
    for note in reading.collection.notes:
        _, entries = held.get(note.id, ("", ()))
        read = {entry.url for entry in entries}
        for place, source in enumerate(note.fields.sources):
            if source.url not in read:
                yield reading.problem(
                    note.original_version, "KB401", f"`sources/{note.id}.yaml` has no extract of `{source.url}`.",
                    "Write there what the note takes from it.", at=("sources", place, "url"),
                )  # fmt: skip
        cited = {source.url for source in note.fields.sources}
        for entry in entries:
            if entry.url not in cited:
                yield Problem(
                    held[note.id][0], 1, 1, "KB401", f"`{entry.url}` is no source of `{note.id}`.",
                    "Add it to the note's `sources`, or remove the extract.",
                )  # fmt: skip
    for stray in sorted(held.keys() - {one for _, one in reading.collection.ids}):
        yield Problem(held[stray][0], 1, 1, "KB401", f"there is no note `{stray}`.", "Remove or rename the file.")


def _figures(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        entries = reading.extracts(note)
        if not entries:
            continue
        known = figures("\n".join(fact for entry in entries for fact in entry.facts))
        for version in note.versions.values():
            for number, written in version.figures.items():
                if number not in known:
                    yield reading.problem(
                        version, "KB402", f"no source extract of the note gives the number `{written}`.",
                        f"Write the fact into `sources/{note.id}.yaml`, or take the number out.",
                        **first_place(version, written),
                    )  # fmt: skip


def _same_figures(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        if language is note.original:
            continue
        theirs, ours = note.original_version.figures, version.figures
        for number in sorted(theirs.keys() - ours.keys()):
            yield reading.problem(
                version, "KB403",
                f"the {NAMES[note.original][Language.EN]} text has the number `{theirs[number]}`, this one has not.",
                line=version.body_line,
            )  # fmt: skip
        for number in sorted(ours.keys() - theirs.keys()):
            yield reading.problem(
                version, "KB403",
                f"the number `{ours[number]}` is not in the {NAMES[note.original][Language.EN]} text.",
                **first_place(version, ours[number]),
            )  # fmt: skip


_W = Level.WARNING
FACT_RULES: tuple[Rule, ...] = (
    Rule("KB401", "extract", _W, "Where there is a folder `sources`, every source of a note has its extract there.",
         "a source that `sources/be-baps.yaml` does not have", "- {url: …, publisher: …, accessed: …, facts: […]}",
         _extracts),
    Rule("KB402", "figure", _W, "Every number in a note stands in one of its source extracts.",
         "over 15 million clicks (the source: 14 million)", "14 million clicks", _figures),
    Rule("KB403", "same-figures", _W, "A translation has the numbers of its original.", "15 millions", "14 millions",
         _same_figures),
)  # fmt: skip
