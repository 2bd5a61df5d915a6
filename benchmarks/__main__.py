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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from api.compose import encoder, searcher
from benchmarks.lint import linting
from benchmarks.sample import keep_every
from kb.content.reader import read_taxonomy
from kb.settings import Settings
from search.pipeline import STEPS

REPOSITORY = Path(__file__).parent.parent
QUESTIONS = 300
CLIENTS = 4
SAVED = 40
"""How often a note is saved."""
WORDS = (
    "hoe blokkeren we phishingsites", "comment bloquer les sites d'hameçonnage", "how do we block phishing sites",
    "slachtoffers van bankhelpdeskfraude helpen", "avertir les victimes de mots de passe volés",
    "illegal fireworks sold on Telegram", "samenwerking met banken tegen geldezels", "preuve électronique à l'étranger",
)  # fmt: skip


def main() -> None:
    """Run everything and print a table; `--json` prints the figures instead."""
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<52} {value:>10.2f}" if isinstance(value, float) else f"{name:<52} {value:>10}")


def measure(folder: Path) -> dict[str, Any]:
    """All figures, by name; milliseconds unless the name says otherwise."""
    models = Path(os.environ.get("KB_DATA_DIR", REPOSITORY / ".kb")).resolve() / "models"
    models.mkdir(parents=True, exist_ok=True)
    environment = prepared(folder / "whole", models)
    figures = indexing(folder / "whole" / "content", environment)
    figures |= linting(folder / "whole" / "content", environment)
    figures |= search_in_terminal(environment)
    figures |= encoder_alone(settings(environment))
    figures |= searching(environment)
    figures |= saving(environment)
    part = prepared(folder / "part", models)
    keep_every(4, folder / "part" / "content")
    chunks = index(part)["chunks"]
    return figures | {f"{chunks} chunks, {name}": value for name, value in searching(part).items()}


def prepared(folder: Path, models: Path) -> dict[str, str]:
    """A copy of the collection and an empty data directory with the models; the environment that names both."""
    shutil.copytree(REPOSITORY / "content", folder / "content")
    (folder / "data").mkdir()
    (folder / "data" / "models").symlink_to(models)
    used = {"KB_CONTENT_DIRS": str(folder / "content"), "KB_DATA_DIR": str(folder / "data")}
    return {**os.environ, **used, "KB_RATE_LIMIT": "1000000"}


def settings(environment: dict[str, str]) -> Settings:
    """The settings that an environment stands for."""
    return Settings(data_dir=Path(environment["KB_DATA_DIR"]), content_dirs=(Path(environment["KB_CONTENT_DIRS"]),))


def searching(environment: dict[str, str]) -> dict[str, float]:
    """Searches in this process and over HTTP."""
    return {**steps(settings(environment)), **serve(environment)}


def indexing(content: Path, environment: dict[str, str]) -> dict[str, Any]:
    """A first run, one with nothing changed, one with a note touched."""
    first = index(environment)
    again = index(environment)
    touched = content / "practices" / "be-baps" / "fr.md"
    touched.write_text(touched.read_text("utf-8") + "\nUne phrase de plus.\n", "utf-8")
    one = index(environment)
    return {
        "chunks": first["chunks"],
        "index: first run, s": first["seconds"],
        "index: texts encoded per s": first["encoded"] / first["seconds"],
        "index: nothing changed, s (after start-up)": again["seconds"],
        "index: nothing changed, s (whole command)": again["whole"],
        "index: one note touched, texts encoded": one["encoded"],
        "index: one note touched, s (after start-up)": one["seconds"],
    }


def index(environment: dict[str, str]) -> dict[str, Any]:
    """One `kb index`, with its report and the time of the whole command."""
    started = time.perf_counter()
    done = subprocess.run(kb("index", "--json"), env=environment, check=True, capture_output=True, text=True)
    return {**json.loads(done.stdout), "whole": time.perf_counter() - started}


def search_in_terminal(environment: dict[str, str]) -> dict[str, float]:
    """The whole of `kb search`, start-up included."""
    runs = [timed(lambda: subprocess.run(kb("search", WORDS[0]), env=environment, check=True, capture_output=True))
            for _ in range(3)]  # fmt: skip
    return {"terminal: kb search, s (whole command)": min(runs) / 1000}


def encoder_alone(settings: Settings) -> dict[str, float]:
    """The floor: one query through the encoder, without anything else."""
    model = encoder(settings)
    model.encode_query(WORDS[0])
    times = [timed(lambda question=question: model.encode_query(question)) for question in questions()]
    return {"encoder alone: p50": statistics.median(times)}


def steps(settings: Settings) -> dict[str, float]:
    """A search in this process: the whole of it, and the share of each step of the pipeline."""
    door = searcher(settings)
    spent: dict[str, list[float]] = {name: [] for name in STEPS}
    for name in STEPS:
        component = door._pipeline.get_component(name)
        component.run = clocked(component.run, spent[name])
    for question in questions()[:30]:
        door.view().search(question)
    for times in spent.values():
        times.clear()
    whole = [timed(lambda question=question: door.view().search(question)) for question in questions()]
    return {
        "search in process: p50": statistics.median(whole),
        **{f"search in process: {name}, p50": statistics.median(times) for name, times in spent.items()},
    }


def clocked(run: Callable[..., Any], times: list[float]) -> Callable[..., Any]:
    """The same action, which notes how many milliseconds each call took."""

    def noted(**given: Any) -> Any:
        started = time.perf_counter()
        result = run(**given)
        times.append((time.perf_counter() - started) * 1000)
        return result

    return noted


def serve(environment: dict[str, str]) -> dict[str, float]:
    """The real server on loopback: start, one client after the other, four clients at once."""
    content = Path(environment["KB_CONTENT_DIRS"])
    started = time.perf_counter()
    server = subprocess.Popen(kb("serve", "--port", "0"), env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        line = next(line for line in server.stderr if line.startswith("Ready at "))
        ready = time.perf_counter() - started
        address = urlsplit(line.split()[-1]).netloc
        ask = client(address)
        for question in questions()[:30]:
            ask(search_path(question))
        times = sorted(timed(lambda question=question: ask(search_path(question))) for question in questions())
        beginnings = [word[:length] for word in WORDS for length in (1, 3, 6)] * 10
        typed = [timed(lambda one=one: ask(f"/v1/suggest?{urlencode({'q': one})}")) for one in beginnings]
        plain = [timed(lambda: ask("/healthz")) for _ in range(QUESTIONS)]
        searched = [timed(lambda question=question: ask(page_path(question))) for question in questions()]
        shown = {name: visits(ask, paths) for name, paths in pages(content).items()}
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda number: ask_all(address, number), range(CLIENTS)))
        together = time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(10)
    return {
        "server: ready, s": ready,
        "HTTP without a search: p50": statistics.median(plain),
        "HTTP suggestions: p50": statistics.median(typed),
        "HTTP search: p50": statistics.median(times),
        "HTTP search: p95": times[int(len(times) * 0.95)],
        "HTTP search, four clients: answers per s": QUESTIONS / together,
        "page of a search: p50": statistics.median(searched),
        "page of a search, besides the search: p50": statistics.median(searched) - statistics.median(times),
        **{
            f"page, {name}, {when}: p50": statistics.median(taken)
            for name, rounds in shown.items()
            for when, taken in zip(("asked first", "asked again"), rounds, strict=True)
        },
    }


def saving(environment: dict[str, str]) -> dict[str, float]:
    """How long after a note was saved the running server finds the new sentence in it."""
    note = Path(environment["KB_CONTENT_DIRS"]) / "practices" / "be-baps" / "nl.md"
    written = note.read_text("utf-8")
    said = note.parents[3] / "said.txt"
    with said.open("w") as out:
        server = subprocess.Popen(kb("serve", "--port", "0", "--watch"), env=environment, stderr=out)
    try:
        while not (ready := re.search(r"Ready at (\S+)", said.read_text())) or "Watching." not in said.read_text():
            if server.poll() is not None:
                raise RuntimeError(f"the server has ended: {said.read_text()}")
            time.sleep(0.2)
        address = urlsplit(ready[1]).netloc
        taken = sorted(until_found(address, note, written, number) for number in range(100, 100 + SAVED))
    finally:
        server.terminate()
        server.wait(10)
        note.write_text(written, "utf-8")
    return {
        "saved note found: p50, s": statistics.median(taken),
        "saved note found: p95, s": taken[int(len(taken) * 0.95)],
    }


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
        "list": [f"/nl/?crime_type={one}" for one in crime_types],
        "note": [f"/nl/notes/{one}" for one in notes],
        "compare": [f"/nl/compare?crime_type={one}" for one in crime_types],
        "coverage": ["/nl/coverage", "/fr/coverage", "/en/coverage"],
        "about": ["/nl/about"],
    }


def visits(ask: Callable[[str], None], paths: list[str]) -> tuple[list[float], list[float]]:
    """How long pages take when first asked, when the server makes what it holds from then on, and how long later."""
    first = [timed(lambda path=path: ask(path)) for path in paths]
    rounds = -(-QUESTIONS // 10 // len(paths))
    return first, [timed(lambda path=path: ask(path)) for _ in range(rounds) for path in paths]


def client(address: str) -> Callable[[str], None]:
    """A client with one open connection; the standard library's own, since what it costs is counted too.

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


def ask_all(address: str, number: int) -> None:
    """Every `CLIENTS`-th question, over a connection of its own."""
    ask = client(address)
    for question in questions()[number::CLIENTS]:
        ask(search_path(question))


def page_path(question: str) -> str:
    """The address of the page of a search."""
    return f"/nl/?{urlencode({'q': question})}"


def search_path(question: str) -> str:
    """The address of a search."""
    return f"/v1/search?{urlencode({'q': question, 'lang': 'nl'})}"


def questions() -> list[str]:
    """Questions that differ, so that no cache can answer them."""
    return [f"{WORDS[number % len(WORDS)]} {number}" for number in range(QUESTIONS)]


def timed(action: Callable[[], Any]) -> float:
    """Milliseconds that an action takes."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def kb(*arguments: str) -> list[str]:
    """The command line, run by this interpreter."""
    return [sys.executable, "-m", "api.cli.main", *arguments]


if __name__ == "__main__":
    main()
