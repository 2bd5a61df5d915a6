"""Every name of a crime type, phase or power, in any form, finds the notes about it among the first five.

The forms are made, not chosen: capital letters, no accents, other hyphens, the plural, words written together and, in
Dutch, a compound. A label that a later vocabulary adds is tested without a change here.
"""

import unicodedata

import pytest

from kb.notes.note import Kind
from kb.notes.taxonomy import EVERY_CRIME
from kb.text.languages import Language
from search.results import Level
from tests.depth import depth

FIRST = 5
FIELDS = ("crime_types", "phases", "powers")
AT_ONCE = 64
SHARE = depth(4, 1)
"""Of so many labels one is tested in all its forms, the others as they stand."""


def labels(taxonomy):
    """Field, concept, language and text of every name, those that are only typed included."""
    for field in FIELDS:
        for concept in getattr(taxonomy, field).values():
            for language in Language:
                for text in concept.typed(language):
                    yield field, concept.id, language, text


def forms(text, language):
    """The forms of a name that people type."""
    decomposed = unicodedata.normalize("NFD", text)
    yield from (text.upper(), "".join(sign for sign in decomposed if not unicodedata.combining(sign)))
    yield from (text.replace("-", " "), text.replace("-", ""))
    first, *_, last = words = text.split() if " " in text else [text, text]
    if text.count(" ") == 1:
        yield f"{first}-{last}"
        if language is not Language.FR:
            yield first + last
    if language is Language.EN and last[-1] not in "sy":
        yield f"{text}s"
    if language is Language.FR and not first.endswith(("s", "x", "z", "er")):  # a verb has no plural
        plural = f"{first}x" if first.endswith(("eau", "eu")) else f"{first}s"
        yield " ".join([plural, *words[1:]]) if " " in text else plural
    if language is Language.NL and not last.endswith(("s", "a", "en")):
        yield f"{text}s" if last.endswith(("e", "el", "em", "er")) else f"{text}en"
    if language is Language.NL and text.isalpha() and len(text) >= 6:
        yield f"{text}zaak"


def about(notes, taxonomy, field, concept):
    """Kind -> the notes about a concept or one below it; where no note is, about what it is part of."""
    scheme = getattr(taxonomy, field)
    wanted = {concept, *scheme.narrower(concept)}
    found = {note_id for note_id, entry in notes.items() if wanted & {*entry.shared[field]}}
    if not found and scheme[concept].broader:
        return about(notes, taxonomy, field, scheme[concept].broader)
    return {kind: some for kind in Kind if (some := {each for each in found if notes[each].kind is kind})}


def answers(searcher, questions):
    """Text and language -> its answer, of each question."""
    asked = sorted(questions)
    view, found = searcher.view(), {}
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        results = view.search_all([(text, {"reader": language, "limit": FIRST}) for text, language in some])
        found |= dict(zip(some, results, strict=True))
    return found


def found_by(answer, wanted):
    """The kinds whose first notes have one that is wanted, and those where such a note is relevant."""
    own = {kind: [hit for hit in answer.lists[kind] if hit.id in some] for kind, some in wanted.items()}
    relevant = {kind for kind, hits in own.items() if any(hit.level is not Level.LOW for hit in hits)}
    return {kind for kind, hits in own.items() if hits}, relevant


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_every_label_in_every_form_finds_the_notes_of_its_concept(searcher):
    view = searcher.view()
    notes, taxonomy = view.generation.notes, searcher.taxonomy()
    asked = [
        (field, concept, language, form)
        for number, (field, concept, language, text) in enumerate(labels(taxonomy))
        for form in dict.fromkeys((text, *(() if number % SHARE or concept == EVERY_CRIME else forms(text, language))))
    ]
    found = answers(searcher, {(form, language) for _, _, language, form in asked})
    missed, elsewhere = [], []
    for field, concept, language, form in asked:
        wanted = about(notes, taxonomy, field, concept)
        kinds, relevant = found_by(found[form, language], wanted)
        if not relevant:
            missed.append((field, concept, language.value, form))
        elif field != "phases" and kinds != wanted.keys():
            elsewhere.append((field, concept, language.value, form, *(kind.value for kind in wanted.keys() - kinds)))
    assert len(asked) > 900
    assert missed == []
    assert elsewhere == []
