"""`kb preview`: what searches would find a note. `kb diff`: what changed since a revision, and what is found now."""

import io
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from api.console import failures, out, say
from kb.errors import NoteError, NotFound, QueryError, SettingsError
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from kb.note import Note
    from search.results import SearchResults
    from search.service import Searcher

_Queries = Annotated[
    Path | None, typer.Option("--queries", help="A test collection, as `kb eval` reads it, whose questions are asked.")
]


class _Asked(NamedTuple):
    """A question, the language that it is asked in, and where it comes from."""

    text: str
    lang: str
    of: str


def preview(
    note_id: Annotated[str, typer.Argument(metavar="ID", help="The note, e.g. `be-baps`; it may be a draft.")],
    queries: _Queries = None,
    first: Annotated[int, typer.Option(help="How many hits count as found.", min=1, max=50)] = 10,
) -> None:
    """What searches would find a note, as its files are now, and which notes are nearest to it. Indexes nothing."""
    with failures():
        from api.compose import encoder
        from api.trial import trial
        from kb.access import ANONYMOUS, Handling
        from kb.content import read_collection, read_taxonomy

        settings = load_settings()
        notes = {note.id: note for note in read_collection(settings.content_dirs).notes}
        with trial(settings, settings.content_dirs, encoder(settings, say)) as (door, saved):
            if note_id in saved.kept:
                raise NoteError(f"`{note_id}` has errors.", saved.problems, remedy="Mend them first.")
            if note_id not in notes:
                raise NotFound(f"There is no note `{note_id[:80]}`.")
            note = notes[note_id]
            sees = ANONYMOUS | Handling.of(note.fields).keys(read_taxonomy(settings.content_dirs))
            for line in _nearest(door, note, sees):
                out.print(line, markup=False, soft_wrap=True)
            own = [
                _Asked(text, language.value, "title" if text == version.title else "question")
                for language, version in note.versions.items()
                for text in (version.title, *version.own.questions)
            ]
            for line in _places(door, note, own, sees, first):
                out.print(line, markup=False, soft_wrap=True)
            if queries is not None:
                for line in _places(door, note, _questions(queries), sees, first, silent=True):
                    out.print(line, markup=False, soft_wrap=True)


def _nearest(door: "Searcher", note: "Note", sees: frozenset[str]) -> Iterator[str]:
    asked = {"similar_to": note.id, "reader": note.original.value, "limit": 5, "kinds": [note.kind.value]}
    found = door.read(lambda reading: reading.ask("", **asked), sees)
    yield f"Nearest to `{note.id}`:"
    for hit in (*found.practices, *found.strategies):
        linked = ", linked" if hit.id in note.named else ""
        yield f"  {hit.id} ({hit.level.value}{linked}): {hit.title}"


def _places(
    door: "Searcher", note: "Note", asked: Sequence[_Asked], sees: frozenset[str], first: int, silent: bool = False
) -> Iterator[str]:
    """At which place each question finds a note. silent: of those that do not find it, only how many they are."""
    found = 0
    yield f"{len(asked)} questions of the test collection:" if silent else "Found by its own words:"
    for one in asked:
        try:
            answer = door.ask(one.text, reader=one.lang, limit=first, clearance=sees)
        except QueryError as error:
            yield f"  {one.lang} {one.of} `{one.text}`: {error}"
            continue
        place, level = _place(answer, note)
        found += place is not None
        if place is not None:
            yield f"  {one.lang} {one.of}: {place}. ({level}) {one.text}"
        elif not silent:
            yield f"  {one.lang} {one.of}: not among the first {first}. {one.text}"
    if silent:
        yield f"  {found} of {len(asked)} find it among the first {first}."


def _place(answer: "SearchResults", note: "Note") -> tuple[int | None, str]:
    hits = answer.practices if note.kind.value == "practice" else answer.strategies
    for place, hit in enumerate(hits, 1):
        if hit.id == note.id:
            return place, hit.level.value
    return None, ""


def _questions(folder: Path) -> list[_Asked]:
    from api.evaluation.collection import read_collection

    return [_Asked(one.text, one.lang, one.id) for one in read_collection(folder).queries]


def diff(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A revision of git, e.g. `HEAD` or `main`.")],
    queries: _Queries = None,
    first: Annotated[int, typer.Option(help="How many hits of a list are compared.", min=1, max=50)] = 10,
) -> None:
    """What changed in the notes since a revision: notes, facts, texts; and what searches find otherwise."""
    with failures(), TemporaryDirectory() as folder:
        from kb.content import read_collection

        settings = load_settings()
        then = [_as_of(revision, root, Path(folder) / str(place)) for place, root in enumerate(settings.content_dirs)]
        before = {note.id: note for note in read_collection(then).notes}
        now = {note.id: note for note in read_collection(settings.content_dirs).notes}
        for line in _changed(before, now):
            out.print(line, markup=False, soft_wrap=True)
        if queries is not None:
            for line in _found_otherwise(settings, then, _questions(queries), first):
                out.print(line, markup=False, soft_wrap=True)


def _as_of(revision: str, root: Path, folder: Path) -> Path:
    """A content folder as it was at a revision, written into another. Raises SettingsError."""
    asked = ["git", "-C", str(root), "archive", "--format=tar", f"{revision}:./"]
    try:
        done = subprocess.run(asked, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
        raise SettingsError(
            f"`{root}` as of `{revision[:60]}` cannot be read: {told}.", remedy="Name a revision of its git repository."
        ) from error
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _changed(before: dict[str, "Note"], now: dict[str, "Note"]) -> Iterator[str]:
    """One line for each note that is not as it was."""
    for note_id in sorted(before.keys() | now.keys()):
        if note_id not in now:
            yield f"- {note_id}"
        elif note_id not in before:
            yield f"+ {note_id}: {now[note_id].original_version.title}"
        elif parts := [*_facts(before[note_id], now[note_id]), *_texts(before[note_id], now[note_id])]:
            yield f"~ {note_id}: {', '.join(parts)}"


def _facts(before: "Note", now: "Note") -> Iterator[str]:
    one, other = (note.fields.model_dump(mode="json", exclude={"title", "summary"}) for note in (before, now))
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            short = all(isinstance(each.get(name), str | int | bool | None) for each in (one, other))
            yield f"{name} ({one.get(name)} → {other.get(name)})" if short else name


def _texts(before: "Note", now: "Note") -> Iterator[str]:
    for language in sorted(before.versions.keys() | now.versions.keys()):
        one, other = before.versions.get(language), now.versions.get(language)
        if one is None or other is None:
            yield f"{language} {'added' if one is None else 'gone'}"
        elif one.revision != other.revision:
            yield f"text {language}"


def _found_otherwise(settings: Settings, then: Sequence[Path], asked: Sequence[_Asked], first: int) -> Iterator[str]:
    """The questions of which the first hits are others than they were."""
    from api.compose import encoder
    from api.trial import trial

    model = encoder(settings, say)
    lists: list[list[tuple[str, ...]]] = []
    for roots in (then, settings.content_dirs):
        with trial(settings, roots, model) as (door, _):
            answers = [door.ask(one.text, reader=one.lang, limit=first) for one in asked]
            lists.append([tuple(hit.id for hit in (*one.practices, *one.strategies)) for one in answers])
    changed = 0
    for one, was, is_now in zip(asked, *lists, strict=True):
        if was != is_now:
            changed += 1
            come = " ".join(f"+{each}" for each in is_now if each not in was)
            gone = " ".join(f"-{each}" for each in was if each not in is_now)
            yield f"{one.of} ({one.lang}): {f'{come} {gone}'.strip() or 'another order'}"
    yield f"{changed} of {len(asked)} questions find other notes, or in another order."
