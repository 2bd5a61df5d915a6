"""Adapts the built-in encoder to the notes: `make alignment`, a quarter of an hour on two cores, no network.

Begins with the corrections learned from manuals (`benchmarks.alignment`) and goes on with pairs of the collection: a
question of the authors, in a language drawn at random, and a passage of its note in another draw; each batch has one
pair of each of its notes. The question is to lie nearer to its passage than to those of other notes, and nearer to
another question of its note than to those of others (InfoNCE, van den Oord et al. 2018, arXiv:1807.03748).
Counterparts count a little as right; what a note names otherwise counts neither way. All vectors are held near what
they were.

Only notes that everybody may see are learned from: the corrections tell nothing of others. `--without N` leaves out
every tenth note, beginning with the Nth, and writes to KB_DATA_DIR instead of the package, to measure with notes that
were not learned from.
"""

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from torch.nn.functional import log_softmax
from torch.nn.utils.parametrize import cached

from api.compose import encoder
from benchmarks.alignment import MANUALS, Learner, adapt, encode, learned, typed
from ingest.chunking.chunk import NoteTexts
from kb.access import CLEAR
from kb.content.reader import read_collection
from kb.encoder.alignment import CORRECTIONS, STRENGTH
from kb.encoder.model_files import PLAIN_MODEL, model_files
from kb.encoder.vector_cache import VectorCache, cache_path
from kb.notes.note import Note
from kb.settings import Settings
from kb.text.languages import Language

STEPS = 90
BATCH = 32
LEARNING_RATE = 3e-4
WARM_UP = 15
MAX_TOKENS = 64
TEMPERATURE = 0.02
DISTANCE = 5.0
"""What the distance to the vectors that were counts."""
COUNTERPART = 0.15
"""What a counterpart counts as the right answer, where the note itself counts 1."""
SUMMARIES = 0.2
"""The share of pairs whose passage is title and summary."""
NEAREST = 3
"""A passage is drawn among so many of its version: those nearest to the question, as the encoder in use reads them."""
APPLIED = 0.6
"""The share applied of what is learned here."""
SEED = 17
_FOLDS = 10


@dataclass(frozen=True)
class Texts:
    """The texts of a note that everybody may see, by language; vectors of shape (texts, dimension)."""

    note: Note
    questions: Mapping[Language, Sequence[str]]
    question_vectors: Mapping[Language, np.ndarray]
    passages: Mapping[Language, Sequence[str]]
    passage_vectors: Mapping[Language, np.ndarray]

    @cached_property
    def every_question(self) -> list[tuple[Language, int]]:
        return [(language, place) for language, texts in self.questions.items() for place in range(len(texts))]

    def pair(self, draw: random.Random) -> tuple[str, str, str]:
        """Draw a question, a passage for it, and another question."""
        languages = [language for language, texts in self.questions.items() if texts]
        language = draw.choice(languages)
        place = draw.randrange(len(self.questions[language]))
        question = self.questions[language][place]
        others = [text for each in [draw.choice(languages)] for text in self.questions[each] if text != question]
        return question, self._passage(self.question_vectors[language][place], draw), draw.choice(others or [question])

    def _passage(self, question: np.ndarray, draw: random.Random) -> str:
        language = draw.choice([language for language, texts in self.passages.items() if texts])
        if draw.random() < SUMMARIES:
            version = self.note.versions[language]
            return f"{version.title}\n{version.summary}"
        nearest = np.argsort(-self.passage_vectors[language] @ question)[:NEAREST]
        return self.passages[language][draw.choice(nearest.tolist())]


def main() -> None:
    """Train, and write the corrections into the package, or without some notes into KB_DATA_DIR."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without", type=int, choices=range(_FOLDS), help="leave out every tenth note, from this one")
    without = parser.parse_args().without
    settings = Settings()
    texts = read(settings)
    target = CORRECTIONS
    if without is not None:
        del texts[without::_FOLDS]
        target = settings.data_dir / f"alignment-without-{without}.safetensors"
    print(f"{len(texts)} notes, {sum(len(each.every_question) for each in texts)} questions")
    train(texts, model_files(PLAIN_MODEL, settings.data_dir).path, target)


def read(settings: Settings) -> list[Texts]:
    """Return the texts of the notes that everybody may see and that name questions, by id."""
    model = encoder(settings, print)
    found = read_collection(settings.content_dirs).to_index(drafts=False).notes
    notes = tuple(sorted((note for note in found if note.fields.tlp == CLEAR), key=lambda note: note.id))
    texts = NoteTexts.of(notes, model.count_tokens, settings.chunk_tokens, settings.chunk_overlap)
    groups: dict[tuple[str, str, Language], list[int]] = {}
    parts = {"query": texts.questions, "passage": texts.chunks}
    with VectorCache(cache_path(settings.data_dir), model) as cache:
        vectors = {
            role: cache.vectors(role, [part.encoded for part in some], "encode", [part.note_id for part in some])
            for role, some in parts.items()
        }
    for role, some in parts.items():
        for row, part in enumerate(some):
            groups.setdefault((role, part.note_id, part.language), []).append(row)

    def of(role: str, note: Note) -> tuple[dict[Language, list[str]], dict[Language, np.ndarray]]:
        rows = {language: groups.get((role, note.id, language), []) for language in note.languages}
        words = {language: [parts[role][row].encoded for row in some] for language, some in rows.items()}
        return words, {language: vectors[role][some] for language, some in rows.items()}

    every = (Texts(note, *of("query", note), *of("passage", note)) for note in notes)
    return [each for each in every if each.every_question]


def train(texts: Sequence[Texts], model: Path, target: Path) -> None:
    """Train on the notes, beginning with the plain encoder `model` and MANUALS, and write what has been learned."""
    torch.manual_seed(SEED)
    draw = random.Random(SEED)
    before = {name: value.float() for name, value in load_file(MANUALS).items()}
    teacher, student = (SentenceTransformer(str(model), device="cpu", local_files_only=True) for _ in range(2))
    for each in (teacher, student):
        layers = adapt(each, STRENGTH)
        for name, layer in layers.items():
            layer.load_state_dict({part: before[f"{name}.{part}"] for part in ("down", "up")})
    learner = Learner(layers, LEARNING_RATE, WARM_UP, STEPS)
    for step in range(1, STEPS + 1):
        batch = draw.sample(list(texts), BATCH)
        asked, passages, others = zip(*(each.pair(draw) for each in batch), strict=True)
        questions = [typed(text, draw) for text in asked] + list(others)
        with cached():  # of each weight, what is added to it: once, not for every few texts
            mine = encode(student, "query: ", questions, MAX_TOKENS)
            theirs = encode(student, "passage: ", passages, MAX_TOKENS)
        with torch.no_grad(), cached():
            was_mine = encode(teacher, "query: ", questions, MAX_TOKENS)
            was_theirs = encode(teacher, "passage: ", passages, MAX_TOKENS)
        right = wanted([each.note for each in batch])
        nearness = mine[:BATCH] @ theirs.T
        pairs = (
            _missed(nearness, right) + _missed(nearness.T, right) + _missed(mine[:BATCH] @ mine[BATCH:].T, right)
        ) / 2
        distance = (1 - (mine * was_mine).sum(1)).mean() + (1 - (theirs * was_theirs).sum(1)).mean()
        learner.learn(pairs + DISTANCE * distance)
        if step % 10 == 0:
            print(f"step {step}: pairs {pairs.item():.3f}, distance {distance.item():.4f}", flush=True)
    after = learned(layers)
    applied = {name: torch.lerp(value, after[name], APPLIED) for name, value in before.items()}
    save_file({name: value.half().contiguous() for name, value in applied.items()}, target)


def wanted(notes: Sequence[Note]) -> torch.Tensor:
    """Return what each note (column) counts as the answer to each (row); NaN: neither as right nor as wrong."""
    right = torch.eye(len(notes))
    for row, note in enumerate(notes):
        for column, other in enumerate(notes):
            if other.id in note.counterparts or note.id in other.counterparts:
                right[row, column] = COUNTERPART
            elif row != column and (other.id in note.named or note.id in other.named):
                right[row, column] = torch.nan
    return right


def _missed(nearness: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of what lies near to what is right, in the form of `wanted`."""
    neither = right.isnan()
    found = log_softmax((nearness / TEMPERATURE).masked_fill(neither, -1e4), dim=1)
    shares = right.masked_fill(neither, 0)
    return -(shares / shares.sum(1, keepdim=True) * found).sum(1).mean()


if __name__ == "__main__":
    main()
