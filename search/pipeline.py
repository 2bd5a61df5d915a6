"""The Haystack query pipeline: encode -> understand -> retrieve -> balance -> present. Wires the steps, no more."""

from haystack import Pipeline

from kb.encoder.encoders import Encoder
from search.steps import Balancer, Presenter, QueryEncoder, QueryReader, Retriever

STEPS = ("encode", "understand", "retrieve", "balance", "present")


def query_pipeline(encoder: Encoder) -> Pipeline:
    """Wire the steps. Every step takes `session`; `present.presented` and `understand.understood` come out."""
    pipeline = Pipeline()
    pipeline.add_component("encode", QueryEncoder(encoder))
    pipeline.add_component("understand", QueryReader())
    pipeline.add_component("retrieve", Retriever())
    pipeline.add_component("balance", Balancer())
    pipeline.add_component("present", Presenter())
    for sender, receiver in (
        ("understand.understood", "retrieve.understood"),
        ("encode.vectors", "retrieve.vectors"),
        ("understand.understood", "present.understood"),
        ("encode.vectors", "present.vectors"),
        ("retrieve.ranked", "balance.ranked"),
        ("retrieve.ranked", "present.ranked"),
        ("balance.lists", "present.lists"),
    ):
        pipeline.connect(sender, receiver)
    return pipeline
