"""Arrays as fields of pydantic models: in JSON their shape, and base64 of little-endian numbers."""

import base64
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class InJson:
    """How a field holds an array. stored, read: numpy's names of its numbers in JSON and in memory."""

    stored: str
    read: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(self._to_json, when_used="json")
        return core_schema.no_info_plain_validator_function(self._from_json, serialization=written)

    def _to_json(self, array: np.ndarray) -> dict[str, Any]:
        numbers = base64.b64encode(array.astype(self.stored).tobytes()).decode()
        return {"shape": list(array.shape), "numbers": numbers}

    def _from_json(self, given: Any) -> np.ndarray:
        if isinstance(given, np.ndarray):
            return given
        numbers = np.frombuffer(base64.b64decode(given["numbers"]), self.stored)
        return numbers.reshape(given["shape"]).astype(self.read)


Floats = Annotated[np.ndarray, InJson("<f4", "float32")]
Halves = Annotated[np.ndarray, InJson("<f2", "float32")]
"""Read as float32; what a float16 loses is lost."""
Counts = Annotated[np.ndarray, InJson("<u4", "uint32")]
