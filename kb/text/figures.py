"""Numbers in a text, the same in whatever language they are written: 1,728 and 1.728, 2.5 and 2,5, 1st and 1er.

Numbers inside words (NIS2, i2-IRU, 90ter) are names, not figures, and so is the month of 2026-02, which other texts
write in letters. Number words are not read.
"""

import re

_SPACE = "[ \u00a0\u202f\u2009]"
_ORDINAL = r"(?:er|ère|re|ème|ième|e|ste|de|st|nd|rd|th)?"
_NUMBER = re.compile(
    r"(?<![\w.,])(?!(?<=(?<!\d)\d{4}-)(?:0[1-9]|1[0-2])(?!\d))"
    rf"(?:[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?!\d)(?:,\d+)?|\d++(?:[.,]\d++)*+)(?={_ORDINAL}(?![^\W\d_]))"
)
_GROUPED = re.compile(r"([1-9]\d{0,2}(?:[.,]\d{3})+)(?:[.,](\d{1,2}))?")
_DECIMAL = re.compile(r"(\d+)[.,](\d+)")


def figures(text: str) -> dict[str, str]:
    """Return the numbers of a text, digits without separators and leading zeros, decimals after a point -> as found."""
    found: dict[str, str] = {}
    for match in _NUMBER.finditer(text):
        for number in _numbers(re.sub(_SPACE, "", match[0])):
            found.setdefault(number, match[0])
    return found


def _numbers(written: str) -> list[str]:
    if match := _GROUPED.fullmatch(written) or _DECIMAL.fullmatch(written):
        whole = re.sub(r"[.,]", "", match[1]).lstrip("0") or "0"
        return [f"{whole}.{match[2]}" if match[2] else whole]
    return [part.lstrip("0") or "0" for part in re.split(r"[.,]", written)]  # a date, a paragraph: 29.3.1
