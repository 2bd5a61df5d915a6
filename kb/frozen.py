"""Values that never change and so need not be copied.

Haystack deep-copies what travels between the components of a pipeline. For a frozen value that is wasted time on
every query, so such values hand themselves out instead.
"""

from typing import Any, Self


class Frozen:
    """Base of frozen dataclasses that travel through pipelines."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self
