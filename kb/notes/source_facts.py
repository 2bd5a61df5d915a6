"""Source extracts, `sources/<note-id>.yaml`: per source, where it stands and the bare facts a note takes from it.

They are what a note can be checked against, by people and by lint; they are not indexed.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kb.issue import Issue
from kb.notes.front_matter import FullDate, Text, WebAddress
from kb.notes.plain_yaml import At, PlainYamlError, Position, place_of, read_yaml, text_of
from kb.said import said


class Extract(BaseModel):
    """One source of a note. `facts`: short statements in our own words, figures in digits."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    url: WebAddress
    publisher: Text
    accessed: FullDate
    facts: tuple[Text, ...]


_REMEDY: Final = said("Each entry has url, publisher, accessed and facts: a list of texts.")
_FILE = TypeAdapter(tuple[Extract, ...])


def read_extracts(data: bytes, path: str) -> tuple[Extract, ...] | Issue:
    """Read one file of extracts. path: as issues name it."""
    text = text_of(data, path, "KB401")
    if isinstance(text, Issue):
        return text
    positions: Mapping[At, Position] = {}
    try:
        read, positions = read_yaml(text)
        return _FILE.validate_python(read)
    except PlainYamlError as error:
        return Issue(path, *error.position, "KB401", said("the file {reason}.", reason=error.message), _REMEDY)
    except ValidationError as error:
        at = error.errors()[0]["loc"]
    message = said("the file is no list of entries.")
    if at:
        message = said("`{field}` is missing, unknown or malformed.", field=".".join(map(str, at)))
    return Issue(path, *place_of(at, positions), "KB401", message, _REMEDY)
