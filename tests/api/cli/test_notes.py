"""`kb new`, `kb translate` and `kb import`: what they write, ask for and refuse."""

from pathlib import Path

import pytest

from kb.notes.markdown import parse
from tests.document_files import Text, docx_file, odt_file, paragraph, pdf_file

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


def test_a_new_note_is_written_where_it_belongs_and_lint_says_what_is_lacking(kb, content):
    done = kb("new", "practice", "be-shield", "--lang", "fr", *FLAGS)
    file = content.root / "practices" / "be-shield" / "fr.md"
    assert (done.exit_code, done.stdout.strip()) == (0, str(file))
    assert f"kb lint {file.parent}" in done.stderr
    checked = kb("lint", str(file))
    assert checked.exit_code == 1
    assert "field `summary` is empty. Fill it in." in checked.stdout
    assert "field `tlp` is empty; it is one of 'clear', " in checked.stdout  # nobody is told of a note by an oversight
    assert "is not one of" not in checked.stdout


def test_words_of_vocabularies_may_be_typed_in_small_letters_and_with_commas(kb, content):
    done = kb(
        "new", "practice", "bnl-a", "--lang", "en", "--title", "T", "--country", "be, nl", "--phase", "Prevention"
    )
    assert done.exit_code == 0, done.stderr
    text = (content.root / "practices" / "bnl-a" / "en.md").read_text("utf-8")
    assert "countries:\n- BE\n- NL\n" in text
    assert "phases:\n- prevention\n" in text
    assert "# Choices: clear, green, amber, amber+strict.\n" in text
    assert "# Form: YYYY, YYYY-MM or YYYY-MM-DD.\nstarted:\n" in text
    assert "# Form: true or false.\n# draft:\n" in text
    assert '# questions:\n#   - "…"\n' in text


def test_words_of_vocabularies_may_be_typed_as_they_are_called(kb, content):
    phases = ("--phase", "Aide aux victimes, verstoring", "--phase", "preuve électronique")
    done = kb("new", "practice", "be-a", "--lang", "fr", "--title", "T", "--country", "pays-bas", *phases)
    assert done.exit_code == 0, done.stderr
    text = (content.root / "practices" / "be-a" / "fr.md").read_text("utf-8")
    assert "countries:\n- NL\n" in text
    assert "phases:\n- victim-support\n- disruption\n- evidence\n" in text


@pytest.mark.parametrize(
    "asked",
    [("new", "practice", "be-b", "--lang", "fr"), ("import", "b.html", "--id", "be-b")],
    ids=lambda asked: asked[0],
)
def test_where_nothing_can_be_written_it_is_said_in_a_line(kb, content, asked):
    content.practice("be-a")
    page = content.root.parent / "b.html"
    page.write_text("<h1>A shield against false sites</h1><p>People lose their money on the sites of thieves.</p>")
    (content.root / "practices" / "be-b").write_text("a file in the way")
    done = kb(*(str(page) if one == page.name else one for one in asked))
    assert done.exit_code != 0
    assert "cannot be written: " in done.stderr


def test_a_translation_begins_with_the_text_that_it_renders(kb, content):
    content.practice("be-a")
    done = kb("translate", "be-a", "--to", "nl")
    file = content.root / "practices" / "be-a" / "nl.md"
    assert (done.exit_code, done.stdout.strip()) == (0, str(file))
    assert "## Probleem\n\nPeople receive false messages." in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("new", "practice", "Be Shield", "--lang", "fr"), "`Be Shield` is no id."),
        (("new", "practice", "be-a", "--lang", "fr"), "`kb translate be-a --to …` begins a translation"),
        (("new", "practice", "xx-a", "--lang", "fr"), "`xx-a` does not begin with a country or area."),
        (("new", "practice", "be-b", "--lang", "fr", "--country", "BE,XX"), "`XX` is not in the vocabulary countries."),
        (("translate", "be-broken", "--to", "nl"), "The note `be-broken` has errors. See `kb lint "),
        (("translate", "be-broken", "--to", "en"), "exists. Nothing was written"),
        (("new", "strategy", "be-a", "--lang", "fr"), "There is a note `be-a` already."),
        (("new", "practice", "be-b", "--lang", "fr", "--crime-type", "fishing"), "Did you mean `phishing`?"),
        (("translate", "be-x", "--to", "nl"), "There is no note `be-x`."),
        (("translate", "be-a", "--to", "en"), "exists. Nothing was written"),
        (("translate", "be-a", "--to", "fr"), "exists. Nothing was written"),
    ],
)
def test_what_cannot_be_begun_is_refused_and_nothing_is_written(kb, content, asked, told):
    content.practice("be-a")
    content.translation("be-a", "fr", "en", "## Problème\n\nA.\n\n## Approche\n\nB.\n")
    content.practice("be-broken", title=None)
    before = {file: file.read_bytes() for file in Path(content.root).rglob("*.md")}
    done = kb(*asked)
    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert {file: file.read_bytes() for file in Path(content.root).rglob("*.md")} == before


# --- import ---


@pytest.fixture
def save(tmp_path):
    def one(name, data):
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return one


def test_drafts_in_three_languages_stand_where_they_belong_and_lint_says_what_is_lacking(kb, content, save):
    page = b"<title>Un plan</title><h1>Un plan</h1><h2>But</h2><p>Moins de victimes de la fraude.</p>"
    files = (save("plan.docx", FR), save("be-schild.odt", NL), save("lu-shield.pdf", EN))
    done = kb("import", *files, "--country", "be")
    practices = content.root / "practices"
    made = [
        practices / "be-un-bouclier-contre-l-hameconnage" / "fr.md",
        practices / "be-schild" / "nl.md",
        practices / "lu-shield" / "en.md",
    ]
    assert (done.exit_code, done.stdout.split()) == (0, [str(one) for one in made]), done.stderr
    for file, words in zip(made, ("## Approche\n\nLes f", "## Aanpak\n\nDe p", "## Approach\n\nThe p"), strict=True):
        parsed = parse(file.read_text("utf-8"))
        assert words in parsed.body
        assert (parsed.front["draft"], parsed.front["countries"]) == (True, ["BE"])
    checked = kb("lint", str(made[2]))
    assert checked.exit_code == 1
    told = {line.split("`")[1] for line in checked.stdout.splitlines() if "` is empty" in line}
    assert told >= {"summary", "tlp", "started", "sources.0.url"}, checked.stdout

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
def test_nothing_is_written_over_and_ids_are_those_of_new_notes(kb, content, save, name, options, told):
    content.practice("be-a")
    before = {file: file.read_bytes() for file in Path(content.root).rglob("*.md")}
    done = kb("import", save(name, FR), *options)
    assert done.exit_code in (1, 2)
    assert told in done.stderr
    assert {file: file.read_bytes() for file in Path(content.root).rglob("*.md")} == before


def test_an_id_is_for_one_file_and_two_files_do_not_become_one_note(kb, content, save):
    files = (save("be-b.docx", FR), save("be-b.odt", NL))
    assert "names one note, and there are several files" in kb("import", *files, "--id", "be-x").stderr
    done = kb("import", *files)
    assert done.exit_code == 1
    assert f"{files[1]}: There is a note `be-b` already." in done.stderr


def test_a_text_that_no_note_can_hold_is_refused(kb, content, save):
    page = b"<body>" + b"<p>The police block false websites and warn the people.</p>" * 20_000
    done = kb("import", save("be-long.html", page))
    assert done.exit_code == 1
    assert "a note at most 100,000." in done.stderr
    assert not list(Path(content.root).rglob("*.md"))
