"""Sentences that say that something was not found, read or stated, in three languages.

Authors write them so that nobody takes silence for knowledge. Each clause must say it: what says something else beside
it is a sentence like any other.
"""

import re
from typing import Final

_CLAUSE: Final = re.compile(r"\w[^;:]*")
_SAYS_SO: Final = re.compile(
    r"""
    ^(?:no|none|nothing|neither|whether)\b .* \b(?:found|stated|read|known|named|published)\b
    | \b(?:not|nor)\ (?:\w+\ )?(?:found|stated|read|known|named|published)\b (?:\W+\w+){0,6}\W*$
    | ^(?:in|for)\b .* \bno\b .* \b(?:found|stated|read|known)\b
    | \bno\ source\b
    | \b(?:aucune?|rien|ni|pas)\b .* \b(?:trouvé|lu|précisé|indiqué|connu|publié|nommé)e?s?\b (?:\W+\w+){0,6}\W*$
    | ^(?:aucune?|rien|ni)\b .* \btrouvée?s?\b
    | \baucune\ source\b
    | \b(?:geen|niets?|noch|evenmin)\b .* \b(?:gevonden|vermeld|gelezen|bekend|genoemd|gepubliceerd)\b
      (?:\W+\w+){0,6}\W*$
    | \b(?:gelezen|gevonden)\ bron(?:nen)?\b .* \b(?:geen|niet)\b
    | \bgeen\ (?:gelezen\ )?bron\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LEAST: Final = 2
"""Words that a clause has: fewer name what is spoken of."""


def says_nothing_was_found(sentence: str) -> bool:
    """Return whether every clause of a sentence says that something was not found, read or stated."""
    clauses = [clause for clause in _CLAUSE.findall(sentence) if len(clause.split()) >= _LEAST] or [sentence]
    return all(_SAYS_SO.search(clause) for clause in clauses)
