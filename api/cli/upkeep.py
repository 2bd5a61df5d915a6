"""`kb doctor`, `kb backup`, `kb restore`: what keeps an installation going."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from api.cli.console import cleaning_up, failures, out, say
from kb.settings import load_settings


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False) -> None:
    """Say what is wrong with this installation, and what to do. Changes nothing; a server may run.

    Exits with 1 if anything is wrong.
    """
    from api.upkeep.doctor import examine

    found = examine()
    if as_json:
        print(json.dumps([{**asdict(each), "good": each.good} for each in found], ensure_ascii=False))
    else:
        for each in found:
            mark, style = ("good ", "green") if each.good else ("WRONG", "bold red")
            line = f"  {each.what}: {' '.join(filter(None, (each.said, each.remedy)))}"
            out.print(Text.assemble((mark, style), " ".join(line.splitlines())), soft_wrap=True)
    if not all(each.good for each in found):
        raise typer.Exit(1)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to make, such as `kb-2026-12-01.tar.gz`.")],
    vectors: Annotated[bool, typer.Option("--vectors", help="With the vectors of all texts, however many.")] = False,
) -> None:
    """Write index, keys, audit and feedback into one file, while server and `kb index` go on.

    It holds restricted notes: keep it where only those may read who may read them all.
    """
    with failures(), cleaning_up():
        from api.upkeep.backup import back_up

        made = back_up(load_settings(), file, vectors=vectors)
        out.print(
            f"`{file}` has {len(made.sizes)} files of {sum(made.sizes.values()) / 1e6:,.0f} MB"
            f"{'' if made.has_index else '; there is no index in the data directory'}.",
            markup=False,
            soft_wrap=True,
        )
        if made.left_out:
            say("Without the vectors of texts, which `kb index` makes anew where it needs them (`--vectors`).")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `kb backup` has made.")],
    replace: Annotated[bool, typer.Option("--replace", help="Set aside what is in the data directory.")] = False,
) -> None:
    """Put a backup into the data directory, once all of it has been verified. A kill loses nothing."""
    with failures(), cleaning_up():
        from api.upkeep.backup import restore as put_back

        done = put_back(load_settings(), file, replace=replace)
        out.print(f"Restored: made {done.made} by version {done.program}.", markup=False, soft_wrap=True)
        since = "what was withdrawn or restricted since the backup is shown until then"
        say(f"Run `kb index` now: {'its index is of an earlier version' if done.stale else since}.")
        if done.aside:
            say(f"What was there is in `{done.aside}`. Delete it when you are sure: it may hold restricted notes.")
        for name, value in done.settings.items():
            say(f"It was made under {name}={value}, which is set otherwise here.")
