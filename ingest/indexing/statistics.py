"""The statistics of an epoch: estimated on all notes at once by a full index, kept until the next one.

Only texts that everybody may see count, so that statistics tell nothing of others.

Means: what all texts of a language share says nothing about what they are about; an encoder puts each language in a
corner of its own. So the mean of its language is subtracted from every vector. Each mean is drawn towards that of the
vocabulary's terms in the language, so that it is sound from the first note on (docs/decisions/0004-one-query-mean.md).

Scope: how near a question must come to the notes to be one that they are about. Nine in ten of their own sentences come
that near to some other notes. What is beside a collection is nearer to it than what has nothing to do with it, so a
vocabulary may name such subjects; names of what they are about count the other way (docs/decisions/0011-levels.md).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.records import TextVectors
from ingest.indexing.encode import CachedEncoder
from ingest.indexing.plan import Target, ids_of
from kb.access import CLEAR
from kb.encoder.lexical import passage_terms
from kb.notes.front_matter import PowerFields
from kb.notes.note import Note
from kb.notes.taxonomy import EVERY_CRIME, Concept, Taxonomy
from kb.store.manifest import NO_SUBJECTS, Manifest, Means, Subjects
from kb.store.records import CHUNK, QUESTION, RECORD
from kb.text.languages import Language
from kb.text.spelling import Spelling
from kb.text.terms import TermCounts

PRIOR_WEIGHT = 2.0
"""How many chunks the vocabulary's terms count for in a mean."""
SAMPLE = 1_000
"""Sentences looked at for the scope; a larger collection is sampled evenly."""
IN_SCOPE = 0.1
"""The quantile of their nearness that counts as in scope."""
NEIGHBOUR = 3
"""Which of the other notes, nearest first, a sentence is compared with: two may say the same in other languages."""
EVERYTHING = -1.0
"""The scope of a collection that has too few notes to compare."""


def fit(texts: NoteTexts, vectors: TextVectors, encoder: CachedEncoder, target: Target) -> Manifest:
    """Return the manifest of an index of these notes, with the statistics of those that everybody may see.

    vectors: not centred. Raises as `CachedEncoder.vectors` does.
    """
    public = {note.id for note in texts.notes if note.fields.tlp == CLEAR}
    chunks = {row: chunk for row, chunk in enumerate(texts.chunks) if chunk.note_id in public}
    questions = {row: question for row, question in enumerate(texts.questions) if question.note_id in public}
    languages = [chunk.language for chunk in chunks.values()]
    passages, taxonomy, model = vectors.passages[[*chunks]], target.identifiers.taxonomy, encoder.encoder
    openings = vectors.openings[[*chunks]]
    asked = np.vstack([openings, *(vectors.questions[row] for row in questions)])
    of_asked = [*languages, *(question.language for question in questions.values())]
    means = Means(
        language_means(passages, languages, encoder.of_terms("passage", taxonomy), model.mean_share),
        language_means(asked, of_asked, encoder.of_terms("query", taxonomy), model.mean_share),
    )
    public_notes = [each for each in texts.notes if each.id in public]
    subjects = names(subjects_of(public_notes, taxonomy)), names(taxonomy.out_of_scope.values())
    scope, in_scope, out_of_scope = fit_scope(
        centred(openings, means.query),
        centred(passages, means.passages, languages),
        [chunk.note_id for chunk in chunks.values()],
        *(centred(encoder.vectors("query", each, "encode vocabulary"), means.query) for each in subjects),
    )
    words = [term for language in Language for term in taxonomy.terms(language)]
    for note in public_notes:
        for version in note.versions.values():
            words += [version.title, version.summary, version.body]  # questions are spelled as people type
    kept = Counter(point.payload[RECORD] for point in target.kept)
    counted = [(chunk.encoded, chunk.language) for chunk in chunks.values()]
    counted += [(question.words, question.language) for question in questions.values() if question.words]
    return Manifest(
        recipe=target.recipe,
        encoder=model.name,
        dimension=model.dimension,
        means=means,
        versions=target.versions,
        notes=len(ids_of(target.versions)),
        chunks=len(texts.chunks) + kept[CHUNK],
        questions=len(texts.questions) + kept[QUESTION],
        taxonomy=taxonomy,
        scope=scope,
        in_scope=in_scope,
        out_of_scope=out_of_scope,
        terms=TermCounts.of(passage_terms(*text) for text in counted),
        journal=target.journal,
        spelling=Spelling.of(words),
        fitted=len(chunks),
    )


def centre(texts: NoteTexts, vectors: TextVectors, means: Means) -> TextVectors:
    """Return the vectors without what all texts of their language share."""
    return TextVectors(
        centred(vectors.passages, means.passages, [chunk.language for chunk in texts.chunks]),
        centred(vectors.sentences, means.query),
        centred(vectors.openings, means.query),
        centred(vectors.questions, means.questions, [question.language for question in texts.questions]),
        vectors.question_tokens,
        centred(vectors.contact_purposes, means.passages, [language for _, language, _ in texts.contact_purposes()]),
        centred(vectors.contact_questions, means.query),
    )


def language_means(
    vectors: np.ndarray, languages: Sequence[Language], terms: Mapping[Language, np.ndarray], share: float
) -> dict[Language, np.ndarray]:
    """Return what is to be subtracted from the vectors of each language, shape (dimension,).

    vectors: (n, dimension), with the language of each row
    terms:   the vocabulary's terms in each language, encoded in the same role
    share:   how much of each mean, 0 to 1 (`Encoder.mean_share`)
    """
    means = {}
    for language in Language:
        rows = vectors[np.array([of_row is language for of_row in languages], bool)]
        total = terms[language].mean(axis=0, dtype=np.float64) * PRIOR_WEIGHT
        if len(rows):
            total = total + rows.sum(axis=0, dtype=np.float64)
        mean = np.asarray(total / (PRIOR_WEIGHT + len(rows)), np.float32)
        means[language] = np.asarray(share * mean, np.float32)
    return means


def centred(
    vectors: np.ndarray, mean: np.ndarray | Mapping[Language, np.ndarray], languages: Sequence[Language] = ()
) -> np.ndarray:
    """Return vectors minus a mean, or each minus the mean of its language, at unit length.

    vectors: (n, dimension), as is the result; mean: (dimension,), or one for each language with those of the rows
    """
    if not len(vectors):
        return vectors
    own = np.stack([mean[language] for language in languages]) if isinstance(mean, Mapping) else mean
    shifted = vectors - own
    return np.asarray(shifted / np.linalg.norm(shifted, axis=-1, keepdims=True).clip(1e-9), np.float32)


def subjects_of(notes: Sequence[Note], taxonomy: Taxonomy) -> list[Concept]:
    """Return the crime types and powers that some notes are about, in the order of the vocabularies."""
    crime_types = {each for note in notes for each in note.fields.crime_types if each != EVERY_CRIME}
    powers = {note.fields.power for note in notes if isinstance(note.fields, PowerFields)}
    schemes = ((taxonomy.crime_types, crime_types), (taxonomy.powers, powers))
    return [concept for scheme, ids in schemes for concept in scheme.values() if concept.id in ids]


def names(concepts: Iterable[Concept]) -> list[str]:
    """Return every name of concepts in every language, words that people type among them, each once."""
    return [
        *dict.fromkeys(name for concept, language in product(concepts, Language) for name in concept.typed(language))
    ]


def fit_scope(
    sentences: np.ndarray, passages: np.ndarray, notes: Sequence[str], own: np.ndarray, others: np.ndarray
) -> tuple[float, Subjects, Subjects]:
    """Return the scope of a collection, its subjects, and of other subjects those that it is not about.

    The scope is the cosine to the third nearest of the other notes that nine in ten sentences reach. The notes are
    about a subject that is nearer to them than half of their sentences.

    sentences, passages: centred, shape (n, dimension), one sentence of each passage, encoded as a question
    notes:               the note of each passage
    own, others:         names of its subjects, and of subjects that may be out of scope, encoded as questions and
                         centred, shape (names, dimension)
    """
    if len({*notes}) <= NEIGHBOUR:
        return EVERYTHING, NO_SUBJECTS, NO_SUBJECTS
    sample = np.unique(np.linspace(0, len(notes) - 1, min(SAMPLE, len(notes))).astype(int))
    nearness, note_of = _by_note(sentences[sample], passages, notes)
    nearness[np.arange(len(sample)), note_of[sample]] = -1.0
    reached = _to_neighbour(nearness)
    if len(others):
        to_others, _ = _by_note(others, passages, notes)
        others = others[_to_neighbour(to_others) < np.median(reached)]
    scope = float(np.quantile(reached, IN_SCOPE))
    return scope, _subjects(own, sentences[sample]), _subjects(others, sentences[sample])


def _subjects(vectors: np.ndarray, sentences: np.ndarray) -> Subjects:
    """Return subjects, with how near sentences of the collection are to them."""
    found = Subjects(vectors)
    return Subjects(vectors, float(np.median([found.near(sentence) for sentence in sentences])))


def _by_note(vectors: np.ndarray, passages: np.ndarray, notes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearness of vectors to notes, shape (vectors, notes), and the column of each passage's note."""
    _, note_of = np.unique(np.array(notes, str), return_inverse=True)
    order = np.argsort(note_of, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(note_of))[:-1]])
    return np.maximum.reduceat(vectors @ passages[order].T, starts, axis=1), note_of


def _to_neighbour(nearness: np.ndarray) -> np.ndarray:
    return np.asarray(np.partition(nearness, -NEIGHBOUR, axis=1)[:, -NEIGHBOUR])
