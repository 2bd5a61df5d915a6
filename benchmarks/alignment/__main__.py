"""Makes the corrections of the built-in encoder anew: `make alignment`, half an hour on two cores and a network.

Fetches Debian's packages with apt, unpacks them without installing anything, joins their paragraphs, trains.
"""

import subprocess
from pathlib import Path

from benchmarks.alignment.paragraphs import PACKAGES, aligned
from benchmarks.alignment.training import STEPS, train
from kb.encoder.alignment import CORRECTIONS
from kb.encoder.model_files import PLAIN_MODEL, model_files
from kb.settings import Settings


def main() -> None:
    """Download what is missing below KB_DATA_DIR, train, and write the corrections into the package."""
    data = Settings().data_dir.resolve()
    texts = unpacked(data / "alignment")
    rows = list(aligned(texts))
    print(f"{len(rows)} paragraphs in three languages")
    model = model_files(PLAIN_MODEL, data)
    train(rows, model.path, lambda step: CORRECTIONS if step == STEPS else None, print)


def unpacked(folder: Path) -> Path:
    """The folder where the packages are unpacked, below `folder`."""
    packages, root = folder / "packages", folder / "root"
    packages.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if not any(packages.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "download", name], cwd=packages, check=True)
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
    return root


if __name__ == "__main__":
    main()
