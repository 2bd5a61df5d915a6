"""`kb audit`: whether the audit log is whole."""

from pathlib import Path
from typing import Annotated

import typer

from api.auth.audit import known_head
from api.auth.audit import verify as verified
from api.cli.console import failures, group, say
from kb.errors import SettingsError
from kb.settings import load_settings

audit = group("audit", "The audit log: who was shown which restricted note.")


@audit.callback()
def alone() -> None:
    """Let the name of a command that is the only one be typed."""


@audit.command()
def verify(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE…]", help="Its files, renamed ones too, in any order.")
    ] = None,
) -> None:
    """Say whether each line follows from the one before it, and where one does not."""
    with failures():
        log = load_settings().audit_log
        named = files or [log]
        if not files and not log.exists() and known_head(log) is None:
            say("Nothing has been written into the audit log.")
            return
        if not files and not log.exists():
            raise SettingsError(
                f"`{log}` is gone.", remedy="If it was renamed, name its files: `kb audit verify FILE…`."
            )
        has_end = not log.exists() or log.resolve() in {path.resolve() for path in named}
        found = verified(named, known_head(log) if has_end else None)
        for each in found.breaks:
            print(f"{each.path}, line {each.number}: {each.meaning}.")
        lines = f"{found.lines:,} lines, {found.unchained:,} of them from before the chain"
        if found.breaks:
            raise SettingsError(f"The audit log is not whole: {lines}.", remedy="Compare it with a copy of it.")
        print(f"The audit log is whole: {lines}. Hash of the last: {found.last or 'none'}.")
        if found.begins_with:
            say("It goes on from a file that was not named.")
        if not has_end:
            say(f"Whether these files end where they ended cannot be told without `{log}`.")
