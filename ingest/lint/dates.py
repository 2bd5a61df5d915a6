"""Check that days and status go together (KB311, KB312), and that days of review are kept (KB409, KB410).

Days that the sources do not give may be left out.
"""

from collections.abc import Iterator

from ingest.lint.places import Position
from ingest.lint.relations import named_in
from ingest.lint.rule import ERROR, WARNING, Context, Found, rule
from kb.notes.front_matter import PracticeFields, StrategyFields
from kb.notes.note import Note
from kb.notes.plain_yaml import At
from kb.said import said

NOT_OVER = ("proposed", "draft", "adopted", "pilot", "operational", "in-force")
OVER_BY_DAY = ("ended", "expired")


@rule("KB311", WARNING, bad="status: operational, ended: (a day gone by)", good="status: ended, ended: (a day gone by)")
def status(context: Context, note: Note) -> Iterator[Found]:
    """The status fits the days."""
    for field in ("ended", "valid_until"):
        day = getattr(note.fields, field, None)
        if day is None:
            continue
        if note.fields.status in NOT_OVER and _before(day, context.today):
            form = "`{field}: {day}` has gone by, and the status is `{status}`."
        elif note.fields.status in OVER_BY_DAY and _before(context.today, day):
            form = "`{field}: {day}` is still to come, and the status is `{status}`."
        else:
            continue
        message = said(form, field=field, day=day, status=note.fields.status)
        yield note, (field,), message, said("Correct the one or the other.")


@rule(
    "KB312", WARNING, bad="started: 2026, implements: [be-kiv] (until 2024)", good="started: 2023, implements: [be-kiv]"
)
def served_too_late(context: Context, note: Note) -> Iterator[Found]:
    """A practice began while the strategies that it implements were in force."""
    for other, at in named_in(note, "implements").items():
        fields = context.notes[other].fields if other in context.notes else None
        if isinstance(fields, StrategyFields) and isinstance(note.fields, PracticeFields):
            end = fields.ended or fields.valid_until
            if end and _before(end, note.fields.started):
                message = said(
                    "`{note}` was over ({end}) when this practice began ({start}).",
                    note=other,
                    end=end,
                    start=note.fields.started,
                )
                yield note, at, message, said("Name the strategy that it serves, or correct the day.")


@rule("KB409", WARNING, bad="review_by: (a day gone by)", good="review_by: (a day to come)")
def review(context: Context, note: Note) -> Iterator[Found]:
    """A note is reviewed by the day it names."""
    if note.fields.review_by < context.today:
        message = said("the note was to be reviewed by {day}.", day=note.fields.review_by)
        remedy = said("Compare it with its sources and move `reviewed` and `review_by`.")
        yield note, ("review_by",), message, remedy


@rule("KB411", ERROR, bad="checked: (more than a year ago)", good="checked: (a day of the last twelve months)")
def contact_checked(context: Context) -> Iterator[Found]:
    """A contact was compared with its sources in the last year: a wrong number does harm."""
    year, rest = int(context.today[:4]) - 1, context.today[4:]
    for entry in context.collection.contacts.values():
        contact = entry.contact
        if not f"{year}{rest}" <= contact.checked <= context.today:
            message = said("contact `{id}` was checked on {day}.", id=contact.id, day=contact.checked)
            remedy = said("Compare it with its sources and write today's date, or remove what they no longer state.")
            yield entry.path, Position(entry.line), message, remedy


@rule("KB410", WARNING, bad="reviewed: (a day to come)", good="reviewed: (the day it was compared with its sources)")
def day_to_come(context: Context, note: Note) -> Iterator[Found]:
    """Days on which something was done are not in the future: of review, of reading a source, of a start."""
    fields = note.fields
    days: list[tuple[str | None, At]] = [(fields.reviewed, ("reviewed",))]
    days += [(source.accessed, ("sources", place, "accessed")) for place, source in enumerate(fields.sources)]
    if fields.status not in ("proposed", "draft"):
        days += [(getattr(fields, name, None), (name,)) for name in ("started", "adopted", "in_force_from")]
    for day, at in days:
        if day and day > context.today:
            message = said("`{field}: {day}` is still to come.", field=at[-1], day=day)
            yield note, at, message, said("Write the day on which it was so.")


def _before(day: str, other: str) -> bool:
    """Return whether a day, a month or a year is surely over when another begins."""
    return day < other[: len(day)] if len(day) <= len(other) else day[: len(other)] < other
