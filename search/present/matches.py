"""Terms of a question that a note answers to: words that are in its passages, concepts that both name."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from kb.text.folding import fold
from kb.text.languages import Language
from search.results import Match
from search.understand.thesaurus import Label, Stem, Thesaurus

_SCHEMES: Mapping[str, str] = {"crime_types": "crime_type", "phases": "phase", "countries": "country"}
"""Field of a label and of a note -> the name of its concepts in explanations."""


def word_matches(question: str, texts: Iterable[tuple[Language, str]], stem: Stem) -> tuple[Match, ...]:
    """Return the question's words that are in these texts in any form, each once a language, without stop words."""
    found: dict[tuple[str, Language], Match] = {}
    for language, text in texts:
        if not stem(question, language) & stem(text, language):
            continue
        by_stem = {each: word for word in reversed(_words(text)) for each in stem(word, language)}
        for word in _words(question):
            if matched := [by_stem[each] for each in stem(word, language) if each in by_stem]:
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
    """Return the concepts that question and note share: the named, or else those above and below it that the note has.

    labels: by which the question names concepts
    fields: the note's concepts, by field
    reader: whose words a concept is called by
    """
    found: dict[tuple[str, str], Match] = {}
    for label in sorted(labels, key=lambda label: label.language is not reader):
        scheme, own = _SCHEMES[label.field], fields[label.field]
        for concept in [label.concept] if label.concept in own else thesaurus.around(label.field, label.concept, own):
            term = " ".join(_asked(question, label, stem))
            called = thesaurus.called(label.field, concept, reader)
            match = Match(term, label.text, label.language, scheme, concept, called)
            found.setdefault((term.casefold(), concept), match)
    return tuple(found.values())


def _asked(question: str, label: Label, stem: Stem) -> Iterator[str]:
    """Yield the words of the question that name a concept by this label."""
    for word in _words(question):
        if stem(word, label.language) & label.stems or (label.compound and f" {fold(word)}".startswith(label.compound)):
            yield word


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)
