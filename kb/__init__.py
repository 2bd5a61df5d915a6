"""The domain of the practice base, and the engines that ingest and search share.

Importing it switches off what some libraries would send home: they decide that when they are imported themselves.
"""

import os
import sys

for _name, _value in {
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ[_name] = _value
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # OpenVINO then uses a stub of its own
