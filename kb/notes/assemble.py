"""Files of one note -> Note, or issues an author can act on.

Knows the shape of the fields; reads no disk. Issue codes KB102 and KB106-KB112, KB302-KB304; `ingest.lint` documents
them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kb.issue import Issue, did_you_mean
from kb.notes.front_matter import (
    PATH_FIELDS,
    Fields,
    LanguageFields,
    PracticeFields,
    StrategyFields,
    TranslationFields,
)
from kb.notes.markdown import MarkdownError, sections_and_links
from kb.notes.note import Kind, LanguageVersion, Note
from kb.notes.note_file import NoteFile
from kb.text.languages import Language

_SHAPES = {
    "literal_error": "{shown} is not one of {expected}",
    "enum": "{shown} is not one of {expected}",
    "string_pattern_mismatch": "{shown} does not have the form `{pattern}`",
    "string_too_long": " has {length} characters; at most {max_length} are allowed",
    "too_long": " has {actual_length} entries; at most {max_length} are allowed",
    "tuple_type": "{shown} must be a list: write `[…]` or a line `- …` for each",
    "string_type": "{shown} must be text: put it in quotes",
    "model_type": "{shown} must be a group of `field: value`",
    "too_short": "{shown} must not be empty",
    "string_too_short": " has {length} characters; at least {min_length} are needed",
    "bool_type": "{shown} must be `true` or `false`",
    "int_parsing": "{shown} must be a whole number",
    "int_type": "{shown} must be a whole number",
    "int_from_float": "{shown} must be a whole number",
    "int_parsing_size": " must be a whole number",
    "finite_number": "{shown} must be a whole number",
    "bool_parsing": "{shown} must be `true` or `false`",
}
"""Pydantic's error types that authors meet, in their words."""


def assemble(files: Sequence[NoteFile]) -> tuple[Note | None, list[Issue]]:
    """Join the language files of one note. The note is None when any of them has an error."""
    issues: list[Issue] = []
    originals = [file for file in files if not file.is_translation]
    original = originals[0] if originals else None
    for extra in originals[1:]:
        issues.append(
            extra.issue(
                "KB302",
                f"a note has one original, and `{original.where.path if original else ''}` is one already.",
                "Keep title and summary, add `translation: {of, status, source_revision}`, remove the shared fields.",
            )
        )
    if original is None:
        issues += [
            file.issue(
                "KB303",
                "this is a translation, but there is no original.",
                "Add the file of the language it was written in, or remove `translation` and fill in the fields.",
                ("translation",),
            )
            for file in files
        ]
        return None, issues

    model = PracticeFields if original.where.kind is Kind.PRACTICE else StrategyFields
    fields, found = _validate(original, model)
    issues += found
    versions: dict[Language, LanguageVersion] = {}
    for file in files:
        own = fields
        if file.is_translation:
            own, found = _validate(file, TranslationFields)
            issues += found
            if isinstance(own, TranslationFields) and own.translation.of is not original.where.language:
                issues.append(
                    file.issue(
                        "KB304",
                        f"`translation.of` is `{own.translation.of}`, but the original is in "
                        f"`{original.where.language}`.",
                        at=("translation", "of"),
                    )
                )
        if isinstance(own, LanguageFields):
            try:
                cut, links = sections_and_links(file.parsed.body, file.parsed.body_line, file.where.kind)
            except MarkdownError as error:
                remedy = "Remove it." if error.code == "KB103" else "Keep a few pages of text."
                issues.append(Issue(file.where.path, *error.position, error.code, f"{error}.", remedy))
                continue
            versions[file.where.language] = LanguageVersion(
                language=file.where.language,
                path=file.where.path,
                own=own,
                translation=own.translation if isinstance(own, TranslationFields) else None,
                body=file.parsed.body,
                body_line=file.parsed.body_line,
                sections=cut,
                links=links,
            )
    if issues or not isinstance(fields, PracticeFields | StrategyFields):
        return None, issues
    return Note(original.where.id, original.where.kind, fields, original.where.language, versions), issues


def _validate(
    file: NoteFile, model: type[PracticeFields] | type[StrategyFields] | type[TranslationFields]
) -> tuple[Fields | TranslationFields | None, list[Issue]]:
    try:
        return model.model_validate(dict(file.parsed.front)), []
    except ValidationError as error:
        return None, list(_issues(file, model, error.errors(include_url=False)))


def _issues(file: NoteFile, model: type[LanguageFields], errors: Sequence[ErrorDetails]) -> Iterator[Issue]:
    inside = {error["loc"][:-1] for error in errors} | {error["loc"][:-2] for error in errors}
    for error in errors:
        if error["type"] == "too_short" and error["loc"] in inside:
            continue  # a list whose items are wrong counts as one without them
        # A rule about several fields names the one to look at first.
        named = [(word,) for word in re.findall(r"`(\w+)", str(error["msg"]))]
        at = error["loc"] or next((word for word in named if word in file.parsed.positions), ())
        name = ".".join(str(part) for part in at)
        if error["type"] == "extra_forbidden":
            yield _unknown_field(file, model, at, name)
        elif error["type"] == "missing":
            code = "KB112" if at[0] == "sources" else "KB108"
            yield file.issue(code, f"field `{name}` is missing.", _expected(model, at), at)
        else:
            code = "KB112" if at and at[0] == "sources" else "KB109"
            remedy = "Fill it in." if _is_empty(error) else ""
            yield file.issue(code, _message(error, name if error["loc"] else ""), remedy, at)


def _is_empty(error: Mapping[str, Any] | ErrorDetails) -> bool:
    return bool(error["loc"]) and error.get("input", ...) is None


def _unknown_field(file: NoteFile, model: type[LanguageFields], at: tuple[str | int, ...], name: str) -> Issue:
    if len(at) == 1 and at[0] in PATH_FIELDS:
        return file.issue("KB106", f"`{name}` comes from the path of the file.", "Remove the line.", at)
    if model is TranslationFields and at[0] in {*PracticeFields.model_fields, *StrategyFields.model_fields}:
        return file.issue(
            "KB110", f"`{name}` stands in the original only; a translation inherits it.", "Remove it here.", at
        )
    known = model.model_fields if len(at) == 1 else ()
    return file.issue("KB107", f"unknown field `{name}`.", did_you_mean(str(at[-1]), known), at)


def _expected(model: type[LanguageFields], at: tuple[str | int, ...]) -> str:
    field = model.model_fields.get(str(at[0])) if len(at) == 1 else None
    values = getattr(field.annotation, "__args__", ()) if field else ()
    words = [value for value in values if isinstance(value, str)]
    return f"One of: {', '.join(words)}." if words else ""


def _message(error: Mapping[str, Any] | ErrorDetails, name: str) -> str:
    context = error.get("ctx") or {}
    given = error.get("input")
    if _is_empty(error):
        expected = f"; it is one of {context['expected']}" if "expected" in context else ""
        return f"field `{name}` is empty{expected}."
    shown = f" `{given}`" if isinstance(given, str | int | float) and len(str(given)) <= 60 else ""
    if error["type"] == "string_too_short" and context["min_length"] == 1:
        return f"field `{name}` must not be empty."
    if (shape := _SHAPES.get(error["type"])) is not None:
        length = len(str(given))
        return f"field `{name}`{shape.format(**{'shown': f':{shown}', 'length': length, **context})}."
    reason = str(context["error"]) if "error" in context else "this value does not fit"
    return f"field `{name}`: {reason}." if name else f"{reason}."
