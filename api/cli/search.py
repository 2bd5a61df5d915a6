"""`kb search`, `kb show`, `kb stats`: the answers of the API in the terminal."""

import inspect
from collections.abc import Callable
from datetime import date
from typing import Annotated

import typer

from api.cli.console import failures, say
from api.models.filters import FILTER_HELP
from kb.settings import load_settings
from search.query import reader_language


def _with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each filter of lists, after `lang`, in place of its `filters`."""
    given = inspect.signature(command)
    question, lang, *others, _ = given.parameters.values()
    options = [
        lang.replace(name=name, annotation=Annotated[list[str] | None, typer.Option(help=words.terminal)])
        for name, words in FILTER_HELP.items()
    ]
    command.__dict__["__signature__"] = given.replace(parameters=[question, lang, *options, *others])
    return command


@_with_filters
def search(
    question: Annotated[str, typer.Argument(help="What you are looking for, in French, Dutch or English.")],
    lang: Annotated[str | None, typer.Option(help="Language to read in: fr, nl or en.")] = None,
    limit: Annotated[int, typer.Option(help="Notes per list.")] = 5,
    sort: Annotated[str, typer.Option(help="relevance, or date: relevant notes only, the latest first.")] = "relevance",
    by_country: Annotated[bool, typer.Option("--by-country", help="Relevant practices, country by country.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each hit why it is one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False,
    **filters: list[str] | None,
) -> None:
    """Search practices and strategies of all countries."""
    with failures():
        from api.cli.terminal_views import show_results
        from api.compose import searcher
        from api.models.answers import SearchResponse

        view = searcher(load_settings(), say).view()
        results = view.search(
            question,
            reader=lang,
            limit=limit,
            sort=sort,
            group_by="country" if by_country else None,
            explain=explain,
            **{name: values or () for name, values in filters.items()},
        )
        if as_json:
            print(SearchResponse.of(results).model_dump_json())
        else:
            show_results(results)


def show(
    note_id: Annotated[str, typer.Argument(help="The note's id, e.g. be-baps.")],
    lang: Annotated[str | None, typer.Option(help="Language wanted: fr, nl or en.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False,
) -> None:
    """Show one note."""
    with failures():
        from api.cli.terminal_views import show_note
        from api.compose import searcher
        from api.exports.note_markdown import note_html
        from api.models.answers import NoteResponse

        note = searcher(load_settings(), say).view().note(note_id, reader_language(lang))
        if as_json:
            print(NoteResponse.of(note, note_html(note)).model_dump_json())
        else:
            show_note(note)


def stats(as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False) -> None:
    """What the indexed notes cover, and what they lack."""
    with failures():
        from api.cli.terminal_views import show_coverage
        from api.compose import searcher
        from api.models.collection import CoverageResponse

        found = searcher(load_settings(), say).view().coverage(date.today().isoformat())
        if as_json:
            print(CoverageResponse.model_validate(found).model_dump_json())
        else:
            show_coverage(found)
