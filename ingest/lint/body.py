"""Check the text of a note: headings, sections, links, pictures, what is no Markdown (KB2xx), objectives (KB308)."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from ingest.lint.places import Part, Position, all_text, of_all, of_blocks, of_link, where
from ingest.lint.rule import ERROR, WARNING, Context, Found, fixes, rule
from kb.issue import Issue, did_you_mean
from kb.notes.footnotes import MARK, NOTE
from kb.notes.front_matter import StrategyFields
from kb.notes.markdown import straight
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, LanguageVersion, Note, linked_note, local_picture
from kb.notes.note_file import NotePath
from kb.notes.plain_yaml import At, read_data
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
        if _ELSEWHERE.match(link.target) or (linked and linked[:2] in ids) or (link.picture and _is_file(link.target)):
            continue
        message = said("link `{target}` is no web address.", target=link.target)
        if _WEB.match(link.target):
            remedy: str = said("Write `https://`, the site, and its path.")
        elif _SITE.fullmatch(link.target) and not _FILE.search(link.target):
            remedy = said("Begin it with `https://`.")
        else:
            message = said("link `{target}` leads to no note.", target=link.target)
            like = linked and did_you_mean(linked[1], (note_id for _, note_id in ids), list_all=False)
            remedy = like or said(
                "Write `../<id>/` for a note of the same kind, "
                "`../../strategies/<id>/` or `../../powers/<id>/` for another."
            )
        yield version, of_link(version, link), message, remedy


def _is_file(target: str) -> bool:
    return _FILE.search(target.removeprefix("./")) is not None


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
                remedy = said("Say what it shows: some readers have these words instead of it.")
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


_TAG: Final = re.compile(
    r"</?(?:a|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|li|mark|ol|p|pre|s|small|span|strike|strong"
    r"|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)


@rule("KB208", WARNING, bad="<b>Important</b>", good="**Important**")
def html(version: LanguageVersion) -> Iterator[Found]:
    """A text has no HTML: pages show its tags as they stand."""
    for part in _prose(version) if "<" in version.body else ():
        if found := _TAG.search(part.text):
            message = said("`{tag}` is HTML, which pages show as it stands.", tag=found[0])
            remedy = said("Write Markdown: `**bold**`, `*italic*`, `- ` for a list, an empty line for a new paragraph.")
            yield version, where(part, found[0], found.start()), message, remedy


def _prose(version: LanguageVersion) -> Iterator[Part]:
    """Yield the blocks of a body as their author wrote them, with blanks instead of code."""
    for part, _ in of_blocks(version):
        if not part.source.lstrip().startswith(("```", "~~~")):
            text = _CODE.sub(lambda code: " " * len(code[0]), part.source)
            yield Part(text, line=part.line, source=part.source)


_CODE: Final = re.compile(r"(`+)[^`]+\1")
_SIGNS: Final = re.compile("[•▪◦‣●∙·]")
_BULLET: Final = re.compile(rf"^([ \t>]*){_SIGNS.pattern}[ \t]+(?=\S)", re.MULTILINE)
_IN_A_ROW: Final = re.compile(r"[•▪◦‣●][ \t]")


@rule("KB209", WARNING, bad="• report • block • warn", good="- report (and a line for each of the others)")
def bullet(version: LanguageVersion) -> Iterator[Found]:
    """A list is written with `- ` at the beginning of its lines."""
    for part in _prose(version) if _SIGNS.search(version.body) else ():
        row = _IN_A_ROW.findall(part.text)
        found = _BULLET.search(part.text) or (_IN_A_ROW.search(part.text) if len(row) > 1 else None)
        if found:
            line = part.line + part.text.count("\n", 0, found.start())
            message = said("a line with `{sign}` is no list.", sign=found[0].strip(" \t>"))
            yield version, Position(line), message, said("Begin each item on a line of its own with `- `.")


@fixes("KB209")
def with_hyphens(lines: list[str], where: NotePath, issue: Issue) -> str | None:
    """Write `- ` for the signs at the beginning of lines, down to the end of the paragraph."""
    place = issue.line - 1
    if place >= len(lines) or not _BULLET.match(lines[place]) or len(_IN_A_ROW.findall(lines[place])) > 1:
        return None
    while place < len(lines) and lines[place].strip():
        lines[place] = _BULLET.sub(r"\1- ", lines[place])
        place += 1
    return said("the list has `- ` now.")


_UNFINISHED: Final = read_data("unfinished.yaml", "ingest.lint")
_MARKS: Final = re.compile("|".join(rf"(?<![\w?]){re.escape(mark)}(?![\w?])" for mark in _UNFINISHED["marks"]))
_TO_COME: Final = re.compile("|".join(rf"\b{re.escape(words)}\b" for words in _UNFINISHED["words"]), re.IGNORECASE)


@rule("KB210", WARNING, bad="TODO: ask the police zone", good="(what the sources say)")
def unfinished(version: LanguageVersion) -> Iterator[Found]:
    """Nothing is left to be written."""
    text = all_text(version)
    small = text.casefold()
    marked = any(mark in text for mark in _UNFINISHED["marks"])  # which is sooner said than by a pattern
    for part in of_all(version) if marked or any(words in small for words in _UNFINISHED["words"]) else ():
        for pattern in (_MARKS, _TO_COME):
            for found in pattern.finditer(part.text):
                message = said("`{words}` says that something is still to be written.", words=found[0])
                remedy = said("Write it, or take it out.")
                yield version, where(part, found[0], found.start()), message, remedy


@rule("KB211", WARNING, bad="## Approach (twice)", good="one `## Approach` with both texts")
def twice(version: LanguageVersion) -> Iterator[Found]:
    """A heading stands once in its section."""
    first: dict[tuple[str, ...], int] = {}
    for section in version.sections:
        line = first.setdefault(section.path, section.line)
        if section.path and line != section.line:
            message = said("heading `{heading}` stands in line {line} already.", heading=section.heading, line=line)
            yield version, Position(section.line), message, said("Make one section of both, or name them apart.")


@rule(
    "KB212",
    WARNING,
    bad="See the report.[^1] (and no `[^1]: …`)",
    good="See the report.[^1] … [^1]: Annual report, 2025.",
)
def footnote(version: LanguageVersion) -> Iterator[Found]:
    """A mark of a footnote has its footnote, and a footnote its mark."""
    if "[^" not in version.body:
        return
    parts = [*_prose(version)]
    notes: dict[str, At | Position] = {}
    marks: dict[str, At | Position] = {}
    for part in parts:
        for pattern, found in ((NOTE, notes), (MARK, marks)):
            for match in pattern.finditer(part.text):
                at = where(part, f"[^{match[1]}]", match.start())
                if match[1] in found and pattern is NOTE:
                    yield version, at, said("footnote `[^{label}]` stands twice.", label=match[1]), ""
                found.setdefault(match[1], at)
    for label in marks.keys() - notes.keys():
        message = said("there is no footnote `[^{label}]: …`.", label=label)
        remedy = said("Write it as a paragraph that begins so, below the text.")
        yield version, marks[label], message, remedy
    for label in notes.keys() - marks.keys():
        message = said("nothing leads to footnote `[^{label}]`.", label=label)
        yield version, notes[label], message, said("Put the mark where it belongs, or take the footnote out.")


@rule("KB213", WARNING, bad="![steps](my scheme.svg)", good="![steps](scheme.png), with scheme.png beside the note")
def picture(context: Context, note: Note, version: LanguageVersion) -> Iterator[Found]:
    """A picture lies in the folder of its note: PNG, JPEG, GIF or WebP, at most 1,000,000 bytes."""
    there = context.collection.pictures.get(note.id, frozenset())
    for link in version.links:
        if link.picture and not _ELSEWHERE.match(link.target) and _is_file(link.target):
            name = local_picture(link.target)
            if name is None or name not in there:
                message = said("pages cannot show the picture `{target}`.", target=link.target)
                form = "Put it into the note's folder as png, jpg, gif or webp of at most 1 MB, named in plain letters."
                remedy = said(form)
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
