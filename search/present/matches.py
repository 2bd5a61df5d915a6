"""Terms of a question that a note answers to: words that stand in its passages, concepts that both name.

Reads what it is given of one note, which is what the caller may see of it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from kb.text.folding import fold
from kb.text.languages import Language
from search.results import Match
from search.understand.thesaurus import Label, Stem, Thesaurus

_SCHEMES: Mapping[str, str] = {"crime_types": "crime_type", "phases": "phase", "countries": "country"}
"""Field of `Named`, and of a note, -> what its concepts are called."""


def word_matches(question: str, texts: Iterable[tuple[Language, str]], stem: Stem) -> tuple[Match, ...]:
    """The question's words that stand in these texts in any form, each once a language; stop words are none."""
    found: dict[tuple[str, Language], Match] = {}
    for language, text in texts:
        if not stem(question, language) & stem(text, language):
            continue
        held = {one: word for word in reversed(_words(text)) for one in stem(word, language)}
        for word in _words(question):
            if matched := [held[one] for one in stem(word, language) if one in held]:
                found.setdefault((word.casefold(), language), Match(word, matched[0], language))
    return tuple(found.values())


def concept_matches(
    question: str,
    labels: Iterable[Label],
    fields: Mapping[str, Collection[str]],
    thesaurus: Thesaurus,
    reader: Language,
    stem: Stem,
) -> tuple[Match, ...]:
    """The concepts that question and note share: the one named, or else those above and below it that the note has.

    labels: by which the question names concepts
    fields: the note's concepts, by field
    reader: whose words a concept is called by
    """
    found: dict[tuple[str, str], Match] = {}
    for label in sorted(labels, key=lambda one: one.language is not reader):
        scheme, own = _SCHEMES[label.field], fields[label.field]
        for concept in [label.concept] if label.concept in own else thesaurus.around(label.field, label.concept, own):
            term = " ".join(_asked(question, label, stem))
            called = thesaurus.called(label.field, concept, reader)
            match = Match(term, label.text, label.language, scheme, concept, called)
            found.setdefault((term.casefold(), concept), match)
    return tuple(found.values())


def _asked(question: str, label: Label, stem: Stem) -> Iterator[str]:
    """The words of the question that name a concept by this label."""
    for word in _words(question):
        if stem(word, label.language) & label.stems or (label.compound and f" {fold(word)}".startswith(label.compound)):
            yield word


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)
