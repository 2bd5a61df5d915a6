"""Others on the same texts with the same encoder: Haystack's tutorial on hybrid retrieval, and hybrid search of txtai.

They are no part of the product: `pip install -r benchmarks/peers.txt` brings them, and whichever is missing is left
out. Speed is measured at the middle size, each question to all in turn; relevance on the collection as it is, by the
questions in tests/relevance/needs. Vectors of passages are given to all of them; each encodes the questions itself.
"""

import importlib.util
import logging
from collections.abc import Callable, Sequence
from itertools import islice
from statistics import median
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import numpy as np

from api.compose import encoder, searcher, store
from benchmarks.places import COPY, REPOSITORY, Places, noisy
from benchmarks.processes import client, running, search_path
from benchmarks.timing import TODAY, WARM, Found, Scale, in_turn, questions
from kb.encoder.encoders import Encoder
from kb.encoder.model_files import ModelFiles, model_files
from kb.encoder.transformer import LATENCY
from kb.encoder.vector_cache import VectorCache, cache_path
from kb.notes.note import Kind
from kb.settings import Settings
from kb.store.records import CHUNK, RECORD, VERSION, note_and_language, version_id
from search.evaluate.collection import read_collection
from search.evaluate.run import Given, evaluate_content

SHOWN: Final = 10
"""Passages asked for where speed is measured, as in the tutorial."""
DEEP: Final = 200
"""Passages asked for where relevance is measured, so that among them are enough notes of both kinds."""
REST: Final = 0.1
"""Seconds before each that is timed: so long threads of PyTorch wait for more work, and keep the others from theirs."""

Peer = Callable[[str, int], list[str]]
"""A question and how many passages -> their ids, best first."""


class Texts(NamedTuple):
    """Passages with the titles of their notes and their headings, as they are encoded, and their vectors, unit length.

    vectors: shape (texts, dimension)
    """

    ids: list[str]
    texts: list[str]
    vectors: np.ndarray


def measure(places: Places, scale: Scale) -> Found:
    """Ask ours and the others."""
    size = scale.sizes[len(scale.sizes) // 2]
    today, larger = places.at(TODAY), places.at(size)
    model = encoder(today)
    found: Found = {TODAY: {"ours.needs": _relevance(searcher(today))}}
    peers = {}
    for name, (package, make) in PEERS.items():
        if importlib.util.find_spec(package) is None:
            found[TODAY][f"{name}.needs"] = f"not measured: `{package}` is not installed"
            continue
        found[TODAY][f"{name}.needs"] = _relevance(_as_searcher(today, make(_texts(today, model), model, today)))
        peers[name] = make(_texts(larger, model), model, today)
    with running(larger) as server:
        actions = {"ours": client(server.address, search_path)}
        actions |= {name: lambda question, peer=peer: peer(question, SHOWN) for name, peer in peers.items()}
        fresh = questions()
        in_turn(actions, islice(fresh, WARM))
        asked = in_turn(actions, islice(fresh, scale.questions // 3), REST)
        middle = {name: median(times) for name, times in asked.items()}
    in_ours = {f"{name}.times": middle[name] / middle["ours"] for name in peers}
    found.setdefault(size, {}).update(middle | in_ours)
    return found


def _texts(place: Settings, model: Encoder) -> Texts:
    """Read the passages of an index, and their vectors without means subtracted, with noise as the index has them."""
    reader = store(place).reader()
    titles = {record_id: payload["title"] for record_id, payload in reader.scroll({RECORD: (VERSION,)}, ("title",))}
    ids, texts = [], []
    for record_id, payload in reader.scroll({RECORD: (CHUNK,)}, ("heading", "text")):
        title = titles[version_id(*note_and_language(record_id))]
        ids.append(record_id)
        texts.append("\n".join(filter(None, (title, payload["heading"], payload["text"]))))
    with VectorCache(cache_path(place.data_dir), model) as cache:
        vectors = cache.vectors("passage", texts, "")
    copied = np.array([COPY in record_id for record_id in ids])
    vectors[copied] = noisy(vectors[copied], np.random.default_rng(0))
    return Texts(ids, texts, vectors)


def _relevance(asked: Any) -> str:
    """Return R@5 of the needs in three languages, as `kb eval` measures it."""
    tests = read_collection(REPOSITORY / "tests" / "relevance" / "needs")
    values = [figures["R@5"] for figures in evaluate_content(tests, Given.RIGHT, asked, print)["needs"].values()]
    return " / ".join("–" if value is None else f"{value:.3f}" for value in values)


def _as_searcher(place: Settings, peer: Peer) -> Any:
    """Return what `evaluate_content` asks of a Searcher: notes are in the order of their best passages."""
    kinds = searcher(place).view().kinds()

    def search(text: str, *, limit: int, **_: Any) -> Any:
        notes = dict.fromkeys(note_and_language(record_id)[0] for record_id in peer(text, DEEP))
        practices, strategies = (
            [SimpleNamespace(id=note_id) for note_id in notes if kinds[note_id] is kind][:limit]
            for kind in (Kind.PRACTICE, Kind.STRATEGY)
        )
        return SimpleNamespace(practices=practices, strategies=strategies, took_ms=0.0, relevant=True)

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
    files = _model_of(settings)
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


def txtai_as_installed(texts: Texts, model: Encoder, settings: Settings) -> Peer:
    """Its defaults: Faiss and BM25, both weighing the same, and the same model in PyTorch."""
    from txtai.vectors import VectorsFactory

    own = VectorsFactory.create({"path": str(_model_of(settings).path)})
    return _txtai(texts, lambda question: own.batchtransform([(None, question, None)], "query")[0])


def txtai_with_our_encoder(texts: Texts, model: Encoder, settings: Settings) -> Peer:
    """The same, but questions are encoded as ours are: exported to OpenVINO, at a fixed length."""
    return _txtai(texts, lambda question: model.encode_question(question)[0])


def _txtai(texts: Texts, encode: Callable[[str], Any]) -> Peer:
    from txtai import Embeddings

    known = dict(zip(texts.texts, texts.vectors, strict=True))

    def transform(given: Sequence[str]) -> np.ndarray:
        return np.stack([known[text] if text in known else encode(text) for text in given])

    index = Embeddings(method="external", transform=transform, hybrid=True, content=False)
    index.index(zip(texts.ids, texts.texts, strict=True))
    known.clear()

    def ask(question: str, most: int) -> list[str]:
        return [record_id for record_id, _ in index.search(question, most)]

    return ask


def _model_of(settings: Settings) -> ModelFiles:
    return model_files(settings.embedding_model, settings.data_dir, allow_hub=False, progress=print)


PEERS: Final = {
    "haystack": ("haystack_integrations", haystack_tutorial),
    "txtai": ("txtai", txtai_as_installed),
    "txtai_encoder": ("txtai", txtai_with_our_encoder),
}
"""Name -> the package that must be there, and what builds it."""
