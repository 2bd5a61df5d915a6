"""A smaller collection: every n-th note in all its languages, without links to those that are left out."""

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from kb.notes.plain_yaml import PlainLoader

_LINK = re.compile(r"\[([^\]]*)\]\((?:\.\./)+(?:\w+/)?([\w-]+)/[^)]*\)")
_NAMING_NOTES = ("related", "implements", "replaces", "replaced_by")


def keep_every(nth: int, content: Path) -> None:
    """Remove all notes but every `nth`, and what the others say of them."""
    notes = sorted(content.glob("[ps]*/*/"))
    kept = {folder.name for folder in notes[::nth]}
    for folder in notes:
        if folder.name not in kept:
            shutil.rmtree(folder)
    for file in content.glob("[ps]*/*/*.md"):
        file.write_text(_without_links(file.read_text("utf-8"), kept), "utf-8")


def _without_links(note: str, kept: set[str]) -> str:
    _, front, body = note.split("---\n", 2)
    fields: dict[str, Any] = yaml.load(front, PlainLoader)
    for name in _NAMING_NOTES:
        if name in fields:
            fields[name] = [one for one in fields[name] if _note_of(one) in kept]
    text = _LINK.sub(lambda link: link[0] if link[2] in kept else link[1], body)
    return f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)}---\n{text}"


def _note_of(link: str | dict[str, str]) -> str:
    return (link if isinstance(link, str) else link["id"]).partition("#")[0]
