"""What is handed out: a wheel that is the same whoever builds it, whole, without notes; packages we may pass on."""

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).parents[2]
BUILD = """
umask 022
git archive HEAD | tar -x --no-same-permissions -C "$1/source"
cd "$1/source"
exec "$0" -c 'import sys; from setuptools.build_meta import build_wheel; print(build_wheel(sys.argv[1]))' "$1"
"""

# What may be passed on beside a work under the EUPL-1.2: permissive licences, and those that bind file by file.
MAY_GO_ALONG = re.compile(
    r"MIT(-0|-CMU| License)?|ISC.*|0BSD|(3-Clause )?BSD.*|Apache.*|Zlib|CC0-1\.0|BSL-1\.0|PSF-2\.0|CNRI-Python|"
    r"MPL-2\.0|Mozilla Public License 2\.0.*|LLVM-exception|EUPL-1\.2"
)
SAID_OTHERWISE = {"pypdfium2": "BSD-3-Clause AND Apache-2.0"}
"""Packages whose metadata name their licence in a sentence, and what its text is."""


def build(folder, umask, **environment):
    """Build the wheel of what is committed, in a folder, as `make wheelhouse` does; return its path."""
    (folder / "source").mkdir(parents=True)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", BUILD, sys.executable, folder],
        cwd=REPOSITORY,
        env={**os.environ, **environment, "SOURCE_DATE_EPOCH": "1790000000"},
        capture_output=True,
        text=True,
        check=True,
        umask=umask,
    )
    return folder / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if not (REPOSITORY / ".git").exists():
        pytest.skip("The wheel is built of what is committed.")
    return build(tmp_path_factory.mktemp("one"), 0o022)


def test_a_wheel_is_the_same_whoever_builds_it(wheel, tmp_path):
    again = build(tmp_path / "elsewhere" / "deeper", 0o077, TZ="Pacific/Auckland", PYTHONHASHSEED="7")
    assert again.read_bytes() == wheel.read_bytes()


def test_a_wheel_has_every_file_of_our_packages_and_nothing_else(wheel):
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD", "kb", "ingest", "search", "api"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == set(listed.stdout.decode().split())


def needed():
    """Yield every package that an installation brings, by what is installed here."""
    seen, left = set(), [("benelux-practice-base", "")]
    while left:
        name, extra = left.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for line in distribution(name).requires or ():
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                left += [(wanted.name, each) for each in ("", *wanted.extras)]
    return sorted({name for name, _ in seen})


def test_every_package_that_an_installation_brings_may_be_passed_on():
    packages = needed()
    assert len(packages) > 100
    for name in packages:
        about = distribution(name).metadata
        stated = SAID_OTHERWISE.get(name) or about.get("License-Expression")
        classified = [
            line.rpartition(" :: ")[2] for line in about.get_all("Classifier", ()) if line.startswith("License")
        ]
        own_words = re.split(r"\s+(?:AND|OR|WITH)\s+", re.sub("[()]", "", stated or about.get("License") or "none"))
        licences = own_words if stated else [one for one in classified if one != "Freely Distributable"] or own_words
        assert [one for one in licences if not MAY_GO_ALONG.fullmatch(one)] == [], name
