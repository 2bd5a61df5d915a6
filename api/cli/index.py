"""`kb index`: brings the index up to date with the content, and says what became of which note."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.console import cleaning_up, failures, issue_line, out, progress, say
from api.cli.push import push
from kb.settings import load_settings

if TYPE_CHECKING:
    from ingest.indexing.index import IndexReport

_MOST: Final = 5
"""Notes that one message names."""


indexing = typer.Typer(invoke_without_command=True, rich_markup_mode=None, suggest_commands=False, add_completion=False)
indexing.command()(push)


@indexing.callback()
def index(
    context: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Write the whole index again, whatever it holds.")] = False,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit anew what is made of all notes (means, counts of words, names).")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a note was left out because of errors.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Bring the index up to date with the content. Only what has changed is read and written; safe to interrupt.

    A note with errors keeps its last good version, unless it was withdrawn or restricted; all others are indexed.
    """
    if context.invoked_subcommand:
        return
    with failures(), cleaning_up():
        from api.cli.preview import sweep
        from api.compose import encoder, store
        from ingest.indexing.index import index_content

        settings = load_settings()
        sweep(settings.data_dir)
        with progress() as step:
            report = index_content(
                settings,
                store(settings),
                encoder(settings, say),
                rebuild=rebuild,
                refit=refit,
                dry_run=dry_run,
                progress=step,
            )
        if as_json:
            print(json.dumps({**asdict(report), "complete": report.complete}, ensure_ascii=False, default=str))
        else:
            for issue in report.issues:
                say(issue_line(issue))
            out.print(_summary(report, dry_run), markup=False, soft_wrap=True)
        for line in filter(None, (report.vocabulary_error, *left_out(report))):
            say(line)
        if strict and not report.complete:
            raise typer.Exit(1)


def left_out(report: "IndexReport") -> Iterator[str]:
    """Yield what the index has not as it is now, a line for each reason."""
    if report.kept:
        yield f"As they were, until their errors are mended: {', '.join(report.kept)}."
    if report.refused:
        yield f"Not found until their errors are mended: {', '.join(report.refused)}."


def _summary(done: "IndexReport", dry_run: bool) -> str:
    plan = done.plan
    changes = (
        f"{len(plan.write)} to encode, {len(plan.relabel)} with new fields only, "
        f"{len(plan.keep)} unchanged, {len(plan.delete)} to remove"
    )
    content = f"{done.notes} notes, {done.versions} texts, {done.chunks} passages"
    if dry_run:
        return f"Would index {done.versions} texts of {done.notes} notes: {changes}."
    if not done.written:
        return f"Nothing to do: {content} ({done.seconds:.1f} s)."
    anew = "; statistics fitted anew" if done.fitted else ""
    return f"Indexed {content} ({done.seconds:.1f} s): {changes}; {done.encoded} texts encoded{anew}."


def became(report: "IndexReport") -> Iterator[str]:
    """Yield what became of notes that were saved, a line for each outcome."""
    saved = {*report.saved}
    for outcome, note_ids in (
        ("Found now", report.indexed),
        ("Left the index", report.removed),
        ("As it was, until its errors are mended", [each for each in report.kept if each in saved]),
        ("Not found until its errors are mended", [each for each in report.refused if each in saved]),
        ("A draft, not indexed (set KB_DRAFTS to index drafts)", [each for each in report.drafts if each in saved]),
    ):
        more = f" and {len(note_ids) - _MOST} more" if len(note_ids) > _MOST else ""
        if note_ids:
            yield f"{outcome}: {', '.join(note_ids[:_MOST])}{more} ({report.seconds:.1f} s)."
