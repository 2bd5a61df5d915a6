"""`kb preview`: what searches would find a note. `kb diff`: what changed in the notes since a revision of git.

Both search a copy of the index that has the notes as they are in some folder: to try out what would be found, for
nobody else.
"""

import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from filelock import FileLock

from api.cli.console import cleaning_up, failures, issue_line, out, say
from ingest.lint import errors
from kb.access import ANONYMOUS, Handling
from kb.collection import Collection, id_in
from kb.content.reader import note_files, read_collection
from kb.errors import IndexBusy, KbError, NoteError, NotFound, QueryError, SettingsError
from kb.issue import Issue, did_you_mean
from kb.notes.front_matter import StrategyFields
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.settings import Settings, load_settings
from kb.text.languages import Language

if TYPE_CHECKING:
    from ingest.indexing.index import IndexReport
    from kb.encoder.encoders import Encoder
    from search.evaluate.collection import Query
    from search.results import NoteHit, SearchResults
    from search.service import Searcher
    from search.view import IndexView

Queries = Annotated[
    Path | None, typer.Option("--queries", help="A test collection, as `kb eval` reads it, whose questions are asked.")
]
_OURS: Final = Path(__file__).parents[2] / "tests" / "relevance" / "needs"
"""The test collection of this project; installed without its checkout, it has none."""
_PREFIX: Final = "preview-"
_LOCK: Final = "used.lock"
_SWEEPING: Final = "previews.lock"
_TRIES: Final = 20
"""How often a copy is begun of an index that is being written."""
_NAMES: Final = ("url", "id", "name", "text", "title")
"""Fields that name a part of a note among its likes; the first that it has counts."""
_LONGEST: Final = 60


# --- preview ---


def preview(
    note_id: Annotated[str, typer.Argument(metavar="ID", help="The note, e.g. `be-baps`; it may be a draft.")],
    queries: Queries = None,
    first: Annotated[int, typer.Option(help="How many hits count as found.", min=1, max=50)] = 10,
) -> None:
    """What searches would find a note, as its files are now, and which notes are nearest to it. Indexes nothing."""
    with failures(), cleaning_up():
        from search.evaluate.collection import read_collection as read_tests

        settings = load_settings()
        note = _readable(note_id, read_collection(settings.content_dirs, note_ids={note_id}))
        folder = queries or (_OURS if _OURS.is_dir() else None)
        questions = read_tests(folder).queries if folder else ()
        with preview_index(settings, settings.content_dirs, _model(settings)) as (searcher, saved):
            if note_id in (*saved.kept, *saved.refused):
                raise _faulty(note_id, saved.issues)
            taxonomy = searcher.taxonomy()
            view = searcher.view(ANONYMOUS | Handling.of(note.fields).keys(taxonomy))
            for line in _report(view, note, [*_own_questions(note, taxonomy)], questions, first):
                out.print(line, markup=False, soft_wrap=True)
        if folder is None:
            say("There is no test collection here: name one with `--queries`.")


def _readable(note_id: str, collection: Collection) -> Note:
    """Return the note. Raises NotFound if there are no files of it, NoteError if they cannot be read."""
    ids = {known for _, known in collection.ids}
    if note_id not in ids:
        remedy = did_you_mean(note_id, ids, list_all=False)
        raise NotFound(f"There is no note `{note_id[:80]}`.", remedy=remedy)
    if not collection.notes:
        raise _faulty(note_id, collection.issues)
    return collection.notes[0]


def _faulty(note_id: str, issues: Sequence[Issue]) -> NoteError:
    theirs = [issue for issue in errors(issues) if id_in(issue.path) == note_id]
    return NoteError(f"`{note_id}` has errors.", theirs, remedy="Mend them first.")


def _own_questions(note: Note, taxonomy: Taxonomy) -> "Iterator[Query]":
    """Yield what readers of each language may type who look for this note, and as its id where that comes from.

    Its titles and questions; in a language that it lacks, the title as its issuer publishes it, where it says so, else
    the names of its crime types and phases.
    """
    from search.evaluate.collection import Query

    official = note.fields.official_titles if isinstance(note.fields, StrategyFields) else None
    for language in Language:
        version = note.versions.get(language)
        published: str | None = getattr(official, language.value, None)
        if version is not None:
            yield Query(_id="title", text=version.title, lang=language)
            yield from (Query(_id="question", text=text, lang=language) for text in version.own.questions)
        elif published:
            yield Query(_id=f"official title, as there is none in {language}", text=published, lang=language)
        else:
            schemes = ((taxonomy.crime_types, note.fields.crime_types), (taxonomy.phases, note.fields.phases))
            names = ", ".join(scheme[word].label(language) for scheme, words in schemes for word in words)
            origin = f"crime types and phases, as there is no title in {language}"
            yield Query(_id=origin, text=names, lang=language)


def _report(
    view: "IndexView", note: Note, own: "Sequence[Query]", questions: "Sequence[Query]", first: int
) -> Iterator[str]:
    """Yield a line for each of the nearest notes, of the note's own questions, and of those questions that find it.

    first: how many hits of the list that it belongs to count as found
    """

    def hits(answer: "SearchResults") -> "Sequence[NoteHit]":
        return answer.lists.get(note.kind, ())

    def place(answer: "SearchResults | QueryError") -> tuple[bool, str]:
        """Return whether a question finds the note, and its place in its list with its level; else why not."""
        if isinstance(answer, QueryError):
            return False, f"cannot be asked: {answer}"
        found = (f"{place}. ({hit.level.value})" for place, hit in enumerate(hits(answer), 1) if hit.id == note.id)
        level = next(found, None)
        return level is not None, level or f"not among the first {first}."

    yield f"Nearest to `{note.id}`:"
    like_it = view.search("", similar_to=note.id, reader=note.original.value, kind=[note.kind.value], limit=5)
    for hit in hits(like_it):
        linked = ", linked" if hit.id in note.named else ""
        yield f"  {hit.id} ({hit.level.value}{linked}): {hit.title}"
    answers = _answers(view, [*own, *questions], first)
    yield "Found by its own words:"
    for question, answer in zip(own, answers, strict=False):
        yield f"  {question.lang} {question.id}: {place(answer)[1]} {question.text}"
    if questions:
        yield f"{len(questions)} questions of the test collection:"
        places = [(asked, *place(answer)) for asked, answer in zip(questions, answers[len(own) :], strict=True)]
        found = [f"  {asked.lang} {asked.id}: {where} {asked.text}" for asked, finds, where in places if finds]
        yield from found
        yield f"  {len(found)} of {len(questions)} find it among the first {first}."


def _answers(view: "IndexView", questions: "Sequence[Query]", first: int) -> "list[SearchResults | QueryError]":
    """Ask questions. Returns an answer to each, or why it cannot be asked."""
    refused: dict[int, QueryError] = {}
    while True:
        asked = [place for place in range(len(questions)) if place not in refused]
        try:
            found = view.search_all(
                [(questions[place].text, {"reader": questions[place].lang, "limit": first}) for place in asked]
            )
        except QueryError as error:
            if error.place is None:
                raise
            refused[asked[error.place]] = error
        else:
            answers = iter(found)
            return [refused[place] if place in refused else next(answers) for place in range(len(questions))]


# --- diff ---


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
        now = settings.content_dirs
        files = (
            {(each.key, each.path.read_bytes()) for each in note_files(roots) if each.path.is_file()}
            for roots in (then, now)
        )
        differ = {id_in(key) for key, _ in set.symmetric_difference(*files)}
        changed = [*_changed(read_collection(then, note_ids=differ), read_collection(now, note_ids=differ), differ)]
        for line in changed:
            out.print(line, markup=False, soft_wrap=True)
        folder_of_questions = None if notes_only else queries or (_OURS if changed and _OURS.is_dir() else None)
        if folder_of_questions:
            from search.evaluate.collection import read_collection as read_tests

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
        archive.extractall(folder, filter=_inside)  # noqa: S202 - the filter lets nothing out of the folder
    return folder


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Leave out what may not be written below a folder: a link that leads elsewhere is no note."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def _changed(then: Collection, now: Collection, differ: Set[str]) -> Iterator[str]:
    """Yield a line for each note that has changed; below a note that cannot be read, what is wrong with it.

    differ: ids of the notes that were read
    """
    ids = [{note_id for _, note_id in collection.ids} for collection in (then, now)]
    before, after = ({note.id: note for note in collection.notes} for collection in (then, now))
    for note_id in sorted((ids[0] | ids[1]) & differ):
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


def _found_otherwise(
    settings: Settings, then: Sequence[Path], questions: "Sequence[Query]", first: int
) -> Iterator[str]:
    """Yield the questions of which the first hits have changed."""
    from search.evaluate.corpus import RememberingEncoder

    model = RememberingEncoder(_model(settings))
    lists: list[list[tuple[str, ...]]] = []
    for roots, when in ((then, "had errors then"), (settings.content_dirs, "has errors now")):
        with preview_index(settings, roots, model) as (searcher, saved):
            yield from (f"! {note_id}: {when}, and is compared as the index has it" for note_id in saved.kept)
            yield from (f"! {note_id}: {when}, and is left out of the comparison" for note_id in saved.refused)
            answers = _answers(searcher.view(), questions, first)
            lists.append(
                [() if isinstance(each, QueryError) else tuple(hit.id for hit in each.hits) for each in answers]
            )
    changed = [each for each in zip(questions, *lists, strict=True) if each[1] != each[2]]
    for question, was, is_now in changed:
        moved = [f"+{note_id}" for note_id in is_now if note_id not in was]
        moved += [f"-{note_id}" for note_id in was if note_id not in is_now]
        yield f"{question.id} ({question.lang}): {' '.join(moved) or 'another order'}"
    yield f"{len(changed)} of {len(questions)} questions find other notes, or in another order."


# --- the copy of the index ---


def _model(settings: Settings) -> "Encoder":
    """Load the encoder. Raises IndexMissing where there is no index to copy."""
    from api.compose import encoder, require_index

    require_index(settings)
    return encoder(settings, say)


@contextmanager
def preview_index(
    settings: Settings, roots: Sequence[Path], model: "Encoder"
) -> Iterator[tuple["Searcher", "IndexReport"]]:
    """Open a copy of the index with the notes of these folders brought in, drafts included. It is gone afterwards.

    With it comes what became of the notes that the index has otherwise. What is made of all notes (means, frequencies
    of words) is that of the index. Raises IndexStale, IndexBusy.
    """
    from api.compose import store
    from ingest.indexing.fingerprint import FILES
    from ingest.indexing.index import index_content
    from kb.store.embedded.store import EdgeStore
    from kb.store.manifest import recipe
    from search.service import Searcher

    sweep(settings.data_dir)
    with ExitStack() as stack:
        with FileLock(settings.data_dir / _SWEEPING):  # nobody sweeps the folder before it is locked
            name = TemporaryDirectory(prefix=_PREFIX, dir=settings.data_dir, ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(name))
            stack.enter_context(FileLock(folder / _LOCK))
        copy = EdgeStore(folder)
        if settings.qdrant_url is None:
            _copy(settings.data_dir, folder)
        else:
            reader = store(settings).reader()
            copy.replace(reader.points(), reader.manifest)
        with_drafts = settings.model_copy(update={"content_dirs": tuple(roots), "drafts": True})
        for kept in FILES:  # with them, only what differs from the index is read
            with suppress(OSError):
                shutil.copyfile(settings.data_dir / kept, folder / kept)
        saved = index_content(with_drafts, copy, model, put_off=True, last_run=folder)
        made_by = recipe(model.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        yield Searcher(copy, model, made_by), saved


def sweep(data_dir: Path) -> None:
    """Remove the copies of previews that were killed: they may hold what was withdrawn since."""
    if any(data_dir.glob(f"{_PREFIX}*")):
        with FileLock(data_dir / _SWEEPING):
            for left in data_dir.glob(f"{_PREFIX}*"):
                with suppress(OSError), FileLock(left / _LOCK, timeout=0):  # a copy that is used is locked
                    shutil.rmtree(left, ignore_errors=True)


def _copy(data_dir: Path, to: Path) -> None:
    """Copy the index. Whoever writes it meanwhile removes generations: then again. Raises IndexBusy."""
    current = data_dir / "index" / "CURRENT"
    for _ in range(_TRIES):
        with suppress(OSError, shutil.Error):
            before = current.read_text("utf-8")
            ignored = shutil.ignore_patterns("write.*")
            shutil.copytree(data_dir / "index", to / "index", ignore=ignored, copy_function=_linked)
            if current.read_text("utf-8") == before:
                return
        shutil.rmtree(to / "index", ignore_errors=True)
    raise IndexBusy("The index is being written all the time.", remedy="Wait a moment, then run it again.")


def _linked(file: str, to: str) -> None:
    """Give a file another name, since the files of an index never change; copy it where that cannot be."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)
