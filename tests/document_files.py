"""Documents as others write them, made for a test: DOCX by python-docx, ODT and PDF by hand."""

import io
import zipfile
from datetime import datetime
from typing import NamedTuple

import docx

TABLE = (("Rol", "Dienst"), ("leiding", "CCB"))


def docx_file(*parts, title="", author="", **extra):
    """Parts: ("Heading 1", "…") for a paragraph of a style, a str for a plain one, rows for a table.

    extra: files of the archive besides, by name with `/` as `__` and `.` as `_DOT_`.
    """
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author = title, author
    properties.created, properties.modified = datetime(2024, 3, 5, 9), datetime(2024, 4, 6, 9)
    for part in parts:
        if isinstance(part, str):
            document.add_paragraph(part)
        elif isinstance(part[0], str):
            document.add_paragraph(part[1], style=part[0])
        else:
            table = document.add_table(len(part), len(part[0]))
            for row, cells in enumerate(part):
                for column, text in enumerate(cells):
                    table.cell(row, column).text = text
    made = io.BytesIO()
    document.save(made)
    return with_files(made.getvalue(), **extra)


def with_files(archive, **files):
    """An archive with these files, in place of those of the same name."""
    named = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in files.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if member.filename not in named:
                new.writestr(member, old.read(member))
        for name, content in named.items():
            new.writestr(name, content)
    return made.getvalue()


def odt_file(body, meta="", **extra):
    """body, meta: XML inside `office:text` and `office:meta`."""
    spaces = " ".join(
        f'xmlns:{short}="{address}"'
        for short, address in (
            ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
            ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
            ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
            ("meta", "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"),
            ("draw", "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"),
            ("xlink", "http://www.w3.org/1999/xlink"),
            ("dc", "http://purl.org/dc/elements/1.1/"),
        )
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        inside = f"<office:body><office:text>{body}</office:text></office:body>"
        archive.writestr("content.xml", f"<office:document-content {spaces}>{inside}</office:document-content>")
        styles = "<office:font-face-decls/><office:styles/><office:automatic-styles/><office:master-styles/>"
        archive.writestr("styles.xml", f"<office:document-styles {spaces}>{styles}</office:document-styles>")
        described = f"<office:meta>{meta}</office:meta>"
        archive.writestr("meta.xml", f"<office:document-meta {spaces}>{described}</office:document-meta>")
        archive.writestr("META-INF/manifest.xml", '<manifest xmlns="urn:x"/>')
    return with_files(made.getvalue(), **extra)


class Text(NamedTuple):
    """A line of a PDF. down: of its foot from the top of the page, in points."""

    words: str
    down: float
    size: float = 11
    bold: bool = False
    across: float = 72


def pdf_file(*pages, drawn="", **info):
    """A PDF with these lines on its pages (595 by 842 points), and drawing operators on the first of them."""
    fonts = "<</F1 3 0 R/F2 4 0 R>>"
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
        "<<" + "".join(f"/{name}({_escaped(value)})" for name, value in info.items()) + ">>",
    ]
    kids = []
    for number, lines in enumerate(pages):
        content = (drawn if number == 0 else "") + "".join(
            f"BT /F{1 + line.bold} {line.size} Tf {line.across} {842 - line.down} Td ({_escaped(line.words)}) Tj ET\n"
            for line in lines
        )
        kids.append(f"{len(bodies) + 1} 0 R")
        resources = f"<</Font {fonts}>>"
        bodies.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources {resources}/Contents {len(bodies) + 2} 0 R>>"
        )
        bodies.append(f"<</Length {len(content.encode('cp1252'))}>>stream\n{content}\nendstream")
    bodies[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer<</Size {len(bodies) + 1}/Root 1 0 R/Info 5 0 R>>\nstartxref\n{len(made)}\n%%EOF\n"
    return made + f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}{end}".encode("ascii")


def _escaped(text):
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def paragraph(words, down, width=80):
    """Lines of a paragraph."""
    lines, line = [], ""
    for word in words.split():
        if len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [Text(text, down + 14 * place) for place, text in enumerate([*lines, line])]
