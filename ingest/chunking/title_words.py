"""Words that few titles have: who asks for such a word alone (`noodteam`) asks for the notes with it in their titles.

Beside names (`ingest.chunking.names`), which count in longer questions, too. Terms of the vocabularies are none: they
name subjects.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from ingest.chunking.names import FUNCTION_WORDS, RARE, Names
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.text.identifiers import name_key, title_key, words
from kb.text.languages import Language

_SHORTEST = 5
"""Letters and digits of such a word."""


def title_words(notes: Iterable[Note], taxonomy: Taxonomy, names: Names) -> Mapping[str, frozenset[str]]:
    """Note id -> keys of the words that at most `RARE` notes have in their titles, its own names apart."""
    terms = {name_key(term) for language in Language for term in taxonomy.terms(language)}
    found = {
        note.id: {word for version in note.versions.values() for word in words(version.title) if _may_be(word)}
        for note in notes
    }
    titles = Counter(word for held in found.values() for word in held)
    return {
        note_id: frozenset(
            title_key(word)
            for word in held
            if titles[word] <= RARE and name_key(word) not in terms and name_key(word) not in names.own[note_id]
        )
        for note_id, held in found.items()
    }


def _may_be(word: str) -> bool:
    return len(word) >= _SHORTEST and not word.isdigit() and word not in FUNCTION_WORDS
