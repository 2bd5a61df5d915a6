"""A DOCX or ODT file made harmless: only its XML is taken over, within limits, and packed anew.

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

from ingest.documents.document import Stated, day
from ingest.documents.formats import Format
from kb.errors import DocumentError

MAX_UNPACKED: Final = 60_000_000
"""Bytes of XML; a book of a thousand pages has some twenty million."""
MAX_PARTS: Final = 20_000
_TAKEN: Final = {
    Format.DOCX: re.compile(
        r"\[Content_Types\]\.xml|(?:word/)?_rels/[^/]*\.rels|docProps/(?:core|app)\.xml"
        r"|word/(?:document|styles|numbering|footnotes|endnotes|settings)\d*\.xml"
    ),
    Format.ODT: re.compile(r"(?:content|styles|meta)\.xml"),
}
_TEXT: Final = {Format.DOCX: re.compile(r"word/document\d*\.xml"), Format.ODT: re.compile(r"content\.xml")}
_ODT_RIGHTS: Final = "META-INF/manifest.xml"
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How both formats pack their parts; other ways are those of other files, each with failures of its own."""


def repacked(data: bytes, form: Format) -> tuple[bytes, Stated]:
    """The same document with nothing but its text, and what it states of itself.

    Raises DocumentError for what is damaged, has a password, unpacks to more than MAX_UNPACKED, or names entities.
    """
    try:
        parts = _parts(data, form)
        for name, part in parts.items():
            _check(name, part)
        stated = _stated(parts, form)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise _damaged(form) from error
    except (expat.ExpatError, ElementTree.ParseError, LookupError) as error:  # LookupError: an unknown encoding
        raise _damaged(form) from error
    if not any(_TEXT[form].fullmatch(name) for name in parts):
        raise _damaged(form)
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
                raise _locked()
            wanted = _TAKEN[form].fullmatch(member.filename)
            if not wanted and member.filename != _ODT_RIGHTS:
                continue
            if member.compress_type not in _PACKED:
                raise _damaged(form)
            with archive.open(member) as part:
                read = part.read(left + 1)
            left -= len(read)
            if left < 0:
                raise DocumentError(
                    f"The text in the file unpacks to more than {MAX_UNPACKED:,} bytes.",
                    remedy="Take over the part that the note is about into a file of its own.",
                )
            if wanted:
                found[member.filename] = read
            elif b"encryption-data" in read:
                raise _locked()
    return found


def _check(name: str, part: bytes) -> None:
    """Raises DocumentError where XML has a document type, expat.ExpatError where it is none."""

    def refuse(*_: object) -> None:
        raise DocumentError(
            f"`{name}` in the file declares a document type, which may reach for other files.",
            remedy="Open it where it was made and save it again.",
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(part, True)


def _stated(parts: Mapping[str, bytes], form: Format) -> Stated:
    if form is Format.ODT:
        meta = _texts(parts.get("meta.xml"))
        author = meta.get("initial-creator") or meta.get("creator", "")
        return Stated(
            title=meta.get("title", ""), author=author, publisher=meta.get("publisher", ""),
            created=day(meta.get("creation-date", "")), changed=day(meta.get("date", "")),
        )  # fmt: skip
    core, more = _texts(parts.get("docProps/core.xml")), _texts(parts.get("docProps/app.xml"))
    return Stated(
        title=core.get("title", ""), author=core.get("creator", ""), publisher=more.get("Company", ""),
        created=day(core.get("created", "")), changed=day(core.get("modified", "")),
    )  # fmt: skip


def _texts(part: bytes | None) -> dict[str, str]:
    """Names of elements, without their namespace -> their text."""
    if part is None:
        return {}
    elements = ElementTree.fromstring(part).iter()
    return {one.tag.rpartition("}")[2]: " ".join((one.text or "").split()) for one in elements}


def _damaged(form: Format) -> DocumentError:
    return DocumentError(f"The {form.upper()} file is damaged.", remedy="Open it where it was made and save it again.")


def _locked() -> DocumentError:
    return DocumentError("The file has a password.", remedy="Save it without one.")
