"""Source extracts, `sources/<note-id>.yaml`: per source, where it stands and the bare facts a note takes from it.

They are what a note can be checked against, by people and by lint; they are not indexed.
"""

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kb.front_matter import FullDate, Text, WebAddress
from kb.plain_yaml import PlainLoader
from kb.problem import Problem


class Extract(BaseModel):
    """One source of a note. `facts`: short statements in our own words, figures in digits."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    url: WebAddress
    publisher: Text
    accessed: FullDate
    facts: tuple[Text, ...]


_FILE = TypeAdapter(tuple[Extract, ...])


def extracts(text: str, shown: str) -> tuple[Extract, ...] | Problem:
    """Read one file of extracts; `shown` is its path as problems name it."""
    try:
        return _FILE.validate_python(yaml.load(text, PlainLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        return Problem(shown, line, 1, "KB401", f"the file is no valid YAML: {getattr(error, 'problem', error)}.")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        return Problem(
            shown, 1, 1, "KB401", f"`{where}`: {first['msg']}.", "Each entry has url, publisher, accessed and facts."
        )
