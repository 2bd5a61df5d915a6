"""Over HTTP: questions, in alternation with the encoder and from several clients; pages; how soon a save is found."""

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain, islice
from operator import sub
from pathlib import Path
from statistics import median
from typing import Final

from api.compose import encoder
from benchmarks.places import Places, content_of
from benchmarks.processes import Server, client, clients, memory, path, processor, running, search_path
from benchmarks.timing import TODAY, WARM, WORDS, Figures, Found, Scale, in_turn, p50, percentiles, questions
from kb.content.reader import read_taxonomy
from kb.encoder.encoders import Encoder

CLIENTS: Final = (4, 16)


def measure(places: Places, scale: Scale) -> Found:
    """Ask all servers in turn, so that what else the machine does is the same for each; then each alone.

    Today's is one of them in any case: the others are compared with it.
    """
    sizes, model, fresh = [*dict.fromkeys((TODAY, *scale.sizes))], encoder(places.at(TODAY)), questions()
    with ExitStack() as stack:
        servers = {size: stack.enter_context(running(places.at(size))) for size in sizes}
        at_start = {size: memory(server.pid) for size, server in servers.items()}
        asked = {size: client(server.address, search_path) for size, server in servers.items()}
        actions = {"encoder": model.encode_question, **asked}
        in_turn(actions, islice(fresh, WARM))
        before = {size: processor(server.pid) for size, server in servers.items()}
        times = in_turn(actions, islice(fresh, scale.questions))
        busy = {size: (processor(servers[size].pid) - before[size]) / scale.questions * 1000 for size in servers}
        alone, alone_busy = median(times["encoder"]), _processor_of(model, [*islice(fresh, scale.questions)])
        found: Found = {}
        for size, server in servers.items():
            early = memory(server.pid)
            found[size] = _alone(server, scale, fresh) | {
                "server.ready": server.ready,
                "server.memory": [at_start[size], early, memory(server.pid)],
                "question": percentiles(times[size]),
                "question.encodings": median(times[size]) / alone,
                "question.growth": median(times[size]) / median(times[TODAY]),
                "question.processor": busy[size],
                "question.processor.encodings": busy[size] / alone_busy,
                "question.processor.growth": busy[size] / busy[TODAY],
            }
    found[TODAY] |= {"encoder": alone, "encoder.processor": alone_busy}
    return found


def _processor_of(model: Encoder, asked: list[str]) -> float:
    """Return the milliseconds of processors that a question takes to be encoded."""
    started = time.process_time()
    for question in asked:
        model.encode_question(question)
    return (time.process_time() - started) / len(asked) * 1000


def _alone(server: Server, scale: Scale, fresh: Iterator[str]) -> Figures:
    """Ask one server, then as several clients; then as many questions as are missing until memory is looked at."""
    ask = client(server.address, search_path)
    times = in_turn({"placed": lambda text: ask(f"{text} Antwerpen"), "as it is": ask}, islice(fresh, scale.questions))
    figures: Figures = {
        "question.placed": median(times["placed"]) / median(times["as it is"]),
        "question.plain": p50(client(server.address), ["/healthz"] * scale.questions),
    }
    for number in CLIENTS:
        took, a_second = clients(server.address, number, [*islice(fresh, scale.questions)])
        figures |= {f"clients{number}": percentiles(took), f"clients{number}.answers": a_second}
    missing = max(scale.many - scale.questions * (3 + len(CLIENTS)) - WARM, 1)
    clients(server.address, CLIENTS[0], [*islice(fresh, missing)])
    return figures


def pages(places: Places, size: str, scale: Scale) -> Figures:
    """Ask for each kind of page: every note, every crime type, since what a page costs hangs on what it is about."""
    place = places.at(size)
    crime_types = [*read_taxonomy(place.content_dirs).crime_types]
    pages_of = {
        "start": ["/nl/"],
        "list": [f"/nl/?crime_type={crime_type}" for crime_type in crime_types],
        "note": [f"/nl/notes/{folder.name}" for folder in sorted(content_of(place).glob("[ps]*s/*/"))],
        "compare": [f"/nl/compare?crime_type={crime_type}" for crime_type in crime_types],
        "coverage": ["/nl/coverage", "/fr/coverage", "/en/coverage"],
        "about": ["/nl/about"],
    }
    beginnings = [word[:length] for word in WORDS for length in (1, 3, 6)]
    with running(place) as server:
        ask = client(server.address)
        p50(ask, chain(*pages_of.values()))  # the server fills its caches
        several = {name: paths * -(-scale.questions // 10 // len(paths)) for name, paths in pages_of.items()}
        actions = {
            "answer": client(server.address, search_path),
            "page": client(server.address, lambda question: path("/nl/", q=question)),
        }
        times = in_turn(actions, islice(questions(), scale.questions))
        return {
            "pages": [p50(ask, paths) for paths in several.values()],
            "page.search": median(map(sub, times["page"], times["answer"])),
            "page.suggest": p50(client(server.address, lambda word: path("/v1/suggest", q=word)), beginnings * 10),
        }


def saves(places: Places, size: str, scale: Scale) -> Figures:
    """Time how long after a note was saved the running server finds the new sentence in it."""
    with places.copy(size) as place:
        note = sorted(content_of(place).glob("practices/*/nl.md"))[0]
        written = note.read_text("utf-8")
        with running(place, "--watch", until="Watching.") as server:
            taken = [_until_found(server, note, written, f"K{100 + number}X") for number in range(scale.saves)]
    return {"saved": median(taken), "saved.worst": max(taken)}


def _until_found(server: Server, note: Path, written: str, mark: str) -> float:
    """Save a note with a sentence of its own and ask for it until it is found; the seconds."""
    sentence = f"blauwe waarschuwingspagina met kenmerk {mark}"
    ask, started = client(server.address, search_path), time.perf_counter()
    note.write_text(f"{written}\n### Proef {mark}\n\nWie doorklikt ziet een {sentence}.\n", "utf-8")
    while (seconds := time.perf_counter() - started) < 120:
        practices = json.loads(gzip.decompress(ask(sentence)))["practices"]
        if any(mark in hit["passage"]["text"] for hit in practices):
            return time.perf_counter() - started
        time.sleep(0.02)  # whoever asks without a pause keeps the server from what is measured
    raise RuntimeError(f"{mark} was not found in {seconds:.0f} s")
