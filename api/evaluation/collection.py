"""Reads a test collection: `queries.jsonl`, `qrels.tsv`, and `corpus.jsonl` and `offtopic.jsonl` if there are any."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kb.errors import SettingsError
from kb.languages import Language

Record = TypeVar("Record", bound=BaseModel)


class Query(BaseModel):
    """One question. `need`: what it asks for, shared by its versions in other languages, where judgements name that."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(alias="_id")
    text: str
    lang: Language
    need: str | None = None


class OffTopic(BaseModel):
    """A question that nothing answers. `kind`: `near` is other work of the same services, `far` is anything else."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(alias="_id")
    text: str
    lang: Language
    kind: Literal["far", "near"]

    @model_validator(mode="before")
    @classmethod
    def _kind_from_id(cls, data: Any) -> Any:
        """Where no kind is given, an id with `near` in it says so; any other question is far."""
        if isinstance(data, dict) and "kind" not in data:
            return {**data, "kind": "near" if "near" in str(data.get("_id")).lower() else "far"}
        return data


class Document(BaseModel):
    """One text of a corpus. `group` joins the language versions of one document."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(alias="_id")
    text: str
    lang: Language
    group: str | None = None

    @property
    def joined(self) -> str:
        """The group, or the document itself where it has none."""
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
        """The judgements for a question: its own, or those of its need."""
        return self.qrels.get(query.id) or self.qrels.get(query.need or "", {})


def read_collection(folder: Path) -> TestCollection:
    """Read a folder. Raises SettingsError with file, line and what is wrong."""
    if not folder.is_dir():
        raise SettingsError(f"There is no folder `{folder}`.", remedy="Name one with queries.jsonl and qrels.tsv.")
    queries = tuple(_records(folder / "queries.jsonl", Query, required=True))
    found = TestCollection(
        queries=queries,
        qrels=_qrels(folder / "qrels.tsv"),
        corpus=tuple(_records(folder / "corpus.jsonl", Document)),
        offtopic=tuple(_records(folder / "offtopic.jsonl", OffTopic)),
    )
    if not any(found.judged(query) for query in queries):
        raise SettingsError(
            f"No line of `{folder / 'qrels.tsv'}` judges a question of `{folder / 'queries.jsonl'}`.",
            remedy="Its first column names `_id` or `need` of a question.",
        )
    return found


def _records(path: Path, model: type[Record], *, required: bool = False) -> Iterator[Record]:
    if not path.exists() and not required:
        return
    for number, line in _lines(path):
        try:
            yield model.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise SettingsError(f"{path}:{number}: `{where}`: {first['msg']}.") from error
        except ValueError as error:
            raise SettingsError(f"{path}:{number}: not a line of JSON: {error}.") from error


def _qrels(path: Path) -> Mapping[str, Mapping[str, int]]:
    judged: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        if number == 1:
            continue  # the header
        try:
            query, document, grade = line.split("\t")
            judged.setdefault(query, {})[document] = int(grade)
        except ValueError as error:
            raise SettingsError(
                f"{path}:{number}: not three columns `query-id`, `doc-id`, `grade`.",
                remedy="Columns are parted by tabs; the grade is a whole number.",
            ) from error
    return judged


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"`{path}` cannot be read: {error}.") from error
    yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())
