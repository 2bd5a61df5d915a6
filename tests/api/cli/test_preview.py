"""`kb preview`: what would find a note, indexed or not. `kb diff`: what has changed since a revision."""

import shutil
import subprocess
from pathlib import Path

import pytest

from api.cli.preview import preview_index, sweep
from ingest.indexing.index import index_content
from tests.conftest import FIELDS

RANSOM = "## Problem\n\nFiles are encrypted for money.\n\n## Approach\n\nKeys are given to victims.\n"


@pytest.fixture
def indexed(indexing, content):
    """`kb` on three notes that are indexed."""
    content.practice("be-a", title="Blocking false bank sites")
    content.practice("nl-b", countries=["NL"], title="Blocking false sites of banks")
    content.practice("lu-c", countries=["LU"], title="Helping victims of ransomware", body=RANSOM)
    assert indexing("index").exit_code == 0
    return indexing


@pytest.fixture
def questions(tmp_path):
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "gegijzelde bestanden terugkrijgen", "lang": "nl"}\n'
        '{"_id": "q2", "text": "bloquer un faux site de banque", "lang": "fr"}\n'
    )
    (folder / "qrels.tsv").write_text("q1\t0\tlu-c\t1\nq2\t0\tbe-a\t1\n")
    return folder


def test_a_draft_is_previewed_and_not_indexed(indexed, content, questions):
    content.practice(
        "be-d",
        title="Sleutels voor slachtoffers van gijzelsoftware",
        language="nl",
        draft=True,
        body="## Probleem\n\nBestanden zijn gegijzeld.\n\n## Aanpak\n\nSlachtoffers krijgen hun bestanden terug.\n",
        questions=["Wie helpt mij aan de sleutel van mijn bestanden?"],
    )
    data = Path(content.root).parent / "data"
    last_run = (data / "index.fingerprint").read_bytes()
    done = indexed("preview", "be-d", "--queries", str(questions))
    assert done.exit_code == 0, done.stderr
    lines = [line.strip().partition(" (")[0] for line in done.stdout.splitlines()]
    assert lines[:2] == ["Nearest to `be-d`:", "lu-c"]
    own, asked = lines.index("Found by its own words:"), lines.index("2 questions of the test collection:")
    french, *dutch, english = lines[own + 1 : asked]
    assert french.startswith("fr crime types and phases, as there is no title in fr: ")
    assert dutch == ["nl title: 1.", "nl question: 1."]
    assert english.startswith("en crime types and phases, as there is no title in en: ")
    assert lines[asked + 1] == "nl q1: 1."
    assert "be-d" not in indexed("search", "gegijzelde bestanden terugkrijgen", "--lang", "nl").stdout
    assert not [*data.glob("preview-*")]
    assert (data / "index.fingerprint").read_bytes() == last_run  # else the next run reads all notes


def test_of_a_note_with_errors_these_are_shown(indexed, content):
    content.practice("be-d", crime_types=["fishing"])
    done = indexed("preview", "be-d")
    assert (done.exit_code, "KB111" in done.stderr) == (1, True)
    content.practice("be-d").write_text("---\ntitle: [\n---\n", "utf-8")
    unread = indexed("preview", "be-d")
    assert (unread.exit_code, "KB105" in unread.stderr, "There is no note" in unread.stderr) == (1, True, False)
    content.practice("be-a", tlp="amber")  # an error, and restricted: it has left the index
    assert "`pap` is required with `tlp: amber`" in indexed("preview", "be-a").stderr


def test_without_the_note_or_an_index_nothing_is_loaded(kb, content, tmp_path):
    content.practice("be-a")
    for note_id, message in (("be-aa", "note `be-aa`. Did you mean `be-a`?"), ("be-a", "index yet. Run `kb index`.")):
        done = kb("preview", note_id, KB_DATA_DIR=tmp_path / "none")
        assert (done.exit_code, done.stderr) == (1, f"There is no {message}\n")
    assert not (tmp_path / "none").exists()


def test_questions_are_those_of_the_project_and_titles_as_published(indexed, content):
    content.strategy("be-s", official_titles={"fr": "Plan contre les faux sites de banques"})
    done = indexed("preview", "be-s")
    assert done.exit_code == 0, done.stderr
    assert "fr official title, as there is none in fr: 1. (" in done.stdout
    assert "nl crime types and phases, as there is no title in nl: 1. (" in done.stdout
    assert "216 questions of the test collection:" in done.stdout


def committed(content):
    """Commit the notes, which lie in a folder of their repository as ours do."""
    for arguments in (("init", "-q"), ("add", content.root.name), ("commit", "-q", "-m", "first")):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", "-C", str(content.root.parent), *who, *arguments], check=True, capture_output=True)


def test_diff_tells_notes_with_errors_from_others(indexed, content, questions):
    content.practice("be-broken").write_text("---\ntitle: [\n---\n", "utf-8")
    committed(content)
    content.practice("be-broken")
    facts = {
        "sources": [*FIELDS["sources"], {**FIELDS["sources"][0], "url": "https://example.org/b"}],
        "organisations": [{**FIELDS["organisations"][0], "role": "partner"}],
        "evidence": {"level": "untested", "effect": "unknown"},
    }
    content.practice("be-a", title="Blocking false bank sites", crime_types=["malware"], **facts)
    content.practice("nl-b").write_text("---\ntlp: clear\ntitle: [\n---\n", "utf-8")
    content.practice("lu-c").write_text("---\ntitle: [\n---\n", "utf-8")  # no label: restricted
    content.practice("lu-d", "fr").write_text("", "utf-8")
    done = indexed("diff", "HEAD", "--queries", str(questions))
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("    ")][:5] == [
        "~ be-a: crime_types +malware -phishing, evidence.level (monitored → untested), "
        "organisations ~`Centre for Cybersecurity Belgium (CCB)`, sources +https://example.org/b",
        "! be-broken: had errors then",
        "! lu-c: has errors now",
        "! lu-d: is new and has errors",
        "! nl-b: has errors now",
    ]
    assert "KB104" in lines[lines.index("! lu-d: is new and has errors") + 1]
    assert "KB105" in lines[lines.index("! nl-b: has errors now") + 1]
    assert set(lines) > {
        "! lu-c: has errors now, and is left out of the comparison",
        "! be-broken: had errors then, and is left out of the comparison",
        "! nl-b: has errors now, and is compared as the index has it",
    }


def test_diff_leaves_links_out_that_lead_elsewhere_and_needs_no_index(kb, content, tmp_path):
    (content.root / "elsewhere").symlink_to("/etc")
    (content.root / "beside").symlink_to("../../beside")
    content.practice("be-a")
    committed(content)
    content.practice("be-a", title="Another title")
    done = kb("diff", "HEAD", KB_DATA_DIR=tmp_path / "none")
    assert (done.exit_code, done.stdout.splitlines()) == (0, ["~ be-a: text en"])
    assert "Run `kb index`" in done.stderr


def test_diff_says_what_changed_and_what_is_found_otherwise(indexed, content, questions):
    committed(content)
    content.practice("be-a", title="Blocking false bank sites", status="ended", ended="2025")
    content.practice("nl-b", countries=["NL"], title="Blocking false sites of banks", body=RANSOM)
    content.practice("be-new", title="Keys for victims of ransomware", body=RANSOM)
    content.practice("lu-c").unlink()
    done = indexed("diff", "HEAD", "--queries", str(questions))
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:4] == [
        "~ be-a: ended (None → 2025), status (operational → ended)",
        "+ be-new: Keys for victims of ransomware",
        "- lu-c",
        "~ nl-b: text en",
    ]
    assert any(line.startswith("q1 (nl): ") and "+be-new" in line and "-lu-c" in line for line in lines)
    assert lines[-1] == "2 of 2 questions find other notes, or in another order."
    lines = indexed("diff", "HEAD").stdout.splitlines()
    assert lines[0].startswith("~ be-a: ")
    assert lines[-1].endswith(" of 216 questions find other notes, or in another order.")
    assert indexed("diff", "HEAD", "--notes-only").stdout.splitlines() == lines[:4]
    wrong = indexed("diff", "no-such-revision")
    assert (wrong.exit_code, "cannot be read" in wrong.stderr) == (1, True)


# --- the copy of the index ---


def test_a_copy_is_begun_again_where_a_note_is_saved(content, settings, store, fake_encoder, monkeypatch):
    content.practice("be-a")
    index_content(settings, store, fake_encoder)
    content.practice("be-a", summary="Said otherwise.")
    copies, copy = [], shutil.copytree

    def copying(*given, **options):
        if Path(given[0]).name == "index":  # it copies what lies below by itself
            copies.append(given)
            if len(copies) == 1:
                index_content(settings, store, fake_encoder)
        return copy(*given, **options)

    monkeypatch.setattr("shutil.copytree", copying)
    with store.writing(), preview_index(settings, settings.content_dirs, fake_encoder) as (searcher, _):
        assert sum(searcher.view().coverage("2026-11-28").kinds.values()) == 1
    assert len(copies) == 2
    assert not [*settings.data_dir.glob("preview-*")]


def test_copies_that_are_left_over_are_removed(content, settings, store, fake_encoder):
    content.practice("be-a")
    index_content(settings, store, fake_encoder)
    left = settings.data_dir / "preview-left"
    (left / "index").mkdir(parents=True)
    with preview_index(settings, settings.content_dirs, fake_encoder) as (searcher, _):
        assert not left.exists()
        left.mkdir()
        sweep(settings.data_dir)
        assert not left.exists()
        assert sum(searcher.view().coverage("2026-11-28").kinds.values()) == 1
        [used] = settings.data_dir.glob("preview-*")
    assert not used.exists()
