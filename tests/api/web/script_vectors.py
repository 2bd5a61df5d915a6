"""Ways to get a script into a page: those that the OWASP XSS Filter Evasion Cheat Sheet describes, each written anew.

The sheet (https://cheatsheetseries.owasp.org/cheatsheets/XSS_Filter_Evasion_Cheat_Sheet.html) is CC BY-SA 4.0; nothing
here is copied from it. Names are its headings. What needs a server of its own (PHP, redirects) is left out, as are the
ways to write an address that a browser opens like any other.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_DATA = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))

VECTORS: Final[Mapping[str, str]] = _DATA["vectors"]
"""The way of the sheet that is meant -> what an author may write anywhere."""
TARGETS: Final[tuple[str, ...]] = tuple(_DATA["targets"])
"""Where a link may lead."""
HARMLESS: Final = frozenset(_DATA["harmless"])
"""Elements that run and load nothing."""
