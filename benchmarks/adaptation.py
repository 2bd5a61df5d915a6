"""Adapts the built-in encoder to the notes: `make alignment`, half an hour on two cores, no network.

Begins with the corrections learned from manuals (`benchmarks.alignment`) and goes on with pairs of the collection: a
question of the authors, or of a need (`needs.jsonl`), and a passage of its note, in languages drawn at random. The
question is to lie nearer to its passage than to those of other notes, and nearer to another question for the same than
to those of others (InfoNCE, van den Oord et al. 2018, arXiv:1807.03748). What else answers a need is right by its
grade, counterparts a little; what a note names otherwise counts neither way. Questions out of scope are wrong for
every passage, and sentences beside a question say nothing (`adaptation.yaml`). All vectors are held near what they
were. Persons and incidents in needs and sentences are invented.

Only notes that everybody may see are learned from: the corrections tell nothing of others. `--without N` leaves out
every tenth note, beginning with the Nth, and writes to KB_DATA_DIR instead of the package, to measure with notes that
were not learned from.
"""

import argparse
import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import yaml
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

NOISE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
"""By language, `besides`: sentences that say nothing of what a story seeks; `foreign`: questions out of scope."""
NEEDED = Path(__file__).with_name("needs.jsonl")
"""Needs, written for training alone. `about`: the note that answers best; `grades`: 2 answers, 1 is useful beside."""
STEPS = 150
BATCH = 32
NEEDS = 12
"""Needs in a batch; the rest are questions of the authors."""
BESIDE = 6
"""Notes in a batch that answer one of its needs, too, or are useful beside."""
FOREIGN = 8
"""Questions out of scope in a batch: wrong for every passage."""
BESIDES = 0.4
"""The share of questions that are told among sentences that say nothing of what is sought."""
LEARNING_RATE = 3e-4
WARM_UP = 15
MAX_TOKENS = 160
TEMPERATURE = 0.02
DISTANCE = 5.0
"""What the distance to the vectors that were counts."""
USEFUL = 0.4
"""What a note counts that is useful beside the answer."""
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


class Pair(NamedTuple):
    """A question, a passage for it, and another question for the same.

    grades: id -> how far a note is right, 0 to 1; 0 of the notes that are not named
    unknown: ids of the notes of which that is not known
    """

    note: Note
    language: Language
    question: str
    passage: str
    other: str
    grades: Mapping[str, float]
    unknown: Collection[str] = ()


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

    def pair(self, draw: random.Random) -> Pair:
        """Draw a question of the authors."""
        languages = [language for language, texts in self.questions.items() if texts]
        language, second = draw.choice(languages), draw.choice(languages)
        place = draw.randrange(len(self.questions[language]))
        question = self.questions[language][place]
        others = [text for text in self.questions[second] if text != question]
        passage = self.passage(self.question_vectors[language][place], draw)
        grades = {**dict.fromkeys(self.note.counterparts, COUNTERPART), self.note.id: 1.0}
        unknown = self.note.named - grades.keys()
        return Pair(self.note, language, question, passage, draw.choice(others or [question]), grades, unknown)

    def passage(self, question: np.ndarray, draw: random.Random) -> str:
        """Draw a passage near a question, or title and summary."""
        language = draw.choice([language for language, texts in self.passages.items() if texts])
        if draw.random() < SUMMARIES:
            version = self.note.versions[language]
            return f"{version.title}\n{version.summary}"
        nearest = np.argsort(-self.passage_vectors[language] @ question)[:NEAREST]
        return self.passages[language][draw.choice(nearest.tolist())]


@dataclass(frozen=True)
class Need:
    """What somebody needs, as a story and as a short question in each language, and how far notes answer it.

    vectors: of the questions, in their order
    """

    about: Texts
    grades: Mapping[str, float]
    questions: Sequence[tuple[Language, str]]
    vectors: np.ndarray

    def pair(self, draw: random.Random) -> Pair:
        """Draw a question."""
        place, other = draw.sample(range(len(self.questions)), 2)
        language, question = self.questions[place]
        passage = self.about.passage(self.vectors[place], draw)
        return Pair(self.about.note, language, question, passage, self.questions[other][1], self.grades)


def main() -> None:
    """Train, and write the corrections into the package, or without some notes into KB_DATA_DIR."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without", type=int, choices=range(_FOLDS), help="leave out every tenth note, from this one")
    without = parser.parse_args().without
    settings = Settings()
    texts, needs = read(settings)
    target = CORRECTIONS
    if without is not None:
        left = {each.note.id for each in texts[without::_FOLDS]}
        texts = [each for each in texts if each.note.id not in left]
        needs = [need for need in needs if need.about.note.id not in left]
        target = settings.data_dir / f"alignment-without-{without}.safetensors"
    print(f"{len(texts)} notes, {sum(len(each.every_question) for each in texts)} questions, {len(needs)} needs")
    train(texts, needs, model_files(PLAIN_MODEL, settings.data_dir).path, target)


def read(settings: Settings) -> tuple[list[Texts], list[Need]]:
    """Return the texts of the notes that everybody may see and that name questions, by id; and the needs of these."""
    model = encoder(settings, print)
    found = read_collection(settings.content_dirs).to_index(drafts=False).notes
    notes = tuple(sorted((note for note in found if note.fields.tlp == CLEAR), key=lambda note: note.id))
    texts = NoteTexts.of(notes, model.count_tokens, settings.chunk_tokens, settings.chunk_overlap)
    groups: dict[tuple[str, str, Language], list[int]] = {}
    parts = {"query": texts.questions, "passage": texts.chunks}
    told = [json.loads(line) for line in NEEDED.read_text("utf-8").splitlines()]
    asked = [
        [(language, need[form][language]) for form in ("story", "short") for language in Language] for need in told
    ]
    with VectorCache(cache_path(settings.data_dir), model) as cache:
        vectors = {
            role: cache.vectors(role, [part.encoded for part in some], "encode", [part.note_id for part in some])
            for role, some in parts.items()
        }
        words = [text for each in asked for _, text in each]
        answers = cache.vectors("query", words, "encode", [need["about"] for need in told for _ in range(6)])
    for role, some in parts.items():
        for row, part in enumerate(some):
            groups.setdefault((role, part.note_id, part.language), []).append(row)

    def of(role: str, note: Note) -> tuple[dict[Language, list[str]], dict[Language, np.ndarray]]:
        rows = {language: groups.get((role, note.id, language), []) for language in note.languages}
        words = {language: [parts[role][row].encoded for row in some] for language, some in rows.items()}
        return words, {language: vectors[role][some] for language, some in rows.items()}

    every = (Texts(note, *of("query", note), *of("passage", note)) for note in notes)
    found = [each for each in every if each.every_question]
    by_id = {each.note.id: each for each in found}
    counts = {1: USEFUL, 2: 1.0}
    needs = [
        Need(
            by_id[need["about"]],
            {note_id: counts[grade] for note_id, grade in need["grades"].items()},
            questions,
            answers[6 * place : 6 * place + 6],
        )
        for place, (need, questions) in enumerate(zip(told, asked, strict=True))
        if need["about"] in by_id
    ]
    return found, needs


def train(texts: Sequence[Texts], needs: Sequence[Need], model: Path, target: Path) -> None:
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
        drawn = batch(texts, needs, draw)
        asked = [(pair.language, pair.question) for pair in drawn]
        languages = draw.choices([*Language], k=FOREIGN)
        asked += [(language, draw.choice(NOISE[language]["foreign"])) for language in languages]
        others = [pair.other for pair in drawn]
        passages = [pair.passage for pair in drawn]
        questions = [*(text for _, text in asked), *others]
        told = [typed(among(text, language, draw), draw) for language, text in asked]
        with cached():  # of each weight, what is added to it: once, not for every few texts
            mine = encode(student, "query: ", [*told, *others], MAX_TOKENS)
            theirs = encode(student, "passage: ", passages, MAX_TOKENS)
        with torch.no_grad(), cached():
            was_mine = encode(teacher, "query: ", questions, MAX_TOKENS)
            was_theirs = encode(teacher, "passage: ", passages, MAX_TOKENS)
        right = wanted(drawn)
        nearness = mine[: BATCH + FOREIGN] @ theirs.T
        never = torch.zeros(BATCH, FOREIGN)
        pairs = (
            _missed(nearness[:BATCH], right)
            + _missed(nearness.T, torch.cat([right, never], dim=1))
            + _missed(mine[:BATCH] @ mine[BATCH + FOREIGN :].T, right)
        ) / 2
        distance = (1 - (mine * was_mine).sum(1)).mean() + (1 - (theirs * was_theirs).sum(1)).mean()
        learner.learn(pairs + DISTANCE * distance)
        if step % 10 == 0:
            print(f"step {step}: pairs {pairs.item():.3f}, distance {distance.item():.4f}", flush=True)
    after = learned(layers)
    applied = {name: torch.lerp(value, after[name], APPLIED) for name, value in before.items()}
    save_file({name: value.half().contiguous() for name, value in applied.items()}, target)


def among(text: str, language: Language, draw: random.Random) -> str:
    """Return a question, now and then told among sentences that say nothing of what is sought."""
    if draw.random() >= BESIDES:
        return text
    besides = draw.sample(NOISE[language]["besides"], draw.randint(1, 5))
    place = draw.randint(0, len(besides))
    return " ".join([*besides[:place], text, *besides[place:]])


def batch(texts: Sequence[Texts], needs: Sequence[Need], draw: random.Random) -> list[Pair]:
    """Draw some needs, questions of notes that answer one of them, too, and questions of others; no note twice."""
    by_id = {each.note.id: each for each in texts}
    some = {need.about.note.id: need for need in draw.sample(list(needs), min(NEEDS, len(needs)))}
    beside = sorted({each for need in some.values() for each in need.grades if each in by_id} - some.keys())
    chosen = draw.sample(beside, min(BESIDE, len(beside)))
    known = {*some, *chosen}
    others = draw.sample([each for each in texts if each.note.id not in known], BATCH - len(known))
    asked = [*some.values(), *(by_id[each] for each in chosen), *others]
    return [each.pair(draw) for each in asked]


def wanted(pairs: Sequence[Pair]) -> torch.Tensor:
    """Return how far each note (column) is right for each question (row); NaN: neither right nor wrong."""
    right = torch.zeros(len(pairs), len(pairs))
    for row, pair in enumerate(pairs):
        for column, other in enumerate(pairs):
            note = other.note
            right[row, column] = pair.grades.get(note.id, torch.nan if note.id in pair.unknown else 0)
    return right


def _missed(nearness: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of what lies near to what is right, in the form of `wanted`."""
    neither = right.isnan()
    found = log_softmax((nearness / TEMPERATURE).masked_fill(neither, -1e4), dim=1)
    shares = right.masked_fill(neither, 0)
    return -(shares / shares.sum(1, keepdim=True) * found).sum(1).mean()


if __name__ == "__main__":
    main()
