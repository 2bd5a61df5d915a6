"""What was understood of a question; and why a note is a hit at its place: terms, parts of its score, calibration,
balance.

Takes a score apart with the functions that made it, so that the parts add up to it. Looks at nothing but the note and
what of it was found under the caller's clearance.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from kb.text.folding import fold
from kb.text.identifiers import as_written, bare
from kb.text.languages import Language
from search.catalogue import Numbers
from search.present.highlight import PassageRecord
from search.query import CONCEPTS, IDENTIFIER
from search.rank.candidates import BEST, Candidate
from search.rank.score import QUESTION_WEIGHT, QUESTIONS_NEARER, Group, mean_of_best, passages_share, strength
from search.results import Combination, Contributions, ExactMatch, Explanation, Match, Move, Understood
from search.understand.identifiers import Evidence
from search.understand.question import Question
from search.understand.thesaurus import Label, Stem


def explanation(
    asked: Question,
    found: Group,
    counted: Sequence[Candidate],
    records: Iterable[PassageRecord],
    thresholds: Mapping[str, float],
    move: Move | None,
    stem: Stem,
) -> Explanation:
    """Explain a hit.

    counted: its passages that make the score; records: the passage shown and these
    move:    that which balance made with the note
    """
    question, texts, mentioned = asked.query.text, [], set[str]()
    for part, mentions, _ in records:
        title = found.entry.versions[part.lang]["title"]
        texts.append((part.lang, f"{title}\n{part.heading}\n{part.text}"))
        mentioned.update(mentions)
    version, of_version = found.version, found.entry.passages[found.version]
    scores = _best(each.score - each.identifier for each in counted)
    return Explanation(
        terms=(
            *word_matches(question, texts, stem),
            *concept_matches(question, asked.named.labels, found.entry.shared, asked.reader, stem),
        ),
        identifiers=_exact(asked.evidence, found.note_id, mentioned),
        contributions=_contributions(found, counted),
        passages=Combination(
            version, float(scores[0]), float(mean_of_best(scores, of_version, found.parts.floor)), min(BEST, of_version)
        ),
        linked_with=found.link,
        level=found.level,
        thresholds=thresholds,
        move=move,
    )


def _contributions(found: Group, counted: Sequence[Candidate]) -> Contributions:
    parts, of_version = found.parts, found.entry.passages[found.version]

    def part(scores: Iterable[float], floor: Numbers | float = 0.0) -> float:
        return float(passages_share(parts.questions) * strength(_best(scores), of_version, floor))

    questions = QUESTIONS_NEARER if np.isnan(parts.questions) else float(parts.questions)
    return Contributions(
        dense=part((each.dense for each in counted), parts.floor) + float(parts.languages),
        lexical=part(each.lexical for each in counted),
        questions=QUESTION_WEIGHT * questions + float(parts.late),
        subject=float(parts.subject + parts.country),
        links=float(parts.linked),
        identifier=found.identifier,
    )


def understood(asked: Question) -> tuple[Understood, ...]:
    """Return what a question was understood to name: concepts as its reader calls them, then identifiers."""
    labels, evidence = asked.named.labels, asked.evidence
    concepts = [(CONCEPTS[each.field], each.concept, each.scheme[each.concept].label(asked.reader)) for each in labels]
    given = {*evidence.about, *evidence.cites}
    acts = {key for key in given if not any(other.startswith(f"{key}#") for other in given)}
    articles = () if any("#" in key for key in given) else evidence.articles
    names = sorted(map(bare, (*acts, *articles)))
    found = (*concepts, *((IDENTIFIER, name, as_written(name, asked.query.text)) for name in names))
    return tuple(Understood(*each) for each in dict.fromkeys(found))


def _best(scores: Iterable[float]) -> Numbers:
    """Return the scores of the best passages of a note as `strength` takes them."""
    given = [*scores]
    return np.array([*given, *[np.nan] * (BEST - len(given))])


def _exact(evidence: Evidence, note_id: str, mentioned: Collection[str]) -> tuple[ExactMatch, ...]:
    relations = {
        "about": [key for key, notes in evidence.about.items() if note_id in notes],
        "cites": [key for key, notes in evidence.cites.items() if note_id in notes],
        "in-passage": evidence.passage_keys.intersection(mentioned),
    }
    return tuple(ExactMatch(key, relation) for relation, keys in relations.items() for key in sorted(keys))


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
    labels: Mapping[Label, Collection[str]],
    fields: Mapping[str, Collection[str]],
    reader: Language,
    stem: Stem,
) -> tuple[Match, ...]:
    """Return the concepts that question and note share: the named, or else those above and below it that the note has.

    labels: by which the question names concepts (`Named.labels`)
    fields: the note's concepts, by field
    reader: whose words a concept is called by
    """
    found: dict[tuple[str, str], Match] = {}
    for label in sorted(labels, key=lambda label: label.language is not reader):
        own = fields[label.field]
        for concept in [label.concept] if label.concept in own else [near for near in label.near if near in own]:
            asked = (
                word
                for word in _words(question)
                if stem(word, label.language) & label.stems or fold(word) in labels[label]
            )
            term, called = " ".join(asked), label.scheme[concept].label(reader)
            match = Match(term, label.text, label.language, CONCEPTS[label.field], concept, called)
            found.setdefault((term.casefold(), concept), match)
    return tuple(found.values())


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)
