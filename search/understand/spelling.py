"""Words of a question typed without their accents -> as the notes write them.

Many type French without accents, and the encoder was made on text that has them: `rancongiciel` falls into other pieces
than `rançongiciel`. A bare word is left alone where some note writes it so, in whichever language.
Figures: docs/relevance.md.
"""

import re
from collections import Counter
from collections.abc import Iterable

from kb.text.folding import fold

SHORTEST = 4
"""Letters from which a word is looked at: shorter ones are too often others (`nee`, `née`)."""
_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"\]\([^)]*\)|\{#[^}]*\}|\S+://\S+")
"""Parts that must do without accents: addresses of links, anchors."""


class Spelling:
    """The accented words of some texts that these never write without."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = Counter(word for text in texts for word in _WORD.findall(_ADDRESS.sub(" ", text.lower())))
        # Of two spellings the more frequent one comes last and stays.
        words = sorted(counts, key=lambda word: (counts[word], word))
        self._accented = {bare: word for word in words if (bare := fold(word)) != word and bare not in counts}

    def restored(self, text: str) -> str:
        """Return a text with the accents that its words have in the notes. Words in capitals stay as they are."""
        return _WORD.sub(lambda found: self._word(found[0]), text)

    def _word(self, word: str) -> str:
        accented = self._accented.get(word.lower(), word)
        return word if word.isupper() or len(word) < SHORTEST else accented.capitalize() if word.istitle() else accented
