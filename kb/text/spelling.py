"""Words of a question typed without their accents -> as the notes write them.

Many type French without accents, and the encoder was made on text that has them: `rancongiciel` falls into other pieces
than `rançongiciel`. A bare word is left alone where some note writes it so, in whichever language.
Figures: docs/relevance.md.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Self

from pydantic.dataclasses import dataclass

from kb.text.folding import fold
from kb.values import Immutable

SHORTEST = 4
"""Letters from which a word is looked at: shorter ones are too often others (`nee`, `née`)."""
WORD = re.compile(r"[^\W\d_]+")
ADDRESS = re.compile(r"\]\([^)]*\)|\{#[^}]*\}|\S+://\S+")
"""Parts that must do without accents: addresses of links, anchors."""


@dataclass(frozen=True)
class Spelling(Immutable):
    """accented: bare word -> the word with its accents, of words that some texts never write without."""

    accented: Mapping[str, str]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Return the spelling of these texts."""
        counts = Counter(word for text in texts for word in WORD.findall(ADDRESS.sub(" ", text.lower())))
        # Of two spellings the more frequent one comes last and stays.
        words = sorted(counts, key=lambda word: (counts[word], word))
        bare = ((fold(word), word) for word in words)
        return cls({key: word for key, word in bare if len(key) >= SHORTEST and key != word and key not in counts})

    def restored(self, text: str) -> str:
        """Return a text with the accents that its words have in the notes. Words in capitals stay as they are."""
        return WORD.sub(lambda found: self._word(found[0]), text)

    def _word(self, word: str) -> str:
        accented = self.accented.get(word.lower())
        if accented is None or word.isupper():
            return word
        return accented.capitalize() if word.istitle() else accented


NO_SPELLING: Final = Spelling({})
