"""Addresses of a note on this server, and those of others as RFC 3986 wants them.

site: what the addresses of this server begin with, `https://kb.example`; nothing for those that stand on its own pages.
"""

import re
from typing import Final
from urllib.parse import quote

from kb.text.languages import Language

_KEPT: Final = "!#$%&'()*+,/:;=?@~"
"""Kept as they are in an address, besides letters, digits and `-._`."""
_BRACKETS: Final = re.compile(r"https?://\[[0-9A-Fa-f:.]+\]")


def any_page_address(site: str, note_id: str, version: Language) -> str:
    """Return the page of a note in a version, for whoever reads it in whatever language."""
    return f"{site}/notes/{quote(note_id)}?lang={version}"


def page_address(site: str, note_id: str, reader: Language, version: Language | None = None) -> str:
    """Return the page of a note in the language of a reader. version: None: the one that suits the reader"""
    return f"{site}/{reader}/notes/{quote(note_id)}" + (f"?version={version}" if version else "")


def uri(address: str) -> str:
    """Return an address with accented letters and the like in percent signs; a host of IPv6 keeps its brackets."""
    host = _BRACKETS.match(address)
    end = host.end() if host else 0
    return address[:end] + quote(address[end:], safe=_KEPT)
