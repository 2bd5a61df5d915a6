"""Files of a note: what their path says, their bytes as front matter and body, all of them as a Note, or issues.

Reads no disk. Finds KB101 to KB110, KB112, KB118, KB120 and KB302 to KB304, which `ingest.lint` documents.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from kb.issue import Issue, did_you_mean, printable_path, write_instead
from kb.notes.contacts import Contact
from kb.notes.faults import either, faults, shape_of
from kb.notes.field_words import field_words
from kb.notes.front_matter import (
    SLUG,
    DateError,
    LanguageFields,
    TranslationFields,
)
from kb.notes.markdown import MarkdownError, Parsed, parse, sections_and_links
from kb.notes.meant import meant_field, meant_value
from kb.notes.note import FIELDS, KINDS, Kind, LanguageVersion, Note
from kb.notes.plain_yaml import At, place_of, read_data, text_of
from kb.said import said
from kb.text.languages import Language
from kb.text.signs import first_sign

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

    @property
    def is_draft(self) -> bool:
        """An original makes its note a draft, a translation itself."""
        return self.parsed.front.get("draft") is True

    def issue(self, code: str, message: str, remedy: str = "", at: At = ()) -> Issue:
        """Return an issue at a field of the front matter, or at the nearest field above it that is in the file."""
        return Issue(self.where.path, *place_of(at, self.parsed.positions), code, message, remedy)


def note_path(relative: PurePath, path: str) -> NotePath | Issue:
    """Read `practices/<id>/<lang>.md`, or the like of another kind. path: as issues name it."""
    refused = partial(Issue, path, 1, 1, "KB101")
    parts = relative.parts
    kind = KINDS.get(parts[0]) if len(parts) == 3 else None
    if kind is None:
        places = ", ".join(f"`{folder}/<id>/<lang>.md`" for folder in KINDS)
        return refused(said("a note has its place at one of {places}.", places=places))
    if not SLUG.fullmatch(parts[1]):
        remedy = said("Use lower-case letters, digits and single hyphens.")
        return refused(said("`{id}` is no note id.", id=parts[1]), remedy)
    if relative.suffix != ".md" or relative.stem not in set(Language):
        message = said("`{file}` is no language file of this collection.", file=relative.name)
        return refused(message, said("Use fr.md, nl.md or en.md."))
    return NotePath(kind, parts[1], Language(relative.stem), printable_path(path))


def note_file(data: bytes, where: NotePath) -> NoteFile | Issue:
    """Decode and split one file."""
    issue = partial(Issue, where.path)
    text = text_of(data, where.path)
    if isinstance(text, Issue):
        return text
    if refused := _refused(text, where.path):
        return refused
    try:
        file = NoteFile(where, parse(text))
    except MarkdownError as error:
        return issue(*error.position, "KB105", error.sentence, said("See `docs/notes.md` for the form."))
    if len(places := [*file.parsed.positions.values()]) > _MOST_VALUES:
        form = "the front matter has {number:,} fields and items of lists, a note at most {most:,}."
        message = said(form, number=len(places), most=_MOST_VALUES)
        return issue(*places[_MOST_VALUES], "KB102", message, said("Keep what a reader looks for."))
    return file


def _refused(text: str, path: str) -> Issue | None:
    """Return what is wrong with a text before anything in it is read, if anything is."""
    issue = partial(Issue, path)
    if not text.strip("\ufeff \t\r\n"):
        return issue(1, 1, "KB104", said("the note is empty."), said("Write its front matter and text."))
    if conflict := _CONFLICT.search(text):
        message = said("git left this line where two changes met: one text stands above `=======`, the other below.")
        line = text.count("\n", 0, conflict.start()) + 1
        return issue(line, 1, "KB118", message, said("Keep what holds, and remove git's lines."))
    if sign := first_sign(text):
        at, kind = sign
        message = said(read_data("messages.yaml")["signs"][kind], sign=f"U+{ord(text[at]):04X}")
        place = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        return issue(*place, "KB120", message, said("`kb lint --fix` repairs all of them in the file."))
    return None


def assemble(files: Sequence[NoteFile], contacts: Mapping[str, Contact]) -> tuple[Note | None, list[Issue]]:
    """Join the language files of one note. The note is None when any of them has an error.

    A draft of a translation with errors is left out, and the others make the note.

    contacts: all there are, by id
    """
    originals = [file for file in files if not file.is_translation]
    if not originals:
        message = said("this is a translation, but there is no original.")
        remedy = said("Add the file of the language it was written in, or remove `translation` and fill in the fields.")
        return None, [file.issue("KB303", message, remedy, ("translation",)) for file in files]
    original, *others = originals
    message = said("a note has one original, and `{path}` is one already.", path=original.where.path)
    remedy = said(
        "Keep title and summary, add `translation: {{of, status, source_revision}}`, remove the shared fields."
    )
    issues = [extra.issue("KB302", message, remedy) for extra in others]
    kind, language = original.where.kind, original.where.language
    fields = _validated(original, FIELDS[kind], issues)
    versions: dict[Language, LanguageVersion] = {}
    of_drafts: list[Issue] = []
    for file in files:
        found = of_drafts if file.is_translation and file.is_draft else issues
        info = None
        own: LanguageFields | None = fields
        if file.is_translation:
            own = translated = _validated(file, TranslationFields, found)
            info = translated.translation if translated else None
            if info and info.of is not language:
                message = said(
                    "`translation.of` is `{of}`, but the original is in `{original}`.", of=info.of, original=language
                )
                found.append(file.issue("KB304", message, at=("translation", "of")))
        if own is None:
            continue
        body, line, where = file.parsed.body, file.parsed.body_line, file.where
        try:
            cut, links = sections_and_links(body, line, where.kind)
        except MarkdownError as error:
            remedy = said("Remove it.") if error.code == "KB103" else said("Keep a few pages of text.")
            found.append(Issue(where.path, *error.position, error.code, error.sentence, remedy))
        else:
            versions[where.language] = LanguageVersion(where.language, where.path, own, info, body, line, cut, links)
    if issues or fields is None:
        return None, [*issues, *of_drafts]
    named = tuple(contacts[contact] for contact in fields.contacts if contact in contacts)
    return Note(original.where.id, kind, fields, language, versions, named), of_drafts


def _validated(file: NoteFile, model: type[_Model], issues: list[Issue]) -> _Model | None:
    """Return the fields of a file; None where they have errors, which are added to the issues."""
    try:
        return model.model_validate(dict(file.parsed.front))
    except ValidationError as error:
        issues += [_issue(file, model, fault) for fault in faults(error)]
    return None


def _issue(file: NoteFile, model: type[LanguageFields], error: ErrorDetails) -> Issue:
    """Return an error of pydantic in words of authors."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    # A rule about several fields names the one to look at first.
    named = [(word,) for word in re.findall(r"`(\w+)", error["msg"])]
    at = error["loc"] or next((word for word in named if word in file.parsed.positions), ())
    name = ".".join(map(str, at))
    code = "KB112" if at[:1] == ("sources",) else "KB108" if kind == "missing" else "KB109"
    shape = shape_of(error)
    if kind == "extra_forbidden":
        return _unknown_field(file, model, at, name)
    if kind == "missing":
        return file.issue(code, said("field `{field}` is missing.", field=name), _expected(model, at), at)
    if "expected" in context:
        context["expected"] = either(context["expected"])
    if error["loc"] and given is None:
        form = "field `{field}` is empty."
        if "expected" in context:
            form = "field `{field}` is empty; it is one of {expected}."
        return file.issue(code, said(form, field=name, **context), said("Fill it in."), at)
    if kind == "string_too_short" and context["min_length"] == 1:
        message = said("field `{field}` must not be empty.", field=name)
    elif shape:
        quoted = isinstance(given, str | int | float) and len(str(given)) <= 60
        form = "field `{field}`: `{value}` {reason}." if quoted else "field `{field}`: {reason}."
        reason = said(shape, length=len(str(given)), **context)
        message = said(form, field=name, value=given, reason=reason)
    else:
        reason = context["error"].args[0] if "error" in context else said("this value does not fit")
        form = "field `{field}`: {reason}." if error["loc"] else "{reason}."
        message = said(form, field=name, reason=reason)
    meant = None
    if isinstance(context.get("error"), DateError):
        meant = context["error"].meant
    elif kind in ("literal_error", "enum", "bool_type"):
        allowed = ("true", "false") if kind == "bool_type" else re.findall(r"'([^']+)'", context["expected"])
        meant = meant_value(str(given), allowed)
    return file.issue(code, message, write_instead(meant) if meant and meant != given else "", at)


def _unknown_field(file: NoteFile, model: type[LanguageFields], at: At, name: str) -> Issue:
    if len(at) == 1 and at[0] in ("id", "type", "kind", "lang", "language"):
        message = said("`{field}` comes from the path of the file.", field=name)
        return file.issue("KB106", message, said("Remove the line."), at)
    if model is TranslationFields and any(at[0] in fields.model_fields for fields in FIELDS.values()):
        message = said("`{field}` stands in the original only; a translation inherits it.", field=name)
        return file.issue("KB110", message, said("Remove it here."), at)
    known = model.model_fields if len(at) == 1 else ()
    above = ".".join(str(part) for part in at[:-1] if isinstance(part, str))
    labels = {
        field.rpartition(".")[2]: [words[language].label for language in Language]
        for field, words in field_words().items()
        if field.rpartition(".")[0] == above and (above or field in known)
    }
    meant = meant_field(str(at[-1]), labels)
    remedy = write_instead(meant) if meant else did_you_mean(str(at[-1]), known)
    return file.issue("KB107", said("unknown field `{field}`.", field=name), remedy, at)


def _expected(model: type[LanguageFields], at: At) -> str:
    field = model.model_fields.get(str(at[0])) if len(at) == 1 else None
    values = getattr(field.annotation, "__args__", ()) if field else ()
    words = [value for value in values if isinstance(value, str)]
    return said("One of: {words}.", words=", ".join(words)) if words else ""
