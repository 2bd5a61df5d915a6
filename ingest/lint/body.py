"""Check the text of a note: headings, sections, links, objectives (KB2xx, KB308)."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from ingest.lint.places import Position, of_blocks, of_link, where
from ingest.lint.rule import ERROR, WARNING, Context, Found, rule
from kb.issue import did_you_mean
from kb.notes.front_matter import StrategyFields
from kb.notes.markdown import straight
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, LanguageVersion, Note, linked_note
from kb.notes.plain_yaml import At
from kb.said import said
from kb.text.languages import language_to_read


@rule("KB201", WARNING, bad="## Solution", good="## Approach")
def heading(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """Second-level headings are the fixed ones of the note's kind and language."""
    known = [names[version.language] for names in SECTIONS[note.kind].values()]
    for section in version.sections:
        if section.level == 2 and section.path and straight(section.heading) not in known:
            message = said("heading `{heading}` is none of the fixed ones.", heading=section.heading)
            yield version, Position(section.line), message, did_you_mean(section.heading, known)


@rule("KB202", WARNING, bad="# Anti-phishing shield", good="title: Anti-phishing shield")
def title_heading(version: LanguageVersion) -> Iterator[Found]:
    """The body has no first-level heading."""
    for section in version.sections:
        if section.level == 1:
            message = said("a note has no first-level heading: its title is the field `title`.")
            yield version, Position(section.line), message, said("Remove the line or make it `##`.")


_ELSEWHERE: Final = re.compile(r"(?i:https?://[^/?#:]*\w|mailto:.)|#")
"""How an address begins that leads out of the collection, or on the same page."""
_WEB: Final = re.compile(r"(?i:https?:)")
_SITE: Final = re.compile(r"(?i:(?://|www\.)\S+|(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?)")
_FILE: Final = re.compile(r"^[^/?#]*\.(?i:md|html?|pdf|docx?|odt|txt|png|jpe?g|gif|svg|webp|ya?ml)(?:[?#]|$)")
"""A name of a file that looks like that of a site."""


@rule("KB203", ERROR, bad="[BAPS](be-baps.md)", good="[BAPS](../be-baps/)")
def link(context: Context, note: Note, version: LanguageVersion) -> Iterator[Found]:
    """A link inside the collection leads to a note."""
    ids = context.collection.ids
    for link in version.links:
        linked = linked_note(note.kind, note.id, link.target)
        if _ELSEWHERE.match(link.target) or (linked and linked[:2] in ids):
            continue
        message = said("link `{target}` is no web address.", target=link.target)
        if _WEB.match(link.target):
            remedy: str = said("Write `https://`, the site, and its path.")
        elif _SITE.fullmatch(link.target) and not _FILE.search(link.target):
            remedy = said("Begin it with `https://`.")
        else:
            message = said("link `{target}` leads to no note.", target=link.target)
            like = linked and did_you_mean(linked[1], (note_id for _, note_id in ids), list_all=False)
            form = said("Write `../<id>/` for a note of the same kind, `../../strategies/<id>/` for a strategy.")
            remedy = like or form
        yield version, of_link(version, link), message, remedy


@rule("KB204", ERROR, bad="a practice without `## Approach`", good="## Approach")
def required_section(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """The sections a note cannot do without are there."""
    present = {section.anchor for section in version.sections}
    for key in REQUIRED_SECTIONS[note.kind]:
        if key not in present and not (key == "objectives" and note.objective_texts(version.language)):
            heading = SECTIONS[note.kind][key][version.language]
            message = said("section `## {heading}` is missing.", heading=heading)
            yield version, Position(version.body_line), message, ""


@rule("KB205", WARNING, bad="## Results and evidence (nothing below)", good="(the heading is left out)")
def empty_section(version: LanguageVersion) -> Iterator[Found]:
    """A section has text."""
    for section, after in zip_longest(version.sections, version.sections[1:]):
        if not section.blocks and not (after and after.level > section.level):
            message = said("section `{heading}` is empty.", heading=section.heading)
            yield version, Position(section.line), message, said("Fill it in or remove it.")


@rule(
    "KB206", WARNING, bad="![](https://example.org/a.png)", good="![reports a month, rising](https://example.org/a.png)"
)
def wordless_link(version: LanguageVersion) -> Iterator[Found]:
    """Links have words, and pictures words in their place."""
    for link in version.links:
        if not link.words.strip():
            message = said("the link to `{target}` has no words.", target=link.target)
            remedy = said("Say where it leads.")
            if link.picture:
                message = said("the picture `{target}` has no words.", target=link.target)
                remedy = said("Say what it shows: not every reader sees it.")
            yield version, of_link(version, link), message, remedy


@rule("KB207", WARNING, bad="[how](../be-baps/#steps)", good="[how](../be-baps/#how-it-works)")
def place(context: Context, note: Note, version: LanguageVersion) -> Iterator[Found]:
    """A link to a place of a note leads to a heading or an objective that it has."""
    for link in version.links:
        address, _, anchor = link.target.partition("#")
        linked = linked_note(note.kind, note.id, link.target) if address else (note.kind, note.id, None)
        other = context.notes.get(linked[1]) if linked and anchor else None
        if linked is None or other is None or other.kind is not linked[0]:
            continue
        read = language_to_read(other.versions, linked[2] or version.language, other.original)
        known = {section.anchor for section in other.versions[read].sections}
        known |= {f"objective-{objective}" for objective in other.objective_texts(read)}
        if anchor not in known:
            place = {"target": link.target, "note": other.id, "language": read}
            message = said("link `{target}` leads to no place of `{note}` in {language}.", **place)
            remedy = did_you_mean(anchor, known, list_all=False) or said("Take `#` and the name of a place away.")
            yield version, of_link(version, link), message, remedy


@rule("KB308", ERROR, bad="- Fight crime. {#o1} (in the original only)", good="- Fight crime. {#o1} (in each language)")
def objectives(note: Note, version: LanguageVersion) -> Iterator[Found]:
    """Objectives are stated once, and the same ones in every language."""
    if not isinstance(note.fields, StrategyFields):
        return
    first: dict[str, At | Position] = {}
    for part, objective in of_blocks(version):
        if objective:
            at = where(part, f"{{#{objective}}}")
            if objective in first:
                yield version, at, said("objective `{id}` is stated twice.", id=objective), ""
            first.setdefault(objective, at)
    for objective, text in sorted(version.objectives.items()):
        if objective.isdigit():  # the id of a chunk ends in a number or in this id
            message = said("objective id `{id}` is a number.", id=objective)
            remedy = said("Begin it with a letter: `{{#o{id}}}`.", id=objective)
            yield version, first[objective], message, remedy
        if not text:
            yield version, first[objective], said("objective `{id}` has no words.", id=objective), ""
    if version.language is note.original:
        known = note.objective_texts(version.language)
        for place, named in enumerate(note.fields.objectives):
            if named.id not in known:
                remedy = said("End its list item in the body with `{{#{id}}}`.", id=named.id)
                yield version, ("objectives", place), said("objective `{id}` has no words.", id=named.id), remedy
    original = note.original_version.objectives
    lines = (section.line for section in version.sections if section.anchor == "objectives")
    list_of_all = Position(next(lines, version.body_line))
    for objective in sorted(original.keys() ^ first.keys()):
        message = said("objective `{id}` is not stated in the original.", id=objective)
        if objective in original:
            message = said("objective `{id}` is not stated here.", id=objective)
        yield version, first.get(objective, list_of_all), message, ""
