"""`kb keys`, as an operator types it."""

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from api.auth.key_file import KeyFile
from kb.access import clearance

Kb = Callable[..., CompletedProcess[str]]


@pytest.fixture
def kb(run_kb: Callable[..., CompletedProcess[str]], content: Any, tmp_path: Path) -> Kb:
    content.practice("be-own", tlp="amber+strict", pap="red", owner="Federal Judicial Police")
    return lambda *arguments, **more: run_kb(
        "keys", *arguments, KB_DATA_DIR=tmp_path / "data", KB_CONTENT_DIRS=content.root, **more
    )


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "data" / "keys.json")


def test_a_key_is_made_shown_once_listed_and_revoked(kb: Kb, file: KeyFile) -> None:
    label = "Tool [/]x [red]of[/red] the FCCU"
    made = kb("create", "--label", label, "--tlp", "amber", "--country", "be", "--organisation", "Europol")
    assert made.returncode == 0
    text = made.stdout.strip()
    key = file.holder(text)
    assert key is not None
    assert key.clearance == clearance("amber", ["BE"], ["Europol"])
    listed = kb("list", COLUMNS=200)
    assert listed.returncode == 0
    assert label in listed.stdout
    assert "TLP:AMBER BE, Europol" in listed.stdout
    assert text.rpartition("_")[2] not in listed.stdout + listed.stderr + made.stderr
    assert kb("revoke", key.id).returncode == 0
    assert file.holder(text) is None
    assert "revoked" in kb("list", COLUMNS=200).stdout


def test_an_area_opens_for_all_countries_in_it(kb: Kb, file: KeyFile) -> None:
    made = kb("create", "--label", "x", "--tlp", "green", "--country", "BNL", COLUMNS=40)
    assert re.fullmatch(r"kb_[0-9a-f]{8}_[0-9a-f]{64}\n", made.stdout)
    assert file.all()[0].clearance >= clearance("green", ["BE", "NL", "LU"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tlp", "red"], "Nobody is cleared for `red`"),
        (["--tlp", "white"], "clear, green, amber, amber+strict"),
        (["--tlp", "amber", "--country", "BX"], "`BX` is no country"),
        (["--tlp", "amber+strict"], "name it"),
        (["--tlp", "amber+strict", "--organisation", " "], "name it"),
        (["--tlp", "amber", "--days", "99999999"], "--days"),
        (["--tlp", "amber", "--days", "0"], "--days"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(kb: Kb, file: KeyFile, options: list[str], said: str) -> None:
    done = kb("create", "--label", "x", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert file.all() == ()


def test_an_organisation_that_no_note_names_is_made_known(kb: Kb) -> None:
    wrong = kb("create", "--label", "x", "--tlp", "amber", "--organisation", "Federal Judicial Polise")
    assert "No note is for `Federal Judicial Polise` yet." in wrong.stderr
    assert "`Federal Judicial Police`" in wrong.stderr
    right = kb("create", "--label", "x", "--tlp", "amber", "--organisation", "FEDERAL judicial police")
    assert "No note is for" not in right.stderr


def test_what_is_not_there_is_told(kb: Kb) -> None:
    assert "There are no keys." in kb("list").stderr
    assert kb("revoke", "12345678").returncode == 1
