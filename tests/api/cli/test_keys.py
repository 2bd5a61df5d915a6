"""`kb keys`, as an operator types it."""

import re

import pytest

from api.auth.key_file import KeyFile
from api.cli.console import out
from kb.access import clearance


@pytest.fixture
def keys(kb, content):
    content.practice("be-own", tlp="amber+strict", pap="red", owner="Federal Judicial Police")
    return lambda *arguments, **more: kb("keys", *arguments, **more)


@pytest.fixture
def file(tmp_path):
    return KeyFile(tmp_path / "data" / "keys.json")


def test_a_key_is_made_shown_once_listed_and_revoked(keys, file, monkeypatch):
    monkeypatch.setattr(out, "width", 200)
    label = "Tool [/]x [red]of[/red] the FCCU"
    made = keys("create", "--label", label, "--tlp", "amber", "--country", "be", "--organisation", "Europol")
    assert made.exit_code == 0
    text = made.stdout.strip()
    key = file.holder(text)
    assert key is not None
    assert key.clearance == clearance("amber", ["BE"], ["Europol"])
    listed = keys("list")
    assert label in listed.stdout
    assert "TLP:AMBER BE, Europol" in listed.stdout
    assert text.rpartition("_")[2] not in listed.stdout + listed.stderr + made.stderr
    assert keys("revoke", key.id).exit_code == 0
    assert file.holder(text) is None
    assert "revoked" in keys("list").stdout


def test_an_area_opens_for_all_countries_in_it(keys, file):
    made = keys("create", "--label", "x", "--tlp", "green", "--country", "BNL")
    assert re.fullmatch(r"kb_[0-9a-f]{8}_[0-9a-f]{64}\n", made.stdout)
    assert file.all()[0].clearance >= clearance("green", ["BE", "NL", "LU"])


@pytest.mark.parametrize(
    ("options", "message"),
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
def test_what_makes_no_sense_is_refused(keys, file, options, message):
    done = keys("create", "--label", "x", *options)
    assert (done.exit_code, message in done.stderr, file.all()) == (2, True, ())


def test_an_organisation_that_no_note_names_is_made_known(keys):
    create = ("create", "--label", "x", "--tlp", "amber", "--organisation")
    said = keys(*create, "Federal Judicial Polise").stderr
    assert "No note is for `Federal Judicial Polise` yet. Did you mean `Federal Judicial Police`?" in said
    assert "No note is for" not in keys(*create, "FEDERAL judicial police").stderr


def test_what_is_not_there_is_said(keys):
    assert "There are no keys." in keys("list").stderr
    assert keys("revoke", "12345678").exit_code == 1
