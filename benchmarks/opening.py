"""Opening an index, in a process of its own, and what it takes on disk."""

import json
import time

from api.compose import encoder, searcher, store
from benchmarks.places import Places
from benchmarks.processes import PYTHON, ran
from benchmarks.timing import Found, Scale
from kb.settings import load_settings


def measure(places: Places, scale: Scale) -> Found:
    """Open the index of every size, the quickest of a few times."""
    found: Found = {}
    for size in scale.sizes:
        place = places.at(size)
        opened = [json.loads(ran(place, PYTHON, "-m", "benchmarks.opening").printed) for _ in range(scale.runs)]
        manifest = place.store.reader().manifest
        # What is allocated: the engine makes large files with holes.
        files = [file.stat().st_blocks * 512 for file in (place.data / "index").rglob("*") if file.is_file()]
        found[size] = {
            "size.notes": manifest.notes,
            "size.passages": manifest.chunks,
            "size.texts": manifest.chunks + manifest.questions,
            "opening.store": min(each["store"] for each in opened),
            "opening.search": min(each["search"] for each in opened),
            "disk.index": sum(files) / 1e6,
        }
    return found


def main() -> None:
    """Print the seconds until the store is open, and until all that a search needs is, in fresh stores."""
    settings = load_settings()
    model = encoder(settings)
    started = time.perf_counter()
    store(settings).reader()
    of_store = time.perf_counter() - started
    started = time.perf_counter()
    _ = searcher(settings, model=model).view().generation
    print(json.dumps({"store": of_store, "search": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
