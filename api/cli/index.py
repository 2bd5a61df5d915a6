"""`kb index`: bring the index up to date."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.console import failures, issue_line, out, progress, say
from api.cli.preview import sweep
from kb.settings import load_settings

if TYPE_CHECKING:
    from ingest.indexing.index import IndexReport


def index(
    rebuild: Annotated[bool, typer.Option(help="Write the whole index again, whatever it holds.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Bring the index up to date with the content. Only changed texts are encoded; safe to interrupt."""
    with failures():
        from api.compose import encoder, store
        from ingest.indexing.index import index_content

        settings = load_settings()
        sweep(settings.data_dir)
        with progress() as step:
            report = index_content(
                settings, store(settings), encoder(settings, say), rebuild=rebuild, dry_run=dry_run, progress=step
            )
        if as_json:
            print(json.dumps(asdict(report), ensure_ascii=False, default=str))
        else:
            for issue in report.warnings:
                say(issue_line(issue))
            out.print(_summary(report, dry_run), markup=False, soft_wrap=True)


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
    return f"Indexed {content} ({done.seconds:.1f} s): {changes}; {done.encoded} texts encoded."
