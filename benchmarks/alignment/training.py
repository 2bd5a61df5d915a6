"""Trains the alignment adapter: small corrections to the encoder's weights that make the three languages lie alike.

The teacher is the encoder as it is, in English, its vectors centred. The student reads the same questions and passages
in languages drawn at random and learns the teacher's similarities (Hinton et al. 2015, arXiv:1503.02531) and the
teacher's vectors (Reimers and Gurevych 2020, arXiv:2004.09813). What is learned is low-rank: weight + B·A for every
linear layer (Hu et al. 2021, arXiv:2106.09685).
"""

import random
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from torch.nn.functional import kl_div, log_softmax, normalize, softmax
from torch.nn.utils.parametrize import register_parametrization

from benchmarks.alignment.paragraphs import LANGUAGES, Aligned

RANK = 16
STEPS = 320
BATCH = 40
LEARNING_RATE = 4e-4
WARM_UP = 30
MAX_TOKENS = 64
TEACHER_TEMPERATURE = 0.05
STUDENT_TEMPERATURE = 0.01  # E5's raw cosines spread about a fifth as wide as centred ones
SEED = 17
_MEAN_SAMPLE = 600
_TOGETHER = 10  # texts of about one length are encoded together, to spare padding


class LowRank(torch.nn.Module):
    """A weight plus B·A, B starting at zero."""

    def __init__(self, outputs: int, inputs: int) -> None:
        super().__init__()
        self.down = torch.nn.Parameter(torch.randn(RANK, inputs) / inputs**0.5)
        self.up = torch.nn.Parameter(torch.zeros(outputs, RANK))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The corrected weight, shape (outputs, inputs)."""
        return weight + self.up @ self.down


def train(
    rows: Sequence[Aligned], model: Path, save: Callable[[int], Path | None], report: Callable[[str], None]
) -> None:
    """Train on `rows`, beginning with the sentence-transformers directory `model`.

    `save` is asked after every step where to write what has been learned; None: nowhere. `report` gets a line now and
    then. Raises OSError where the files cannot be read or written.
    """
    torch.manual_seed(SEED)
    draw = random.Random(SEED)
    teacher, student = (SentenceTransformer(str(model), device="cpu", local_files_only=True) for _ in range(2))
    layers = _adapt(student)
    parameters = [parameter for layer in layers.values() for parameter in layer.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _rate)
    sample = draw.sample(list(rows), min(_MEAN_SAMPLE, len(rows)))
    with torch.inference_mode():
        question_mean = _encode(teacher, "query: ", [_question(row, "en") for row in sample]).mean(0)
        passage_mean = _encode(teacher, "passage: ", [row.texts["en"] for row in sample]).mean(0)
    headed = [row for row in rows if row.heading]
    for step in range(1, STEPS + 1):
        batch = draw.sample(headed, BATCH // 2) + draw.sample(list(rows), BATCH - BATCH // 2)
        with torch.no_grad():
            questions = _encode(teacher, "query: ", [_question(row, "en") for row in batch])
            passages = _encode(teacher, "passage: ", [row.texts["en"] for row in batch])
            wanted = normalize(questions - question_mean) @ normalize(passages - passage_mean).T
        asked = [_typed(_question(row, draw.choice(LANGUAGES)), draw) for row in batch]
        mine = _encode(student, "query: ", asked)
        theirs = _encode(student, "passage: ", [row.texts[draw.choice(LANGUAGES)] for row in batch])
        similar = mine @ theirs.T
        loss_similarity = _divergence(wanted, similar) + _divergence(wanted.T, similar.T)
        loss_vector = (1 - (mine * questions).sum(1)).mean() + (1 - (theirs * passages).sum(1)).mean()
        loss = loss_similarity + 5 * loss_vector
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if step % 10 == 0:
            report(f"step {step}: similarity {loss_similarity.item():.4f}, vector {loss_vector.item():.4f}")
        if target := save(step):
            save_file(
                {
                    f"{name}.{part}": getattr(layer, part).detach().half().contiguous()
                    for name, layer in layers.items()
                    for part in ("down", "up")
                },
                target,
            )


def _adapt(student: SentenceTransformer) -> dict[str, LowRank]:
    """Freeze the student and put a correction on every linear layer of its encoder; return them by weight name."""
    student.requires_grad_(requires_grad=False)
    student.train()
    for module in student.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    transformer = student[0].auto_model
    layers = {}
    for name, module in list(transformer.named_modules()):
        if isinstance(module, torch.nn.Linear) and name.startswith("encoder."):
            layers[f"{name}.weight"] = LowRank(module.out_features, module.in_features)
            register_parametrization(module, "weight", layers[f"{name}.weight"])
    return layers


def _encode(model: SentenceTransformer, prefix: str, texts: Sequence[str]) -> torch.Tensor:
    """Unit vectors, shape (number of texts, dimension), with gradients where the model has any to learn."""
    model.max_seq_length = MAX_TOKENS
    by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    vectors: list[torch.Tensor] = []
    for start in range(0, len(texts), _TOGETHER):
        features = model.preprocess([prefix + texts[place] for place in by_length[start : start + _TOGETHER]])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors.append(model(features)["sentence_embedding"].float())
    return normalize(torch.cat(vectors))[torch.tensor(by_length).argsort()]


def _question(row: Aligned, language: str) -> str:
    return (row.heading or row.texts)[language]


def _typed(text: str, draw: random.Random) -> str:
    """The text as people type: now and then in lower case, without accents or without its last mark."""
    if draw.random() < 0.5:
        text = text.lower().rstrip(".:")
    if draw.random() < 0.2:
        text = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    return text


def _divergence(wanted: torch.Tensor, similar: torch.Tensor) -> torch.Tensor:
    return kl_div(
        log_softmax(similar / STUDENT_TEMPERATURE, dim=1),
        softmax(wanted / TEACHER_TEMPERATURE, dim=1),
        reduction="batchmean",
    )


def _rate(step: int) -> float:
    """Rises over the first steps, then falls in a straight line to a tenth."""
    return min((step + 1) / WARM_UP, 1.0) * (1 - 0.9 * step / STEPS)
