"""Check files and front matter (KB1xx), and fix slips in names: never words or facts.

A name is taken for another only if it differs in case alone, or by one slip in a word of some length.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

from ingest.lint.places import Position
from ingest.lint.rule import ERROR, Context, Found, fixes, named, rule
from kb.issue import Issue, write_instead
from kb.notes.front_matter import PracticeFields, vocabulary_words
from kb.notes.meant import meant_concept, not_in_vocabulary, perhaps_meant
from kb.notes.note import LanguageVersion, Note
from kb.notes.note_file import NotePath
from kb.notes.quotes import corrected
from kb.said import said
from kb.text.language_guess import guess_language, plainly
from kb.text.signs import plain_signs


@rule("KB111", ERROR, bad="crime_types: [fishing]", good="crime_types: [phishing]")
def vocabulary(context: Context) -> Iterator[Found]:
    """Crime types, phases, countries and bodies are words of the vocabularies."""
    originals = (file for file in context.collection.files if not file.is_translation)
    words = ((file, *found) for file in originals for found in vocabulary_words(file.parsed.front))
    for file, name, word, at in words:
        scheme = getattr(context.taxonomy, name)
        if word.strip() not in scheme:
            message = not_in_vocabulary(word, name)
            meant = meant_concept(word, scheme)
            yield file.where.path, at, message, write_instead(meant) if meant else perhaps_meant(word, scheme)


@rule("KB113", ERROR, bad="phases: [disruption] (no `legal_basis`)", good="legal_basis: [{name: …, country: BE}]")
def legal_basis(note: Note) -> Iterator[Found]:
    """A practice of investigation, disruption or evidence names its legal basis."""
    needing = sorted({"investigation", "disruption", "evidence"} & set(note.fields.phases))
    if needing and isinstance(note.fields, PracticeFields) and not note.fields.legal_basis:
        message = said("`legal_basis` is missing, and the note is about {phases}.", phases=", ".join(needing))
        remedy = said(
            "Name the law; where the sources name none, an entry without a name says so: `- {{country: BE}}`."
        )
        yield note, ("phases",), message, remedy


@rule("KB114", ERROR, bad="tlp: red", good="tlp: amber")
def tlp_red(note: Note) -> Iterator[Found]:
    """Notes labelled TLP:RED are refused."""
    if note.fields.tlp == "red":
        message = said("TLP:RED is for the persons present only and has no place in a shared index.")
        yield note, ("tlp",), message, said("Remove the note, or have its issuer label it again.")


_LEAST_LETTERS: Final = 80
"""Shorter texts are not judged by their language."""
_ENOUGH_LETTERS: Final = 400
"""Letters from which more of a text say no more of its language."""


@rule("KB115", ERROR, bad="fr.md with Dutch text", good="nl.md with Dutch text")
def language(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """The text is in the language of the file's name."""
    own = version.language
    text = " ".join(block.text for section in version.sections for block in section.blocks)
    judged = text[:_ENOUGH_LETTERS]
    if len(text) < _LEAST_LETTERS or plainly(judged, own):
        return
    found = guess_language(judged)
    if found is not None and found is not own:
        message = said("the file is named {file}.md, but its text looks {language}.", file=own, language=named(found))
        remedy = said("Write it in {language}.", language=named(own))
        if found not in note.versions and version.translation is None:
            remedy = said("Rename it to {file}.md, or write it in {language}.", file=found, language=named(own))
        yield version, Position(version.body_line), message, remedy


@rule("KB117", ERROR, bad="tags: [phishing]", good="tags: ['rsit:fraud=\"phishing\"']")
def tag(note: Note) -> Iterator[Found]:
    """Tags are machine tags of the MISP taxonomies."""
    for place, written in enumerate(note.fields.tags):
        if not is_machine_tag(written):
            message = said("`{tag}` is no machine tag of the MISP taxonomies.", tag=written)
            remedy = said('Write it like `rsit:fraud="phishing"`, or leave it out.')
            yield note, ("tags", place), message, remedy


_TAG: Final = re.compile(r'([A-Za-z0-9._+-]+):([^=]*)(?:="([^"]+)")?')


def is_machine_tag(tag: str) -> bool:
    """Return whether a taxonomy of MISP has this tag: `namespace:predicate` or `namespace:predicate="value"`."""
    found = _TAG.fullmatch(tag)
    return found is not None and (found[2], found[3] or "") in _tags(found[1])


@cache
def _tags(namespace: str) -> frozenset[tuple[str, str]]:
    """Return predicate and value of each tag of a taxonomy; of the predicate by itself, no value.

    Read from the data of `pytaxonomies`, because importing that package takes as long as reading a thousand notes.
    """
    data = f"pytaxonomies/data/misp-taxonomies/{namespace}/machinetag.json"
    file = Path(str(distribution("pytaxonomies").locate_file(data)))
    if not file.is_file():
        return frozenset()
    taxonomy = json.loads(file.read_text(encoding="utf-8"))
    found = {(predicate["value"], "") for predicate in taxonomy["predicates"]}
    for predicate in taxonomy.get("values") or ():
        found |= {(predicate["predicate"], entry["value"]) for entry in predicate["entry"]}
    return frozenset(found)


# What can be fixed without knowing what the author meant


@fixes("KB105")
def readable(lines: list[str], where: NotePath, issue: Issue) -> str:
    """Write blanks for the tabs before fields, and quotation marks where they belong."""
    end = next((number for number, line in enumerate(lines) if number and line.rstrip() == "---"), len(lines))
    spaced = [re.sub(r"^[ \t]+", lambda indent: indent[0].replace("\t", "  "), line) for line in lines[1:end]]
    front = corrected(spaced)
    done = said("quotation marks stand where they belong now.")
    if spaced != lines[1:end]:
        done = said("tabs before fields are spaces now.")
        if front != spaced:
            done = said("tabs are spaces now, and quotation marks stand where they belong.")
    lines[1:end] = front
    return done


@fixes("KB120")
def with_plain_signs(lines: list[str], where: NotePath, issue: Issue) -> str:
    """Write the signs that are meant for those that look like them, or like nothing."""
    end = "\r" if lines[0].endswith("\r") else ""
    plain = plain_signs("\n".join(line.removesuffix(end) for line in lines))
    lines[:] = [f"{line}{end}" for line in plain.split("\n")]
    return said("signs that look like others, or like nothing, are the ones that are meant.")


@fixes("KB106")
def without_line(lines: list[str], where: NotePath, issue: Issue) -> str | None:
    """Remove a field that says no more than the path."""
    place = issue.line - 1
    line, below, *_ = (*lines[place : place + 2], "", "")
    field = re.fullmatch(r"""\w+[ ]*:[ ]*["']?([\w-]+)["']?[ \t\r]*""", line)
    goes_on = below.startswith((" ", "\t", "-")) and below.rstrip() != "---"
    if field is None or goes_on or field[1] not in (where.id, where.kind.value, where.language.value):
        return None
    del lines[place]
    return said("the line `{text}` is gone.", text=line.strip())


@fixes("KB107", "KB109", "KB111", "KB112")
def with_name(lines: list[str], where: NotePath, issue: Issue) -> str | None:
    """Write the field, the id or the day that was meant."""
    written = re.search(r": `([^`]+)`" if issue.code in ("KB109", "KB112") else r"`([^`]+)`", issue.message)
    sure = re.fullmatch(r"Write `([^`]+)`, as `kb lint --fix` does\.", issue.remedy)
    meant = sure or re.fullmatch(r"Did you mean `([^`]+)`\?", issue.remedy)
    if written is None or meant is None or issue.line > len(lines):
        return None
    # An unknown field is named with its path.
    wrong = written[1].rpartition(".")[2] if issue.code == "KB107" else written[1]
    line = lines[issue.line - 1]
    before, after = line[: issue.column - 1], line[issue.column - 1 :]
    word = re.compile(rf"(?<![\w-]){re.escape(wrong)}(?![\w-])")
    if len(word.findall(after)) != 1 or not (sure or one_slip(wrong, meant[1])):
        return None
    lines[issue.line - 1] = before + word.sub(lambda _: meant[1], after)
    return said("`{word}` is `{meant}` now.", word=wrong, meant=meant[1])


_LEAST: Final = 5
"""Letters of a word that one slip does not make another: `BR` may be `BE` or `FR`."""


def one_slip(wrong: str, right: str) -> bool:
    """Return whether words differ in case alone, or by one letter: missing, too many, another, or swapped."""
    left, other = wrong.casefold(), right.casefold()
    if left == other:
        return True
    if min(len(left), len(other)) < _LEAST:
        return False
    while left[:1] == other[:1]:
        left, other = left[1:], other[1:]
    swapped = left[:2] == other[1::-1] and left[2:] == other[2:]
    return swapped or left[1:] == other[1:] or left[1:] == other or left == other[1:]
