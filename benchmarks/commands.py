"""Commands that a person waits for: a search in the terminal, with and without a running server; preview; diff."""

import subprocess

from benchmarks.places import Place, Places
from benchmarks.processes import kb, running
from benchmarks.timing import TODAY, WORDS, Found, Scale


def measure(places: Places, scale: Scale) -> Found:
    """Search in every size; the others on the collection as it is."""
    found: Found = {}
    for size in scale.sizes:
        place = places.at(size)
        alone = kb(place, "search", WORDS[0], runs=scale.runs)
        with running(place) as server:
            beside = kb(place, "search", WORDS[0], runs=scale.runs)
            ready = server.ready
        found[size] = {
            "command.search": alone.seconds,
            "command.search.memory": alone.peak,
            "command.search.served": beside.seconds,
            "command.search.served.memory": beside.peak,
            "server.ready": ready,
        }
    with places.copy(TODAY) as place:
        note = sorted(place.content.glob("practices/*/nl.md"))[0]
        _commit(place)
        note.write_text(note.read_text("utf-8") + "\nEen zin erbij.\n", "utf-8")
        found.setdefault(TODAY, {}).update(
            {
                "command.preview": kb(place, "preview", note.parent.name, runs=scale.runs).seconds,
                "command.diff": kb(place, "diff", "HEAD", runs=scale.runs).seconds,
            }
        )
    return found


def _commit(place: Place) -> None:
    """Put the content under version control, as `kb diff` needs it."""
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")
    for command in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "As it was")):
        subprocess.run(("git", "-C", str(place.content), *command), check=True, env={**place.environment})
