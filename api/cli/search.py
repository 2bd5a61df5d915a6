"""`kb search`, `kb show`, `kb stats`: the answers of the API in the terminal.

A running `kb serve` of the same data directory is asked, which has loaded what takes seconds; else the index is opened
here. What is printed is the same.
"""

import inspect
from collections.abc import Callable
from datetime import date
from typing import Annotated
from urllib.parse import quote

import typer

from api.cli.console import failures, say
from api.cli.terminal_views import show_coverage, show_note, show_results
from api.models.answers import NoteResponse, SearchResponse
from api.models.collection import CoverageResponse
from api.models.filters import FILTER_HELP
from api.own_socket import answered
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
        settings = load_settings()
        asked = {
            "limit": limit,
            "sort": sort,
            "group_by": "country" if by_country else None,
            "explain": explain,
            **{name: values or () for name, values in filters.items()},
        }
        if body := answered(settings, "/v1/search", {"q": question, "lang": lang, **asked}):
            answer = SearchResponse.model_validate_json(body).model_copy(update={"next": None})  # here are no cursors
        else:
            from api.compose import searcher

            answer = SearchResponse.of(searcher(settings, say).view().search(question, reader=lang, **asked))
        if as_json:
            print(answer.model_dump_json())
        else:
            show_results(answer)


def show(
    note_id: Annotated[str, typer.Argument(help="The note's id, e.g. `be-baps`.")],
    lang: Annotated[str | None, typer.Option(help="Language wanted: fr, nl or en.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False,
) -> None:
    """Show one note."""
    with failures():
        settings = load_settings()
        language = reader_language(lang)
        path = f"/v1/notes/{quote(note_id, safe='')}" + (f"?lang={language}" if language else "")
        if body := answered(settings, path):
            note = NoteResponse.model_validate_json(body)
        else:
            from api.compose import searcher
            from api.exports.note_markdown import note_html

            found = searcher(settings, say).view().note(note_id, language)
            note = NoteResponse.of(found, note_html(found))
        if as_json:
            print(note.model_dump_json())
        else:
            show_note(note)


def stats(as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False) -> None:
    """What the indexed notes cover, and what they lack."""
    with failures():
        settings = load_settings()
        if body := answered(settings, "/v1/coverage"):
            found = CoverageResponse.model_validate_json(body)
        else:
            from api.compose import searcher

            coverage = searcher(settings, say).view().coverage(date.today().isoformat())
            found = CoverageResponse.model_validate(coverage)
        if as_json:
            print(found.model_dump_json())
        else:
            show_coverage(found)
