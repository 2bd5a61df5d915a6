"""Make a DOCX or ODT file harmless: take over only its XML, within limits, and pack it anew.

Macros, embedded files, pictures, fonts and custom data are left behind unread. XML with a document type, which may
name entities, is refused; no editor writes one.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

from ingest.documents.document import ONLY_A_PART, SAVE_AGAIN, Format, Stated, damaged, day, locked
from kb.errors import DocumentError

MAX_UNPACKED: Final = 60_000_000
"""Bytes of XML; a book of a thousand pages has some twenty million."""
MAX_PARTS: Final = 20_000
TAKEN: Final = {
    Format.DOCX: re.compile(
        r"\[Content_Types\]\.xml|(?:word/)?_rels/[^/]*\.rels|docProps/(?:core|app)\.xml"
        r"|word/(?:document|styles|numbering|footnotes|endnotes|settings)\d*\.xml"
    ),
    Format.ODT: re.compile(r"(?:content|styles|meta)\.xml"),
}
"""The parts that are taken over, by name."""
_TEXT: Final = {Format.DOCX: re.compile(r"word/document\d*\.xml"), Format.ODT: re.compile(r"content\.xml")}
_ODT_RIGHTS: Final = "META-INF/manifest.xml"
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How both formats pack their parts; other ways are those of other files, each with failures of its own."""
_FAILURES: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,  # zipfile, of a way of packing that it does not know
    expat.ExpatError,
    ElementTree.ParseError,
    LookupError,  # an unknown encoding
)


def repacked(data: bytes, form: Format) -> tuple[bytes, Stated]:
    """Return the same document with nothing but its text, and what it states of itself.

    Raises DocumentError for what is damaged, has a password, unpacks to more than MAX_UNPACKED, or names entities.
    """
    try:
        parts = _parts(data, form)
        for name, part in parts.items():
            _check(name, part)
        stated = _stated(parts)
    except _FAILURES as error:
        raise damaged(form) from error
    if not any(_TEXT[form].fullmatch(name) for name in parts):
        raise damaged(form)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue(), stated


def _parts(data: bytes, form: Format) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MAX_UNPACKED
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MAX_PARTS:
            raise DocumentError(f"The file has {len(members):,} parts; at most {MAX_PARTS:,} are read.")
        for member in members:
            if member.flag_bits & 1:
                raise locked()
            wanted = TAKEN[form].fullmatch(member.filename)
            if not wanted and member.filename != _ODT_RIGHTS:
                continue
            if member.compress_type not in _PACKED:
                raise damaged(form)
            with archive.open(member) as part:
                read = part.read(left + 1)
            left -= len(read)
            if left < 0:
                message = f"The text in the file unpacks to more than {MAX_UNPACKED:,} bytes."
                raise DocumentError(message, remedy=ONLY_A_PART)
            if wanted:
                found[member.filename] = read
            elif b"encryption-data" in read:
                raise locked()
    return found


def _check(name: str, part: bytes) -> None:
    """Raise DocumentError where XML has a document type, expat.ExpatError where it is none."""

    def refuse(*_: object) -> None:
        message = f"`{name}` in the file declares a document type, which may reach for other files."
        raise DocumentError(message, remedy=SAVE_AGAIN)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(part, True)


def _stated(parts: Mapping[str, bytes]) -> Stated:
    """Return what the parts on the file itself state: one part in ODT, two in DOCX, whose names do not meet."""
    found: dict[str, str] = {}
    for part in filter(None, map(parts.get, ("docProps/app.xml", "docProps/core.xml", "meta.xml"))):
        for element in ElementTree.fromstring(part).iter():  # noqa: S314 - entities were refused
            found[element.tag.rpartition("}")[2]] = " ".join((element.text or "").split())
    return Stated(
        title=found.get("title", ""),
        author=found.get("initial-creator") or found.get("creator", ""),
        publisher=found.get("Company") or found.get("publisher", ""),
        created=day(found.get("created") or found.get("creation-date", "")),
        changed=day(found.get("modified") or found.get("date", "")),
    )
