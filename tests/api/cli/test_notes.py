"""`kb new`, `kb translate` and `kb import`: what they write, ask for and refuse."""

import shlex
from pathlib import Path

import pytest
import yaml

from kb.notes.markdown import parse
from tests.document_files import Text, docx_file, odt_file, paragraph, pdf_file

REFUSED = yaml.safe_load(Path(__file__).with_name("refused.yaml").read_text("utf-8"))
FLAGS = ("--title", "Un bouclier", "--country", "BE", "--crime-type", "phishing", "--phase", "prevention")
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
def save(tmp_path, monkeypatch):
    """Writes a file into the working directory and returns its name."""
    monkeypatch.chdir(tmp_path)

    def write(name, data):
        (tmp_path / name).write_bytes(data)
        return name

    return write


def test_a_new_note_is_written_and_lint_says_what_is_lacking(kb, content):
    done = kb("new", "practice", "be-shield", "--lang", "fr", *FLAGS)
    file = content.root / "practices" / "be-shield" / "fr.md"
    assert (done.exit_code, done.stdout.strip()) == (0, str(file))
    assert f"kb lint {file.parent}" in done.stderr
    checked = kb("lint", str(file))
    assert checked.exit_code == 1
    assert "field `summary` is empty. Fill it in." in checked.stdout
    assert "field `tlp` is empty; it is one of 'clear', " in checked.stdout  # no note is open by an oversight
    assert "is not one of" not in checked.stdout


def test_a_playbook_names_no_country_and_no_other_note_begins_as_it_does(kb, content):
    done = kb("new", "playbook", "romance-fraud", "--lang", "fr", *FLAGS)
    assert (done.exit_code, Path(done.stdout.strip()).parts[-3:]) == (0, ("playbooks", "romance-fraud", "fr.md"))
    refused = kb("new", "power", "romance-power", "--lang", "fr", *FLAGS)
    assert refused.exit_code == 2
    assert "`romance-power` ne commence pas par un pays ou une zone." in refused.stderr


def test_words_of_vocabularies_may_be_labels_in_any_letters(kb, content):
    given = ("--country", "be, Pays-bas", "--phase", "Prevention, verstoring", "--phase", "preuve électronique")
    done = kb("new", "practice", "bnl-a", "--lang", "en", "--title", "T", *given)
    assert done.exit_code == 0, done.stderr
    text = (content.root / "practices" / "bnl-a" / "en.md").read_text("utf-8")
    for line in (
        "countries:\n- BE\n- NL\n",
        "phases:\n- prevention\n- disruption\n- evidence\n",
        "# Choices: clear, green, amber, amber+strict.\n",
        "# Form: YYYY, YYYY-MM or YYYY-MM-DD.\nstarted:\n",
        "# Form: true or false.\ndraft: true\n",
        '# questions:\n#   - "…"\n',
    ):
        assert line in text


def test_a_translation_begins_with_the_text_that_it_renders(kb, content):
    content.practice("be-a")
    done = kb("translate", "be-a", "--to", "nl")
    file = content.root / "practices" / "be-a" / "nl.md"
    assert (done.exit_code, done.stdout.strip()) == (0, str(file))
    assert "Vul het bestand in, start `kb lint " in done.stderr
    text = file.read_text("utf-8")
    assert "## Probleem\n\nPeople receive false messages." in text
    assert "\n# Concept: true zolang de beschrijving nog na te lezen is" in text
    assert "\ndraft: true\ntranslation:\n" in text


# --- import ---


def test_documents_in_three_languages_become_drafts(kb, content, save):
    page = b"<title>Un plan</title><h1>Un plan</h1><h2>But</h2><p>Moins de victimes de la fraude.</p>"
    files = (save("plan.docx", FR), save("be-schild.odt", NL), save("lu-shield.pdf", EN))
    done = kb("import", *files, "--country", "be")
    practices = content.root / "practices"
    made = [
        practices / "be-un-bouclier-contre-l-hameconnage" / "fr.md",
        practices / "be-schild" / "nl.md",
        practices / "lu-shield" / "en.md",
    ]
    assert (done.exit_code, done.stdout.split()) == (0, [*map(str, made)]), done.stderr
    for file, words in zip(made, ("## Approche\n\nLes f", "## Aanpak\n\nDe p", "## Approach\n\nThe p"), strict=True):
        parsed = parse(file.read_text("utf-8"))
        assert words in parsed.body
        assert (parsed.front["draft"], parsed.front["countries"]) == (True, ["BE"])
    checked = kb("lint", str(made[2]))
    assert checked.exit_code == 1
    empty = {line.split("`")[1] for line in checked.stdout.splitlines() if "` is empty" in line}
    assert empty >= {"summary", "tlp", "started", "sources.0.url"}, checked.stdout

    done = kb("import", save("a.html", page), "--kind", "strategy", "--id", "be-plan", "--lang", "fr")
    assert done.exit_code == 0, done.stderr
    text = (content.root / "strategies" / "be-plan" / "fr.md").read_text("utf-8")
    assert "title: Un plan\n" in text
    assert "## But\n\nMoins de victimes de la fraude.\n" in text


def test_one_file_that_fails_does_not_stop_the_others(kb, content, save):
    files = (save("be-a.pdf", b"%PDF-1.4 broken"), save("be-b.docx", FR), save("be-c.pdf", FR))
    done = kb("import", *files)
    made = content.root / "practices" / "be-b" / "fr.md"
    assert (done.exit_code, done.stdout.strip()) == (1, str(made))
    assert f"{files[0]}: The PDF file is damaged" in done.stderr
    assert f"{files[2]}: The file is called `.pdf` but holds DOCX" in done.stderr
    assert "2 of 3 files were not imported." in done.stderr


def test_two_files_do_not_become_one_note(kb, content, save):
    done = kb("import", save("be-b.docx", FR), save("be-b.odt", NL))
    assert done.exit_code == 1
    assert "be-b.odt: There is a note `be-b` already." in done.stderr


@pytest.mark.parametrize(("typed", "refusal"), REFUSED.items(), ids=REFUSED)
def test_what_is_refused_writes_nothing(kb, content, save, typed, refusal):
    content.practice("be-a")
    content.practice("be-broken", title=None)
    (content.root / "practices" / "be-way").write_text("a file in the way")
    for name, data in {"be-a.docx": FR, "be-b.docx": FR, "be-b.odt": NL, "plan.docx": FR}.items():
        save(name, data)
    save("be-long.html", b"<body>" + b"<p>The police block false websites and warn the people.</p>" * 20_000)
    before = {file: file.read_bytes() for file in content.root.rglob("*.md")}
    done = kb(*shlex.split(typed))
    code, message = refusal
    assert (done.exit_code, done.stdout, message in done.stderr) == (code, "", True), done.stderr
    assert {file: file.read_bytes() for file in content.root.rglob("*.md")} == before
