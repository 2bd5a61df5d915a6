"""The server that the browser talks to: the real one, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def indexed(model_dir, data, content=None):
    """A data directory, made where it is not, with the models of another, and an index of notes if there are any."""
    data.mkdir(exist_ok=True)
    (data / "models").symlink_to((model_dir / "models").resolve(), target_is_directory=True)
    if content is not None:
        subprocess.run(
            [sys.executable, "-c", "from api.cli.main import app; app()", "index"],
            check=True,
            capture_output=True,
            cwd=REPOSITORY,
            env={**os.environ, "KB_DATA_DIR": str(data), "KB_CONTENT_DIRS": str(content)},
        )
    return data


class Server:
    """`kb serve` in a process of its own; `origin` is where it is."""

    def __init__(self, data_dir, *options, content=REPOSITORY / "content"):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from api.cli.main import app; app()", "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=REPOSITORY,
            env={**kept, "KB_DATA_DIR": str(data_dir), "KB_CONTENT_DIRS": str(content)},
        )
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += line
            if line.startswith("Ready at "):
                self.origin = line.split()[-1]
            if line.startswith("Try: "):
                return
        self._process.wait()
        raise AssertionError(f"the server did not start: {said}")

    def stop(self):
        """End it, and look at what it has said."""
        self._process.terminate()
        try:
            said, _ = self._process.communicate(timeout=20)
        finally:
            self._process.kill()
        assert "Traceback" not in said, said
        assert "Unexpected" not in said, said
