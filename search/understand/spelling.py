"""Words of a question typed without their accents -> as the notes write them.

Many type French without accents, and the encoder was made on text that has them: `rancongiciel` falls into other pieces
than `rançongiciel`. A bare word is left alone where some note writes it so, in whichever language.
Figures: docs/relevance.md.
"""

import re
from collections import Counter
from collections.abc import Iterable

from kb.access import CLEAR
from kb.frozen import Frozen
from kb.store.protocol import ChunkReader
from kb.store.records import RECORD, VERSION
from kb.text.folding import fold
from kb.text.languages import Language

SHORTEST = 4
"""Letters from which a word is looked at: shorter ones are too often others (`nee`, `née`)."""
_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"\]\([^)]*\)|\{#[^}]*\}|\S+://\S+")
"""What a note writes without accents because it must: addresses of links, anchors."""


class Spelling(Frozen):
    """The accented words of a collection that it never writes without."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts = Counter(word for text in texts for word in _WORD.findall(_ADDRESS.sub(" ", text.lower())))
        # Of two spellings the more frequent one comes last and stays.
        words = sorted(counts, key=lambda word: (counts[word], word))
        self._accented = {bare: word for word in words if (bare := fold(word)) != word and bare not in counts}

    @classmethod
    def of(cls, reader: ChunkReader) -> "Spelling":
        """The spelling of the vocabularies and of the notes that everybody may see: it tells nothing of others."""
        taxonomy = reader.manifest.taxonomy
        terms = [term for language in Language for term in taxonomy.terms(language)]
        clear = reader.scroll({RECORD: (VERSION,), "access": (CLEAR,)}, ("title", "summary", "questions", "markdown"))
        notes = (
            text
            for _, payload in clear
            for text in (payload["title"], payload["summary"], *payload["questions"], payload["markdown"])
        )
        return cls([*terms, *notes])

    def restored(self, text: str) -> str:
        """The text with the accents that its words have in the notes. Words in capitals stay as they are."""
        return _WORD.sub(lambda found: self._word(found[0]), text)

    def _word(self, word: str) -> str:
        accented = self._accented.get(word.lower(), word)
        return word if word.isupper() or len(word) < SHORTEST else accented.capitalize() if word.istitle() else accented
