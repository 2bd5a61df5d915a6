"""Measures on this machine what users wait for: indexing, checking, starting, searching over HTTP.

The collection is `content/`, and every fourth note of it in all its languages: some 1,000 passages. Timings of a shared
machine are noisy, so the floor of every figure is measured in the same run: the encoder alone, and an answer without a
search.
"""

import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml

import search.pipeline
from api.compose import encoder, searcher, store, temporary_index
from kb.content.reader import read_collection, read_taxonomy
from kb.settings import Settings

REPOSITORY = Path(__file__).parent.parent
KB = (sys.executable, "-m", "api.cli.main")
CLIENTS = 4
SAVED = 40
"""How often a note is saved."""
RUNS = 3
"""Runs of a command of which the quickest counts."""
WORDS = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))
QUESTIONS = [f"{WORDS[number % len(WORDS)]} {number}" for number in range(300)]
"""Questions that differ, so that no cache can answer them."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<52} {value:>10.2f}" if isinstance(value, float) else f"{name:<52} {value:>10}")


def measure(folder: Path) -> dict[str, Any]:
    """Return all figures, by name; milliseconds unless the name says otherwise."""
    models = Settings().data_dir.resolve() / "models"
    models.mkdir(parents=True, exist_ok=True)
    settings = prepared(folder / "whole", models)
    content = settings.content_dirs[0]
    figures = indexing(content)
    figures["terminal: kb search, s (whole command)"] = seconds("search", WORDS[0])
    model = encoder(settings)
    model.encode_query(WORDS[0])
    figures["encoder alone: p50"] = p50(model.encode_query, QUESTIONS)
    figures |= {**steps(settings), **serve(settings), **saving(settings), **linting(content)}
    settings = prepared(folder / "part", models)
    chunks = index_every(4, settings)
    part = {**steps(settings), **serve(settings)}
    return figures | {f"{chunks} chunks, {name}": value for name, value in part.items()}


def prepared(folder: Path, models: Path) -> Settings:
    """Make a copy of the collection and an empty data directory with the models; from now on `kb` uses both."""
    shutil.copytree(REPOSITORY / "content", folder / "content")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(models)
    used = {"KB_CONTENT_DIRS": str(folder / "content"), "KB_DATA_DIR": str(folder / "data")}
    os.environ.update(used, KB_RATE_LIMIT="1000000")
    return Settings()


def index_every(nth: int, settings: Settings) -> int:
    """Index every `nth` note and remove the others; how many chunks there are. Links to the others lead nowhere."""
    [content] = settings.content_dirs
    for place, folder in enumerate(sorted(content.glob("[ps]*/*/"))):
        if place % nth:
            shutil.rmtree(folder)
    index_notes = temporary_index(settings, encoder(settings))
    index_notes(read_collection([content]).notes, settings.data_dir)
    return store(settings).reader().manifest.chunks


def indexing(content: Path) -> dict[str, Any]:
    """Time a first run, one with nothing changed, one with a note touched."""
    first, again = index(), index()
    touched = content / "practices" / "be-baps" / "fr.md"
    touched.write_text(touched.read_text("utf-8") + "\nUne phrase de plus.\n", "utf-8")
    after = index()
    return {
        "chunks": first["chunks"],
        "index: first run, s": first["seconds"],
        "index: texts encoded per s": first["encoded"] / first["seconds"],
        "index: nothing changed, s (after start-up)": again["seconds"],
        "index: nothing changed, s (whole command)": again["whole"],
        "index: one note touched, texts encoded": after["encoded"],
        "index: one note touched, s (after start-up)": after["seconds"],
    }


def index() -> dict[str, Any]:
    printed, whole = kb("index", "--json")
    return {**json.loads(printed), "whole": whole}


def linting(content: Path) -> dict[str, float]:
    """`kb lint` of the collection and of more copies of it, and one that looks at no note: the rest is the work."""
    idle = seconds("lint", "--list")
    figures = {"lint: no note looked at, s (whole command)": idle}
    for wanted in ((0, 0), (1000, 0), (0, 1000)):
        files, notes = grow(content, *wanted)
        taken = seconds("lint")
        figures[f"lint: {notes} notes in {files} files, s (whole command)"] = taken
        figures[f"lint: {notes} notes in {files} files, ms per file after start-up"] = (taken - idle) / files * 1000
    return figures


def grow(content: Path, files: int, notes: int) -> tuple[int, int]:
    """Copy notes under other ids until there are so many files and notes; how many there are then."""
    originals = sorted(content.glob("[ps]*s/*/"))
    there, number = len([*content.glob("[ps]*s/*/*.md")]), len(originals)
    while there < files or number < notes:
        folder = originals[number % len(originals)]
        copy = Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-{number}")))
        there, number = there + len([*copy.glob("*.md")]), number + 1
        extract = content / "sources" / f"{folder.name}.yaml"
        if extract.exists():
            shutil.copyfile(extract, extract.with_name(f"{copy.name}.yaml"))
    return there, number


def seconds(*arguments: str) -> float:
    """Seconds of a whole command, start-up included: the quickest of a few runs."""
    return min(kb(*arguments)[1] for _ in range(RUNS))


def kb(*arguments: str) -> tuple[str, float]:
    """Run a command; what it prints, and its seconds."""
    started = time.perf_counter()
    done = subprocess.run((*KB, *arguments), check=True, capture_output=True, text=True)
    return done.stdout, time.perf_counter() - started


def steps(settings: Settings) -> dict[str, float]:
    """Time a search in this process: the whole of it, and the share of each step."""
    engine = searcher(settings)
    for question in QUESTIONS[:30]:
        engine.view().search(question)
    spent: dict[str, list[float]] = {name: [] for name in search.pipeline.STEPS}

    def clocked(name: str, step: Callable[..., Any], *given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        result = step(*given, **named)
        spent[name].append((time.perf_counter() - started) * 1000)
        return result

    for name in spent:
        setattr(search.pipeline, name, partial(clocked, name, getattr(search.pipeline, name)))
    return {
        "search in process: p50": p50(lambda question: engine.view().search(question), QUESTIONS),
        **{f"search in process: {name}, p50": statistics.median(times) for name, times in spent.items()},
    }


@contextmanager
def running(settings: Settings, *options: str, until: str = "Ready at ") -> Iterator[str]:
    """Start the real server on loopback; yield its address, once it has printed `until`."""
    log = settings.data_dir / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen((*KB, "serve", "--port", "0", *options), stderr=out)
    try:
        while not (ready := re.search(r"Ready at (\S+)\n", log.read_text())) or until not in log.read_text():
            if server.poll() is not None:
                raise RuntimeError(f"the server has ended: {log.read_text()}")
            time.sleep(0.01)
        yield urlsplit(ready[1]).netloc
    finally:
        server.terminate()
        server.wait(10)


def serve(settings: Settings) -> dict[str, float]:
    """Start, one client after the other, four clients at once."""
    started = time.perf_counter()
    with running(settings) as address:
        ready = time.perf_counter() - started
        ask = client(address)
        searches = [path("/v1/search", q=question, lang="nl") for question in QUESTIONS]
        for search_path in searches[:30]:
            ask(search_path)
        times = [timed(ask, search_path) for search_path in searches]
        beginnings = [word[:length] for word in WORDS for length in (1, 3, 6)] * 10
        typed = p50(ask, [path("/v1/suggest", q=beginning) for beginning in beginnings])
        plain = p50(ask, ["/healthz"] * len(QUESTIONS))
        searched = p50(ask, [path("/nl/", q=question) for question in QUESTIONS])
        visited = {}
        for name, paths in pages(settings.content_dirs[0]).items():
            rounds = -(-len(QUESTIONS) // 10 // len(paths))
            visited[f"page, {name}, asked first: p50"] = p50(ask, paths)  # the server fills its caches
            visited[f"page, {name}, asked again: p50"] = p50(ask, paths * rounds)
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            shares = [searches[number::CLIENTS] for number in range(CLIENTS)]
            list(pool.map(lambda paths: [*map(client(address), paths)], shares))
        together = time.perf_counter() - began
    return {
        "server: ready, s": ready,
        "HTTP without a search: p50": plain,
        "HTTP suggestions: p50": typed,
        "HTTP search: p50": statistics.median(times),
        "HTTP search: p95": statistics.quantiles(times, n=20)[-1],
        "HTTP search, four clients: answers per s": len(QUESTIONS) / together,
        "page of a search: p50": searched,
        "page of a search, besides the search: p50": searched - statistics.median(times),
        **visited,
    }


def saving(settings: Settings) -> dict[str, float]:
    """Time how long after a note was saved the running server finds the new sentence in it."""
    note = settings.content_dirs[0] / "practices" / "be-baps" / "nl.md"
    written = note.read_text("utf-8")
    try:
        with running(settings, "--watch", until="Watching.") as address:
            taken = [until_found(address, note, written, number) for number in range(100, 100 + SAVED)]
    finally:
        note.write_text(written, "utf-8")
    late = statistics.quantiles(taken, n=20)[-1]
    return {"saved note found: p50, s": statistics.median(taken), "saved note found: p95, s": late}


def until_found(address: str, note: Path, written: str, number: int) -> float:
    """Save a note with a sentence of its own and ask for it until it is found."""
    sentence = f"Proef {number}: wie doorklikt ziet een blauwe waarschuwingspagina met kenmerk K{number}X."
    asked = path("/v1/search", q=f"blauwe waarschuwingspagina met kenmerk K{number}X", lang="nl")
    connection = http.client.HTTPConnection(address)
    started = time.perf_counter()
    note.write_text(f"{written}\n### Proef {number}\n\n{sentence}\n", "utf-8")
    while time.perf_counter() - started < 60:
        connection.request("GET", asked)
        found = json.loads(connection.getresponse().read())
        if any(f"K{number}X" in hit["passage"]["text"] for hit in found["practices"]):
            return time.perf_counter() - started
        time.sleep(0.02)  # whoever asks without a pause keeps the server from what is measured
    raise RuntimeError(f"sentence {number} was not found")


def pages(content: Path) -> dict[str, list[str]]:
    """Pages of each kind: every note, every crime type, since what a page costs hangs on what it is about."""
    notes = sorted(folder.name for kind in ("practices", "strategies") for folder in (content / kind).iterdir())
    crime_types = list(read_taxonomy([content]).crime_types)
    return {
        "start": ["/nl/"],
        "list": [f"/nl/?crime_type={crime_type}" for crime_type in crime_types],
        "note": [f"/nl/notes/{note_id}" for note_id in notes],
        "compare": [f"/nl/compare?crime_type={crime_type}" for crime_type in crime_types],
        "coverage": ["/nl/coverage", "/fr/coverage", "/en/coverage"],
        "about": ["/nl/about"],
    }


def client(address: str) -> Callable[[str], None]:
    """Return a client with one open connection; the standard library's own, since what it costs is counted too.

    It takes answers compressed, as browsers do, and leaves them so.
    """
    connection = http.client.HTTPConnection(address)

    def ask(path: str) -> None:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")

    return ask


def path(page: str, **parameters: str) -> str:
    return f"{page}?{urlencode(parameters)}"


def p50(action: Callable[[str], Any], texts: list[str]) -> float:
    """Return the median of the milliseconds that an action takes with each of these texts."""
    return statistics.median(timed(action, text) for text in texts)


def timed(action: Callable[[str], Any], text: str) -> float:
    started = time.perf_counter()
    action(text)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
