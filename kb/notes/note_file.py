"""Files of a note: what their path says, their bytes as front matter and body, all of them as a Note, or issues.

Reads no disk. Finds KB101 to KB110, KB112, KB118 and KB302 to KB304, which `ingest.lint` documents.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kb.issue import Issue, did_you_mean, printable_path
from kb.notes.contacts import Contact
from kb.notes.front_matter import (
    SLUG,
    LanguageFields,
    TranslationFields,
)
from kb.notes.markdown import MarkdownError, Parsed, parse, sections_and_links
from kb.notes.note import FIELDS, KINDS, Kind, LanguageVersion, Note
from kb.notes.plain_yaml import At, place_of, read_data, text_of
from kb.text.languages import Language

_Model = TypeVar("_Model", bound=LanguageFields)
MAX_NOTE_BYTES: Final = 100_000
"""A note is a few pages of text, a seventh of this at most until now; a larger file is something else."""
_CONFLICT: Final = re.compile(r"^\ufeff?(?:<{7}|>{7})(?: |$)", re.MULTILINE)
"""A line that git leaves where two changes of a text meet."""
_MOST_VALUES: Final = 1_000
"""Fields, and items of lists, in front matter."""


@dataclass(frozen=True)
class NotePath:
    """Kind, id and language, as the path of a file says them.

    path: the path as issues name it (`kb.issue.printable_path`)
    """

    kind: Kind
    id: str
    language: Language
    path: str


@dataclass(frozen=True)
class NoteFile:
    """One readable file of a note."""

    where: NotePath
    parsed: Parsed

    @property
    def is_translation(self) -> bool:
        """A file is a translation because it says so."""
        return "translation" in self.parsed.front

    def issue(self, code: str, message: str, remedy: str = "", at: At = ()) -> Issue:
        """Return an issue at a field of the front matter, or at the nearest field above it that is in the file."""
        return Issue(self.where.path, *place_of(at, self.parsed.positions), code, message, remedy)


def note_path(relative: PurePath, path: str) -> NotePath | Issue:
    """Read `practices/<id>/<lang>.md`, or the like of another kind. path: as issues name it."""
    refused = partial(Issue, path, 1, 1, "KB101")
    parts = relative.parts
    kind = KINDS.get(parts[0]) if len(parts) == 3 else None
    if kind is None:
        places = " or ".join(f"`{folder}/<id>/<lang>.md`" for folder in KINDS)
        return refused(f"a note has its place at {places}.")
    if not SLUG.fullmatch(parts[1]):
        return refused(f"`{parts[1]}` is no note id.", "Use lower-case letters, digits and single hyphens.")
    if relative.suffix != ".md" or relative.stem not in set(Language):
        return refused(f"`{relative.name}` is no language file of this collection.", "Use fr.md, nl.md or en.md.")
    return NotePath(kind, parts[1], Language(relative.stem), printable_path(path))


def note_file(data: bytes, where: NotePath) -> NoteFile | Issue:
    """Decode and split one file."""
    issue = partial(Issue, where.path)
    text = text_of(data, where.path)
    if isinstance(text, Issue):
        return text
    if not text.strip("\ufeff \t\r\n"):
        return issue(1, 1, "KB104", "the note is empty.", "Write its front matter and text.")
    if conflict := _CONFLICT.search(text):
        message = "git left this line where two changes met: one text stands above `=======`, the other below."
        line = text.count("\n", 0, conflict.start()) + 1
        return issue(line, 1, "KB118", message, "Keep what holds, and remove git's lines.")
    try:
        file = NoteFile(where, parse(text))
    except MarkdownError as error:
        return issue(*error.position, "KB105", f"{error}.", "See `docs/notes.md` for the form.")
    if len(places := [*file.parsed.positions.values()]) > _MOST_VALUES:
        message = f"the front matter has {len(places):,} fields and items of lists, a note at most {_MOST_VALUES:,}."
        return issue(*places[_MOST_VALUES], "KB102", message, "Keep what a reader looks for.")
    return file


def assemble(files: Sequence[NoteFile], contacts: Mapping[str, Contact]) -> tuple[Note | None, list[Issue]]:
    """Join the language files of one note. The note is None when any of them has an error.

    contacts: all there are, by id
    """
    originals = [file for file in files if not file.is_translation]
    if not originals:
        message = "this is a translation, but there is no original."
        remedy = "Add the file of the language it was written in, or remove `translation` and fill in the fields."
        return None, [file.issue("KB303", message, remedy, ("translation",)) for file in files]
    original, *others = originals
    message = f"a note has one original, and `{original.where.path}` is one already."
    remedy = "Keep title and summary, add `translation: {of, status, source_revision}`, remove the shared fields."
    issues = [extra.issue("KB302", message, remedy) for extra in others]
    kind, language = original.where.kind, original.where.language
    fields = _validated(original, FIELDS[kind], issues)
    versions: dict[Language, LanguageVersion] = {}
    for file in files:
        info = None
        own: LanguageFields | None = fields
        if file.is_translation:
            own = translated = _validated(file, TranslationFields, issues)
            info = translated.translation if translated else None
            if info and info.of is not language:
                message = f"`translation.of` is `{info.of}`, but the original is in `{language}`."
                issues.append(file.issue("KB304", message, at=("translation", "of")))
        if own is None:
            continue
        body, line, where = file.parsed.body, file.parsed.body_line, file.where
        try:
            cut, links = sections_and_links(body, line, where.kind)
        except MarkdownError as error:
            remedy = "Remove it." if error.code == "KB103" else "Keep a few pages of text."
            issues.append(Issue(where.path, *error.position, error.code, f"{error}.", remedy))
        else:
            versions[where.language] = LanguageVersion(where.language, where.path, own, info, body, line, cut, links)
    if issues or fields is None:
        return None, issues
    named = tuple(contacts[contact] for contact in fields.contacts if contact in contacts)
    return Note(original.where.id, kind, fields, language, versions, named), issues


def _validated(file: NoteFile, model: type[_Model], issues: list[Issue]) -> _Model | None:
    """Return the fields of a file; None where they have errors, which are added to the issues."""
    try:
        return model.model_validate(dict(file.parsed.front))
    except ValidationError as error:
        faults = error.errors(include_url=False)
    inside = {fault["loc"][:-1] for fault in faults} | {fault["loc"][:-2] for fault in faults}
    for fault in faults:
        if fault["type"] != "too_short" or fault["loc"] not in inside:  # a list with wrong items counts as one without
            issues.append(_issue(file, model, fault))
    return None


def _issue(file: NoteFile, model: type[LanguageFields], error: ErrorDetails) -> Issue:
    """Return an error of pydantic in words of authors."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    # A rule about several fields names the one to look at first.
    named = [(word,) for word in re.findall(r"`(\w+)", error["msg"])]
    at = error["loc"] or next((word for word in named if word in file.parsed.positions), ())
    name = ".".join(map(str, at))
    code = "KB112" if at[:1] == ("sources",) else "KB108" if kind == "missing" else "KB109"
    shape = read_data("messages.yaml")["fields"].get(kind)
    if kind == "extra_forbidden":
        return _unknown_field(file, model, at, name)
    if kind == "missing":
        return file.issue(code, f"field `{name}` is missing.", _expected(model, at), at)
    if error["loc"] and given is None:
        expected = f"; it is one of {context['expected']}" if "expected" in context else ""
        return file.issue(code, f"field `{name}` is empty{expected}.", "Fill it in.", at)
    if kind == "string_too_short" and context["min_length"] == 1:
        message = f"field `{name}` must not be empty."
    elif shape:
        quoted = f": `{given}`" if isinstance(given, str | int | float) and len(str(given)) <= 60 else ":"
        message = f"field `{name}`{shape.format(**{'quoted': quoted, 'length': len(str(given)), **context})}."
    else:
        reason = context.get("error", "this value does not fit")
        message = f"field `{name}`: {reason}." if error["loc"] else f"{reason}."
    return file.issue(code, message, "", at)


def _unknown_field(file: NoteFile, model: type[LanguageFields], at: At, name: str) -> Issue:
    if len(at) == 1 and at[0] in ("id", "type", "kind", "lang", "language"):
        return file.issue("KB106", f"`{name}` comes from the path of the file.", "Remove the line.", at)
    if model is TranslationFields and any(at[0] in fields.model_fields for fields in FIELDS.values()):
        message = f"`{name}` stands in the original only; a translation inherits it."
        return file.issue("KB110", message, "Remove it here.", at)
    known = model.model_fields if len(at) == 1 else ()
    return file.issue("KB107", f"unknown field `{name}`.", did_you_mean(str(at[-1]), known), at)


def _expected(model: type[LanguageFields], at: At) -> str:
    field = model.model_fields.get(str(at[0])) if len(at) == 1 else None
    values = getattr(field.annotation, "__args__", ()) if field else ()
    words = [value for value in values if isinstance(value, str)]
    return f"One of: {', '.join(words)}." if words else ""
