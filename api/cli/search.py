"""`kb search`, `kb show`, `kb stats`: the answers of the API in the terminal.

A running `kb serve` of the same data directory is asked, which has loaded what takes seconds; else the index is opened
here. What is printed is the same.
"""

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import typer
from pydantic import BaseModel, ValidationError

from api.cli.console import failures, say
from api.cli.terminal_views import show_coverage, show_note, show_results
from api.models.answers import NoteResponse, SearchResponse
from api.models.collection import CoverageResponse
from api.models.filters import FILTER_HELP
from api.own_socket import answered
from kb.settings import Settings, load_settings
from search.query import reader_language

Answer = TypeVar("Answer", bound=BaseModel)


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
        answer = _of_server(SearchResponse, settings, "/v1/search", {"q": question, "lang": lang, **asked})
        if answer:
            answer.next = None  # here are no cursors
        else:
            from api.compose import existing_searcher

            answer = SearchResponse.of(existing_searcher(settings, say).view().search(question, reader=lang, **asked))
        if as_json:
            print(answer.model_dump_json())
        else:
            show_results(answer, settings.public_url or "")


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
        note = _of_server(NoteResponse, settings, path)
        if note is None:
            from api.compose import existing_searcher
            from api.exports.note_markdown import note_html

            version = existing_searcher(settings, say).view().note(note_id, language)
            note = NoteResponse.of(version, note_html(version))
        if as_json:
            print(note.model_dump_json())
        else:
            show_note(note, settings.public_url or "")


def stats(as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False) -> None:
    """What the indexed notes cover, and what they lack."""
    with failures():
        settings = load_settings()
        found = _of_server(CoverageResponse, settings, "/v1/coverage")
        if found is None:
            from api.compose import existing_searcher

            view = existing_searcher(settings, say).view()
            found = CoverageResponse.of(view.coverage(date.today().isoformat()), view.guidance())
        if as_json:
            print(found.model_dump_json())
        else:
            show_coverage(found)


def _of_server(
    model: type[Answer], settings: Settings, path: str, asked: Mapping[str, Any] | None = None
) -> Answer | None:
    """Return what a running server answers; None where there is none, or it answers something else."""
    body = answered(settings, path, asked)
    with suppress(ValidationError):  # another build, or an id with a slash in it that leads to another address
        return model.model_validate_json(body) if body else None
    return None
