"""Makes the corrections from manuals anew, half an hour on two cores and a network: `python -m benchmarks.alignment`.

`make alignment` goes on with them (`benchmarks.adaptation`), and makes them where they are missing.

Fetches Debian's packages with apt, unpacks them without installing anything, and joins paragraphs of their freely
licensed manuals that say the same in English, French and Dutch. Two versions of a page align where their blocks do: by
id where blocks carry ids, else by order where both pages have the same sequence of blocks. Pages that were translated
in part, and paragraphs left in English, are passed over.

Then trains small corrections to the encoder's weights that make the three languages lie alike. The teacher is the
encoder as it is, in English, its vectors centred. The student reads the same questions and passages in languages drawn
at random and learns the teacher's similarities (Hinton et al. 2015, arXiv:1503.02531) and the teacher's vectors
(Reimers and Gurevych 2020, arXiv:2004.09813). What is learned is low-rank: weight + B·A for every linear layer
(Hu et al. 2021, arXiv:2106.09685).
"""

import random
import re
import subprocess
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import torch
import yaml
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer
from torch.nn.functional import kl_div, log_softmax, normalize, softmax
from torch.nn.utils.parametrize import register_parametrization

from kb.encoder.model_files import PLAIN_MODEL, model_files
from kb.settings import Settings

LANGUAGES = ("en", "fr", "nl")
MANUALS = Path(__file__).with_suffix(".safetensors")
"""What was learned from the manuals."""

SOURCES = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6", "title"}
_BLOCKS = _HEADINGS | {"p", "para", "simpara"}
_SHORTEST, _LONGEST = 25, 700
_NUMBERING = re.compile(r"^(?:[\d.]+|[A-Z]\.\d[\d.]*)\s+")

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


def main() -> None:
    """Download what is missing below KB_DATA_DIR, train, and write the corrections."""
    data = Settings().data_dir.resolve()
    packages, root = data / "alignment" / "packages", data / "alignment" / "root"
    packages.mkdir(parents=True, exist_ok=True)
    for name in SOURCES["packages"]:
        if not any(packages.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", name], cwd=packages, check=True)
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
    rows = list(aligned(root))
    print(f"{len(rows)} paragraphs in three languages")
    train(rows, model_files(PLAIN_MODEL, data).path, MANUALS)


class Aligned(NamedTuple):
    """One text in the three languages. `heading`: what stands above it, in the three languages, or None."""

    texts: dict[str, str]
    heading: dict[str, str] | None

    def question(self, language: str) -> str:
        return (self.heading or self.texts)[language]


class Block(NamedTuple):
    key: str
    heading: bool
    text: str


class Reader(HTMLParser):
    """Collects the blocks of an HTML, Mallard or DocBook page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._open: tuple[str, str] | None = None
        self._text: list[str] = []
        self.feed(page.read_text(encoding="utf-8", errors="replace"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._close()
            self._open = (tag, dict(attrs).get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[0]:
            self._close()

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text.append(data)

    def _close(self) -> None:
        text = " ".join("".join(self._text).split())
        if self._open and text:
            tag, key = self._open
            self.blocks.append(Block(key, tag in _HEADINGS, _NUMBERING.sub("", text.replace("&", ""))))
        self._open, self._text = None, []


def aligned(root: Path) -> Iterator[Aligned]:
    """Yield every aligned paragraph of the manuals below `root`, in the order of files; none twice."""
    share = root / "usr" / "share"
    known: set[str] = set()
    for page in sorted(path for path in share.rglob("*") if path.suffix in (".html", ".page", ".docbook")):
        name = page.relative_to(share).as_posix()
        for pattern, place in SOURCES["places"].items():
            if match := re.match(pattern, name):
                pages = [page, *(share / place.format(lang=lang, rest=match[1]) for lang in LANGUAGES[1:])]
                if all(path.is_file() for path in pages):
                    yield from of_page(pages, known)
                break


def of_page(pages: Sequence[Path], known: set[str]) -> Iterator[Aligned]:
    """pages: the versions of one page, in the order of LANGUAGES"""
    heading: dict[str, str] | None = None
    for english, *others in block_rows([Reader(page).blocks for page in pages]):
        texts = {lang: block.text for lang, block in zip(LANGUAGES, (english, *others), strict=True)}
        if len(set(texts.values())) < len(texts):
            continue
        if english.heading:
            heading = texts
        elif english.text not in known and all(_SHORTEST <= len(text) <= _LONGEST for text in texts.values()):
            known.add(english.text)
            yield Aligned(texts, heading)
            heading = None


def block_rows(versions: Sequence[list[Block]]) -> Iterator[tuple[Block, ...]]:
    keyed = [{block.key: block for block in blocks if block.key} for blocks in versions]
    if len(keyed[0]) > len(versions[0]) // 2:
        shared = (key for key in keyed[0] if all(key in blocks for blocks in keyed))
        yield from (tuple(blocks[key] for blocks in keyed) for key in shared)
    elif len({tuple(block.heading for block in blocks) for blocks in versions}) == 1:
        yield from zip(*versions, strict=True)


class LowRank(torch.nn.Module):
    """A weight plus strength times B·A, B starting at zero."""

    def __init__(self, outputs: int, inputs: int, strength: float) -> None:
        super().__init__()
        self.down = torch.nn.Parameter(torch.randn(RANK, inputs) / inputs**0.5)
        self.up = torch.nn.Parameter(torch.zeros(outputs, RANK))
        self._strength = strength

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight + self._strength * (self.up @ self.down)


def train(rows: Sequence[Aligned], model: Path, target: Path) -> None:
    """Train on `rows`, beginning with the sentence-transformers directory `model`, and write what has been learned."""
    torch.manual_seed(SEED)
    draw = random.Random(SEED)
    teacher, student = (SentenceTransformer(str(model), device="cpu", local_files_only=True) for _ in range(2))
    layers = adapt(student)
    learner = Learner(layers, LEARNING_RATE, WARM_UP, STEPS)
    sample = draw.sample(list(rows), min(_MEAN_SAMPLE, len(rows)))
    with torch.inference_mode():
        question_mean = encode(teacher, "query: ", [row.question("en") for row in sample]).mean(0)
        passage_mean = encode(teacher, "passage: ", [row.texts["en"] for row in sample]).mean(0)
    headed = [row for row in rows if row.heading]
    for step in range(1, STEPS + 1):
        batch = draw.sample(headed, BATCH // 2) + draw.sample(list(rows), BATCH - BATCH // 2)
        with torch.no_grad():
            questions = encode(teacher, "query: ", [row.question("en") for row in batch])
            passages = encode(teacher, "passage: ", [row.texts["en"] for row in batch])
            wanted = normalize(questions - question_mean) @ normalize(passages - passage_mean).T
        asked = [typed(row.question(draw.choice(LANGUAGES)), draw) for row in batch]
        mine = encode(student, "query: ", asked)
        theirs = encode(student, "passage: ", [row.texts[draw.choice(LANGUAGES)] for row in batch])
        similar = mine @ theirs.T
        loss_similarity = _divergence(wanted, similar) + _divergence(wanted.T, similar.T)
        loss_vector = (1 - (mine * questions).sum(1)).mean() + (1 - (theirs * passages).sum(1)).mean()
        loss = loss_similarity + 5 * loss_vector
        learner.learn(loss)
        if step % 10 == 0:
            print(f"step {step}: similarity {loss_similarity.item():.4f}, vector {loss_vector.item():.4f}")
    save_file({name: value.half().contiguous() for name, value in learned(layers).items()}, target)


class Learner:
    """Takes steps with the parameters of layers. Its rate rises over the first ones, then falls to a tenth."""

    def __init__(self, layers: Mapping[str, LowRank], rate: float, warm_up: int, steps: int) -> None:
        self._parameters = [parameter for layer in layers.values() for parameter in layer.parameters()]
        self._optimiser = torch.optim.AdamW(self._parameters, lr=rate, weight_decay=0.0)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: min((step + 1) / warm_up, 1.0) * (1 - 0.9 * step / steps)
        )

    def learn(self, loss: torch.Tensor) -> None:
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimiser.step()
        self._schedule.step()


def learned(layers: Mapping[str, LowRank]) -> dict[str, torch.Tensor]:
    """Return copies of what layers have learned, by the name of the weight and `down` or `up`."""
    return {
        f"{name}.{part}": getattr(layer, part).detach().clone()
        for name, layer in layers.items()
        for part in ("down", "up")
    }


def adapt(student: SentenceTransformer, strength: float = 1.0) -> dict[str, LowRank]:
    """Freeze the student and put a correction on every linear layer of its encoder; return them by weight name."""
    student.requires_grad_(requires_grad=False).eval()  # without dropout
    transformer = student[0].auto_model
    layers = {}
    for name, module in list(transformer.named_modules()):
        if isinstance(module, torch.nn.Linear) and name.startswith("encoder."):
            layers[f"{name}.weight"] = LowRank(module.out_features, module.in_features, strength)
            register_parametrization(module, "weight", layers[f"{name}.weight"])
    return layers


def encode(model: SentenceTransformer, prefix: str, texts: Sequence[str], tokens: int = MAX_TOKENS) -> torch.Tensor:
    """Unit vectors, shape (number of texts, dimension), with gradients where the model has any to learn.

    tokens: read of each text at most
    """
    model.max_seq_length = tokens
    by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    vectors: list[torch.Tensor] = []
    for start in range(0, len(texts), _TOGETHER):
        features = model.preprocess([prefix + texts[place] for place in by_length[start : start + _TOGETHER]])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            vectors.append(model(features)["sentence_embedding"].float())
    return normalize(torch.cat(vectors))[torch.tensor(by_length).argsort()]


def typed(text: str, draw: random.Random) -> str:
    """Return the text as people type: now and then in lower case, without accents or without its last mark."""
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


if __name__ == "__main__":
    main()
