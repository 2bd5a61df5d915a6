"""The pages and the type-ahead, on the collection as it is."""

import statistics

from benchmarks.places import Places
from benchmarks.processes import client, path, running
from benchmarks.timing import TODAY, WORDS, Found, Scale, p50, questions, timed
from kb.content.reader import read_taxonomy


def measure(places: Places, scale: Scale) -> Found:
    """Ask for each kind of page: every note, every crime type, since what a page costs hangs on what it is about."""
    place = places.at(TODAY)
    notes = sorted(folder.name for folder in place.content.glob("[ps]*s/*/"))
    crime_types = list(read_taxonomy([place.content]).crime_types)
    pages = {
        "start": ["/nl/"],
        "list": [f"/nl/?crime_type={crime_type}" for crime_type in crime_types],
        "note": [f"/nl/notes/{note_id}" for note_id in notes],
        "compare": [f"/nl/compare?crime_type={crime_type}" for crime_type in crime_types],
        "coverage": ["/nl/coverage", "/fr/coverage", "/en/coverage"],
        "about": ["/nl/about"],
    }
    asked = questions(scale.questions)
    with running(place) as server:
        ask = client(server.address)
        beginnings = [word[:length] for word in WORDS for length in (1, 3, 6)]
        paths = [path("/v1/suggest", q=beginning) for beginning in beginnings]
        figures = {"page.suggest": p50(ask, (paths * 10)[: scale.questions])}
        pairs = [(path("/v1/search", q=each, lang="nl"), path("/nl/", q=each)) for each in asked]
        besides = [timed(ask, page) - timed(ask, answer) for answer, page in pairs]
        figures["page.search"] = statistics.median(besides)
        for name, addresses in pages.items():
            first = p50(ask, addresses)  # the server fills its caches
            rounds = -(-scale.questions // 10 // len(addresses))
            figures |= {f"page.{name}": p50(ask, addresses * rounds), f"page.{name}.first": first}
    return {TODAY: figures}
