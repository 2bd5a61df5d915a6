"""What others write is read as text; nothing in it is run, kept or fetched; what cannot be read is refused by name."""

import io
import json
import re
import socket
import zipfile
from pathlib import Path

import pypandoc
import pypdf
import pytest
import yaml

from ingest.documents import archive, pdf, reading
from ingest.documents.converter import cleaned, markdown
from ingest.documents.document import Format, Stated
from ingest.documents.reading import read_document
from kb.errors import DocumentError
from kb.notes.markdown import sections
from kb.notes.note import Kind
from tests.document_files import TABLE, Text, docx_file, odt_file, paragraph, pdf_file, with_files

HERE = Path(__file__).parent
LOREM = "Banken melden verdachte rekeningen binnen het uur en de politie bevriest het geld zolang het er nog is."
ODT = '<text:h text:outline-level="1">Aanpak</text:h><text:p>Banken melden rekeningen.</text:p>'
SECRET = "only on this machine"
CELLS = (("Rol", 76, 315), ("Dienst", 176, 315), ("leiding", 76, 335), ("CCB", 176, 335))
REACHING = ("img src", "iframe src", "object data", "embed src", "link href", "script src", "video src", "img srcset")
"""Elements and attributes of pages that lead elsewhere."""


@pytest.fixture
def read(tmp_path):
    def written(name, data, step=lambda done, total: None):
        path = tmp_path / name
        path.write_bytes(data)
        return read_document(path, step)

    return written


def as_markdown(document):
    return markdown(cleaned(document.blocks), document.form)


@pytest.fixture
def listener():
    """A server that nobody may ask. Its address stands in the documents."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def test_a_docx_file_is_read_with_headings_lists_and_tables(read):
    found = read(
        "a.docx",
        docx_file(
            ("Title", "Een schild"),
            ("Subtitle", "Onder de titel"),
            ("Heading 1", "Aanpak"),
            ("List Bullet", "een"),
            ("List Bullet", "twee"),
            TABLE,
            "C:\\(map) <b>geen vet</b> [x](javascript:alert(1)) # geen kop",
            title="Document1",
            author="CCB",
        ),
    )
    assert as_markdown(found) == (
        "Onder de titel\n\n# Aanpak\n\n- een\n\n- twee\n\n"
        "| Rol     | Dienst |\n|---------|--------|\n| leiding | CCB    |\n\n"
        "C:\\\\(map) \\<b\\>geen vet\\</b\\> \\[x\\](javascript:alert(1)) \\# geen kop\n"
    )
    assert (found.stated.author, found.stated.created, found.stated.changed) == ("CCB", "2024-03-05", "2024-04-06")


def test_an_odt_file_is_read_with_what_it_states(read):
    meta = "<dc:title>Een schild</dc:title><meta:initial-creator>CCB</meta:initial-creator>" + (
        "<meta:creation-date>2023-02-01T10:00:00</meta:creation-date>"
    )
    found = read("a.odt", odt_file(ODT, meta))
    assert as_markdown(found) == "# Aanpak\n\nBanken melden rekeningen.\n"
    assert (found.stated.title, found.stated.author, found.stated.created) == ("Een schild", "CCB", "2023-02-01")


def test_a_page_is_read_in_its_encoding_with_what_its_head_states(read):
    head = (
        '<meta charset="windows-1252"><title>Bouclier | Site</title><meta name="author" content="Unité"><link '
        'rel="canonical" href="https://example.org/a"><meta property="og:site_name" content="Site">'
        '<meta property="article:published_time" content="2024-05-01T08:00"><script>alert(1)</script>'
    )
    body = (
        "<h1>Bouclier</h1><p onclick='x()'>Été&nbsp;: “ok” <a href='javascript:x()'>ici</a> <a href='https://a.be'>là</a>"
        " <img src='x.png' alt='Image'></p><ul><li>un</ul><ul><li>deux</ul>"
    )
    found = read("a.html", f"<html><head>{head}</head><body>{body}</body></html>".encode("cp1252"))
    assert as_markdown(found) == "# Bouclier\n\nÉté : “ok” ici [là](https://a.be) Image\n\n- un\n\n- deux\n"
    assert found.stated == Stated("Bouclier | Site", "Unité", "Site", "2024-05-01", "", "https://example.org/a")


@pytest.mark.parametrize(("page", "text"), yaml.safe_load((HERE / "pages.yaml").read_text("utf-8")))
def test_every_word_of_a_page_is_read(read, page, text):
    assert as_markdown(read("a.html", page.encode())) == text


def test_signs_that_would_begin_something_else_stay_signs(read):
    text = "a<br>---<br>===<br>1. x<br>- y</p><p>---</p><p>C:\\(x) &amp;amp; &amp;lt;b&gt;"
    body = as_markdown(read("a.html", f"<body><p>{text}</p>".encode()))
    (section,) = sections(body, 1, Kind.PRACTICE)
    assert [block.text.split() for block in section.blocks] == [
        ["a", "---", "===", "1.", "x", "-", "y"],
        ["---"],
        ["C:\\(x)", "&amp;", "&lt;b>"],
    ]


def test_a_pdf_is_read_with_headings_paragraphs_lists_and_tables(read):
    rules = "".join(f"{x} 542 m {x} 502 l S\n" for x in (72, 172, 272))
    rules += "".join(f"72 {y} m 272 {y} l S\n" for y in (542, 522, 502))
    first = [
        Text("Een schild tegen phishing", 80, 22),
        Text("Aanpak", 130, 16),
        *paragraph(f"{LOREM} Veel geld verd-", 160),
        *(Text(word, down, across=across) for word, across, down in CELLS),
        Text("• een", 370),
        Text("• twee", 384),
        Text("In het kort", 420, bold=True),
        *paragraph(LOREM, 440),
    ]
    found = read("a.pdf", pdf_file(first, drawn=rules, Title="Schild", Author="CCB", CreationDate="D:20240305"))
    text = as_markdown(found)
    assert "# Een schild tegen phishing\n\n## Aanpak\n\nBanken melden" in text
    assert "| Rol     | Dienst |\n|---------|--------|\n| leiding | CCB    |\n" in text
    assert "- een\n- twee\n\n### In het kort\n\nBanken melden" in text
    assert (found.stated.title, found.stated.author, found.stated.created) == ("Schild", "CCB", "2024-03-05")


def test_a_pdf_goes_on_over_its_pages_without_their_numbers_and_running_titles(read):
    pages = [
        [
            Text("Nationaal plan", 30),
            *paragraph(f"Blad {name}. {LOREM} En dan be-", 100),
            Text(f"Pagina {number} van 3", 820),
        ]
        for number, name in enumerate("abc", 1)
    ]
    pages[1][1] = Text("vriezen zij het geld van daders", 100)
    text = as_markdown(read("a.pdf", pdf_file(*pages)))
    assert text.count("Nationaal plan") == 1
    assert "Pagina" not in text
    assert "En dan bevriezen zij het geld" in text


def test_what_a_scan_lacks_is_said(read):
    with pytest.raises(DocumentError, match=r"no text layer.*OCR"):
        read("a.pdf", pdf_file([], [], drawn="72 72 100 100 re f\n"))
    found = read("b.pdf", pdf_file(paragraph(LOREM, 100), []))
    assert found.remarks == ("No text on page 2: pictures were not read.",)


def locked_pdf(password, **rights):
    writer = pypdf.PdfWriter(io.BytesIO(pdf_file(paragraph(LOREM, 100))))
    writer.encrypt(password, "owner", algorithm="AES-256", **rights)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


DOCX, ODT_FILE = docx_file("Tekst."), odt_file(ODT)
TEXT = "word/document.xml"
BOMB = "<x>" + " " * (archive.MAX_UNPACKED + 1) + "</x>"
ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
WIDE = ENTITY.encode("utf-16")
ENCODING = '<?xml version="1.0" encoding="xxx"?><x/>'
LOCK = "<m><encryption-data/></m>"
REFUSED = {
    "blank": ("a.html", b" \n\0\n", "The file is empty."),
    "another name": ("a.pdf", DOCX, "is called `.pdf` but holds DOCX"),
    "no ending": ("a", DOCX, "has no ending. If you know where it comes from, give it the ending .docx"),
    "text": ("a.txt", b"Just text.", "is no PDF, DOCX, ODT or HTML"),
    "text as HTML": ("a.html", b"Just text.", "is called `.html` but holds no HTML"),
    "old Word": ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x", "an old Office file, or one with a password"),
    "RTF": ("a.rtf", b"{\\rtf1 x}", "an RTF file"),
    "picture": ("a.png", b"\x89PNG\r\n\x1a\n", "a picture"),
    "locked PDF": ("a.pdf", locked_pdf("secret"), "The file has a password. Save it without one."),
    "PDF not to copy": ("a.pdf", locked_pdf("", permissions_flag=0), "does not allow text to be copied"),
    "broken PDF": ("a.pdf", b"%PDF-1.4\nnothing", "The PDF file is damaged"),
    "half a DOCX": ("a.docx", DOCX[: len(DOCX) // 2], "The DOCX file is damaged"),
    "DOCX without text": ("a.docx", with_files(DOCX, {TEXT: "<x"}), "The DOCX file is damaged"),
    "bomb": ("a.docx", with_files(DOCX, {TEXT: BOMB}), "unpacks to more than 60,000,000 bytes"),
    "unknown encoding": ("a.docx", with_files(DOCX, {TEXT: ENCODING}), "The DOCX file is damaged"),
    "unknown encoding in ODT": ("a.odt", with_files(ODT_FILE, {"meta.xml": ENCODING}), "The ODT file is damaged"),
    "packed in another way": ("a.docx", with_files(DOCX, {TEXT: "<x/>"}, zipfile.ZIP_LZMA), "The DOCX file is damaged"),
    "entity": ("a.docx", with_files(DOCX, {TEXT: ENTITY}), "declares a document type"),
    "entity in 16 bits": ("a.odt", with_files(ODT_FILE, {"meta.xml": WIDE}), "declares a document type"),
    "locked ODT": ("a.odt", with_files(ODT_FILE, {"META-INF/manifest.xml": LOCK}), "The file has a password"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_reason(read, why):
    name, data, message = REFUSED[why]
    with pytest.raises(DocumentError, match=re.escape(message)):
        read(name, data)


def test_pandoc_that_is_not_there_is_named(read, monkeypatch):
    def missing():
        raise OSError("No pandoc was found")

    monkeypatch.setattr(pypandoc, "get_pandoc_path", missing)
    with pytest.raises(DocumentError, match="pandoc does not run"):
        read("a.docx", DOCX)


def test_a_file_that_is_too_large_or_none_is_not_opened(tmp_path):
    path = tmp_path / "a.pdf"
    with path.open("wb") as file:
        file.truncate(reading.MAX_BYTES + 1)
    refused = {path: "at most 100,000,000 are read", tmp_path / "b.pdf": "no such file", tmp_path: "not a file"}
    for opened, message in refused.items():
        with pytest.raises(DocumentError, match=message):
            read_document(opened, lambda done, total: None)


def test_a_pdf_of_too_many_pages_is_refused_before_they_are_read(read):
    with pytest.raises(DocumentError, match=f"has {pdf.MAX_PAGES + 1:,} pages"):
        read("a.pdf", pdf_file(*[[]] * (pdf.MAX_PAGES + 1)))


def test_every_page_is_reported_as_it_is_done(read):
    steps = []
    read("a.pdf", pdf_file(paragraph(LOREM, 100), paragraph(LOREM, 100)), lambda *at: steps.append(at))
    read("a.docx", DOCX, lambda *at: steps.append(at))
    assert steps == [(1, 2), (2, 2), (0, 1), (1, 1)]


def test_macros_pictures_and_embedded_files_are_left_behind():
    left_out = "word/vbaProject.bin word/vbaData.xml word/embeddings/ole.bin word/media/image1.png customXml/item1.xml"
    packed, _ = archive.repacked(with_files(DOCX, dict.fromkeys(left_out.split(), "<x/>")), Format.DOCX)
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert "word/document.xml" in names
    assert not [name for name in names if re.search(r"vba|embed|media|custom|font|theme", name)]


def test_nothing_is_fetched_and_no_other_file_is_read(read, listener, tmp_path):
    away = f"http://127.0.0.1:{listener.getsockname()[1]}"
    secret = tmp_path / "secret.html"
    secret.write_text(f"<p>{SECRET}</p>", "utf-8")
    page = "".join(
        f"<{tag} {name}='{target}'></{tag}>"
        for target in (f"{away}/x.png", secret.as_uri(), str(secret), "secret.html")
        for tag, name in map(str.split, REACHING)
    )
    schemas = "http://schemas.openxmlformats.org"
    relations = "".join(
        f'<Relationship Id="{kind}" TargetMode="External" Target="{away}/{kind}" '
        f'Type="{schemas}/officeDocument/2006/relationships/{kind}"/>'
        for kind in ("attachedTemplate", "image")
    )
    relations = f'<Relationships xmlns="{schemas}/package/2006/relationships">{relations}</Relationships>'
    drawn = f'<text:p>Beeld: <draw:frame><draw:image xlink:href="{away}/i.png"/></draw:frame></text:p>'
    action = pdf_file(paragraph(LOREM, 100)).replace(
        b"/Pages 2 0 R>>", f"/Pages 2 0 R/OpenAction<</S/URI/URI({away}/a)>>>>".encode()
    )
    for name, data in (
        ("a.html", f"<body><p>Text.</p>{page}</body>".encode()),
        ("a.docx", with_files(docx_file("Text."), {"word/_rels/document.xml.rels": relations})),
        ("a.odt", odt_file(ODT + drawn)),
        ("a.pdf", action),
    ):
        document = read(name, data)
        assert as_markdown(document).strip()
        assert SECRET not in json.dumps(document.blocks)
        assert "127.0.0.1" not in as_markdown(document), name
    with pytest.raises(BlockingIOError):  # nobody has asked
        listener.accept()
