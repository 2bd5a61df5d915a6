"""Content roots -> notes, and for every bad input an author can produce exactly one clear issue."""

import os
import tracemalloc
from pathlib import Path
from shutil import rmtree

import pytest

from kb.collection import Collection
from kb.content.reader import read_collection, read_taxonomy
from kb.errors import SettingsError
from kb.notes.note import Kind
from kb.notes.note_file import MAX_NOTE_BYTES
from kb.text.languages import Language

FR_BODY = "## Problème\n\nDes messages.\n\n## Approche\n\nBloquer.\n"


def _only(content):
    """The one issue of a collection; and a file with an issue never becomes a note."""
    collection = read_collection([content.root])
    (issue,) = collection.issues
    assert issue.path not in [version.path for note in collection.notes for version in note.versions.values()]
    return issue


def _front(path, line):
    """Add a line as line 2 of a file."""
    path.write_text(path.read_text(encoding="utf-8").replace("---\n", f"---\n{line}\n", 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("practices/en.md", "has its place at"),
        ("practices/BE_BAPS/en.md", "`BE_BAPS` is no note id"),
        ("practices/a--b/en.md", "`a--b` is no note id"),
        ("strategies/a/de.md", "`de.md` is no language"),
        ("practices/a/EN.md", "`EN.md` is no language"),
        ("practices/a/fr.markdown", "`fr.markdown` is no language"),
        ("practise/a/fr.md", "has its place at"),
    ],
)
def test_a_file_in_a_wrong_place_is_told_where_notes_lie(content, path, message):
    source = content.practice("source")
    (content.root / path).parent.mkdir(parents=True, exist_ok=True)
    source.rename(content.root / path)
    issue = _only(content)
    assert (issue.path, issue.line, issue.code) == (str(content.root / path), 1, "KB101")
    assert message in issue.message
    assert "lang>.md" in issue.message or issue.remedy


@pytest.mark.parametrize("name", ["fr.txt", "fr.docx", "FR.TXT", "notes.markdown"])
def test_what_was_saved_for_a_note_is_not_passed_over(content, name):
    content.practice("a").rename(content.root / "practices" / "a" / name)
    assert _only(content).code == "KB101"


def test_what_editors_leave_beside_a_note_is_no_note(content):
    path = content.practice("a")
    for name in ("en.md~", ".en.md.swp", "4913", "en.md.bak", "Thumbs.db"):
        path.with_name(name).write_bytes(b"x")
    assert read_collection([content.root]).issues == ()


def test_text_in_another_encoding_is_pointed_at_by_line_and_character(content):
    path = content.practice("a", body="Déjà vu.\n\nUn é")
    path.write_bytes(path.read_bytes() + "\n\n€ç, à ".encode() + "déjà\n".encode("latin-1"))
    issue = _only(content)
    line = path.read_bytes().count(b"\n")
    assert (issue.line, issue.column, issue.code) == (line, 8, "KB103")
    assert issue.remedy == "Save it with encoding UTF-8."


def test_a_file_of_20_megabytes_is_refused_by_its_size_alone(content):
    path = content.practice("a")
    os.truncate(path, 20_000_000)
    tracemalloc.start()
    try:
        issue = _only(content)
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


@pytest.mark.parametrize(
    ("data", "code", "line", "message"),
    [
        (b"\xef\xbb\xbf \r\n\n", "KB104", 1, "the note is empty"),
        (b"## Problem\n", "KB105", 1, "does not start with front matter"),
        (b"---\ntitle: a\ntlp: clear\ntitle: b\n---\n", "KB105", 4, "`title` twice"),
        (b"---\ntitle: a\n---\n\nText\x00.\n", "KB103", 5, "control character U+0000"),
        ("---\ntitle: a\u202eb\n---\n".encode(), "KB103", 2, "control character U+202E"),
    ],
)
def test_a_file_that_cannot_be_split_has_one_problem_with_its_line(content, data, code, line, message):
    content.practice("a").write_bytes(data)
    issue = _only(content)
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


@pytest.mark.parametrize("name", ["id", "kind", "type", "lang", "language"])
def test_what_the_path_says_is_not_repeated_inside(content, name):
    _front(content.practice("a"), f"{name}: en")
    issue = _only(content)
    assert (issue.line, issue.code, issue.remedy) == (2, "KB106", "Remove the line.")
    assert f"`{name}`" in issue.message


@pytest.mark.parametrize(
    ("fields", "code", "at", "message", "remedy"),
    [
        ({"crime_type": ["phishing"]}, "KB107", "crime_type", "unknown field `crime_type`", "mean `crime_types`?"),
        ({"tlp": None}, "KB108", "---", "field `tlp` is missing", "One of: clear, green, amber, amber+strict, red."),
        ({"summary": None}, "KB108", "---", "field `summary` is missing", ""),
        ({"evidence": {"level": "monitored"}}, "KB108", "evidence", "field `evidence.effect` is missing", ""),
        ({"tlp": "white"}, "KB109", "tlp", "`white` is not one of 'clear', 'green'", ""),
        ({"started": "31-02-2024"}, "KB109", "started", "`31-02-2024` is no date; write YYYY", ""),
        ({"started": "2024-02-30"}, "KB109", "started", "`2024-02-30` is not in the calendar", ""),
        ({"started": "٢٠٢٤"}, "KB109", "started", "is no date", ""),
        ({"reviewed": "2026-01"}, "KB109", "reviewed", "`2026-01` is no full date; write YYYY-MM-DD", ""),
        ({"title": "  "}, "KB109", "title: '  '", "field `title`", ""),
        ({"questions": ["How?"]}, "KB109", "- How?", "has 4 characters; at least 15 are needed", ""),
        ({"summary": "x" * 401}, "KB109", "summary", "400", ""),
        ({"crime_types": []}, "KB109", "crime_types", "must not be empty", ""),
        ({"implements": ["nl-nlcs#"]}, "KB109", "- nl-nlcs#", "`nl-nlcs#` does not have the form", ""),
        ({"sources": []}, "KB112", "sources", "must not be empty", ""),
        ({"sources": None}, "KB112", "---", "field `sources` is missing", ""),
        ({"tlp": "amber"}, "KB109", "tlp", "`pap` is required with `tlp: amber`", ""),
        ({"tlp": "amber+strict", "pap": "red"}, "KB109", "tlp", "`owner` is required with `tlp: amber+strict`", ""),
        ({"tlp": "green", "audience": {}}, "KB109", "audience", "`audience` names nobody", ""),
        ({"tlp": "green", "audience": {"country": ["BE"]}}, "KB107", "country", "unknown field `audience.country`", ""),
        ({"audience": {"countries": ["BE"]}}, "KB109", "audience", "`audience` does not go with `tlp: clear`", ""),
        ({"licence": None}, "KB109", "tlp", "`licence` is required with `tlp: clear`", ""),
        ({"ended": "2021-12"}, "KB109", "ended", "`ended: 2021-12` lies before `started: 2022`", ""),
        ({"review_by": "2025-12-31"}, "KB109", "review_by", "lies before `reviewed: 2026-01-01`", ""),
    ],
)
def test_a_wrong_field_has_one_problem_on_its_line(content, fields, code, at, message, remedy):
    path = content.practice("a", **fields)
    issue = _only(content)
    line = next(
        number
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if text.strip().startswith(at)
    )
    assert (issue.code, issue.line) == (code, line)
    assert message in issue.message
    assert remedy in issue.remedy


def test_a_source_is_pointed_at_by_its_own_line(content):
    good = {"url": "https://example.org", "title": "A", "publisher": "B", "accessed": "2026-01-01"}
    path = content.practice("a", sources=[good, {**good, "url": "ftp://example.org"}])
    issue = _only(content)
    assert issue.code == "KB112"
    assert "ftp://" in path.read_text(encoding="utf-8").splitlines()[issue.line - 1]
    assert "`ftp://example.org` is no web address" in issue.message


@pytest.mark.parametrize(
    ("started", "ended"), [("2024-05", "2024"), ("2024", "2024-01"), ("2024-05-02", "2024-05"), ("2022", "2022")]
)
def test_a_practice_may_end_in_the_year_or_month_it_started(content, started, ended):
    content.practice("a", started=started, ended=ended)
    assert read_collection([content.root]).issues == ()


def test_all_problems_of_a_file_are_told_at_once_in_the_order_of_the_file(content):
    content.practice("b", tlp="white", started="soon", colour="blue")
    content.practice("a", status="over")
    issues = read_collection([content.root]).issues
    assert [issue.code for issue in issues] == ["KB109", "KB107", "KB109", "KB109"]
    assert list(issues) == sorted(issues, key=lambda one: (one.path, one.line))


# Several languages


def test_a_translation_shares_the_fields_of_its_original(content):
    content.practice("a")
    content.translation("a", "fr", "en", FR_BODY)
    (note,) = read_collection([content.root]).notes
    assert (note.id, note.kind, note.original) == ("a", Kind.PRACTICE, Language.EN)
    assert note.languages == (Language.FR, Language.EN)
    assert note.fields.tlp == "clear"
    assert (note.versions[Language.FR].title, note.versions[Language.EN].title) == ("Title fr", "A practice")
    assert [section.anchor for section in note.versions[Language.FR].sections] == ["problem", "approach"]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (lambda one: one.translation("a", "fr", "en", FR_BODY, tlp="clear"), "KB110", "`tlp` stands in the original"),
        (lambda one: one.translation("a", "fr", "en", FR_BODY, adopted="2020"), "KB110", "`adopted` stands in the or"),
        (lambda one: one.translation("a", "fr", "en", FR_BODY, titel="x"), "KB107", "unknown field `titel`"),
        (lambda one: one.translation("a", "fr", "nl", FR_BODY), "KB304", "`translation.of` is `nl`, but the original"),
        (lambda one: one.practice("a", "fr"), "KB302", "a note has one original, and"),
        (lambda one: one.translation("b", "fr", "en", FR_BODY), "KB303", "there is no original"),
        (lambda one: one.strategy("a"), "KB301", "id `a` is taken already by a practice"),
        (lambda one: one.strategy("a", "fr"), "KB301", "id `a` is taken already by a practice"),
    ],
)
def test_a_second_file_that_does_not_fit_the_first_has_one_problem(content, change, code, message):
    content.practice("a")
    path = change(content)
    issue = _only(content)
    assert (issue.path, issue.code) == (str(path), code)
    assert message in issue.message
    lines = path.read_text(encoding="utf-8").splitlines()
    field = {"KB110": ("tlp:", "adopted:"), "KB107": "titel:", "KB304": "of:", "KB303": "translation:"}.get(code, "---")
    assert lines[issue.line - 1].strip().startswith(field)


def test_an_error_in_one_language_withholds_the_whole_note(content):
    content.practice("a")
    content.translation("a", "fr", "en", FR_BODY).write_text("no front matter")
    collection = read_collection([content.root])
    assert (collection.notes, len(collection.issues)) == ((), 1)
    assert collection.ids == {(Kind.PRACTICE, "a")}


def test_a_translation_is_stale_when_the_text_of_its_original_changes_and_only_then(content):
    def stale(**changes):
        content.practice("a", **changes)
        (note,) = read_collection([content.root]).notes
        return note.is_stale(Language.FR)

    content.practice("a")
    content.translation("a", "fr", "en", FR_BODY)
    (note,) = read_collection([content.root]).notes
    revision = note.versions[Language.EN].revision
    info = {"of": "en", "status": "human", "source_revision": revision}
    assert note.is_stale(Language.FR)
    content.translation("a", "fr", "en", FR_BODY, translation=info)

    body = "## Problem\n\nPeople receive false messages.\n\n## Approach\n\nProviders block the sites behind them.\n"
    assert not stale()
    assert not stale(tlp="green", reviewed="2026-06-01", authors=["Somebody"], crime_types=["bec"])
    assert not stale(body=body.replace("\n", "  \r\n") + "\n\n")
    assert stale(body=body + "\nMore.\n")
    assert stale(title="Another title")
    assert stale(summary="Another summary.")
    assert not note.is_stale(Language.EN)


# Roots


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


def test_files_in_hidden_folders_and_other_types_are_not_read(content):
    for name in ("practices/.git/x.md", "practices/a/.en.md.swp", "practices/a/notes.txt", "taxonomy/a/en.md"):
        path = content.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert read_collection([content.root]) == Collection((), (), (), frozenset(), {}, None)


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
    with pytest.raises(SettingsError, match=r"be-c.* cannot be read: Permission denied"):
        read_collection([content.root])
    rmtree(content.root / "practices" / "be-c")
    assert {note.id for note in read_collection([content.root]).notes} == {"be-a"}


def test_a_root_that_does_not_exist_is_a_matter_of_settings(tmp_path):
    with pytest.raises(
        SettingsError, match=r"Content folder .* does not exist\. Run it where the content lies, or set KB_CONTENT_DIRS"
    ):
        read_collection([tmp_path / "nowhere"])


def test_vocabularies_come_from_the_first_root_that_has_them(content, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    assert "phishing" in read_taxonomy([bare, content.root]).crime_types
    with pytest.raises(SettingsError, match="No folder `taxonomy`"):
        read_taxonomy([bare])
    (content.root / "taxonomy" / "phases.yaml").write_text("concepts: [")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_taxonomy([content.root])
    (content.root / "taxonomy" / "phases.yaml").unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        read_taxonomy([content.root])
