"""Documents as others write them, made for a test: DOCX by python-docx, ODT and PDF by hand."""

import io
import textwrap
import zipfile
from datetime import datetime
from typing import NamedTuple

import docx

TABLE = (("Rol", "Dienst"), ("leiding", "CCB"))


def docx_file(*parts, title="", author=""):
    """Parts: ("Heading 1", "…") for a paragraph of a style, a str for a plain one, rows for a table."""
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
    return made.getvalue()


def with_files(archive, files, way=zipfile.ZIP_DEFLATED):
    """An archive with these files (name -> content), in place of those of the same name. way: how they are packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(made, "w", way) as new:
        for member in old.infolist():
            if member.filename not in files:
                new.writestr(member, old.read(member))
        for name, content in files.items():
            new.writestr(name, content)
    return made.getvalue()


def odt_file(body, meta=""):
    """body, meta: XML inside `office:text` and `office:meta`."""
    names = {"office": "office", "text": "text", "table": "table", "meta": "meta", "draw": "drawing"}
    spaces = 'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    for short, name in names.items():
        spaces += f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    parts = {
        "content": f"<office:body><office:text>{body}</office:text></office:body>",
        "styles": "<office:font-face-decls/><office:styles/><office:automatic-styles/><office:master-styles/>",
        "meta": f"<office:meta>{meta}</office:meta>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        for name, part in parts.items():
            archive.writestr(f"{name}.xml", f"<office:document-{name} {spaces}>{part}</office:document-{name}>")
        archive.writestr("META-INF/manifest.xml", '<manifest xmlns="urn:x"/>')
    return made.getvalue()


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


def paragraph(words, down):
    """Lines of a paragraph."""
    return [Text(line, down + 14 * place) for place, line in enumerate(textwrap.wrap(words, 80))]
