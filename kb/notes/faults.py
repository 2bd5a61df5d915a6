"""What pydantic says of a value, in words of authors; the sentences are those of `messages.yaml`."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kb.notes.front_matter import SLUG
from kb.notes.plain_yaml import read_data
from kb.said import Said, said


def faults(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong, without the list that only lacks items because those it has are wrong."""
    all_faults = error.errors(include_url=False)
    inside = {fault["loc"][:-1] for fault in all_faults} | {fault["loc"][:-2] for fault in all_faults}
    return [fault for fault in all_faults if fault["type"] != "too_short" or fault["loc"] not in inside]


def shape_of(error: ErrorDetails) -> str | None:
    """Return what a value of the wrong form should be, with gaps for what pydantic tells; None: nothing is said."""
    is_id = error.get("ctx", {}).get("pattern") == f"^{SLUG.pattern}$"
    shape: str | None = read_data("messages.yaml")["fields"].get("no_id" if is_id else error["type"])
    return shape


def either(expected: str) -> Said:
    """Return the values that pydantic would take, `'a', 'b' or 'c'`, so that each language has its own `or`."""
    others, _, last = expected.rpartition(" or ")
    return said("{others} or {last}", others=others, last=last) if others else said("{last}", last=last)


def reason(error: ErrorDetails) -> Said:
    """Return what is wrong with a field, for a sentence that names the field."""
    context = error.get("ctx", {})
    if error["type"] == "missing":
        return said("it is missing")
    if error["type"] == "extra_forbidden":
        return said("there is no such field")
    if "error" in context:
        words: Said = context["error"].args[0]
        return words
    if "expected" in context:
        context["expected"] = either(context["expected"])
    shape = shape_of(error)
    return said(shape, length=len(str(error["input"])), **context) if shape else said("this value does not fit")
