"""How rare terms are: counted as the engine counts them."""

import numpy as np
import pytest
import qdrant_edge as edge
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from kb.text.terms import NO_TERMS, Sparse, TermCounts

TEXTS = [
    Sparse((7, 300, 4_000_000_000), (1.0, 0.5, 2.0)),
    Sparse((300, 7), (1.5, 1.0)),
    Sparse((7,), (0.25,)),
    Sparse((12,), (1.0,)),
    Sparse((), ()),
]
QUESTION = Sparse((4_000_000_000, 7, 12, 99), (1.0, 2.0, 1.0, 1.0))


def test_a_question_is_weighed_as_the_engine_does(tmp_path):
    terms = edge.EdgeSparseVectorParams(full_scan_threshold=1, modifier=edge.Modifier.Idf)
    shard = edge.EdgeShard.create(
        str(tmp_path / "shard"), edge.EdgeConfig(vectors={}, sparse_vectors={"terms": terms}, wal_enabled=False)
    )
    shard.update(
        edge.UpdateOperation.upsert_points(
            [
                edge.Point(place, {"terms": edge.SparseVector([*text.indices], [*text.values])}, {})
                for place, text in enumerate(TEXTS)
            ]
        )
    )
    asked = edge.Query.Nearest(edge.SparseVector(list(QUESTION.indices), list(QUESTION.values)), using="terms")
    [answer] = shard.query_batch(edge.QueryBatchRequest([edge.QueryRequest(limit=9, query=asked)]))
    weighed = TermCounts.of(TEXTS).weighted(QUESTION)
    weights = dict(zip(weighed.indices, weighed.values, strict=True))
    ours = {
        place: sum(weights.get(term, 0.0) * value for term, value in zip(text.indices, text.values, strict=True))
        for place, text in enumerate(TEXTS)
        if text.indices
    }
    assert {point.id: point.score for point in answer} == pytest.approx(ours, rel=1e-6)


def test_a_term_that_no_text_has_counts_for_most_and_none_for_less_than_nothing():
    weighed = TermCounts.of(TEXTS).weighted(QUESTION)
    assert weighed.indices == QUESTION.indices
    assert weighed.values[3] == max(weighed.values) > 0
    assert min(weighed.values) > 0
    assert NO_TERMS.weighted(QUESTION).values == pytest.approx([value * np.log(2) for value in QUESTION.values])


@given(st.lists(st.sets(st.integers(0, 2**32 - 1), max_size=5).map(lambda ids: Sparse((*ids,), (1.0,) * len(ids)))))
def test_counts_come_back_from_json(texts):
    counts = TermCounts.of(texts)
    adapter = TypeAdapter(TermCounts)
    back = adapter.validate_json(adapter.dump_json(counts))
    assert back.alike(counts)
    assert back.texts == sum(bool(text.indices) for text in texts)
    assert back.terms.tolist() == sorted({term for text in texts for term in text.indices})
    assert back.counts.tolist() == [sum(term in text.indices for text in texts) for term in back.terms.tolist()]
