"""`CONTRIBUTING.md` in its parts for authors: one for each language, with an example in each."""

import re
from pathlib import Path
from typing import Final

TEXT: Final = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
_, *_PARTS = re.split(r"^## (?:Français|Nederlands|English|For developers)\n", TEXT, flags=re.MULTILINE)
PARTS: Final = dict(zip(("fr", "nl", "en"), _PARTS[:3], strict=True))
EXAMPLE: Final = re.compile(r"`content/([a-z0-9/-]+\.md)` ?:\n\n```markdown\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""Path below the content root, and text."""
