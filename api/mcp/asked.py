"""What the tools take. Values are checked where questions are (`search.query`); here they are described.

Descriptions are read by assistants: they say in the field's terms what a parameter is for.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, create_model, field_validator

from api.models.filters import argument_fields, several
from api.models.parameters import error_words, unknown_parameter
from kb.errors import QueryError
from kb.text.languages import Language
from search.query import MAX_CHARACTERS, empty_question

DEFAULT_LIMIT: Final = 5
MAX_LIMIT: Final = 20
"""Notes of a list that one answer may have: an assistant reads all of them."""


def _language(meaning: str) -> Any:
    return Field(None, description=f"`fr`, `nl` or `en`: {meaning}", json_schema_extra={"enum": [*Language, None]})


class Asked(BaseModel):
    """What a tool takes. Other names are refused: a filter with a typing error must not pass for none."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _one_of_several(cls, value: Any, info: ValidationInfo) -> Any:
        """Accept, where there may be several values, one by itself, and null for none."""
        if info.field_name is None or cls.model_fields[info.field_name].annotation != list[str]:
            return value
        return [value] if isinstance(value, str) else [] if value is None else value


class _Question(Asked):
    question: str = Field(
        description="The question, in French, Dutch or English, as an investigator would ask a colleague: whole "
        "sentences work better than keywords. At most 2,000 characters.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS},
    )
    language: str | None = _language(
        "the reader's language, in which notes are shown where they exist in it. Notes in all languages are found "
        "whatever it is. Default: the question's."
    )


_Filters: Any = create_model("_Filters", __base__=_Question, **argument_fields())


class SearchAsked(_Filters):
    """A question."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Notes per list, 1 to {MAX_LIMIT}.")

    @field_validator("limit", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """In JSON, 5.0 is a whole number."""
        return int(value) if isinstance(value, float) and value.is_integer() else value


class NoteAsked(Asked):
    """A note."""

    id: str = Field(description="The note's id, e.g. `be-baps`, as other tools give it.")
    language: str | None = _language("the version wanted; the note's own where it has no such version.")


class CompareAsked(Asked):
    """A crime type."""

    crime_type: str = Field(description="The crime type, e.g. `phishing`; narrower ones are included.")
    phase: str | None = Field(None, description="Only practices in this phase. Default: all phases.")
    country: list[str] = several(
        "country",
        "Only the columns of these countries or areas, e.g. `BE`, `NL`, `LU`. Default: all that have practices.",
    )
    language: str | None = _language("the reader's language. Default: English.")


class CoverageAsked(Asked):
    """The collection, or what it has on a crime type."""

    crime_type: str | None = Field(None, description="Only the map and the gaps of this crime type. Default: all.")


class TaxonomyAsked(Asked):
    """The vocabularies, or one of them."""

    scheme: str | None = Field(None, description="Only this vocabulary, e.g. `crime-types`. Default: all.")


Wanted = TypeVar("Wanted", bound=Asked)


def checked(kind: type[Wanted], given: Mapping[str, Any]) -> Wanted:
    """Return what was asked. Raises QueryError, in the words of the API, for what cannot be read as that."""
    try:
        json.dumps(given, ensure_ascii=False).encode()
        return kind.model_validate(given)
    except (UnicodeEncodeError, RecursionError):
        raise QueryError("The arguments hold half a character, or are nested too deeply.", field="arguments") from None
    except ValidationError as error:
        raise _refused(error, kind) from None


def _refused(error: ValidationError, kind: type[Asked]) -> QueryError:
    items = error.errors(include_url=False, include_input=False)
    names = [".".join(str(part) for part in item["loc"] if isinstance(part, str))[:60] for item in items]
    for name, item in zip(names, items, strict=True):
        if item["type"] == "extra_forbidden":
            return unknown_parameter(name, tuple(kind.model_fields))
        if (name, item["type"]) == ("question", "missing"):
            return empty_question()
    words = {"limit": f"it is a number from 1 to {MAX_LIMIT}"}
    errors = (f"`{name}`: {words.get(name, error_words(item))}" for name, item in zip(names, items, strict=True))
    return QueryError(
        f"{'; '.join(errors)}.", field=names[0], remedy="The tool's input schema says what each parameter takes."
    )
