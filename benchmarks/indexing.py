"""Bringing the index up to date: first, with nothing changed, after small changes; how soon a save is found; lint."""

import http.client
import json
import shutil
import statistics
import time
from contextlib import closing
from pathlib import Path

from benchmarks.places import Place, Places
from benchmarks.processes import Server, kb, path, running
from benchmarks.timing import TODAY, Figures, Found, Scale, timed
from kb.content.reader import read_collection


def measure(places: Places, scale: Scale) -> Found:
    """Index the collection for the first time; then a copy of every size again and again, each time with a change."""
    found: Found = {}
    with places.empty() as place:
        first = kb(place, "index", "--json")
        found[TODAY] = {
            "index.first": first.seconds,
            "index.first.processor": first.processor,
            "index.first.memory": first.peak,
            "index.first.encoded": json.loads(first.printed)["encoded"],
        }
    for size in scale.sizes:
        with places.copy(size) as place:
            found[size] = {**found.get(size, {}), **_changes(place, scale)}
    return found


def _changes(place: Place, scale: Scale) -> Figures:
    unread = kb(place, "index", "--json")  # the fingerprint is that of the original's folder
    nothing = kb(place, "index", "--json", runs=scale.runs)
    touched = []
    for file in sorted(place.content.glob("practices/*/nl.md"))[: scale.runs]:
        file.write_text(file.read_text("utf-8") + "\nEen zin erbij.\n", "utf-8")
        touched.append(kb(place, "index", "--json"))
    best = min(touched, key=lambda each: each.seconds)
    rename(place)
    renamed = kb(place, "index", "--json")
    return {
        "index.unread": unread.seconds,
        "index.nothing": nothing.seconds,
        "index.touched": best.seconds,
        "index.touched.processor": best.processor,
        "index.touched.memory": best.peak,
        "index.touched.encoded": json.loads(best.printed)["encoded"],
        "index.renamed": renamed.seconds,
        "index.merged": timed(lambda _: place.store.merge(), "") / 1000,
    }


def rename(place: Place) -> None:
    """Give a note another id: one that no other note names."""
    notes = read_collection([place.content]).notes
    named = frozenset().union(*(note.named for note in notes))
    note = next(note for note in notes if note.id not in named)
    folder = place.content / note.kind.folder / note.id
    folder.rename(folder.with_name(f"{note.id}-renamed"))
    extract = place.content / "sources" / f"{note.id}.yaml"
    if extract.exists():
        extract.rename(extract.with_name(f"{note.id}-renamed.yaml"))


def saves(places: Places, scale: Scale) -> Found:
    """Time how long after a note was saved the running server finds the new sentence in it."""
    found: Found = {}
    for size in scale.sizes:
        with places.copy(size) as place:
            note = sorted(place.content.glob("practices/*/nl.md"))[0]
            written = note.read_text("utf-8")
            with running(place, "--watch", until="Watching.") as server:
                taken = [_until_found(server, note, written, number) for number in range(100, 100 + scale.saves)]
            found[size] = {"saved.p50": statistics.median(taken), "saved.worst": max(taken)}
    return found


def _until_found(server: Server, note: Path, written: str, number: int) -> float:
    """Save a note with a sentence of its own and ask for it until it is found; the seconds."""
    sentence = f"Proef {number}: wie doorklikt ziet een blauwe waarschuwingspagina met kenmerk K{number}X."
    asked = path("/v1/search", q=f"blauwe waarschuwingspagina met kenmerk K{number}X", lang="nl")
    with closing(http.client.HTTPConnection(server.address)) as connection:
        started = time.perf_counter()
        note.write_text(f"{written}\n### Proef {number}\n\n{sentence}\n", "utf-8")
        while time.perf_counter() - started < 120:
            connection.request("GET", asked)
            answer = json.loads(connection.getresponse().read())
            if any(f"K{number}X" in hit["passage"]["text"] for hit in answer["practices"]):
                return time.perf_counter() - started
            time.sleep(0.02)  # whoever asks without a pause keeps the server from what is measured
    raise RuntimeError(f"sentence {number} was not found")


def lint(places: Places, scale: Scale) -> Found:
    """`kb lint` of the collection and of more copies of it, and one that looks at no note: the rest is the work."""
    with places.empty() as place:
        idle = kb(place, "lint", "--list", runs=scale.runs).seconds
        figures: Figures = {"lint.idle": idle, "lint.today": kb(place, "lint", runs=scale.runs).seconds}
        for name, files, notes in (("files", 1000, 0), ("notes", 0, 1000)):
            if scale.runs > 1:
                _grow(place.content, files, notes)
                figures[f"lint.{name}"] = kb(place, "lint", runs=scale.runs).seconds
    return {TODAY: figures}


def _grow(content: Path, files: int, notes: int) -> None:
    """Copy notes under other ids until there are so many files and notes."""
    originals = sorted(content.glob("[ps]*s/*/"))
    there, number = len([*content.glob("[ps]*s/*/*.md")]), len(originals)
    while there < files or number < notes:
        folder = originals[number % len(originals)]
        copy = Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-{number}")))
        there, number = there + len([*copy.glob("*.md")]), number + 1
        extract = content / "sources" / f"{folder.name}.yaml"
        if extract.exists():
            shutil.copyfile(extract, extract.with_name(f"{copy.name}.yaml"))
