"""KB310 to KB315: how notes stand: what replaces what, what is over, what was served when it was, and who is whose
counterpart.

Searches read links in both directions; KB314 is for those who read a file alone. Days that the sources do not tell may
be left out.
"""

from collections.abc import Iterator, Mapping

from ingest.lint.rule import Reading, Rule
from kb.access import Handling, whoever_sees
from kb.issue import Level, Problem
from kb.notes.front_matter import At, PracticeFields, StrategyFields
from kb.notes.note import Note

_UNDER_WAY = ("pilot", "operational", "in-force")
_NOT_OVER = ("proposed", "draft", "adopted", *_UNDER_WAY)
_OVER_BY_DAY = ("ended", "expired")


def _succession(reading: Reading) -> Iterator[Problem]:
    notes = {note.id: note for note in reading.collection.notes}
    for note in notes.values():
        for other_id, at in _replaced(note).items():
            other = notes.get(other_id)
            if other is None:
                continue
            if note.id in _replaced(other) or other_id in _replacing(note):
                yield reading.problem(
                    note.original_version, "KB310", f"`{other_id}` and this note are said to replace each other.",
                    "Say it in the later one alone.", at=at,
                )  # fmt: skip
            elif note.fields.status in _UNDER_WAY and other.fields.status in _UNDER_WAY:
                yield reading.problem(
                    note.original_version, "KB310",
                    f"`{other_id}`, which this note replaces, is still `{other.fields.status}`.",
                    "Mend the status there, or leave the link out here.", at=at,
                )  # fmt: skip
        for other_id, at in _replacing(note).items():
            if other_id in notes and note.id not in _replaced(notes[other_id]):
                yield reading.problem(
                    note.original_version, "KB310", f"`{other_id}` does not say that it replaces this note.",
                    f"Write `{note.id}` into its `replaces`, by which readers are led from one to the other.", at=at,
                )  # fmt: skip


def _replaced(note: Note) -> Mapping[str, At]:
    """Notes that this one says it replaces, and where."""
    named: dict[str, At] = {
        link.id: ("related", place) for place, link in enumerate(note.fields.related) if link.rel == "replaces"
    }
    if isinstance(note.fields, StrategyFields):
        named |= {one: ("replaces", place) for place, one in enumerate(note.fields.replaces)}
    return named


def _replacing(note: Note) -> Mapping[str, At]:
    """Notes that this one says it is replaced by, and where."""
    listed = note.fields.replaced_by if isinstance(note.fields, StrategyFields) else ()
    return {one: ("replaced_by", place) for place, one in enumerate(listed)}


def _days(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        status = note.fields.status
        for field in ("ended", "valid_until"):
            day = getattr(note.fields, field, None)
            if day is None:
                continue
            if status in _NOT_OVER and _before(day, reading.today):
                yield reading.problem(
                    note.original_version, "KB311", f"`{field}: {day}` has gone by, and the status is `{status}`.",
                    "Mend the one or the other.", at=(field,),
                )  # fmt: skip
            if status in _OVER_BY_DAY and _before(reading.today, day):
                yield reading.problem(
                    note.original_version, "KB311", f"`{field}: {day}` is still to come, and the status is `{status}`.",
                    "Mend the one or the other.", at=(field,),
                )  # fmt: skip


def _served(reading: Reading) -> Iterator[Problem]:
    strategies = {note.id: note.fields for note in reading.collection.notes if isinstance(note.fields, StrategyFields)}
    for note in reading.collection.notes:
        if not isinstance(note.fields, PracticeFields):
            continue
        named: dict[str, At] = {
            link.id: ("related", place) for place, link in enumerate(note.fields.related) if link.rel == "implements"
        }
        named |= {one.partition("#")[0]: ("implements", place) for place, one in enumerate(note.fields.implements)}
        for other, at in named.items():
            strategy = strategies.get(other)
            end = strategy and (strategy.ended or strategy.valid_until)
            if end and _before(end, note.fields.started):
                yield reading.problem(
                    note.original_version, "KB312",
                    f"`{other}` was over ({end}) when this practice began ({note.fields.started}).",
                    "Name the strategy that it serves, or mend the day.", at=at,
                )  # fmt: skip


def _one_way(reading: Reading) -> Iterator[Problem]:
    notes = {note.id: note for note in reading.collection.notes}
    access = {note.id: Handling.of(note.fields).keys(reading.taxonomy) for note in notes.values()}
    for note in notes.values():
        for place, link in enumerate(note.fields.related):
            other = notes.get(link.id)
            if link.rel != "counterpart-of" or other is None or note.id in other.counterparts:
                continue
            if note.fields.draft and not other.fields.draft:
                continue  # a link to it would lead readers nowhere
            if whoever_sees(access[other.id], access[note.id]):  # else KB309 would refuse it there
                yield reading.problem(
                    note.original_version, "KB314", f"`{other.id}` does not name this note as its counterpart.",
                    f"Add `{{id: {note.id}, rel: counterpart-of}}` to its `related`.", at=("related", place),
                )  # fmt: skip


def _before(day: str, other: str) -> bool:
    """Whether a day, a month or a year is surely over when another begins."""
    return day < other[: len(day)] if len(day) <= len(other) else day[: len(other)] < other


_W = Level.WARNING
STANDING_RULES: tuple[Rule, ...] = (
    Rule("KB310", "succession", _W, "A note replaces what is no longer in force, and says so itself.",
         "replaced_by: [nl-iaof-2025], and nl-iaof-2025 does not name this note",
         "replaced_by: [nl-iaof-2025], and there replaces: [nl-iaof]", _succession),
    Rule("KB311", "status", _W, "The status fits the days.", "status: operational, ended: (a day gone by)",
         "status: ended, ended: (a day gone by)", _days),
    Rule("KB312", "served-too-late", _W, "A practice began while the strategies were in force that it implements.",
         "started: 2026, implements: [be-kiv] (until 2024)", "started: 2023, implements: [be-kiv]", _served),
    Rule("KB313", "near-duplicate", _W, "No two notes say nearly the same, in whatever languages. Looked for by "
         "`kb lint --similar` only, since it needs the encoder.",
         "a note on BAPS in Dutch beside be-baps", "nl.md in be-baps; or a link from one note to the other"),
    Rule("KB314", "one-way", _W, "Counterparts name each other, where the readers of both may see both.",
         "be-baps names nl-anti-phishing-shield, which names no counterpart",
         "related: [{id: be-baps, rel: counterpart-of}] in nl-anti-phishing-shield, too", _one_way),
    Rule("KB315", "draft", _W, "A note is ready to be found. Told by `kb index` only.",
         "draft: true", "without `draft`, or KB_DRAFTS=true where drafts are searched for"),
)  # fmt: skip
