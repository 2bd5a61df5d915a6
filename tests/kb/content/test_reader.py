"""Content roots -> notes, and for every bad input an author can produce exactly one clear issue."""

import os
import tracemalloc
from errno import EACCES
from pathlib import Path
from shutil import rmtree

import pytest
import yaml

from kb.collection import Collection
from kb.content.reader import ReadCache, read_collection, read_taxonomy
from kb.errors import SettingsError
from kb.notes.note import Kind
from kb.notes.note_file import MAX_NOTE_BYTES
from kb.text.languages import Language
from tests.conftest import BODY, FIELDS

FR_BODY = "## Problème\n\nDes messages.\n\n## Approche\n\nBloquer.\n"
ISSUES = yaml.safe_load(Path(__file__).with_name("issues.yaml").read_text(encoding="utf-8"))


def only_issue(content):
    """The one issue of a collection; and a file with an issue never becomes a note."""
    collection = read_collection([content.root])
    (issue,) = collection.issues
    assert issue.path not in [version.path for note in collection.notes for version in note.versions.values()]
    return issue


@pytest.mark.parametrize(("path", "message"), ISSUES["places"].items())
def test_a_file_in_a_wrong_place_learns_where_notes_lie(content, path, message):
    source = content.practice("source")
    (content.root / path).parent.mkdir(parents=True, exist_ok=True)
    source.rename(content.root / path)
    issue = only_issue(content)
    assert (issue.path, issue.line, issue.code) == (str(content.root / path), 1, "KB101")
    assert message in issue.message
    assert "lang>.md" in issue.message or issue.remedy


def test_what_editors_leave_hidden_folders_and_other_files_are_not_read(content):
    leftovers = ("en.md~", ".en.md.swp", "4913", "en.md.bak", "Thumbs.db", "notes.txt")
    for name in ("practices/.git/x.md", "taxonomy/a/en.md", *(f"practices/a/{name}" for name in leftovers)):
        (content.root / name).parent.mkdir(parents=True, exist_ok=True)
        (content.root / name).write_text("x")
    assert read_collection([content.root]) == Collection((), (), (), frozenset(), {}, None)


def test_text_in_another_encoding_is_pointed_at_by_line_and_character(content):
    path = content.practice("a", body="Déjà vu.\n\nUn é")
    path.write_bytes(path.read_bytes() + "\n\n€ç, à ".encode() + "déjà\n".encode("latin-1"))
    issue = only_issue(content)
    line = path.read_bytes().count(b"\n")
    assert (issue.line, issue.column, issue.code) == (line, 8, "KB103")
    assert issue.remedy == "Save it with encoding UTF-8."


def test_a_file_of_20_megabytes_is_refused_by_its_size_alone(content):
    path = content.practice("a")
    os.truncate(path, 20_000_000)
    tracemalloc.start()
    try:
        issue = only_issue(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (issue.line, issue.code) == (1, "KB102")
    assert "20,000,000 bytes" in issue.message
    assert issue.remedy
    assert peak < 5_000_000


def test_a_note_may_be_as_large_as_the_limit_says(content):
    path = content.practice("a")
    path.write_bytes(path.read_bytes().ljust(MAX_NOTE_BYTES, b"\n"))
    assert read_collection([content.root]).issues == ()


@pytest.mark.parametrize(("text", "code", "line", "message"), ISSUES["files"])
def test_a_file_that_cannot_be_split_has_one_problem_with_its_line(content, text, code, line, message):
    content.practice("a").write_bytes(text.encode())
    issue = only_issue(content)
    assert (issue.code, issue.line) == (code, line)
    assert message in issue.message
    assert issue.remedy


def test_a_folder_or_a_dangling_link_named_like_a_note_is_a_problem_not_a_crash(content):
    (content.root / "practices" / "a" / "fr.md").mkdir(parents=True)
    (content.root / "practices" / "b").mkdir()
    (content.root / "practices" / "b" / "nl.md").symlink_to("gone.md")
    (content.root / "practices" / "b" / ".#nl.md").symlink_to("an-editor's-lock")
    issues = read_collection([content.root]).issues
    assert [(issue.code, Path(issue.path).name) for issue in issues] == [("KB116", "fr.md"), ("KB116", "nl.md")]


TOO_LONG = ({"summary": "x" * 401}, "KB109", "summary", "at most 400", "")


@pytest.mark.parametrize(("fields", "code", "at", "message", "remedy"), [*ISSUES["fields"], TOO_LONG])
def test_a_wrong_field_has_one_problem_on_its_line(content, fields, code, at, message, remedy):
    path = content._write("practices", "a", "en", {**FIELDS, **fields}, BODY)
    lines = path.read_text(encoding="utf-8").splitlines()
    issue = only_issue(content)
    assert issue.code == code
    assert issue.line == next(number for number, line in enumerate(lines, 1) if line.strip().startswith(at))
    assert message in issue.message
    assert remedy in issue.remedy


def test_a_law_has_the_title_as_it_was_published_and_other_papers_need_none(content):
    content.strategy("a", doc_kind="directive")
    assert read_collection([content.root]).issues == ()
    content.strategy("a", doc_kind="law")
    issue = only_issue(content)
    assert (issue.code, issue.message.partition(":")[0]) == ("KB109", "`official_titles` is required with `doc_kind")
    content.strategy("a", doc_kind="law", official_titles={"nl": "Wet"})
    assert read_collection([content.root]).issues == ()


@pytest.mark.parametrize(
    ("started", "ended"), [("2024-05", "2024"), ("2024", "2024-01"), ("2024-05-02", "2024-05"), ("2022", "2022")]
)
def test_a_practice_may_end_in_the_year_or_month_it_started(content, started, ended):
    content.practice("a", started=started, ended=ended)
    assert read_collection([content.root]).issues == ()


def test_a_note_may_be_due_for_review_on_the_day_it_was_reviewed(content):
    content.practice("a", reviewed="2026-05-02", review_by="2026-05-02")
    assert read_collection([content.root]).issues == ()


def test_all_problems_of_a_file_come_at_once_in_the_order_of_the_file(content):
    content.practice("b", tlp="white", started="soon", colour="blue")
    content.practice("a", status="over")
    issues = read_collection([content.root]).issues
    assert [issue.code for issue in issues] == ["KB109", "KB107", "KB109", "KB109"]
    assert list(issues) == sorted(issues)


def test_a_translation_shares_the_fields_of_its_original(content):
    content.practice("a")
    content.translation("a", "fr", "en", FR_BODY)
    (note,) = read_collection([content.root]).notes
    assert (note.id, note.kind, note.original) == ("a", Kind.PRACTICE, Language.EN)
    assert note.languages == (Language.FR, Language.EN)
    assert note.fields.tlp == "clear"
    assert (note.versions[Language.FR].title, note.versions[Language.EN].title) == ("Title fr", "A practice")
    assert [section.anchor for section in note.versions[Language.FR].sections] == ["problem", "approach"]


@pytest.mark.parametrize(("what", "fields", "code", "at", "message"), ISSUES["second_files"])
def test_a_second_file_that_does_not_fit_the_first_has_one_problem(content, what, fields, code, at, message):
    content.practice("a")
    kind, note_id, language, *of = what.split()
    if of:
        path = content.translation(note_id, language, of[1], FR_BODY, **fields)
    else:
        path = getattr(content, kind)(note_id, language)
    issue = only_issue(content)
    assert (issue.path, issue.code) == (str(path), code)
    assert message in issue.message
    assert path.read_text(encoding="utf-8").splitlines()[issue.line - 1].strip().startswith(at)


def test_an_error_in_one_language_withholds_the_whole_note(content):
    content.practice("a")
    content.translation("a", "fr", "en", FR_BODY).write_text("no front matter")
    collection = read_collection([content.root])
    assert (collection.notes, len(collection.issues)) == ((), 1)
    assert collection.ids == {(Kind.PRACTICE, "a")}


def test_beside_a_file_that_cannot_be_read_what_is_wrong_with_its_original_is_told_and_no_more(content):
    content.practice("a", status="over")
    content.translation("a", "fr", "en", FR_BODY).write_bytes(b"\xff\xfe")
    content.practice("b").write_bytes(b"\xff\xfe")
    content.translation("b", "fr", "en", FR_BODY)
    collection = read_collection([content.root])
    assert [(Path(issue.path).parent.name, issue.code) for issue in collection.issues] == [
        ("a", "KB109"),
        ("a", "KB103"),
        ("b", "KB103"),
    ]
    assert collection.notes == ()


def test_a_translation_is_stale_when_the_text_of_its_original_changes_and_only_then(content):
    def stale(**changes):
        content.practice("a", **changes)
        (note,) = read_collection([content.root]).notes
        return note.is_stale(Language.FR)

    content.translation("a", "fr", "en", FR_BODY)
    assert stale()
    (note,) = read_collection([content.root]).notes
    info = {"of": "en", "status": "human", "source_revision": note.versions[Language.EN].revision}
    content.translation("a", "fr", "en", FR_BODY, translation=info)

    assert not stale()
    assert not stale(tlp="green", reviewed="2026-06-01", authors=["Somebody"], crime_types=["bec"])
    assert not stale(body=BODY.replace("\n", "  \r\n") + "\n\n")
    assert stale(body=BODY + "\nMore.\n")
    assert stale(title="Another title")
    assert stale(summary="Another summary.")
    assert not note.is_stale(Language.EN)


def test_several_roots_are_one_collection_and_an_id_belongs_to_one_of_them(content, tmp_path):
    other = tmp_path / "other"
    (other / "practices").mkdir(parents=True)
    first = content.practice("a")
    content.practice("b").parent.rename(other / "practices" / "b")
    both = read_collection([content.root, other])
    assert ([note.id for note in both.notes], both.issues) == (["a", "b"], ())

    twin = other / "practices" / "a" / "en.md"
    twin.parent.mkdir()
    twin.write_bytes(first.read_bytes())
    (issue,) = read_collection([content.root, other]).issues
    assert (issue.path, issue.code) == (str(twin), "KB301")
    assert f"taken already by `{first}`" in issue.message


def test_a_root_named_twice_is_read_once(content, monkeypatch):
    content.practice("a")
    monkeypatch.chdir(content.root.parent)
    collection = read_collection([Path("content"), content.root, Path("./content")])
    assert (len(collection.notes), collection.issues) == (1, ())
    assert collection.files[0].where.path == str(Path("content/practices/a/en.md"))


def test_folders_that_go_while_they_are_read_are_gone_and_others_are_not_passed_over(content, monkeypatch):
    for name in ("be-a", "be-b", "be-c"):
        content.practice(name)
    listed = os.scandir

    def gone(path):
        if str(path).endswith("be-b"):
            rmtree(path)
        if str(path).endswith("be-c"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr("os.scandir", gone)
    found = read_collection([content.root])
    assert {note.id for note in found.notes} == {"be-a"}
    told = f"{content.root}/practices/be-c:1:1: KB116 the folder cannot be read: Permission denied. Make it"
    assert [str(issue).startswith(told) for issue in found.issues] == [True]
    hidden = {(kind, name) for kind in Kind for name in ("be-b", "be-c") if found.may_hide(kind, name)}
    assert hidden == {(Kind.PRACTICE, "be-c")}


def test_what_has_not_changed_for_some_time_is_not_looked_at_again(content):
    file = content.practice("be-a")
    looked_at = []
    for settled, times in ((0, 1), (3600, 2)):
        cache = ReadCache(settled)
        looked_at.clear()
        for _ in range(2):
            cache.unless_changed(looked_at.append, file)
            cache.turn()
        assert looked_at == [file] * times


def test_a_root_that_cannot_be_read_hides_every_note_and_is_told_beside_others(content, tmp_path):
    content.practice("be-a")
    missing = tmp_path / "missing"
    found = read_collection([content.root, missing])
    assert [(issue.path, issue.code) for issue in found.issues] == [(str(missing), "KB116")]
    assert ({note.id for note in found.notes}, found.may_hide(Kind.STRATEGY, "be-b")) == ({"be-a"}, True)


def test_a_root_that_does_not_exist_is_a_matter_of_settings(tmp_path):
    with pytest.raises(
        SettingsError, match=r"Content folder .* does not exist\. Run it where the content lies, or set KB_CONTENT_DIRS"
    ):
        read_collection([tmp_path / "nowhere"])


def test_a_root_that_may_not_be_read_is_not_said_to_lack_vocabularies(tmp_path, monkeypatch):
    stat = os.stat

    def refused(path, **how):
        if "closed" in str(path):
            raise PermissionError(EACCES, os.strerror(EACCES), path)
        return stat(path, **how)

    monkeypatch.setattr(os, "stat", refused)
    with pytest.raises(SettingsError, match=r"/closed` cannot be read: Permission denied\. Make it a folder"):
        read_taxonomy([tmp_path / "closed"])


def test_vocabularies_come_from_the_first_root_that_has_them(content, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    assert "phishing" in read_taxonomy([bare, content.root]).crime_types
    with pytest.raises(SettingsError, match="No folder `taxonomy`"):
        read_taxonomy([bare])
    (content.root / "taxonomy" / "phases.yaml").write_text("scheme: phases\nconcepts: [")
    with pytest.raises(SettingsError, match=r"/taxonomy/phases\.yaml` cannot be read: in line 2, column 1 it"):
        read_taxonomy([content.root])
    (content.root / "taxonomy" / "phases.yaml").write_text("scheme: phases\x07")
    with pytest.raises(SettingsError, match=r"/taxonomy/phases\.yaml` cannot be read: .* is no valid YAML"):
        read_taxonomy([content.root])
    (content.root / "taxonomy" / "phases.yaml").unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        read_taxonomy([content.root])


def test_a_taxonomy_of_an_earlier_version_has_no_powers(content):
    (content.root / "taxonomy" / "powers.yaml").unlink()
    assert not [*read_taxonomy([content.root]).powers]
