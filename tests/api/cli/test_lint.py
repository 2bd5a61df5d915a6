"""`kb lint` and `kb fmt`: what they report, write, show and leave alone."""

import json
import os
import re
from urllib.parse import unquote

import pytest

from ingest.authoring.rewrite import layout, write_all
from ingest.lint import RULES
from kb.content.reader import read_collection
from kb.errors import NoteError
from tests.api.cli.conftest import REPOSITORY

UNTIDY = "## Problem\nPeople receive false messages.\n\n\n## Approach\n\nProviders block the sites.\n"


# --- lint ---


def test_the_collection_of_this_repository_is_clean(kb):
    result = kb("lint", KB_CONTENT_DIRS=REPOSITORY / "content")
    assert (result.exit_code, result.stdout) == (0, "")


def test_lint_lists_every_rule(kb):
    lines = kb("lint", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]


def test_lint_reports_every_problem_with_its_place(kb, content, tmp_path):
    content.practice("be-good")
    first = content.practice("be-one", crime_types=["fishing"])
    second = content.practice("be-two", started="yesterday, 50%\nor so")
    (content.root / "practices" / "be-two" / "notes.md").write_text("x")
    settings = {"KB_CONTENT_DIRS": content.root}

    text = kb("lint", **settings)
    assert text.exit_code == 1
    lines = text.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines if "fishing" in line] == [str(first)]
    places = [line.removeprefix(str(second)).split(":")[1:3] for line in lines if line.startswith(str(second))]
    assert places
    assert all(part.isdigit() for place in places for part in place)
    assert all(line.isprintable() for line in lines)
    assert f"{sum('KB408' not in line for line in lines)} errors" in text.stderr
    assert all(("KB408 warning: " in line) == ("KB408" in line) for line in lines)
    assert "More may be found in 2 of the files" in text.stderr  # `fishing` was found in a note that could be read

    as_json = kb("lint", "--format", "json", **settings)
    assert as_json.exit_code == 1
    issues = json.loads(as_json.stdout)
    assert [f"{one['path']}:{one['line']}:{one['column']}: {one['code']}" for one in issues] == [
        line[: line.index(one["code"]) + 5] for one, line in zip(issues, lines, strict=True)
    ]
    assert {one["code"]: one["level"] for one in issues if one["level"] == "warning"} == {"KB408": "warning"}

    github = kb("lint", "--format", "github", **settings)
    assert github.exit_code == 1
    assert all(line.startswith(("::error file=", "::warning file=")) for line in github.stdout.splitlines())
    assert len(github.stdout.splitlines()) == len(lines)
    assert "50%25 or " in github.stdout

    assert kb("lint", "--format", "xml", **settings).exit_code == 2


def test_lint_of_a_path_reports_on_it_alone(kb, content):
    bad = content.practice("be-one", crime_types=["fishing"])
    good = content.practice("be-two")
    assert kb("lint", str(bad)).exit_code == 1
    assert kb("lint", str(bad.parent)).exit_code == 1
    assert kb("lint", str(good)).exit_code == 0
    assert str(bad) in kb("lint", str(good), str(bad)).stdout


def test_lint_of_a_path_without_notes_is_refused(kb, content):
    content.practice("be-one")
    (content.root / "practices" / "be-two").mkdir()
    (content.root / "practices" / "be-two" / "fr.xyz").write_text("x")
    for path in ("be-two", "be-two/fr.xyz"):
        done = kb("lint", str(content.root / "practices" / path))
        assert done.exit_code == 2
        assert "holds no note" in done.stderr


def test_lint_says_nothing_of_the_counterparts_of_a_note_whose_counterpart_has_errors(kb, content):
    links = [{"id": "nl-two", "rel": "counterpart-of"}]
    content.practice("be-one", related=links, no_counterpart=["LU"])
    content.practice("nl-two", countries=["NL"], no_counterpart=["LU"]).write_text("")
    assert "KB407" not in kb("lint").stdout
    content.practice("nl-two", countries=["NL"], no_counterpart=["LU"])
    assert "KB407" not in kb("lint").stdout
    content.practice("nl-two", countries=["EU"], no_counterpart=[])
    assert "counterpart in NL" not in kb("lint").stdout


def test_lint_writes_sarif(kb, content):
    bad = content.practice("be-one", crime_types=["fishing"], started="2999")
    done = kb("lint", str(bad), "--format", "sarif")
    assert done.exit_code == 1
    [run] = json.loads(done.stdout)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("KB111", "error"), ("KB410", "warning")]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
        place = one["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == str(bad)
        line = bad.read_text("utf-8").splitlines()[place["region"]["startLine"] - 1]
        assert "fishing" in line or "2999" in line


def test_lint_writes_reports_for_gitlab(kb, content):
    bad = content.practice("be-one", crime_types=["fishing", "fishing"], started="2999")
    done = kb("lint", str(bad), "--format", "gitlab")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert [(one["check_name"], one["severity"]) for one in report] == [
        ("KB111", "major"),
        ("KB111", "major"),
        ("KB410", "minor"),
    ]
    assert len({one["fingerprint"] for one in report}) == 3
    lines = bad.read_text("utf-8").splitlines()
    for one in report:
        assert one.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["location"]["path"] == str(bad)
        assert re.search("fishing|2999", lines[one["location"]["lines"]["begin"] - 1])
    bad.write_text("\n".join((lines[0], "# a line more", *lines[1:])), "utf-8")
    moved = json.loads(kb("lint", str(bad), "--format", "gitlab").stdout)
    assert [one["fingerprint"] for one in moved] == [one["fingerprint"] for one in report]
    assert [one["location"] for one in moved] != [one["location"] for one in report]


def test_lint_of_a_path_elsewhere_is_refused(kb, content, tmp_path):
    outside = kb("lint", str(tmp_path))
    assert outside.exit_code == 2
    assert "KB_CONTENT_DIRS" in outside.stderr
    assert "does not exist" in kb("lint", str(tmp_path / "no")).stderr
    nowhere = kb("lint", KB_CONTENT_DIRS=tmp_path / "no")
    assert nowhere.exit_code == 1
    assert "KB_CONTENT_DIRS" in nowhere.stderr


def test_a_warning_is_shown_and_stops_nothing(kb, content):
    content.practice(
        "be-one", body="## Problem\n\nPeople receive messages.\n\n## Approach\n\nBlock them.\n\n## Odd\n\nX.\n"
    )
    result = kb("lint")
    assert result.exit_code == 0
    assert "KB201" in result.stdout
    assert "0 errors, 1 warning." in result.stderr


# --- fmt, and what else lint does ---


def untidy(content):
    """A note whose original and translation are untidy, the translation up to date."""
    original = content.practice("be-a", body=UNTIDY)
    revision = read_collection([content.root]).notes[0].original_version.revision
    info = {"of": "en", "status": "human", "source_revision": revision}
    body = "## Problème\nDes messages.\n\n## Approche\n\nOn bloque.\n"
    return {"en": original, "fr": content.translation("be-a", "fr", "en", body, translation=info)}


def test_notes_are_laid_out_and_no_translation_becomes_stale(kb, content):
    files = untidy(content)
    os.chmod(files["en"], 0o640)
    before = read_collection([content.root]).notes[0]
    done = kb("fmt")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines() == [f"{files[one]}: laid out" for one in ("fr", "en")]
    assert "2 of 2 files laid out anew." in done.stderr
    assert files["en"].read_text("utf-8").startswith("---\ntitle: ")
    assert files["en"].read_text("utf-8").endswith(UNTIDY.replace("Problem\n", "Problem\n\n").replace("\n\n\n", "\n\n"))
    assert files["en"].stat().st_mode & 0o777 == 0o640
    after = read_collection([content.root]).notes[0]
    assert after.original_version.revision != before.original_version.revision
    assert [after.is_stale(language) for language in after.languages] == [False, False]
    again = kb("fmt", "--check")
    assert (again.exit_code, again.stdout) == (0, "")
    assert [path.name for path in files["en"].parent.iterdir()] == ["en.md", "fr.md"]


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_what_would_change_is_told_and_nothing_is_written(kb, content, option):
    files = untidy(content)
    before = {path: path.read_bytes() for path in files.values()}
    done = kb("fmt", option)
    assert done.exit_code == 1
    assert "2 of 2 files would be laid out anew." in done.stderr
    if option == "--check":
        assert done.stdout.splitlines() == [str(files["fr"]), str(files["en"])]
    else:
        assert f"--- {files['en']}\n+++ {files['en']}\n@@" in done.stdout
        assert "\n ## Problem\n+\n People receive" in done.stdout
    assert {path: path.read_bytes() for path in before} == before


def test_of_files_not_named_only_the_revision_that_they_render_is_written(kb, content):
    files = untidy(content)
    before = files["fr"].read_text("utf-8")
    assert kb("fmt", str(files["fr"]), "--check").stdout == f"{files['fr']}\n"
    done = kb("fmt", str(files["en"]))
    assert done.stdout.splitlines() == [f"{files[one]}: laid out" for one in ("fr", "en")]
    after = files["fr"].read_text("utf-8")
    changed = [one for one in zip(before.split("\n"), after.split("\n"), strict=True) if one[0] != one[1]]
    assert len(changed) == 1
    assert "source_revision: " in changed[0][1]
    assert "KB305" not in kb("lint").stdout


def test_a_file_that_cannot_be_read_is_left_as_it_is_and_told(kb, content):
    files = untidy(content)
    broken = content.root / "practices" / "be-b" / "en.md"
    broken.parent.mkdir()
    broken.write_text("---\r\ntitle: [\r\n---\r\n", newline="")
    done = kb("fmt")
    assert done.exit_code == 1
    assert f"{broken}:" in done.stderr
    assert "KB105" in done.stderr
    assert "The file was left as it is." in done.stderr
    assert broken.read_bytes() == b"---\r\ntitle: [\r\n---\r\n"
    assert "2 of 2 files laid out anew." in done.stderr
    assert kb("fmt", str(files["en"])).exit_code == 0


def test_an_original_whose_translation_cannot_be_read_stays_as_it_is(kb, content):
    files = untidy(content)
    before = files["en"].read_bytes()
    whole = files["fr"].read_text("utf-8")
    files["fr"].write_text(whole.replace("title:", "title: [", 1), "utf-8")
    done = kb("fmt", str(files["en"]))
    assert (done.exit_code, done.stdout) == (1, "")
    assert (
        f"{files['en']}: `{files['fr']}` may render it and cannot be read. The file was left as it is." in done.stderr
    )
    assert files["en"].read_bytes() == before
    files["fr"].write_text(whole, "utf-8")
    assert kb("fmt").exit_code == 0
    assert "KB305" not in kb("lint").stdout


def test_nothing_is_written_where_one_file_cannot_be(content):
    files = untidy(content)
    found, _ = layout([content.root], lambda path: True)
    assert [one.path for one in found] == [files["fr"], files["en"]]
    files["en"].write_text("changed meanwhile", "utf-8")
    before = files["fr"].read_bytes()
    with pytest.raises(NoteError, match="was changed meanwhile"):
        next(write_all(found))
    assert files["fr"].read_bytes() == before


def test_a_link_to_a_file_stays_one_and_foreign_folders_are_refused(kb, content):
    link = content.root / "practices" / "be-b" / "en.md"
    real = content.practice("be-a", body=UNTIDY)
    target = content.root.parent / "elsewhere.md"
    real.rename(target)
    link.parent.mkdir()
    link.symlink_to(target)
    done = kb("fmt")
    assert (done.exit_code, link.is_symlink()) == (0, True)
    assert "## Problem\n\nPeople" in target.read_text("utf-8")
    assert kb("fmt", str(content.root.parent)).exit_code == 2


def test_stale_translations_are_shown_with_what_is_known_of_the_change(kb, content):
    files = untidy(content)
    content.practice("be-a", summary="Said otherwise.")
    done = kb("lint", "--stale", str(files["fr"]))
    assert done.exit_code == 0
    issue, change = done.stdout.splitlines()
    assert "KB305" in issue
    assert change == "What has changed cannot be told: the content folder has no Git history."
    assert "1 stale translation." in done.stderr
    assert kb("lint", "--stale", str(files["en"])).stdout == ""
    assert kb("lint", "--stale", "--format", "json").exit_code == 2


def test_slips_are_put_right_and_what_is_left_is_told(kb, content):
    file = content.practice("be-a", phases=["Prevention"], crime_types=["phising"], countries=["BX"])
    text = file.read_text("utf-8").replace("licence:", "id: be-a\nlicense:")
    file.write_text(text.replace("\n", "\r\n"), "utf-8", newline="")
    done = kb("lint", "--fix", str(file))
    assert done.exit_code == 1
    told = [line.removeprefix(f"{file}:").split(": ")[1].split(" ")[:2] for line in done.stderr.splitlines()[:4]]
    assert told == [["fixed", "KB106"], ["fixed", "KB107"], ["fixed", "KB111"], ["fixed", "KB111"]]
    assert "`BX` is not in the vocabulary countries." in done.stdout
    after = file.read_bytes().decode("utf-8")
    for line in ("licence: CC-BY-4.0\r\n", "- prevention\r\n", "- phishing\r\n", "- BX\r\n"):
        assert line in after
    assert "id: be-a" not in after
    assert "fixed" not in kb("lint", "--fix").stderr


def test_a_fix_that_changes_nothing_is_none(kb, content):
    file = content.practice("be-a", crime_types=["x.phishing"])
    before = file.read_bytes()
    done = kb("lint", "--fix")
    assert done.exit_code == 1
    assert "KB111 `x.phishing` is not in the vocabulary" in done.stdout
    assert "fixed" not in done.stderr
    assert file.read_bytes() == before


def test_with_a_note_goes_what_its_sources_say(kb, content):
    file = content.practice("be-a")
    content.practice("be-b")
    (content.root / "sources").mkdir()
    extracts = {name: content.root / "sources" / f"{name}.yaml" for name in ("be-a", "be-b")}
    for one in extracts.values():
        one.write_text("- [", "utf-8")
    for chosen in (file, file.parent, file.parent.parent):
        said = kb("lint", str(chosen)).stdout
        assert f"{extracts['be-a']}:" in said
        assert (f"{extracts['be-b']}:" in said) == (chosen == file.parent.parent)
    only = kb("lint", str(extracts["be-b"])).stdout
    assert {line.split(":")[0] for line in only.splitlines()} == {str(extracts["be-b"])}


@pytest.mark.parametrize("form", ["text", "json", "github", "gitlab", "sarif"])
def test_a_name_that_is_no_text_is_told_in_every_form(kb, content, form):
    folder = os.fsencode(content.root / "practices")
    os.mkdir(folder)
    for name in (b"be-\xff", b"be,a:b%c", b"be-a\n::error::x"):
        os.mkdir(os.path.join(folder, name))
        with open(os.path.join(folder, name, b"en.md"), "wb") as file:
            file.write(b"---\n")
    done = kb("lint", "--format", form)
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    shown = [f"{content.root}/practices/{name}/en.md" for name in ("be,a:b%c", "be-a\ufffd::error::x", "be-\ufffd")]
    if form == "json":
        assert [one["path"] for one in json.loads(done.stdout)] == shown
    elif form == "gitlab":
        assert [one["location"]["path"] for one in json.loads(done.stdout)] == shown
    elif form == "sarif":
        results = json.loads(done.stdout)["runs"][0]["results"]
        places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]
        assert [unquote(one) for one in places] == shown
    elif form == "github":
        lines = done.stdout.splitlines()
        assert len(lines) == 3
        assert f"file={content.root}/practices/be%2Ca%3Ab%25c/en.md,line=1,col=1,title=KB101::" in lines[0]
        assert "be-a\ufffd%3A%3Aerror%3A%3Ax/en.md,line=1" in lines[1]
    else:
        assert [line.partition("/en.md:1:1: KB101 ")[0] for line in done.stdout.splitlines()] == [
            one.removesuffix("/en.md") for one in shown
        ]
    bad = kb("lint", os.fsdecode(os.path.join(folder, b"be-\xff")), "--format", "json")
    assert [one["path"] for one in json.loads(bad.stdout)] == shown[-1:]
