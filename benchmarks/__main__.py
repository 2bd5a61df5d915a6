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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml

import search.pipeline
from api.compose import encoder, searcher, store, temporary_index
from kb.content.reader import read_collection, read_taxonomy
from kb.settings import Settings

REPOSITORY = Path(__file__).parent.parent
QUESTIONS = 300
CLIENTS = 4
SAVED = 40
"""How often a note is saved."""
RUNS = 3
"""Runs of a command of which the quickest counts."""
WORDS = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))


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
    models = Path(os.environ.get("KB_DATA_DIR", REPOSITORY / ".kb")).resolve() / "models"
    models.mkdir(parents=True, exist_ok=True)
    environment = prepared(folder / "whole", models)
    figures = indexing(folder / "whole" / "content", environment)
    figures |= linting(folder / "whole" / "content", environment)
    figures["terminal: kb search, s (whole command)"] = seconds(environment, "search", WORDS[0])
    model = encoder(settings(environment))
    model.encode_query(WORDS[0])
    figures["encoder alone: p50"] = p50(model.encode_query, questions())
    figures |= {**steps(environment), **serve(environment), **saving(environment)}
    part = prepared(folder / "part", models)
    chunks = index_every(4, part)
    return figures | {f"{chunks} chunks, {name}": value for name, value in {**steps(part), **serve(part)}.items()}


def prepared(folder: Path, models: Path) -> dict[str, str]:
    """Make a copy of the collection and an empty data directory with the models; the environment that names both."""
    shutil.copytree(REPOSITORY / "content", folder / "content")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(models)
    used = {"KB_CONTENT_DIRS": str(folder / "content"), "KB_DATA_DIR": str(folder / "data")}
    return {**os.environ, **used, "KB_RATE_LIMIT": "1000000"}


def settings(environment: dict[str, str]) -> Settings:
    return Settings(data_dir=Path(environment["KB_DATA_DIR"]), content_dirs=(Path(environment["KB_CONTENT_DIRS"]),))


def index_every(nth: int, environment: dict[str, str]) -> int:
    """Index every `nth` note and remove the others; how many chunks there are. Links to the others lead nowhere."""
    content = Path(environment["KB_CONTENT_DIRS"])
    for place, folder in enumerate(sorted(content.glob("[ps]*/*/"))):
        if place % nth:
            shutil.rmtree(folder)
    used = settings(environment)
    index_notes = temporary_index(used, read_taxonomy([content]), encoder(used))
    index_notes(read_collection([content]).notes, used.data_dir)
    return store(used).reader().manifest.chunks


def indexing(content: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Time a first run, one with nothing changed, one with a note touched."""
    first = index(environment)
    again = index(environment)
    touched = content / "practices" / "be-baps" / "fr.md"
    touched.write_text(touched.read_text("utf-8") + "\nUne phrase de plus.\n", "utf-8")
    after = index(environment)
    return {
        "chunks": first["chunks"],
        "index: first run, s": first["seconds"],
        "index: texts encoded per s": first["encoded"] / first["seconds"],
        "index: nothing changed, s (after start-up)": again["seconds"],
        "index: nothing changed, s (whole command)": again["whole"],
        "index: one note touched, texts encoded": after["encoded"],
        "index: one note touched, s (after start-up)": after["seconds"],
    }


def index(environment: dict[str, str]) -> dict[str, Any]:
    started = time.perf_counter()
    done = subprocess.run(kb("index", "--json"), env=environment, check=True, capture_output=True, text=True)
    return {**json.loads(done.stdout), "whole": time.perf_counter() - started}


def linting(content: Path, environment: dict[str, str]) -> dict[str, float]:
    """`kb lint` of the collection and of copies of it, and one that looks at no note: the rest is the work."""
    idle = seconds(environment, "lint", "--list")
    figures = {"lint: no note looked at, s (whole command)": idle}
    grown = content.parent / "grown"
    shutil.copytree(content, grown)
    given = {**environment, "KB_CONTENT_DIRS": str(grown)}
    for wanted in ((0, 0), (1000, 0), (0, 1000)):
        files, notes = grow(grown, *wanted)
        taken = seconds(given, "lint")
        figures[f"lint: {notes} notes in {files} files, s (whole command)"] = taken
        figures[f"lint: {notes} notes in {files} files, ms per file after start-up"] = (taken - idle) / files * 1000
    return figures


def grow(content: Path, files: int, notes: int) -> tuple[int, int]:
    """Copy notes under other ids until there are so many files and notes; how many there are then."""
    originals = sorted([*content.glob("practices/*/"), *content.glob("strategies/*/")])
    counted = len([*content.glob("[ps]*s/*/*.md")]), len(originals)
    for number, folder in enumerate(cycle(originals), len(originals)):  # so that no copy has a name twice
        if counted[0] >= files and counted[1] >= notes:
            return counted
        copy = Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-{number}")))
        counted = counted[0] + len([*copy.glob("*.md")]), counted[1] + 1
        extract = content / "sources" / f"{folder.name}.yaml"
        if extract.exists():
            shutil.copyfile(extract, extract.with_name(f"{copy.name}.yaml"))
    raise RuntimeError("there are no notes")


def seconds(environment: dict[str, str], *arguments: str) -> float:
    """Seconds of a whole command, start-up included: the quickest of a few runs."""
    run = partial(subprocess.run, kb(*arguments), env=environment, check=True, capture_output=True)
    return min(timed(run) for _ in range(RUNS)) / 1000


def steps(environment: dict[str, str]) -> dict[str, float]:
    """Time a search in this process: the whole of it, and the share of each step."""
    engine = searcher(settings(environment))
    spent: dict[str, list[float]] = {name: [] for name in search.pipeline.STEPS}

    def clocked(name: str, step: Callable[..., Any], *given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        result = step(*given, **named)
        spent[name].append((time.perf_counter() - started) * 1000)
        return result

    for name in spent:
        setattr(search.pipeline, name, partial(clocked, name, getattr(search.pipeline, name)))
    for question in questions()[:30]:
        engine.view().search(question)
    for times in spent.values():
        times.clear()
    return {
        "search in process: p50": p50(lambda question: engine.view().search(question), questions()),
        **{f"search in process: {name}, p50": statistics.median(times) for name, times in spent.items()},
    }


@contextmanager
def running(environment: dict[str, str], *options: str, until: str = "Ready at ") -> Iterator[str]:
    """Start the real server on loopback; yield its address, once it has printed `until`."""
    log = Path(environment["KB_DATA_DIR"]) / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen(kb("serve", "--port", "0", *options), env=environment, stderr=out)
    try:
        while not (ready := re.search(r"Ready at (\S+)\n", log.read_text())) or until not in log.read_text():
            if server.poll() is not None:
                raise RuntimeError(f"the server has ended: {log.read_text()}")
            time.sleep(0.01)
        yield urlsplit(ready[1]).netloc
    finally:
        server.terminate()
        server.wait(10)


def serve(environment: dict[str, str]) -> dict[str, float]:
    """Start, one client after the other, four clients at once."""
    started = time.perf_counter()
    with running(environment) as address:
        ready = time.perf_counter() - started
        ask = client(address)
        for question in questions()[:30]:
            ask(search_path(question))
        times = [timed(partial(ask, search_path(question))) for question in questions()]
        beginnings = [word[:length] for word in WORDS for length in (1, 3, 6)] * 10
        typed = p50(ask, [f"/v1/suggest?{urlencode({'q': beginning})}" for beginning in beginnings])
        plain = p50(ask, ["/healthz"] * QUESTIONS)
        searched = p50(ask, [f"/nl/?{urlencode({'q': question})}" for question in questions()])
        visited = {}
        for name, paths in pages(Path(environment["KB_CONTENT_DIRS"])).items():
            rounds = -(-QUESTIONS // 10 // len(paths))
            visited[f"page, {name}, asked first: p50"] = p50(ask, paths)  # the server fills its caches
            visited[f"page, {name}, asked again: p50"] = p50(ask, paths * rounds)
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            shares = [[*map(search_path, questions()[number::CLIENTS])] for number in range(CLIENTS)]
            list(pool.map(lambda paths: [*map(client(address), paths)], shares))
        together = time.perf_counter() - began
    return {
        "server: ready, s": ready,
        "HTTP without a search: p50": plain,
        "HTTP suggestions: p50": typed,
        "HTTP search: p50": statistics.median(times),
        "HTTP search: p95": p95(times),
        "HTTP search, four clients: answers per s": QUESTIONS / together,
        "page of a search: p50": searched,
        "page of a search, besides the search: p50": searched - statistics.median(times),
        **visited,
    }


def saving(environment: dict[str, str]) -> dict[str, float]:
    """Time how long after a note was saved the running server finds the new sentence in it."""
    note = Path(environment["KB_CONTENT_DIRS"]) / "practices" / "be-baps" / "nl.md"
    written = note.read_text("utf-8")
    try:
        with running(environment, "--watch", until="Watching.") as address:
            taken = [until_found(address, note, written, number) for number in range(100, 100 + SAVED)]
    finally:
        note.write_text(written, "utf-8")
    return {"saved note found: p50, s": statistics.median(taken), "saved note found: p95, s": p95(taken)}


def until_found(address: str, note: Path, written: str, number: int) -> float:
    """Save a note with a sentence of its own and ask for it until it is found."""
    sentence = f"Proef {number}: wie doorklikt ziet een blauwe waarschuwingspagina met kenmerk K{number}X."
    asked = f"/v1/search?{urlencode({'q': f'blauwe waarschuwingspagina met kenmerk K{number}X', 'lang': 'nl'})}"
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


def search_path(question: str) -> str:
    return f"/v1/search?{urlencode({'q': question, 'lang': 'nl'})}"


def questions() -> list[str]:
    """Questions that differ, so that no cache can answer them."""
    return [f"{WORDS[number % len(WORDS)]} {number}" for number in range(QUESTIONS)]


def p50(action: Callable[[str], Any], texts: list[str]) -> float:
    """Return the median of the milliseconds that an action takes with each of these texts."""
    return statistics.median(timed(partial(action, text)) for text in texts)


def p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def timed(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def kb(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "api.cli.main", *arguments]


if __name__ == "__main__":
    main()
