"""XML that is well formed whatever a note says: marks are escaped, characters that XML has no place for replaced."""

import re
from typing import Final
from xml.etree import ElementTree as ET

_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, escaped or not (https://www.w3.org/TR/xml/#charsets)."""


def child(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """Add an element at the end of another."""
    made = ET.SubElement(parent, tag, {name: _UNFIT.sub("\ufffd", value) for name, value in attributes.items()})
    made.text = _UNFIT.sub("\ufffd", text) or None
    return made


def document(whole: ET.Element) -> bytes:
    """Return the document, in UTF-8, with a line for each element."""
    ET.indent(whole, "")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(whole, encoding="unicode").encode() + b"\n"
