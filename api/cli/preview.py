"""`kb preview`: which searches would find a note, as its files are now, and which notes are nearest to it."""

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import cleaning_up, failures, out, say
from api.cli.preview_questions import OURS, Asked, Queries, own_questions, questions
from kb.errors import NoteError, NotFound, QueryError
from kb.issue import did_you_mean
from kb.settings import load_settings

if TYPE_CHECKING:
    from kb.collection import Collection
    from kb.notes.note import Note
    from kb.notes.taxonomy import Taxonomy
    from search.results import NoteHit, SearchResults
    from search.service import Searcher


def preview(
    note_id: Annotated[str, typer.Argument(metavar="ID", help="The note, e.g. `be-baps`; it may be a draft.")],
    queries: Queries = None,
    first: Annotated[int, typer.Option(help="How many hits count as found.", min=1, max=50)] = 10,
) -> None:
    """What searches would find a note, as its files are now, and which notes are nearest to it. Indexes nothing."""
    with failures(), cleaning_up():
        from kb.access import ANONYMOUS, Handling
        from kb.content.reader import read_collection, read_taxonomy

        settings = load_settings()
        taxonomy = read_taxonomy(settings.content_dirs)
        note = _sound(note_id, read_collection(settings.content_dirs), taxonomy)
        folder = queries or (OURS if OURS.is_dir() else None)
        asked = questions(folder) if folder else []

        from api.cli.preview_index import need_index, trial
        from api.compose import encoder

        need_index(settings)
        sees = ANONYMOUS | Handling.of(note.fields).keys(taxonomy)
        with trial(settings, settings.content_dirs, encoder(settings, say)) as (door, saved):
            if note_id in (*saved.kept, *saved.refused, *saved.removed):
                raise NoteError(f"`{note_id}` has errors.", saved.problems, remedy="Mend them first.")
            for line in _told(door, note, [*own_questions(note, taxonomy)], asked, sees, first):
                out.print(line, markup=False, soft_wrap=True)
        if folder is None:
            say("There is no test collection here: name one with `--queries`.")


def _sound(note_id: str, collection: "Collection", taxonomy: "Taxonomy") -> "Note":
    """The note. Raises NotFound if there are no files of it, NoteError if they have errors."""
    from ingest.indexing.index import today
    from ingest.lint import check, errors

    ids = {one for _, one in collection.ids}
    if note_id not in ids:
        remedy = did_you_mean(note_id, ids, list_all=False)
        raise NotFound(f"There is no note `{note_id[:80]}`.", remedy=remedy)
    problems = errors(check(collection, taxonomy, today(), {note_id}))
    theirs = [one for one in problems if PurePath(one.path).parent.name == note_id]
    note = next((one for one in collection.notes if one.id == note_id), None)
    if theirs or note is None:
        raise NoteError(f"`{note_id}` has errors.", theirs, remedy="Mend them first.")
    return note


def _told(
    door: "Searcher", note: "Note", own: Sequence[Asked], asked: Sequence[Asked], sees: frozenset[str], first: int
) -> Iterator[str]:
    yield from _nearest(door, note, sees)
    yield "Found by its own words:"
    for one in own:
        yield f"  {one.lang} {one.of}: {_place(door, note, one, sees, first)[1]} {one.text}"
    if asked:
        yield f"{len(asked)} questions of the test collection:"
        places = [(one, *_place(door, note, one, sees, first)) for one in asked]
        found = [f"  {one.lang} {one.of}: {told} {one.text}" for one, finds, told in places if finds]
        yield from (*found, f"  {len(found)} of {len(asked)} find it among the first {first}.")


def _nearest(door: "Searcher", note: "Note", sees: frozenset[str]) -> Iterator[str]:
    asked = {"similar_to": note.id, "reader": note.original.value, "limit": 5, "kind": [note.kind.value]}
    found = door.read(lambda reading: reading.ask("", **asked), sees)
    yield f"Nearest to `{note.id}`:"
    for hit in _listed(found, note):
        linked = ", linked" if hit.id in note.named else ""
        yield f"  {hit.id} ({hit.level.value}{linked}): {hit.title}"


def _place(door: "Searcher", note: "Note", one: Asked, sees: frozenset[str], first: int) -> tuple[bool, str]:
    """Whether a question finds a note, and at which place of its list, with its level; else why not."""
    try:
        answer = door.ask(one.text, reader=one.lang, limit=first, clearance=sees)
    except QueryError as error:
        return False, f"cannot be asked: {error}"
    for place, hit in enumerate(_listed(answer, note), 1):
        if hit.id == note.id:
            return True, f"{place}. ({hit.level.value})"
    return False, f"not among the first {first}."


def _listed(answer: "SearchResults", note: "Note") -> Sequence["NoteHit"]:
    """The list of an answer that a note belongs to."""
    return answer.practices if note.kind.value == "practice" else answer.strategies
