"""Others on the same texts with the same encoder: Haystack's tutorial on hybrid retrieval, and hybrid search of txtai.

They are no part of the product: `pip install -r benchmarks/peers.txt` brings them, and whichever is missing is left
out. Speed is measured at the middle size, each question to all in turn; relevance on the collection as it is, by the
questions in tests/relevance/needs. Vectors of passages are given to all of them; each encodes the questions itself.
"""

import importlib.util
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from api.compose import encoder, searcher
from benchmarks.asking import search_path
from benchmarks.multiply import copies, copy_of, noisy
from benchmarks.places import REPOSITORY, Place, Places
from benchmarks.processes import client, running
from benchmarks.timing import TODAY, Figures, Found, Scale, questions, timed
from kb.encoder.encoders import Encoder
from kb.encoder.model_files import model_files
from kb.encoder.transformer import LATENCY
from kb.notes.note import Kind
from kb.settings import Settings
from kb.store.records import CHUNK, RECORD, VERSION, note_and_language, version_id
from search.evaluate.collection import read_collection
from search.evaluate.run import Given, evaluate_content

SHOWN: Final = 10
"""Passages asked for where speed is measured, as in the tutorial."""
DEEP: Final = 200
"""Passages asked for where relevance is measured, so that among them are enough notes of both kinds."""

Peer = Callable[[str, int], list[str]]
"""A question and how many passages -> their ids, best first."""


@dataclass(frozen=True)
class Texts:
    """Passages with the titles of their notes and their headings, as they are encoded, and their vectors, unit length.

    vectors: shape (texts, dimension)
    """

    ids: list[str]
    texts: list[str]
    vectors: np.ndarray


def measure(places: Places, scale: Scale) -> Found:
    """Ask ours and the others."""
    size = scale.sizes[len(scale.sizes) // 2]
    place = places.at(TODAY)
    model = encoder(place.settings)
    texts = _texts(place, model)
    more = _multiplied(texts, int(size))
    found: Found = {
        TODAY: {f"ours.{name}": value for name, value in _relevance(place, searcher(place.settings)).items()}
    }
    peers = {}
    for name, (package, make) in PEERS.items():
        if importlib.util.find_spec(package) is None:
            found[TODAY][f"{name}.needs"] = f"not measured: `{package}` is not installed"
            continue
        asked_by = make(texts, model, place.settings)
        found[TODAY] |= {
            f"{name}.{key}": value for key, value in _relevance(place, _as_searcher(place, asked_by)).items()
        }
        peers[name] = make(more, model, place.settings)
    with running(places.at(size)) as server:
        ask = client(server.address)
        peers = {"ours": lambda question, _: [str(ask(search_path(question)))], **peers}
        times: dict[str, list[float]] = {name: [] for name in peers}
        for question in questions(8 + scale.questions // 3):
            for name, peer in peers.items():
                times[name].append(timed(lambda text, peer=peer: peer(text, SHOWN), question))
    middle = {name: median(each[8:]) for name, each in times.items()}
    found[size] = {f"{name}.p50": value for name, value in middle.items()}
    found[size] |= {f"{name}.times": value / middle["ours"] for name, value in middle.items() if name != "ours"}
    return found


def _texts(place: Place, model: Encoder) -> Texts:
    """Read the passages of an index and encode them, without means subtracted. The vectors are kept."""
    reader = place.store.reader()
    titles = {record_id: payload["title"] for record_id, payload in reader.scroll({RECORD: (VERSION,)}, ("title",))}
    ids, texts = [], []
    for record_id, payload in reader.scroll({RECORD: (CHUNK,)}, ("heading", "text")):
        title = titles[version_id(*note_and_language(record_id))]
        ids.append(record_id)
        texts.append("\n".join((title, payload["heading"], payload["text"])))
    kept = place.folder / "passages.npy"
    if not kept.exists():
        np.save(kept, model.encode_passages(texts))
    return Texts(ids, texts, np.load(kept))


def _multiplied(texts: Texts, passages: int) -> Texts:
    """Return so many texts, copied with noise as the records of that size are."""
    ids: list[str] = []
    rows: list[int] = []
    vectors = []
    of_notes = [note_and_language(record_id)[0] for record_id in texts.ids]
    for number, named in enumerate(copies(of_notes, passages)):
        here = [row for row, note_id in enumerate(of_notes) if note_id in named]
        ids += [copy_of(texts.ids[row], named) for row in here]
        vectors.append(noisy(texts.vectors, number)[here])
        rows += here
    return Texts(ids, [texts.texts[row] for row in rows], np.vstack(vectors))


def _relevance(place: Place, asked: Any) -> Figures:
    """Return R@5 of the needs in three languages, as `kb eval` measures it."""
    tests = read_collection(REPOSITORY / "tests" / "relevance" / "needs")
    report = evaluate_content(tests, Given.RIGHT, asked, print)
    values = [figures["R@5"] for figures in report["needs"].values()]
    return {"needs": " / ".join("–" if value is None else f"{value:.3f}" for value in values)}


def _as_searcher(place: Place, peer: Peer) -> Any:
    """Return what `evaluate_content` asks of a Searcher: notes are in the order of their best passages."""
    kinds = searcher(place.settings).view().kinds()

    def search(text: str, *, limit: int, **_: Any) -> Any:
        notes = dict.fromkeys(note_and_language(record_id)[0] for record_id in peer(text, DEEP))
        lists = {
            kind: [SimpleNamespace(id=note_id) for note_id in notes if kinds[note_id] is kind][:limit] for kind in Kind
        }
        return SimpleNamespace(
            practices=lists[Kind.PRACTICE], strategies=lists[Kind.STRATEGY], took_ms=0.0, relevant=True
        )

    view = SimpleNamespace(kinds=lambda: kinds, search=search)
    return SimpleNamespace(view=lambda: view)


def haystack_tutorial(texts: Texts, model: Encoder, settings: Settings) -> Peer:
    """The tutorial without its ranker, whose reading of every hit takes seconds here: its two retrievers, joined."""
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

    logging.getLogger("optimum.intel").setLevel(logging.ERROR)
    store = InMemoryDocumentStore()
    given = zip(texts.ids, texts.texts, texts.vectors.tolist(), strict=True)
    store.write_documents([Document(id=key, content=text, embedding=vector) for key, text, vector in given])
    files = model_files(settings.embedding_model, settings.data_dir, allow_hub=False, progress=print)
    embedder = SentenceTransformersTextEmbedder(
        model=str(files.path),
        prefix=files.query_prefix,
        normalize_embeddings=True,
        progress_bar=False,
        local_files_only=True,
        backend="openvino",
        model_kwargs={"ov_config": LATENCY},
    )
    pipeline = Pipeline()
    pipeline.add_component("embedder", embedder)
    pipeline.add_component("by_meaning", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("by_words", InMemoryBM25Retriever(store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("embedder.embedding", "by_meaning.query_embedding")
    pipeline.connect("by_meaning", "joiner")
    pipeline.connect("by_words", "joiner")

    def ask(question: str, most: int) -> list[str]:
        by_words = {"query": question, "top_k": most}
        inputs = {"embedder": {"text": question}, "by_words": by_words, "by_meaning": {"top_k": most}}
        return [document.id for document in pipeline.run(inputs)["joiner"]["documents"]]

    return ask


def txtai_hybrid(texts: Texts, model: Encoder, settings: Settings) -> Peer:
    """Its defaults: Faiss and BM25, both weighing the same. It encodes with our encoder, the quickest way there is."""
    from txtai import Embeddings

    known = dict(zip(texts.texts, texts.vectors, strict=True))

    def transform(given: Sequence[str]) -> np.ndarray:
        return np.stack([known[text] if text in known else model.encode_query(text) for text in given])

    index = Embeddings(method="external", transform=transform, hybrid=True, content=False)
    index.index(zip(texts.ids, texts.texts, strict=True))
    known.clear()

    def ask(question: str, most: int) -> list[str]:
        return [record_id for record_id, _ in index.search(question, most)]

    return ask


PEERS: Final = {
    "haystack": ("haystack_integrations", haystack_tutorial),
    "txtai": ("txtai", txtai_hybrid),
}
"""Name -> the package that must be there, and what builds it."""
