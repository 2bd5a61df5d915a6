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
from kb.notes.markdown import parse

UNTIDY = "## Problem\nPeople receive false messages.\n\n\n## Approach\n\nProviders block the sites.\n"


# --- lint ---


def test_lint_lists_every_rule(kb):
    lines = kb("lint", "--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [rule.code for rule in RULES]


def test_lint_reports_every_issue_with_its_place(kb, content):
    content.practice("be-good")
    first = content.practice("be-one", crime_types=["fishing"])
    second = content.practice("be-two", started="yesterday, 50%\nor so")
    (content.root / "practices" / "be-two" / "notes.md").write_text("x")
    text = kb("lint")
    lines = text.stdout.splitlines()
    assert [re.fullmatch(r"(.*\.md):\d+:\d+: (KB\d+) (warning)?.*", line).groups() for line in lines] == [
        (str(first.parents[1] / "be-good" / "en.md"), "KB408", "warning"),
        (str(first), "KB408", "warning"),
        (str(first), "KB111", None),
        (str(second), "KB109", None),
        (str(second.with_name("notes.md")), "KB101", None),
    ]
    assert text.exit_code == 1
    assert "3 errors, 2 warnings." in text.stderr
    assert "More may be found in 2 of the files" in text.stderr  # `fishing` was found in a note that could be read

    as_json = kb("lint", "--format", "json")
    form = "{path}:{line}:{column}: {code} {level}".format
    assert [form(**issue) for issue in json.loads(as_json.stdout)] == [
        re.sub(r"(KB\d+) (warning)?.*", lambda found: f"{found[1]} {found[2] or 'error'}", line) for line in lines
    ]
    github = kb("lint", "--format", "github")
    assert [line.split(" ")[0] for line in github.stdout.splitlines()] == [
        "::warning" if "warning" in line else "::error" for line in lines
    ]
    assert "50%25 or " in github.stdout
    assert as_json.exit_code == github.exit_code == 1
    assert kb("lint", "--format", "xml").exit_code == 2


def test_lint_of_a_path_reports_on_it_alone(kb, content):
    bad = content.practice("be-one", crime_types=["fishing"])
    good = content.practice("be-two")
    for paths, code in (((bad,), 1), ((bad.parent,), 1), ((good,), 0), ((good, bad), 1)):
        done = kb("lint", *map(str, paths))
        assert (done.exit_code, str(bad) in done.stdout) == (code, bool(code))
    assert "0 errors, 1 warning." in kb("lint", str(good)).stderr


def test_lint_of_a_path_without_notes_is_refused(kb, content, tmp_path):
    content.practice("be-one")
    empty = content.root / "practices" / "be-two"
    empty.mkdir()
    (empty / "fr.xyz").write_text("x")
    for path, message in {
        empty: "holds no note",
        empty / "fr.xyz": "holds no note",
        tmp_path: "KB_CONTENT_DIRS",
        tmp_path / "no": "does not exist",
    }.items():
        done = kb("lint", str(path))
        assert (done.exit_code, message in done.stderr) == (2, True)
    nowhere = kb("lint", KB_CONTENT_DIRS=tmp_path / "no")
    assert (nowhere.exit_code, "KB_CONTENT_DIRS" in nowhere.stderr) == (1, True)


def test_lint_says_nothing_of_counterparts_whose_notes_have_errors(kb, content):
    links = [{"id": "nl-two", "rel": "counterpart-of"}]
    content.practice("be-one", related=links, no_counterpart=["LU"])
    content.practice("nl-two", countries=["NL"], no_counterpart=["LU"]).write_text("")
    assert "KB407" not in kb("lint").stdout
    content.practice("nl-two", countries=["LU"], no_counterpart=["NL"])
    assert "KB407" in kb("lint").stdout


def test_lint_writes_sarif_and_reports_for_gitlab(kb, content):
    bad = content.practice("be-one", crime_types=["fishing", "fishing"], started="2999")
    lines = bad.read_text("utf-8").splitlines()

    def report(form):
        return json.loads(kb("lint", str(bad), "--format", form).stdout)

    [run] = report("sarif")["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [f"{found['ruleId']} {rules[found['ruleIndex']]} {found['level']}" for found in run["results"]] == [
        *["KB111 KB111 error"] * 2,
        "KB410 KB410 warning",
    ]
    places = [found["locations"][0]["physicalLocation"] for found in run["results"]]
    assert {place["artifactLocation"]["uri"] for place in places} == {str(bad)}
    numbers = [place["region"]["startLine"] for place in places]
    assert all(re.search("fishing|2999", lines[number - 1]) for number in numbers)

    gitlab = report("gitlab")
    codes = [f"{found['check_name']} {found['severity']}" for found in gitlab]
    assert codes == ["KB111 major", "KB111 major", "KB410 minor"]
    assert [found["location"] for found in gitlab] == [
        {"path": str(bad), "lines": {"begin": number}} for number in numbers
    ]
    assert gitlab[0].keys() == {"description", "check_name", "fingerprint", "severity", "location"}
    assert len({found["fingerprint"] for found in gitlab}) == 3
    bad.write_text("\n".join((lines[0], "# a line more", *lines[1:])), "utf-8")
    moved = report("gitlab")
    assert [found["fingerprint"] for found in moved] == [found["fingerprint"] for found in gitlab]
    assert [found["location"]["lines"]["begin"] for found in moved] == [number + 1 for number in numbers]


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
    assert (done.exit_code, done.stderr) == (0, "2 of 2 files laid out anew.\n")
    assert done.stdout.splitlines() == [f"{files['fr']}: laid out", f"{files['en']}: laid out"]
    text = files["en"].read_text("utf-8")
    assert text.startswith("---\ntitle: ")
    assert text.endswith(UNTIDY.replace("Problem\n", "Problem\n\n").replace("\n\n\n", "\n\n"))
    assert files["en"].stat().st_mode & 0o777 == 0o640
    after = read_collection([content.root]).notes[0]
    assert after.original_version.revision != before.original_version.revision
    assert [after.is_stale(language) for language in after.languages] == [False, False]
    again = kb("fmt", "--check")
    assert (again.exit_code, again.stdout) == (0, "")
    assert [path.name for path in files["en"].parent.iterdir()] == ["en.md", "fr.md"]


def test_what_would_change_is_named_and_nothing_is_written(kb, content):
    files = untidy(content)
    before = {path: path.read_bytes() for path in files.values()}
    named, changes = kb("fmt", "--check"), kb("fmt", "--diff")
    assert named.exit_code == changes.exit_code == 1
    assert named.stderr == changes.stderr == "2 of 2 files would be laid out anew.\n"
    assert named.stdout.splitlines() == [str(files["fr"]), str(files["en"])]
    assert f"--- {files['en']}\n+++ {files['en']}\n@@" in changes.stdout
    assert "\n ## Problem\n+\n People receive" in changes.stdout
    assert {path: path.read_bytes() for path in before} == before


def test_of_a_translation_not_named_only_the_revision_changes(kb, content):
    files = untidy(content)
    before = files["fr"].read_text("utf-8")
    assert kb("fmt", str(files["fr"]), "--check").stdout == f"{files['fr']}\n"
    done = kb("fmt", str(files["en"]))
    assert done.stdout.splitlines() == [f"{files['fr']}: laid out", f"{files['en']}: laid out"]
    after = files["fr"].read_text("utf-8")
    [(_, now)] = {*enumerate(after.split("\n"))} - {*enumerate(before.split("\n"))}
    assert "source_revision: " in now
    assert "KB305" not in kb("lint").stdout


def test_a_file_that_cannot_be_read_is_left_as_it_is(kb, content):
    files = untidy(content)
    broken = content.root / "practices" / "be-b" / "en.md"
    broken.parent.mkdir()
    broken.write_text("---\r\ntitle: [\r\n---\r\n", newline="")
    done = kb("fmt")
    assert done.exit_code == 1
    assert re.search(rf"{broken}:\d+:\d+: KB105 .* The file was left as it is\.", done.stderr)
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
    assert f"{files['en']}: `{files['fr']}` may render it and cannot be read. The file was left" in done.stderr
    assert files["en"].read_bytes() == before
    files["fr"].write_text(whole, "utf-8")
    assert kb("fmt").exit_code == 0
    assert "KB305" not in kb("lint").stdout


def test_nothing_is_written_where_one_file_cannot_be(content):
    files = untidy(content)
    found, _ = layout([content.root], lambda path: True)
    assert [file.path for file in found] == [files["fr"], files["en"]]
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


def test_stale_translations_come_with_what_has_changed(kb, content):
    files = untidy(content)
    content.practice("be-a", summary="Said otherwise.")
    done = kb("lint", "--stale", str(files["fr"]))
    assert (done.exit_code, done.stderr) == (0, "1 stale translation.\n")
    assert re.search("KB305 .*\nWhat has changed cannot be told: the content folder has no Git history.\n", done.stdout)
    assert kb("lint", "--stale", str(files["en"])).stdout == ""
    assert kb("lint", "--stale", "--format", "json").exit_code == 2


@pytest.mark.parametrize(
    ("given", "said", "count"),
    [
        ({}, "`fishing` is not in the vocabulary", "1 error, 1 warning."),
        ({"LANG": "fr_BE.UTF-8"}, "`fishing` n'est pas dans le vocabulaire", "1 erreur, 1 avertissement."),
        (
            {"LANG": "fr_BE.UTF-8", "LC_ALL": "nl_NL"},
            "`fishing` staat niet in de woordenlijst",
            "1 fout, 1 waarschuwing.",
        ),
        ({"LANG": "de_DE.UTF-8"}, "`fishing` is not in the vocabulary", "1 error, 1 warning."),
        (
            {"LANG": "nl_BE", "KB_LANGUAGE": "fr"},
            "`fishing` n'est pas dans le vocabulaire",
            "1 erreur, 1 avertissement.",
        ),
    ],
)
def test_authors_are_told_in_their_language(kb, content, given, said, count, monkeypatch):
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.setenv(name, "")
    content.practice("be-a", crime_types=["fishing"], no_counterpart=["NL"])
    told = kb("lint", **given)
    assert said in told.stdout
    assert count in told.stderr
    in_dutch = json.loads(kb("lint", "--language", "nl", "--format", "json", **given).stdout)
    assert [issue["message"].partition(" in ")[0] for issue in in_dutch if issue["code"] == "KB111"] == [
        "`fishing` staat niet"
    ]


def test_a_draft_of_a_translation_is_named_as_what_is_not_indexed(kb, content):
    content.practice("be-a", related=[{"id": "be-b", "rel": "see-also"}])
    content.practice("be-b")
    file = content.translation("be-a", "nl", "en", "## Probleem\n\nA.\n\n## Aanpak\n\nB.\n", draft=True, title="")
    told = kb("lint", "--language", "nl")
    assert f"Niet geïndexeerd, omdat het een concept is: {file}." in told.stderr
    assert {line.split(":")[0] for line in told.stdout.splitlines() if "KB407" not in line} == {str(file)}
    assert "concept" not in kb("lint", "--language", "nl", KB_DRAFTS="true").stderr
    assert "concept" not in kb("lint", "--language", "nl", str(content.root / "practices" / "be-b")).stderr


def test_words_of_no_vocabulary_are_told_beside_other_errors(kb, content):
    content.practice("be-a", crime_types=["rançongiciel"], tlp="hidden", legal_basis=[{"country": "Belgique"}])
    told = kb("lint").stdout
    assert "KB109 field `tlp`: `hidden` is not one of" in told
    assert (
        "`rançongiciel` is not in the vocabulary crime-types (`taxonomy/crime-types.yaml`). Write `ransomware`" in told
    )
    assert "`Belgique` is not in the vocabulary countries (`taxonomy/countries.yaml`). Write `BE`" in told


def test_a_bad_note_of_a_new_author_is_put_right_as_far_as_it_is_sure(kb, content):
    file = content.root / "practices" / "be-hameconnage" / "fr.md"
    file.parent.mkdir(parents=True)
    file.write_text(BAD, "utf-8")
    (line,) = kb("lint", str(file)).stdout.splitlines()
    assert "fr.md:2:10: KB105 front matter is no valid YAML: an apostrophe stands inside single quotes" in line
    done = kb("lint", "--fix", str(file))
    assert parse(file.read_text("utf-8")).front == {
        "title": "L'hameçonnage en Belgique",
        "summary": 'Une page "fausse" : que faire',
        "countries": ["BE"],
        "organisations": [{"name": "Police fédérale", "role": "lead"}],
        "crime_types": ["phishing"],
        "phases": ["prevention"],
        "tlp": "amber",
        "pap": "amber",
        "status": "pilot",
        "started": "2024-12-31",
        "reviewed": "2026-11-01",
        "review_by": "2027-12-31",
        "evidence": {"level": "untested", "effect": "unknown"},
        "sources": [
            {"url": "https://example.org/a", "title": 'Le "grand" rapport', "publisher": "P", "accessed": "2026-11-01"}
        ],
        "authors": ["Une équipe"],
    }
    codes = {line.split(" ")[1] for line in done.stdout.splitlines()}
    assert codes == {"KB205", "KB206", "KB208", "KB210", "KB211", "KB212", "KB213", "KB407"}
    assert "- un\n- deux\n" in file.read_text("utf-8")


BAD = """---
title: 'L'hameçonnage en Belgique'
summary: Une page "fausse" : que faire
pays: [Belgique]
organisations:
  - name: Police fédérale
    role: chef de file
crime_types: [hameçonnage]
phases: [Prévention]
tlp: AMBER
pap: Orange
status: pilote
started: 31/12/2024
reviewed: 1er novembre 2026
review_by: 31/12/2027
evidence: {level: non testé, effect: inconnu}
sources:
  - url: https://example.org/a
    title: "Le "grand" rapport"
    publisher: P
    accessed: 1/11/2026
authors: [Une équipe]
---

## Problème

<b>Important</b> : à compléter.
• un
• deux

Voir la note[^1] et ![](schema.png).

[^2]: Rapport annuel.

## Approche

## Approche

Encore.
"""


def test_slips_are_fixed_and_the_rest_is_reported(kb, content):
    file = content.practice("be-a", phases=["Prevention"], crime_types=["phising"], countries=["BX"])
    text = file.read_text("utf-8").replace("licence:", "id: be-a\nlicense:")
    file.write_text(text.replace("\n", "\r\n"), "utf-8", newline="")
    done = kb("lint", "--fix", str(file))
    assert done.exit_code == 1
    assert sorted(re.findall(r": fixed (KB\d+)", done.stderr)) == ["KB106", "KB107", "KB111", "KB111"]
    assert "`BX` is not in the vocabulary countries (`taxonomy/countries.yaml`)." in done.stdout
    after = file.read_bytes().decode("utf-8")
    for line in ("licence: CC-BY-4.0\r\n", "- prevention\r\n", "- phishing\r\n", "- BX\r\n"):
        assert line in after
    assert "id: be-a" not in after
    assert "fixed" not in kb("lint", "--fix").stderr


def test_signs_of_a_word_processor_are_repaired_before_what_they_hid(kb, content):
    file = content.practice("be-a", phases=["Prevention"], title="A shield")
    text = file.read_text("utf-8").replace("title: A shield", "title: “Safe: online”")
    file.write_text(text.replace("## Problem", "##\u00a0Problem").replace("\n", "\r\n"), "utf-8", newline="")
    assert ":32:8: KB120 " in kb("lint", str(file)).stdout
    done = kb("lint", "--fix", str(file))
    assert re.findall(r": fixed (KB\d+)", done.stderr) == ["KB120", "KB111"]
    after = file.read_bytes().decode("utf-8")
    for line in ('title: "Safe: online"\r\n', "- prevention\r\n", "\r\n## Problem\r\n"):
        assert line in after
    assert "KB120" not in done.stdout


def test_contacts_are_checked_by_themselves(kb, content):
    content.practice("be-a", crime_types=["fishing"])
    content.contact("be-one", countries=["BE"])
    content.contact("be-two", crime_types=["phishing", "fishing"], countries=["XX"])
    done = kb("lint", str(content.root / "contacts"))
    assert re.findall(r"be-two.yaml:1:1: (KB\d+) `(\w+)`", done.stdout) == [("KB121", "XX"), ("KB121", "fishing")]
    assert done.exit_code == 1
    assert "2 errors, 0 warnings." in done.stderr
    assert kb("lint", str(content.root / "contacts" / "be-one.yaml")).exit_code == 0


def test_a_note_is_chosen_with_its_source_extracts(kb, content):
    file = content.practice("be-a")
    content.practice("be-b")
    (content.root / "sources").mkdir()
    extracts = {name: content.root / "sources" / f"{name}.yaml" for name in ("be-a", "be-b")}
    for path in extracts.values():
        path.write_text("- [", "utf-8")
    for chosen in (file, file.parent, file.parent.parent):
        said = kb("lint", str(chosen)).stdout
        assert f"{extracts['be-a']}:" in said
        assert (f"{extracts['be-b']}:" in said) == (chosen == file.parent.parent)
    only = kb("lint", str(extracts["be-b"])).stdout
    assert {line.split(":")[0] for line in only.splitlines()} == {str(extracts["be-b"])}


def test_a_name_that_is_no_text_is_said_in_every_form(kb, content):
    folder = os.fsencode(content.root / "practices")
    os.mkdir(folder)
    for name in (b"be-\xff", b"be,a:b%c", b"be-a\n::error::x"):
        os.mkdir(os.path.join(folder, name))
        with open(os.path.join(folder, name, b"en.md"), "wb") as file:
            file.write(b"---\n")
    paths = [f"{content.root}/practices/{name}/en.md" for name in ("be,a:b%c", "be-a\ufffd::error::x", "be-\ufffd")]
    said = {form: kb("lint", "--format", form).stdout for form in ("text", "json", "github", "gitlab", "sarif")}
    assert [line.partition(":1:1: KB101 ")[0] for line in said["text"].splitlines()] == paths
    assert [issue["path"] for issue in json.loads(said["json"])] == paths
    assert [found["location"]["path"] for found in json.loads(said["gitlab"])] == paths
    places = [found["locations"][0]["physicalLocation"] for found in json.loads(said["sarif"])["runs"][0]["results"]]
    assert [unquote(place["artifactLocation"]["uri"]) for place in places] == paths
    first, second, _ = said["github"].splitlines()
    assert f"file={content.root}/practices/be%2Ca%3Ab%25c/en.md,line=1,col=1,title=KB101::" in first
    assert "be-a\ufffd%3A%3Aerror%3A%3Ax/en.md,line=1" in second
    bad = kb("lint", os.fsdecode(os.path.join(folder, b"be-\xff")), "--format", "json")
    assert (bad.exit_code, [issue["path"] for issue in json.loads(bad.stdout)]) == (1, paths[-1:])
