"""Reads a test collection: `queries.jsonl`, `qrels.tsv`, and `corpus.jsonl` and `offtopic.jsonl` if there are any."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from kb.errors import SettingsError
from kb.text.languages import Language

Made = TypeVar("Made", bound="Record")

GRADES = 1_000
"""The highest grade there may be, and with a minus sign the lowest; the measures cannot count more."""


def _readable(value: Any) -> Any:
    """Return a number as text, because ids are often written so. Raises ValueError for half a character."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str) and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds half a character (a lone surrogate)")
    return text


Text = Annotated[str, BeforeValidator(_readable)]
Lang = Annotated[Language, BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)]


class Record(BaseModel):
    """A line of a test collection."""

    model_config = ConfigDict(frozen=True)

    id: Text = Field(alias="_id")
    text: Text


class Query(Record):
    """A question. `need`: what it asks for, shared by its versions in other languages, where judgements name that."""

    lang: Lang
    need: Text | None = None


class OffTopic(Record):
    """A question that nothing answers. `kind`: `near` is other work of the same services, `far` is anything else."""

    lang: Lang | None = None
    kind: Literal["far", "near"]

    @model_validator(mode="before")
    @classmethod
    def _kind_from_id(cls, data: Any) -> Any:
        """Take the kind from the id where none is given: `near` if that word is in it, else `far`."""
        if isinstance(data, dict) and "kind" not in data:
            return {**data, "kind": "near" if "near" in str(data.get("_id")).lower() else "far"}
        return data


class Document(Record):
    """A text of a corpus, with its title where it has one. `group` joins the language versions of one document."""

    title: Text | None = None
    lang: Lang
    group: Text | None = None

    @property
    def joined(self) -> str:
        """Return the group, or the id where there is none."""
        return self.group or self.id


@dataclass(frozen=True)
class TestCollection:
    """Questions, judgements (query id or need -> document or note id -> grade), and what else the folder holds."""

    __test__ = False  # not a test, whatever pytest makes of its name

    queries: tuple[Query, ...]
    qrels: Mapping[str, Mapping[str, int]]
    corpus: tuple[Document, ...]
    offtopic: tuple[OffTopic, ...]

    def judged(self, query: Query) -> Mapping[str, int]:
        """Return the judgements for a question: its own, or those of its need."""
        return self.qrels.get(query.id) or self.qrels.get(query.need or "", {})


def read_collection(folder: Path) -> TestCollection:
    """Read a folder. Raises SettingsError with file, line and what is wrong."""
    if not folder.is_dir():
        raise SettingsError(f"There is no folder `{folder}`.", remedy="Name one with queries.jsonl and qrels.tsv.")
    queries = tuple(_records(folder / "queries.jsonl", Query))
    found = TestCollection(
        queries=queries,
        qrels=_qrels(folder / "qrels.tsv"),
        corpus=tuple(_records(folder / "corpus.jsonl", Document)),
        offtopic=tuple(_records(folder / "offtopic.jsonl", OffTopic)),
    )
    if (folder / "corpus.jsonl").exists() and not found.corpus:
        raise SettingsError(
            f"`{folder / 'corpus.jsonl'}` has no document.", remedy="Remove it to search the indexed notes instead."
        )
    if not any(found.judged(query) for query in queries):
        raise SettingsError(
            f"No line of `{folder / 'qrels.tsv'}` judges a question of `{folder / 'queries.jsonl'}`.",
            remedy="Its first column names `_id` or `need` of a question.",
        )
    return found


def _records(path: Path, model: type[Made]) -> Iterator[Made]:
    if model is not Query and not path.exists():
        return
    places: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            record = model.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            what = f"`{place}`: {first['msg']}" if place else "not an object"
            raise SettingsError(
                f"{path}:{number}: {what}.",
                remedy=f"Fields: {', '.join(field.alias or name for name, field in model.model_fields.items())}.",
            ) from error
        except ValueError as error:
            raise SettingsError(f"{path}:{number}: not a line of JSON: {error}.") from error
        if record.id in places:
            raise SettingsError(
                f"{path}:{number}: `{record.id}` is the id of line {places[record.id]}, too.",
                remedy="Give each its own.",
            )
        places[record.id] = number
        yield record


def _qrels(path: Path) -> Mapping[str, Mapping[str, int]]:
    """Read judgements in three columns or in the four of TREC. The first line may be a header."""
    judged: dict[str, dict[str, int]] = {}
    for place, (number, line) in enumerate(_lines(path)):
        columns = line.split("\t") if "\t" in line else line.split()
        if len(columns) not in (3, 4):
            raise SettingsError(
                f"{path}:{number}: not three columns `query-id`, `doc-id`, `grade`.",
                remedy="Part columns by tabs; TREC's four are read, too.",
            )
        try:
            grade = float(columns[-1])
        except ValueError:
            grade = math.nan
        if grade.is_integer() and abs(grade) <= GRADES:
            judged.setdefault(columns[0], {})[columns[-2]] = int(grade)
        elif place:
            raise SettingsError(
                f"{path}:{number}: `{columns[-1]}` is no grade.",
                remedy=f"A grade is a whole number, at most {GRADES}; 0 says that the document is not relevant.",
            )
    return judged


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, by number. Only line feeds end a line: texts may hold other line breaks."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}:{line}: not UTF-8 text.", remedy="Save it with encoding UTF-8.") from error
    except OSError as error:
        raise SettingsError(
            f"`{path}` cannot be read: {error.strerror}.",
            remedy="A test collection has queries.jsonl and qrels.tsv, and may have corpus.jsonl and offtopic.jsonl.",
        ) from error
    yield from ((number, line.removesuffix("\r")) for number, line in enumerate(lines, 1) if line.strip())
