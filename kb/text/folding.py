"""How the name of an organisation is asked for: folded, with or without its abbreviation.

Holds no list of organisations: the notes name them.
"""

import re
import unicodedata


def fold(text: str) -> str:
    """Lower case without accents: how names are compared."""
    plain = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode().strip()


def organisation_keys(name: str) -> set[str]:
    """How an organisation may be asked for: its full name, the name without brackets, the abbreviation in brackets."""
    bare = re.sub(r"\s*\([^)]*\)", "", name)
    short = re.findall(r"\(([^)]{2,20})\)", name)
    return {fold(key) for key in (name, bare, *short)} - {""}
