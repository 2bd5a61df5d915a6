"""What each part of the search does for relevance: `make relevance` writes the table in docs/ablation.md.

Every row is the search with one part changed, measured by the same code as `kb eval`, on the collections that lie in
../shared/eval and on our own in tests/relevance. The first and four more encode all texts anew.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from copy import copy
from pathlib import Path
from statistics import fmean
from typing import Any
from unittest.mock import patch

import yaml

from api.compose import encoder, searcher, store, temporary_index
from benchmarks.figures import write
from benchmarks.places import REPOSITORY
from ingest.indexing.index import index_content
from kb.encoder.model_files import DEFAULT_MODEL, PLAIN_MODEL
from kb.settings import Settings
from search.evaluate.collection import read_collection
from search.evaluate.corpus import RememberingEncoder
from search.evaluate.run import Given, evaluate_content, evaluate_corpus

SHARED = REPOSITORY.parent / "shared" / "eval"
OWN = REPOSITORY / "tests" / "relevance"
VARIANTS = Path(__file__).with_name("variants.yaml")
HEAD = (
    "| | faq3 all / same / other | mixed | gdpr all / same / other | mixed | needs R@5 fr / nl / en | nDCG@10 | "
    "identifiers P@1 |\n|---|---|---|---|---|---|---|---|\n"
)


def main() -> None:
    models = (DEFAULT_MODEL, PLAIN_MODEL)
    readers = {model: RememberingEncoder(encoder(Settings(embedding_model=model))) for model in models}
    table = HEAD
    for name, variant in yaml.safe_load(VARIANTS.read_text(encoding="utf-8")).items():
        model = PLAIN_MODEL if variant.get("model") == "plain" else DEFAULT_MODEL
        reader = copy(readers[model])
        if "mean_share" in variant:
            reader.mean_share = variant["mean_share"]
            reader.fingerprint = f"{reader.fingerprint}-{reader.mean_share}"
        table += row(name, figures(variant.get("change", {}), model, reader))
        print(table.splitlines()[-1], flush=True)
    write("ablation.md", "ablation", table)


def figures(changes: Mapping[str, Any], model: str, reader: RememberingEncoder) -> dict[str, dict[str, Any]]:
    """Return the reports of all collections, by name, with constants of the search changed."""
    data = Settings().data_dir / "relevance" / reader.fingerprint
    data.mkdir(parents=True, exist_ok=True)
    settings = Settings(data_dir=data, embedding_model=model, qdrant_url=None)
    reports: dict[str, dict[str, Any]] = {}
    with ExitStack() as changed:
        for constant, value in changes.items():
            changed.enter_context(patch(constant, value))
        for name in ("faq3", "gdpr"):
            index = temporary_index(settings, reader)
            reports[name] = evaluate_corpus(read_collection(SHARED / name), (0,), Given.RIGHT, index, lambda line: None)
        index_content(settings, store(settings), reader)
        own = searcher(settings, model=reader)
        for name in ("needs", "identifiers"):
            reports[name] = evaluate_content(read_collection(OWN / name), Given.RIGHT, own, print)
    return reports


def row(variant: str, reports: Mapping[str, Mapping[str, Any]]) -> str:
    cells = [variant]
    for name in ("faq3", "gdpr"):
        scattered = reports[name]["scattered"]
        cells.append(" / ".join(short(scattered[part]) for part in ("all", "same", "other")))
        cells.append(short(reports[name]["mixed"]["nDCG@10"]))
    needs, identifiers = reports["needs"]["needs"].values(), reports["identifiers"]["needs"].values()
    cells.append(" / ".join(short(figures["R@5"]) for figures in needs))
    cells.append(short(fmean(figures["nDCG@10"] for figures in needs)))
    cells.append(short(fmean(figures["P@1"] for figures in identifiers)))
    return f"| {' | '.join(cells)} |\n"


def short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)


if __name__ == "__main__":
    main()
