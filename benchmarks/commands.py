"""Whole commands, as a person waits for them: `kb index`, `search`, `preview`, `diff`, `lint`; and opening an index."""

import multiprocessing
import subprocess
import time
from collections import Counter
from typing import Final

from api.compose import encoder, searcher, store
from benchmarks.places import Places, add_copies, content_of, copies
from benchmarks.processes import kb, running
from benchmarks.timing import TODAY, WORDS, Figures, Scale
from kb.content.reader import read_collection
from kb.settings import Settings

FILES: Final = 1000
"""Of the collection that `kb lint` is tried on besides."""


def opening(places: Places, size: str, scale: Scale) -> Figures:
    """Open an index, each time in a process of its own; the quickest."""
    place = places.at(size)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as fresh:
        of_store, of_search = zip(*(fresh.apply(_opened, (place,)) for _ in range(scale.runs)), strict=True)
    manifest = store(place).reader().manifest
    # What is allocated: the engine makes large files with holes.
    blocks = sum(file.stat().st_blocks for file in (place.data_dir / "index").rglob("*") if file.is_file())
    return {
        "size.notes": manifest.notes,
        "size.passages": manifest.chunks,
        "size.texts": manifest.chunks + manifest.questions,
        "opening.store": min(of_store),
        "opening.search": min(of_search),
        "disk.index": blocks * 512 / 1e6,
    }


def _opened(place: Settings) -> tuple[float, float]:
    """Return the seconds until the store is open; and in a fresh one, until all that a search needs is."""
    model = encoder(place)
    times = [time.perf_counter()]
    store(place).reader()
    times.append(time.perf_counter())
    _ = searcher(place, model=model).view().generation
    times.append(time.perf_counter())
    return times[1] - times[0], times[2] - times[1]


def measure(places: Places, size: str, scale: Scale) -> Figures:
    """Search with and without a running server; on the collection as it is, preview a changed note and compare."""
    place = places.at(size)
    figures = kb(place, "command.search", "search", WORDS[0], runs=scale.runs)
    with running(place):
        figures |= kb(place, "command.search.served", "search", WORDS[0], runs=scale.runs)
    if size == TODAY:
        with places.copy(size) as place:
            git = ("git", "-C", str(content_of(place)), "-c", "user.name=bench", "-c", "user.email=bench@example.org")
            for command in (("init", "-q"), ("add", "."), ("commit", "-q", "--no-gpg-sign", "-m", "As it was")):
                subprocess.run((*git, *command), check=True)
            figures |= kb(place, "command.preview", "preview", _touch(place, 0), runs=scale.runs)
            figures |= kb(place, "command.diff", "diff", "HEAD", runs=scale.runs)
    return figures


def index(places: Places, size: str, scale: Scale) -> Figures:
    """Bring an index up to date again and again, each time after a change; today's is made for the first time, too."""
    with places.copy(size) as place:
        figures = kb(place, "index.unread", "index")  # the fingerprint is that of the original's folder
        figures |= kb(place, "index.nothing", "index", runs=scale.runs)
        touched = []
        for number in range(scale.runs):
            _touch(place, number)
            touched.append(kb(place, "index.touched", "index"))
        figures |= min(touched, key=lambda ran: ran["index.touched"])
        _rename(place)
        figures |= kb(place, "index.renamed", "index")
        started = time.perf_counter()
        store(place).merge()
        figures["index.merged"] = time.perf_counter() - started
    if size == TODAY:
        with places.copy(size, without=("index*", "*.sqlite")) as place:
            figures |= kb(place, "index.first", "index")
    return figures


def _touch(place: Settings, number: int) -> str:
    """Write another sentence into a note; return its id."""
    note = sorted(content_of(place).glob("practices/*/nl.md"))[number]
    note.write_text(f"{note.read_text('utf-8')}\nEen zin erbij.\n", "utf-8")
    return note.parent.name


def _rename(place: Settings) -> None:
    """Give a note another id: one that no other note names."""
    notes = read_collection(place.content_dirs).notes
    named = frozenset().union(*(note.named for note in notes))
    note = next(note for note in notes if note.id not in named)
    for path in (content_of(place) / note.kind.folder / note.id, content_of(place) / "sources" / f"{note.id}.yaml"):
        if path.exists():
            path.rename(path.with_stem(f"{note.id}-renamed"))


def lint(places: Places, size: str, scale: Scale) -> Figures:
    """Look at the notes of the collection, and at so many copies that there are a thousand files."""
    with places.copy(size) as place:
        figures = kb(place, "lint.today", "lint", runs=scale.runs)
        files = Counter(file.parent.name for file in content_of(place).glob("[ps]*s/*/*.md"))
        add_copies(content_of(place), copies(files, FILES))
        return figures | kb(place, "lint.files", "lint", runs=scale.runs)
