"""Addresses of a note on this server, and those of others as RFC 3986 wants them.

site: what the addresses of this server begin with, `https://kb.example`; nothing for those that stand on its own pages.
"""

import re
from typing import Final
from urllib.parse import quote

from kb.text.languages import Language

_AS_IT_IS: Final = "!#$%&'()*+,/:;=?@~"
"""What stands in an address as it is, besides letters, digits and `-._`."""
_BRACKETS: Final = re.compile(r"https?://\[[0-9A-Fa-f:.]+\]")


def any_page_address(site: str, note_id: str, version: Language) -> str:
    """The page of a note in a version, for whoever reads it in whatever language."""
    return f"{site}/notes/{quote(note_id)}?lang={version}"


def page_address(site: str, note_id: str, reader: Language, version: Language | None = None) -> str:
    """The page of a note in the language of a reader; in that version, None: in the one that suits the reader."""
    return f"{site}/{reader}/notes/{quote(note_id)}" + (f"?version={version}" if version else "")


def uri(address: str) -> str:
    """An address with letters that have accents, and what else a note may have copied, in percent signs; a host in
    brackets, as those of IPv6 are, keeps them.
    """
    host = _BRACKETS.match(address)
    end = host.end() if host else 0
    return address[:end] + quote(address[end:], safe=_AS_IT_IS)
