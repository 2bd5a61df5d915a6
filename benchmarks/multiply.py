"""Larger collections, made of a real one: notes and their records under other ids, written without encoding a text.

A copy of a note has the same texts. Its vectors are those of the original and some noise, so that no two records are
equally near to a question; ids of notes in it are those of the same copy. Statistics stay as they are, but for counts.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ingest.chunking.identify import Identifiers
from ingest.indexing.plan import hashes, stated
from kb.content.reader import read_collection, read_taxonomy
from kb.encoder.vector_cache import cache_path
from kb.store.manifest import Manifest
from kb.store.records import CHUNK, RECORD, VERSION, Point, note_and_language
from kb.text.terms import TermCounts

if TYPE_CHECKING:
    from benchmarks.places import Place

NOISE: Final = 0.3
"""Length of what is added to a vector of length 1: copies keep a cosine of .92 with one another."""
_NAMED: Final = re.compile("\x01([^\x02]+)\x02")
_LONG: Final = ("text", "markdown", "sentences", "summary")
"""Fields of payloads that hold no ids, or as good as none."""

Ids = Mapping[str, str]
"""Of one copy: id of a note -> the id of its copy."""


def multiply(original: "Place", to: "Place", passages: int) -> None:
    """Make a collection of so many passages and its index: whole copies of another, the last one of a part of it."""
    reader = original.store.reader()
    points = list(reader.points())
    chunks = [point.record_id for point in points if point.payload[RECORD] == CHUNK]
    made = copies((note_and_language(record_id)[0] for record_id in chunks), passages)
    _copy_files(original, to, made)
    manifest = _manifest(reader.manifest, to, [*_counted(points, made)])
    to.store.replace(_records(points, made), manifest)
    shutil.copyfile(cache_path(original.data), cache_path(to.data))  # their texts are the same


def noisy(vectors: np.ndarray, copy: int) -> np.ndarray:
    """Return vectors with noise, at unit length, shape (n, dimension); of the first copy as they are."""
    if not copy:
        return vectors
    added = np.random.default_rng(copy).standard_normal(vectors.shape, np.float32)
    shifted = vectors + added * NOISE / np.linalg.norm(added, axis=1, keepdims=True)
    return np.asarray(shifted / np.linalg.norm(shifted, axis=1, keepdims=True), np.float32)


def copies(of_passages: Iterable[str], wanted: int) -> list[Ids]:
    """Return copies until there are so many passages. of_passages: the note of each; the first copy is the original."""
    passages = Counter(of_passages)
    found: list[Ids] = []
    there = 0
    while passages and there < wanted:
        copy: dict[str, str] = {}
        for note_id in sorted(passages):
            if there < wanted:
                copy[note_id] = f"{note_id}-copy{len(found)}" if found else note_id
                there += passages[note_id]
        found.append(copy)
    return found


def copy_of(record_id: str, ids: Ids) -> str:
    """Return the id of a record of a note's copy."""
    note_id, _ = note_and_language(record_id)
    return ids[note_id] + record_id.removeprefix(note_id)


def _copy_files(original: "Place", to: "Place", made: Sequence[Ids]) -> None:
    """Write the notes of all copies, with the names in their fields changed; links in texts lead where they led."""
    shutil.copytree(original.content, to.content, ignore=shutil.ignore_patterns("practices", "strategies", "sources"))
    known = _names(made[0])
    (to.content / "sources").mkdir()
    for folder in sorted(original.content.glob("[ps]*s/*/")):
        extract = original.content / "sources" / f"{folder.name}.yaml"
        parts = {file.name: file.read_text("utf-8").partition("\n---\n") for file in folder.glob("*.md")}
        for ids in made:
            if folder.name not in ids:
                continue
            copy = to.content / folder.parent.name / ids[folder.name]
            copy.mkdir(parents=True)
            for name, (fields, *rest) in parts.items():
                renamed = known.sub(lambda found, ids=ids: ids.get(found[0], found[0]), fields)
                (copy / name).write_text("".join((renamed, *rest)), "utf-8")
            if extract.exists():
                shutil.copyfile(extract, to.content / "sources" / f"{copy.name}.yaml")


def _manifest(before: Manifest, to: "Place", counted: Sequence[str]) -> Manifest:
    """Return the manifest of the index of a place. counted: what each of its records is"""
    collection, taxonomy = read_collection([to.content]).to_index(False), read_taxonomy([to.content])
    number = Counter(counted)
    texts = number.total() - number[VERSION]
    times = texts / (before.chunks + before.questions)
    terms = before.terms
    return replace(
        before,
        versions=hashes(collection.notes, Identifiers(collection.notes, taxonomy)),
        notes=len(collection.notes),
        chunks=number[CHUNK],
        questions=texts - number[CHUNK],
        terms=TermCounts(round(terms.texts * times), terms.terms, np.rint(terms.counts * times).astype(np.uint32)),
        journal=before.journal.after(
            {note.id: stated(note, taxonomy) for note in collection.notes},
            max(note.when for note in before.journal.notes.values()),
        ),
    )


def _counted(points: Sequence[Point], made: Sequence[Ids]) -> Iterator[str]:
    of_point = [(note_and_language(point.record_id)[0], point.payload[RECORD]) for point in points]
    return (record for ids in made for note_id, record in of_point if note_id in ids)


def _records(points: Sequence[Point], made: Sequence[Ids]) -> Iterator[Point]:
    """Yield the records of all copies, note by note as an index is written."""
    known = _names(made[0])
    rows = [place for place, point in enumerate(points) if point.dense is not None]
    vectors = np.stack([points[row].dense for row in rows])
    templates = [_template(point, known) for point in points]
    for number, ids in enumerate(made):
        dense = dict(zip(rows, noisy(vectors, number), strict=True))
        for place, point in enumerate(points):
            note_id, _ = note_and_language(point.record_id)
            if note_id in ids:
                payload = point.payload if not number else _payload(point, templates[place], ids)
                yield Point(copy_of(point.record_id, ids), payload, dense.get(place), point.lexical)


def _names(note_ids: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds the ids of notes where they stand alone."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(note_ids, key=len, reverse=True))})(?![\w-])")


def _template(point: Point, known: re.Pattern[str]) -> str:
    """Return the short fields of a payload as JSON, the ids of notes in it marked."""
    short = {field: value for field, value in point.payload.items() if field not in _LONG}
    return known.sub("\x01\\g<0>\x02", json.dumps(short))


def _payload(point: Point, template: str, ids: Ids) -> dict[str, Any]:
    renamed = json.loads(_NAMED.sub(lambda found: ids.get(found[1], found[1]), template))
    return {**point.payload, **renamed}
