"""`kb preview`: which searches would find a note, as its files are now, and which notes are nearest to it."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from api.cli.console import cleaning_up, failures, out, say
from api.cli.preview_index import need_index, preview_index
from ingest.lint import check, errors
from kb.access import ANONYMOUS, Handling
from kb.collection import Collection
from kb.content.reader import read_collection, read_taxonomy
from kb.errors import NoteError, NotFound, QueryError
from kb.issue import did_you_mean
from kb.notes.front_matter import StrategyFields
from kb.notes.note import Kind, Note
from kb.notes.taxonomy import Taxonomy
from kb.settings import load_settings
from kb.text.languages import Language
from search.evaluate.collection import read_collection as read_tests

if TYPE_CHECKING:
    from search.results import NoteHit, SearchResults
    from search.service import Searcher

Queries = Annotated[
    Path | None, typer.Option("--queries", help="A test collection, as `kb eval` reads it, whose questions are asked.")
]
OURS: Final = Path(__file__).parents[2] / "tests" / "relevance" / "needs"
"""The test collection of this project; installed without its checkout, it has none."""


class Question(NamedTuple):
    """A question, the language that it is asked in, and where it comes from."""

    text: str
    lang: str
    origin: str


def preview(
    note_id: Annotated[str, typer.Argument(metavar="ID", help="The note, e.g. `be-baps`; it may be a draft.")],
    queries: Queries = None,
    first: Annotated[int, typer.Option(help="How many hits count as found.", min=1, max=50)] = 10,
) -> None:
    """What searches would find a note, as its files are now, and which notes are nearest to it. Indexes nothing."""
    with failures(), cleaning_up():
        settings = load_settings()
        taxonomy = read_taxonomy(settings.content_dirs)
        note = _without_errors(note_id, read_collection(settings.content_dirs), taxonomy)
        folder = queries or (OURS if OURS.is_dir() else None)
        questions = read_questions(folder) if folder else []
        from api.compose import encoder

        need_index(settings)
        clearance = ANONYMOUS | Handling.of(note.fields).keys(taxonomy)
        with preview_index(settings, settings.content_dirs, encoder(settings, say)) as (searcher, saved):
            if note_id in (*saved.kept, *saved.refused, *saved.removed):
                raise NoteError(f"`{note_id}` has errors.", saved.issues, remedy="Mend them first.")
            search = _Search(searcher, note, clearance, first)
            for line in search.report([*_own_questions(note, taxonomy)], questions):
                out.print(line, markup=False, soft_wrap=True)
        if folder is None:
            say("There is no test collection here: name one with `--queries`.")


def read_questions(folder: Path) -> list[Question]:
    """Return the questions of a test collection. Raises SettingsError where it cannot be read."""
    return [Question(query.text, query.lang, query.id) for query in read_tests(folder).queries]


def _without_errors(note_id: str, collection: Collection, taxonomy: Taxonomy) -> Note:
    """Return the note. Raises NotFound if there are no files of it, NoteError if they have errors."""
    ids = {known for _, known in collection.ids}
    if note_id not in ids:
        remedy = did_you_mean(note_id, ids, list_all=False)
        raise NotFound(f"There is no note `{note_id[:80]}`.", remedy=remedy)
    issues = errors(check(collection, taxonomy, date.today().isoformat(), {note_id}))
    theirs = [issue for issue in issues if PurePath(issue.path).parent.name == note_id]
    note = next((note for note in collection.notes if note.id == note_id), None)
    if theirs or note is None:
        raise NoteError(f"`{note_id}` has errors.", theirs, remedy="Mend them first.")
    return note


def _own_questions(note: Note, taxonomy: Taxonomy) -> Iterator[Question]:
    """Yield what readers of each language may type who look for this note.

    Its titles and questions; in a language that it lacks, the title as its issuer publishes it, where it says so, else
    the names of its crime types and phases.
    """
    official = note.fields.official_titles if isinstance(note.fields, StrategyFields) else None
    for language in Language:
        version = note.versions.get(language)
        published: str | None = getattr(official, language.value, None)
        if version is not None:
            yield Question(version.title, language, "title")
            yield from (Question(text, language, "question") for text in version.own.questions)
        elif published:
            yield Question(published, language, f"official title, as there is none in {language}")
        else:
            schemes = ((taxonomy.crime_types, note.fields.crime_types), (taxonomy.phases, note.fields.phases))
            names = (scheme[word].label(language) for scheme, words in schemes for word in words)
            yield Question(", ".join(names), language, f"crime types and phases, as there is no title in {language}")


class _Search(NamedTuple):
    """What is found of a note by those who may see it, among the first hits of its list."""

    searcher: "Searcher"
    note: Note
    clearance: frozenset[str]
    first: int

    def report(self, own: Sequence[Question], questions: Sequence[Question]) -> Iterator[str]:
        """Yield a line for each of the nearest notes, of its own questions, and of those questions that find it."""
        yield f"Nearest to `{self.note.id}`:"
        for hit in self._nearest():
            linked = ", linked" if hit.id in self.note.named else ""
            yield f"  {hit.id} ({hit.level.value}{linked}): {hit.title}"
        yield "Found by its own words:"
        for question in own:
            yield f"  {question.lang} {question.origin}: {self._place(question)[1]} {question.text}"
        if questions:
            yield f"{len(questions)} questions of the test collection:"
            places = [(question, *self._place(question)) for question in questions]
            found = [f"  {asked.lang} {asked.origin}: {place} {asked.text}" for asked, finds, place in places if finds]
            yield from found
            yield f"  {len(found)} of {len(questions)} find it among the first {self.first}."

    def _nearest(self) -> Sequence["NoteHit"]:
        asked = {"similar_to": self.note.id, "reader": self.note.original.value, "kind": [self.note.kind.value]}
        return self._listed(self.searcher.view(self.clearance).search("", limit=5, **asked))

    def _place(self, question: Question) -> tuple[bool, str]:
        """Return whether a question finds the note, and its place in its list with its level; else why not."""
        try:
            answer = self.searcher.view(self.clearance).search(question.text, reader=question.lang, limit=self.first)
        except QueryError as error:
            return False, f"cannot be asked: {error}"
        for place, hit in enumerate(self._listed(answer), 1):
            if hit.id == self.note.id:
                return True, f"{place}. ({hit.level.value})"
        return False, f"not among the first {self.first}."

    def _listed(self, answer: "SearchResults") -> Sequence["NoteHit"]:
        """Return the list of an answer that the note belongs to."""
        return answer.practices if self.note.kind is Kind.PRACTICE else answer.strategies
