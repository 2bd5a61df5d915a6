"""A question over HTTP, in every size: one client in alternation with the encoder, then several at once; memory."""

import statistics
import time
from contextlib import ExitStack
from itertools import islice

from api.compose import encoder
from benchmarks.places import Places
from benchmarks.processes import Server, client, clients, memory, path, processor, running
from benchmarks.timing import Figures, Found, Scale, questions, three, timed

CLIENTS = (4, 16)
WARM = 5
"""Questions before those that are timed."""


def measure(places: Places, scale: Scale) -> Found:
    """Ask all servers in turn, so that what else the machine does is the same for each; then each alone."""
    model = encoder(places.at(scale.sizes[0]).settings)
    asked = questions(scale.questions)
    with ExitStack() as servers:
        running_at = {size: servers.enter_context(running(places.at(size))) for size in scale.sizes}
        at_start = {size: memory(server.pid) for size, server in running_at.items()}
        ask = {size: client(server.address) for size, server in running_at.items()}
        times: dict[str, list[float]] = {size: [] for size in scale.sizes}
        encoding: list[float] = []
        for question in asked[:WARM]:  # these fill what is cached
            model.encode_query(question)
            for size in scale.sizes:
                ask[size](search_path(f"{question}?"))
        busy, working = {size: processor(server.pid) for size, server in running_at.items()}, 0.0
        for place, question in enumerate(asked, WARM):
            if place == scale.memory[0]:
                early = {size: memory(server.pid) for size, server in running_at.items()}
            began = time.process_time()
            encoding.append(timed(model.encode_query, question))
            working += time.process_time() - began
            for size in scale.sizes:
                times[size].append(timed(ask[size], search_path(question)))
        each = {size: (processor(running_at[size].pid) - busy[size]) / len(asked) * 1000 for size in scale.sizes}
        found: Found = {}
        alone, first = statistics.median(encoding), statistics.median(times[scale.sizes[0]])
        alone_busy = working / len(asked) * 1000
        for size, server in running_at.items():
            middle, fresh = statistics.median(times[size]), client(server.address)  # servers close idle connections
            found[size] = {
                **three("question", times[size]),
                "question.encodings": middle / alone,
                "question.growth": middle / first,
                "question.processor": each[size],
                "question.processor.encodings": each[size] / alone_busy,
                "question.processor.growth": each[size] / each[scale.sizes[0]],
                "question.plain": statistics.median(timed(fresh, "/healthz") for _ in asked),
                "memory.start": at_start[size],
                "memory.early": early[size],
                **_at_once(server, scale, WARM + len(asked)),
            }
        found[scale.sizes[0]] |= {"encoder.p50": alone, "encoder.processor": alone_busy}
    return found


def _at_once(server: Server, scale: Scale, before: int) -> Figures:
    """Ask as several clients; then as many questions as are missing until memory is looked at. before: asked already"""
    figures: Figures = {}
    # No two questions are the same, so that whatever is kept of one is kept of each.
    fresh = map(search_path, questions(before + 2 * len(CLIENTS) * scale.questions + scale.memory[1])[before:])
    for number in CLIENTS:
        times, a_second = clients(server.address, number, [*islice(fresh, scale.questions)])
        figures |= three(f"clients{number}", times) | {f"clients{number}.answers": a_second}
        before += scale.questions
    clients(server.address, CLIENTS[0], [*islice(fresh, max(scale.memory[1] - before, CLIENTS[0]))])
    return figures | {"memory.late": memory(server.pid)}


def search_path(question: str) -> str:
    """Return the address of a question's answer."""
    return path("/v1/search", q=question, lang="nl")
