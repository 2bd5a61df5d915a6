"""Exports a transformers directory to OpenVINO, in a process of its own: it needs torch and much memory.

Refuses the network. The child process ends with its parent, so that it never goes on writing alone.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

from kb.errors import ModelError

EXPORT = Path("openvino", "openvino_model.xml")
QUANTIZED_LAYERS = EXPORT.with_name("quantized_layers.xml")
"""The layers in 8 bits, for models that keep their vectors so (`kb.encoder.quantization`)."""


def export_elsewhere(directory: Path, pooling: str | None) -> None:
    """Export in a child process, started where `kb` can be imported; `ModelError` gives its last words.

    pooling: of its vectors, `mean` or `cls`, where we run the model ourselves: it is quantized, too
    """
    command = [sys.executable, "-m", "kb.encoder.model_export", str(directory), pooling or ""]
    root = Path(__file__).parents[2]
    # The child ends when this pipe does, so that it never outlives a killed parent and goes on writing.
    reading, writing = os.pipe()
    with open(reading) as alive, open(writing, "w"):
        done = subprocess.run(command, cwd=root, stdin=alive, capture_output=True, text=True, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        if done.returncode < 0:  # what it said last is no reason
            words = [f"it was ended by signal {-done.returncode}, perhaps for want of memory"]
        raise ModelError(f"The model cannot be exported for OpenVINO: {words[-1]}.")


def _export(directory: Path, pooling: str) -> None:
    """Export a transformers directory to its own `openvino/`. Importing `kb` has put the libraries offline."""
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(1)), daemon=True).start()
    # Only an export needs torch and NNCF.
    from optimum.exporters.openvino import main_export
    from optimum.intel import OVConfig

    from kb.encoder.quantization import quantize

    exported = directory / EXPORT.parent
    main_export(
        model_name_or_path=str(directory),
        output=exported,
        task="feature-extraction",
        library_name="transformers",
        ov_config=OVConfig(dtype="fp16"),  # how weights are stored; half the disk, the same vectors
        local_files_only=True,
    )
    for copy_of_what_lies_above in exported.glob("*.json"):
        copy_of_what_lies_above.unlink()
    if pooling:
        quantize(directory / EXPORT, directory / QUANTIZED_LAYERS, pooling)


if __name__ == "__main__":
    _export(Path(sys.argv[1]), sys.argv[2])
