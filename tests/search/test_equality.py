"""What a caller is answered is what a system would answer that holds only the notes the caller may see.

Random collections, labels and questions. Every way of reading is asked (`test_every_way_of_reading_is_asked`).
"""

import dataclasses
import inspect
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest.index import index_content
from kb.access import ANONYMOUS, Handling, clearance, whoever_sees
from kb.chunk_schema import recipe
from kb.content import read_taxonomy
from kb.engines.edge import EdgeStore
from kb.errors import KbError
from kb.languages import Language
from kb.settings import Settings
from search.reading import Reading
from search.service import Searcher

HANDLINGS: Sequence[Mapping[str, Any]] = (
    *3 * ({"tlp": "clear"},),
    {"tlp": "green"},
    {"tlp": "green", "audience": {"countries": ["BNL"], "organisations": ["Europol"]}},
    {"tlp": "amber", "pap": "amber"},
    {"tlp": "amber", "pap": "amber", "audience": {"countries": ["BE"]}},
    {"tlp": "amber", "pap": "amber", "audience": {"countries": ["LU"], "organisations": ["Alphadienst"]}},
    {"tlp": "amber+strict", "pap": "red", "owner": "Alphadienst"},
    {"tlp": "amber+strict", "pap": "red", "owner": "Betateam"},
)
CALLERS = (
    ANONYMOUS,
    clearance("green"),
    clearance("green", ["NL"], ["Betateam"]),
    clearance("amber"),
    clearance("amber", ["BE"]),
    clearance("amber+strict", ["LU"], ["Alphadienst"]),
    clearance("amber+strict", [], ["Betateam"]),
)
EVERYTHING = clearance("amber+strict", ["BE", "NL", "LU"], ["Alphadienst", "Betateam", "Europol"])
WORDS = re.findall(
    r"\w+",
    "banks freeze mule accounts victims phishing sites block police warn letters servers seized ransomware decryption "
    "covenant indicators share suspects young offenders repair damage EncroZap LMX9 Quuxol Zyxwvut CETS 185 article 35",
)
DUTCH = "De politie en de banken waarschuwen samen de slachtoffers van de valse sites, en blokkeren wat zij kunnen;"
ENGLISH = "The police and the banks warn the victims of the false sites together, and block what they can;"
QUESTIONS = (
    "block phishing sites", "Quuxol", "EncroZap servers seized", "CETS 185 article 35", "warn victims", "zyxwvut",
    "LMX9", "young offenders repair damage", "what nobody wrote about", "elanveritef", "elanveriteh",
    "elanveritek",
)  # fmt: skip
BODIES = ("Alphadienst", "Betateam", "Gammabureau", "Nobody")
TODAY = "2026-06-01"

Ask = Callable[[Reading, list[str]], Any]

WAYS: Mapping[str, Ask] = {
    "ask": lambda reading, _: (
        [
            timeless(reading.ask(text, reader=reader, **more))
            for text in QUESTIONS
            for reader, more in (
                ("en", {"explain": True}),
                ("nl", {"countries": ["BE"], "group_by": "country"}),
                (None, {"sort": "date", "limit": 30}),
            )
        ]
        + [told(lambda one=one: timeless(reading.ask("warn victims", organisations=[one]))) for one in BODIES]
    ),
    "browse": lambda reading, _: [timeless(reading.browse(one, phases=["prevention"])) for one in Language],
    "note": lambda reading, ids: [told(lambda one=one: reading.note(one, Language.NL)) for one in ids],
    "cards": lambda reading, ids: reading.cards(ids, Language.FR),
    "timeline": lambda reading, ids: [reading.timeline(one, Language.EN) for one in ids],
    "related": lambda reading, ids: [
        told(lambda one=one: reading.related(reading.note(one, None), Language.EN)) for one in ids
    ],
    "counts": lambda reading, _: reading.counts(),
    "kinds": lambda reading, _: reading.kinds(),
    "coverage": lambda reading, _: reading.coverage(TODAY),
    "practice_map": lambda reading, _: reading.practice_map(),
    "objectives": lambda reading, _: [reading.objectives(one) for one in Language],
    "compare": lambda reading, _: [reading.compare(one, None, Language.EN) for one in ("phishing", "ransomware")],
    "taxonomy": lambda reading, _: sorted(reading.taxonomy.crime_types),
}
NOT_A_WAY = {"once"}
"""Public methods that answer only what one of the others makes."""


def timeless(results: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(results).items() if name != "took_ms"}


def told(action: Callable[[], Any]) -> Any:
    """An answer, or the words of a refusal."""
    try:
        return action()
    except KbError as error:
        return str(error), error.remedy, getattr(error, "allowed", ())


def unlike(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two answers differ, to the last bit of a number."""
    if dataclasses.is_dataclass(one):
        one, other = vars(one), vars(other)
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        return [found for key in one for found in unlike(one[key], other[key], f"{place}.{key}")]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        return [
            found for at, pair in enumerate(zip(one, other, strict=True)) for found in unlike(*pair, f"{place}[{at}]")
        ]
    return [] if one == other else [f"{place}: {one!r} {other!r}"]


def write(content: Any, chance: random.Random, passages: int) -> dict[str, frozenset[str]]:
    """A random collection; the keys that open each note. passages: in each practice, at least two."""

    def words(count: int) -> str:
        return " ".join(chance.choices(WORDS, k=count))

    taxonomy = read_taxonomy([content.root])
    keys: dict[str, frozenset[str]] = {}
    headings = ("Problem", "Approach", *(f"Part {part}" for part in range(2, passages)))
    for number in range(16):
        strategy = number % 4 == 3
        own = f"élanvérité{chr(ord('a') + number)}"
        note_id = f"{chance.choice(('be', 'nl', 'lu'))}-{number}"
        handling = chance.choice(HANDLINGS)
        opening = Handling.stated(handling).keys(taxonomy)
        open_to_it = [one for one, others in keys.items() if whoever_sees(opening, others)]
        fields: dict[str, Any] = {
            "title": words(4).capitalize(),
            "summary": f"{words(9).capitalize()}.",
            **handling,
            "countries": [note_id[:2].upper()],
            "organisations": [{"name": chance.choice(BODIES[:3]), "role": "lead"}],
            "crime_types": [chance.choice(("phishing", "ransomware"))],
            "questions": [f"{words(4).capitalize()}?" for _ in range(chance.randint(0, 2))] or None,
            "related": [{"id": chance.choice(open_to_it), "rel": "see-also"}] if open_to_it else None,
        }
        text = "\n\n".join(f"## {heading}\n\n{ENGLISH} {words(20)} {own}." for heading in headings)
        if strategy:
            content.strategy(note_id, **fields)
        else:
            served = [one for one in open_to_it if (content.root / "strategies" / one).exists()]
            more = {"no_counterpart": [one for one in ("BE", "LU", "NL") if one != fields["countries"][0]]}
            content.practice(note_id, body=text, **fields, **more, implements=served[:1] or None)
        if chance.random() < 0.5:
            folder = "strategies" if strategy else "practices"
            asked = {"questions": fields["questions"]} if fields["questions"] else {}
            told = f"{DUTCH} {words(6)}."
            body = f"## Doel\n\n{told}\n\n## Doelstellingen en maatregelen\n\n- Blokkeren. {{#o1}}\n- Helpen. {{#o2}}\n"
            text = f"## Probleem\n\n{told}\n\n## Aanpak\n\n{told}\n"
            content.translation(note_id, "nl", "en", body if strategy else text, folder=folder, **asked)
        keys[note_id] = opening
    return keys


Opened = Callable[[frozenset[str]], Searcher]


@pytest.fixture(params=[*((seed, 2) for seed in range(5)), (5, 12)], ids=str)
def collection_of(
    request: pytest.FixtureRequest, content: Any, fake_encoder: Any, tmp_path: Path
) -> tuple[dict[str, frozenset[str]], Opened]:
    """The keys of the notes of a random collection, and what opens an index of those that a caller may see."""
    seed, passages = request.param  # twelve: more than a search looks at in the first place
    keys = write(content, random.Random(seed), passages)

    def opened(caller: frozenset[str]) -> Searcher:
        root, data = (Path(tempfile.mkdtemp(dir=tmp_path)) / name for name in ("content", "data"))
        shutil.copytree(content.root, root)
        for note_id in keys:
            if keys[note_id].isdisjoint(caller):
                for folder in ("practices", "strategies"):
                    shutil.rmtree(root / folder / note_id, ignore_errors=True)
        settings = Settings(content_dirs=(root,), data_dir=data)
        store = EdgeStore(data)
        index_content(settings, store, fake_encoder)
        return Searcher(
            store, fake_encoder, recipe(fake_encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        )

    return keys, opened


def answers(searcher: Searcher, ids: list[str], caller: frozenset[str]) -> Iterator[tuple[str, Any]]:
    for name, ask in WAYS.items():
        yield name, searcher.read(lambda reading, ask=ask: ask(reading, ids), caller)


def test_every_way_of_reading_is_asked() -> None:
    public = {name for name, _ in inspect.getmembers(Reading) if not name.startswith("_")}
    assert public == {*WAYS, *NOT_A_WAY}


def test_a_caller_is_answered_as_if_nothing_else_were_there(
    collection_of: tuple[dict[str, frozenset[str]], Opened],
) -> None:
    keys, opened = collection_of
    ids = [*keys, "be-none"]
    whole = opened(EVERYTHING)
    told_to_all = dict(answers(whole, ids, EVERYTHING))
    for caller in CALLERS:
        apart = dict(answers(opened(caller), ids, caller))
        for name, answer in answers(whole, ids, caller):
            assert unlike(answer, apart[name]) == [], (name, sorted(caller))
        if any(one.isdisjoint(caller) for one in keys.values()):
            assert all(apart[name] != told_to_all[name] for name in ("ask", "kinds", "counts", "note", "cards"))
