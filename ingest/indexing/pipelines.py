"""Runs Haystack pipelines: our own errors come out as they went in, and nothing of a run is written or sent."""

import logging
from collections.abc import Mapping
from typing import Any

from haystack import Pipeline
from haystack.core.errors import PipelineRuntimeError

from kb.errors import KbError

# On a failing step Haystack tries to serialise what travelled, for a snapshot nobody asked for, and logs that.
for _name in ("haystack.core.pipeline", "haystack.utils.base_serialization"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def run_pipeline(pipeline: Pipeline, inputs: Mapping[str, Any], keep: set[str]) -> dict[str, Any]:
    """Run a pipeline; outputs of the steps named in `keep` are returned besides those of the last.

    Raises the KbError that a step raised, without Haystack's wrapping; anything else is a defect and passes through.
    """
    try:
        return pipeline.run(dict(inputs), include_outputs_from=keep)
    except PipelineRuntimeError as error:
        if isinstance(error.__cause__, KbError):
            raise error.__cause__ from None
        raise
