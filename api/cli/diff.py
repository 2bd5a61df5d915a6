"""`kb diff`: what changed in the notes since a revision, and what searches find otherwise."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import typer

from api.cli.console import cleaning_up, failures, issue_line, out, say
from api.cli.preview import OURS, Queries, preview_index, preview_model
from kb.collection import Collection
from kb.content.reader import read_collection
from kb.errors import KbError, SettingsError
from kb.notes.note import Note
from kb.settings import Settings, load_settings
from search.evaluate.collection import Query
from search.evaluate.collection import read_collection as read_tests

_NAMES: Final = ("url", "id", "name", "text", "title")
"""Fields that name a part of a note among its likes; the first that it has counts."""
_LONGEST: Final = 60


def diff(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A revision of git, e.g. `HEAD` or `main`.")],
    queries: Queries = None,
    first: Annotated[int, typer.Option(help="How many hits of a list are compared.", min=1, max=50)] = 10,
    notes_only: Annotated[bool, typer.Option("--notes-only", help="Do not ask what searches find otherwise.")] = False,
) -> None:
    """What changed in the notes since a revision: notes, facts, texts; and what searches find otherwise."""
    with failures(), cleaning_up(), TemporaryDirectory() as folder:
        settings = load_settings()
        then = [_as_of(revision, root, Path(folder) / str(place)) for place, root in enumerate(settings.content_dirs)]
        changed = [*_changed(read_collection(then), read_collection(settings.content_dirs))]
        for line in changed:
            out.print(line, markup=False, soft_wrap=True)
        folder_of_questions = None if notes_only else queries or (OURS if changed and OURS.is_dir() else None)
        if folder_of_questions:
            try:
                for line in _found_otherwise(settings, then, read_tests(folder_of_questions).queries, first):
                    out.print(line, markup=False, soft_wrap=True)
            except KbError as error:
                if queries is not None:
                    raise
                say(f"What searches find otherwise cannot be told: {error}")


def _as_of(revision: str, root: Path, folder: Path) -> Path:
    """Write a content folder as it was at a revision into another folder. Raises SettingsError."""

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True).stdout

    try:
        commit = git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        files = git("archive", "--format=tar", commit)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
        message = f"`{root}` as of `{revision[:60]}` cannot be read: {reason}."
        raise SettingsError(message, remedy="Name a revision of its git repository.") from error
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(folder, filter=_inside)
    return folder


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Leave out what may not be written below a folder: a link that leads elsewhere is no note."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def _changed(then: Collection, now: Collection) -> Iterator[str]:
    """Yield a line for each note that has changed; below a note that cannot be read, what is wrong with it."""
    ids = [{note_id for _, note_id in collection.ids} for collection in (then, now)]
    before, after = ({note.id: note for note in collection.notes} for collection in (then, now))
    for note_id in sorted(ids[0] | ids[1]):
        if note_id not in ids[1]:
            yield f"- {note_id}"
        elif note_id not in after:
            yield f"! {note_id}: {'has errors now' if note_id in ids[0] else 'is new and has errors'}"
            theirs = (issue for issue in now.issues if PurePath(issue.path).parent.name == note_id)
            yield from (f"    {issue_line(issue)}" for issue in theirs)
        elif note_id not in ids[0]:
            yield f"+ {note_id}: {after[note_id].original_version.title}"
        elif note_id not in before:
            yield f"! {note_id}: had errors then"
        elif parts := _parts(before[note_id], after[note_id]):
            yield f"~ {note_id}: {', '.join(parts)}"


def _parts(before: Note, now: Note) -> list[str]:
    """Return what has changed in a note: facts, then texts."""
    facts = (note.fields.model_dump(mode="json", exclude={"title", "summary"}) for note in (before, now))
    found = [*_fact("", *facts)]
    for language in sorted(before.versions.keys() | now.versions.keys()):
        was, is_now = before.versions.get(language), now.versions.get(language)
        if was is None or is_now is None:
            found.append(f"{language} {'added' if was is None else 'gone'}")
        elif was.revision != is_now.revision:
            found.append(f"text {language}")
    return found


def _fact(name: str, was: Any, now: Any) -> Iterator[str]:
    """Yield what became of a value: of a list what came (+), went (-) or changed (~), of a group its parts."""
    if was == now:
        return
    if isinstance(was, list | None) and isinstance(now, list | None):
        gone, come = ({_named(item): item for item in items or ()} for items in (was, now))
        signs = [f"+{item}" for item in come if item not in gone]
        signs += [f"-{item}" for item in gone if item not in come]
        signs += [f"~{item}" for item in come if item in gone and come[item] != gone[item]]
        yield f"{name} {' '.join(signs) or '(another order)'}"
    elif isinstance(was, Mapping | None) and isinstance(now, Mapping | None):
        for part in sorted({*(was or ()), *(now or ())}):
            yield from _fact(f"{name}.{part}".lstrip("."), (was or {}).get(part), (now or {}).get(part))
    else:
        yield f"{name} ({was} → {now})"


def _named(item: Any) -> str:
    """Return an item of a list in a word, or in a few between marks."""
    name = item
    if isinstance(item, Mapping):
        name = next((item[field] for field in _NAMES if item.get(field)), json.dumps(item, ensure_ascii=False))
    text = str(name)
    short = text if len(text) <= _LONGEST or text.startswith("http") else f"{text[:_LONGEST]}…"
    return f"`{short}`" if " " in short else short


def _found_otherwise(settings: Settings, then: Sequence[Path], questions: Sequence[Query], first: int) -> Iterator[str]:
    """Yield the questions of which the first hits have changed."""
    model = preview_model(settings)
    lists: list[list[tuple[str, ...]]] = []
    for roots, when in ((then, "had errors then"), (settings.content_dirs, "has errors now")):
        with preview_index(settings, roots, model) as (searcher, saved):
            yield from (f"! {note_id}: {when}, and is compared as the index has it" for note_id in saved.kept)
            faulty = {PurePath(issue.path).parent.name for issue in saved.issues}
            left_out = (*saved.refused, *(note_id for note_id in saved.removed if note_id in faulty))
            yield from (f"! {note_id}: {when}, and is left out of the comparison" for note_id in left_out)
            ask = partial(searcher.view().search, limit=first)
            answers = [ask(question.text, reader=question.lang) for question in questions]
            lists.append([tuple(hit.id for hit in (*answer.practices, *answer.strategies)) for answer in answers])
    changed = [each for each in zip(questions, *lists, strict=True) if each[1] != each[2]]
    for question, was, is_now in changed:
        moved = [f"+{note_id}" for note_id in is_now if note_id not in was]
        moved += [f"-{note_id}" for note_id in was if note_id not in is_now]
        yield f"{question.id} ({question.lang}): {' '.join(moved) or 'another order'}"
    yield f"{len(changed)} of {len(questions)} questions find other notes, or in another order."
