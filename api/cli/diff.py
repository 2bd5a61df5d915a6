"""`kb diff`: what changed in the notes since a revision, and what searches find otherwise."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli import terminal
from api.cli.console import cleaning_up, failures, out, say
from api.cli.preview_questions import OURS, Asked, Queries, questions
from kb.errors import KbError, SettingsError
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from kb.collection import Collection
    from kb.notes.note import Note

_NAMES: Final = ("url", "id", "name", "text", "title")
"""Fields by which a part of a note is told from its likes, the first that it has."""
_LONGEST: Final = 60


def diff(
    revision: Annotated[str, typer.Argument(metavar="REV", help="A revision of git, e.g. `HEAD` or `main`.")],
    queries: Queries = None,
    first: Annotated[int, typer.Option(help="How many hits of a list are compared.", min=1, max=50)] = 10,
    notes_only: Annotated[bool, typer.Option("--notes-only", help="Do not ask what searches find otherwise.")] = False,
) -> None:
    """What changed in the notes since a revision: notes, facts, texts; and what searches find otherwise."""
    with failures(), cleaning_up(), TemporaryDirectory() as folder:
        from kb.content.reader import read_collection

        settings = load_settings()
        then = [_as_of(revision, root, Path(folder) / str(place)) for place, root in enumerate(settings.content_dirs)]
        changed = [*_changed(read_collection(then), read_collection(settings.content_dirs))]
        for line in changed:
            out.print(line, markup=False, soft_wrap=True)
        asked = None if notes_only else queries or (OURS if changed and OURS.is_dir() else None)
        if asked:
            with _unless_asked_for(queries):
                for line in _found_otherwise(settings, then, questions(asked), first):
                    out.print(line, markup=False, soft_wrap=True)


@contextmanager
def _unless_asked_for(queries: Path | None) -> Iterator[None]:
    """Say why searches cannot be compared, and leave it at that, where nobody has named questions."""
    try:
        yield
    except KbError as error:
        if queries is not None:
            raise
        say(f"What searches find otherwise cannot be told: {error}")


def _as_of(revision: str, root: Path, folder: Path) -> Path:
    """A content folder as it was at a revision, written into another. Raises SettingsError."""

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True).stdout

    try:
        commit = git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        files = git("archive", "--format=tar", commit)
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", b"").decode(errors="replace").strip() or str(error)
        raise SettingsError(
            f"`{root}` as of `{revision[:60]}` cannot be read: {told}.", remedy="Name a revision of its git repository."
        ) from error
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(folder, filter=_inside)
    return folder


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """What may be written below a folder: a link that leads elsewhere is no note, and is left out."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def _changed(then: "Collection", now: "Collection") -> Iterator[str]:
    """A line for each note that is not as it was; below one that cannot be read, what is wrong with it."""
    ids = [{note_id for _, note_id in one.ids} for one in (then, now)]
    before, after = ({note.id: note for note in one.notes} for one in (then, now))
    for note_id in sorted(ids[0] | ids[1]):
        if note_id not in ids[1]:
            yield f"- {note_id}"
        elif note_id not in after:
            yield f"! {note_id}: {'has errors now' if note_id in ids[0] else 'is new and has errors'}"
            theirs = (one for one in now.problems if PurePath(one.path).parent.name == note_id)
            yield from (f"    {terminal.line(one)}" for one in theirs)
        elif note_id not in ids[0]:
            yield f"+ {note_id}: {after[note_id].original_version.title}"
        elif note_id not in before:
            yield f"! {note_id}: had errors then"
        elif parts := [*_facts(before[note_id], after[note_id]), *_texts(before[note_id], after[note_id])]:
            yield f"~ {note_id}: {', '.join(parts)}"


def _facts(before: "Note", now: "Note") -> Iterator[str]:
    one, other = (note.fields.model_dump(mode="json", exclude={"title", "summary"}) for note in (before, now))
    for name in sorted(one.keys() | other.keys()):
        yield from _fact(name, one.get(name), other.get(name))


def _fact(name: str, was: Any, now: Any) -> Iterator[str]:
    """What became of a value: of a list what came (+), went (-) or is otherwise (~), of a group its parts."""
    if was == now:
        return
    if isinstance(was, list | None) and isinstance(now, list | None):
        gone, come = ({_named(one): one for one in some or ()} for some in (was, now))
        signs = [f"+{one}" for one in come if one not in gone]
        signs += [f"-{one}" for one in gone if one not in come]
        signs += [f"~{one}" for one in come if one in gone and come[one] != gone[one]]
        yield f"{name} {' '.join(signs) or '(another order)'}"
    elif isinstance(was, Mapping | None) and isinstance(now, Mapping | None):
        for part in sorted({*(was or ()), *(now or ())}):
            yield from _fact(f"{name}.{part}", (was or {}).get(part), (now or {}).get(part))
    else:
        yield f"{name} ({was} → {now})"


def _named(one: Any) -> str:
    """An item of a list in a word, or in a few between marks."""
    told = one
    if isinstance(one, Mapping):
        told = next((one[name] for name in _NAMES if one.get(name)), json.dumps(one, ensure_ascii=False))
    text = str(told)
    short = text if len(text) <= _LONGEST or text.startswith("http") else f"{text[:_LONGEST]}…"
    return f"`{short}`" if " " in short else short


def _texts(before: "Note", now: "Note") -> Iterator[str]:
    for language in sorted(before.versions.keys() | now.versions.keys()):
        one, other = before.versions.get(language), now.versions.get(language)
        if one is None or other is None:
            yield f"{language} {'added' if one is None else 'gone'}"
        elif one.revision != other.revision:
            yield f"text {language}"


def _found_otherwise(settings: Settings, then: Sequence[Path], asked: Sequence[Asked], first: int) -> Iterator[str]:
    """The questions of which the first hits are others than they were."""
    from api.cli.preview_index import need_index, trial
    from api.compose import encoder

    need_index(settings)
    model = encoder(settings, say)
    lists: list[list[tuple[str, ...]]] = []
    for roots, when in ((then, "had errors then"), (settings.content_dirs, "has errors now")):
        with trial(settings, roots, model) as (door, saved):
            yield from (f"! {one}: {when}, and is compared as the index has it" for one in saved.kept)
            faulty = {PurePath(one.path).parent.name for one in saved.problems}
            left_out = (*saved.refused, *(one for one in saved.removed if one in faulty))
            yield from (f"! {one}: {when}, and is left out of the comparison" for one in left_out)
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
