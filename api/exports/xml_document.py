"""XML that is well formed whatever a note says: marks are escaped, characters that XML has no place for replaced."""

import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, escaped or not (https://www.w3.org/TR/xml/#charsets)."""


def root(tag: str, namespace: str, attributes: Mapping[str, str] | None = None) -> ET.Element:
    """Return the outermost element; those in it are of its namespace."""
    return ET.Element(tag, {"xmlns": namespace, **_fit(attributes)})


def child(parent: ET.Element, tag: str, text: str = "", attributes: Mapping[str, str] | None = None) -> ET.Element:
    """Add an element at the end of another."""
    made = ET.SubElement(parent, tag, _fit(attributes))
    made.text = _UNFIT.sub("\ufffd", text) or None
    return made


def document(whole: ET.Element) -> bytes:
    """Return the document, in UTF-8, with a line for each element."""
    ET.indent(whole, "")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(whole, encoding="unicode").encode() + b"\n"


def _fit(attributes: Mapping[str, str] | None) -> dict[str, str]:
    return {name: _UNFIT.sub("\ufffd", value) for name, value in (attributes or {}).items()}
