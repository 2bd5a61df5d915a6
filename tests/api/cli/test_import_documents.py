"""`kb import` in a terminal: drafts where they belong, several files, and what is refused."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.notes.markdown import parse
from tests.document_files import Text, docx_file, odt_file, paragraph, pdf_file

Run = Callable[..., subprocess.CompletedProcess[str]]
FR = docx_file(
    ("Title", "Un bouclier contre l'hameçonnage"),
    ("Heading 1", "Contexte"),
    "Les victimes reçoivent de faux messages.",
    ("Heading 1", "Démarche"),
    "Les fournisseurs bloquent les faux sites et préviennent.",
    author="Une unité",
)
NL = odt_file(
    '<text:h text:outline-level="1">Probleem</text:h><text:p>Slachtoffers krijgen valse berichten.</text:p>'
    '<text:h text:outline-level="1">Werkwijze</text:h><text:p>De providers blokkeren de valse websites.</text:p>'
)
EN = pdf_file(
    [
        Text("A shield against phishing", 80, 22),
        Text("Problem", 130, 16),
        *paragraph("People receive false messages which lead them to websites of criminals.", 160),
        Text("Approach", 230, 16),
        *paragraph("The providers block these websites and warn the people.", 260),
    ]
)


@pytest.fixture
def kb(run_kb: Run, content: Any) -> Run:
    return lambda *arguments: run_kb(*arguments, KB_CONTENT_DIRS=content.root)


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str, bytes], str]:
    def one(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return one


def test_drafts_in_three_languages_stand_where_they_belong_and_lint_says_what_is_lacking(
    kb: Run, content: Any, save: Callable[[str, bytes], str]
) -> None:
    page = b"<title>Un plan</title><h1>Un plan</h1><h2>But</h2><p>Moins de victimes de la fraude.</p>"
    files = (save("plan.docx", FR), save("be-schild.odt", NL), save("lu-shield.pdf", EN))
    done = kb("import", *files, "--country", "be")
    practices = content.root / "practices"
    made = [
        practices / "be-un-bouclier-contre-l-hameconnage" / "fr.md",
        practices / "be-schild" / "nl.md",
        practices / "lu-shield" / "en.md",
    ]
    assert (done.returncode, done.stdout.split()) == (0, [str(one) for one in made]), done.stderr
    for file, words in zip(made, ("## Approche\n\nLes f", "## Aanpak\n\nDe p", "## Approach\n\nThe p"), strict=True):
        parsed = parse(file.read_text("utf-8"))
        assert words in parsed.body
        assert (parsed.front["draft"], parsed.front["countries"]) == (True, ["BE"])
    checked = kb("lint", str(made[2]))
    assert checked.returncode == 1
    told = {line.split("`")[1] for line in checked.stdout.splitlines() if "` is empty" in line}
    assert told >= {"summary", "tlp", "started", "sources.0.url"}, checked.stdout

    done = kb("import", save("a.html", page), "--kind", "strategy", "--id", "be-plan", "--lang", "fr")
    assert done.returncode == 0, done.stderr
    text = (content.root / "strategies" / "be-plan" / "fr.md").read_text("utf-8")
    assert "title: Un plan\n" in text
    assert "## But\n\nMoins de victimes de la fraude.\n" in text


def test_one_file_that_fails_does_not_stop_the_others(kb: Run, content: Any, save: Callable[[str, bytes], str]) -> None:
    files = (save("be-a.pdf", b"%PDF-1.4 broken"), save("be-b.docx", FR), save("be-c.pdf", FR))
    done = kb("import", *files)
    made = content.root / "practices" / "be-b" / "fr.md"
    assert (done.returncode, done.stdout.strip()) == (1, str(made))
    assert f"{files[0]}: The PDF file is damaged" in done.stderr
    assert f"{files[2]}: The file is called `.pdf` but holds DOCX" in done.stderr
    assert "2 of 3 files were not imported." in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("be-a.docx", (), "There is a note `be-a` already."),
        ("be-new.docx", ("--id", "be-a"), "There is a note `be-a` already."),
        ("plan.docx", (), "What shall the note be called?"),
        ("plan.docx", ("--id", "Plan"), "`Plan` is no id."),
        ("plan.docx", ("--id", "xx-plan"), "does not begin with a country or area"),
        ("plan.docx", ("--country", "XX"), "`XX` is not in the vocabulary countries."),
        ("be-new.docx", ("--lang", "de"), "Invalid value for '--lang'"),
    ],
)
def test_nothing_is_written_over_and_ids_are_those_of_new_notes(
    kb: Run, content: Any, save: Callable[[str, bytes], str], name: str, options: tuple[str, ...], told: str
) -> None:
    content.practice("be-a")
    before = {file: file.read_bytes() for file in Path(content.root).rglob("*.md")}
    done = kb("import", save(name, FR), *options)
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert {file: file.read_bytes() for file in Path(content.root).rglob("*.md")} == before


def test_an_id_is_for_one_file_and_two_files_do_not_become_one_note(
    kb: Run, content: Any, save: Callable[[str, bytes], str]
) -> None:
    files = (save("be-b.docx", FR), save("be-b.odt", NL))
    assert "names one note, and there are several files" in kb("import", *files, "--id", "be-x").stderr
    done = kb("import", *files)
    assert done.returncode == 1
    assert f"{files[1]}: There is a note `be-b` already." in done.stderr


def test_a_text_that_no_note_can_hold_is_refused(kb: Run, content: Any, save: Callable[[str, bytes], str]) -> None:
    page = b"<body>" + b"<p>The police block false websites and warn the people.</p>" * 20_000
    done = kb("import", save("be-long.html", page))
    assert done.returncode == 1
    assert "a note at most 100,000." in done.stderr
    assert not list(Path(content.root).rglob("*.md"))
