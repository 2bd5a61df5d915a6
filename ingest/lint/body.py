"""KB2xx: the text of a note: headings, sections, links."""

import re
from collections.abc import Iterator

from ingest.lint.places import at_link
from ingest.lint.rule import Reading, Rule, near
from kb.issue import Level, Problem, did_you_mean
from kb.notes.markdown import straight
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, linked_note
from kb.text.languages import shown_language

_ELSEWHERE = re.compile(r"(?i:https?://[^/?#:]*\w|mailto:.)|#")
"""What begins an address outside the collection, or one on the same page."""
_WEB = re.compile(r"(?i:https?:)")
_SITE = re.compile(r"(?i:(?://|www\.)\S+|(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#]\S*)?)")
_FILE = re.compile(r"^[^/?#]*\.(?i:md|html?|pdf|docx?|odt|txt|png|jpe?g|gif|svg|webp|ya?ml)(?:[?#]|$)")
"""A name of a file that looks like that of a site."""


def _headings(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        known = [names[language] for names in SECTIONS[note.kind].values()]
        for section in version.sections:
            if section.level == 2 and section.path and straight(section.heading) not in known:
                yield reading.problem(
                    version, "KB201", f"heading `{section.heading}` is none of the fixed ones.",
                    did_you_mean(section.heading, known), line=section.line,
                )  # fmt: skip


def _title_heading(reading: Reading) -> Iterator[Problem]:
    for _, _, version in reading.versions():
        for section in version.sections:
            if section.level == 1:
                yield reading.problem(
                    version, "KB202", "a note has no first-level heading: its title is the field `title`.",
                    "Remove the line or make it `##`.", line=section.line,
                )  # fmt: skip


def _links(reading: Reading) -> Iterator[Problem]:
    ids = reading.collection.ids
    for note, _, version in reading.versions():
        for link in version.links:
            linked = linked_note(note.kind, note.id, link.target)
            if _ELSEWHERE.match(link.target) or (linked and linked[:2] in ids):
                continue
            message = f"link `{link.target}` leads to no note."
            like = near(linked[1], (one for _, one in ids)) if linked else ""
            remedy = like or "Write `../<id>/` for a note of the same kind, `../../strategies/<id>/` for a strategy."
            if _WEB.match(link.target):
                message, remedy = (
                    f"link `{link.target}` is no web address.",
                    "Write `https://`, the site, and its path.",
                )
            elif _SITE.fullmatch(link.target) and not _FILE.search(link.target):
                message, remedy = f"link `{link.target}` is no web address.", "Begin it with `https://`."
            yield reading.problem(version, "KB203", message, remedy, **at_link(version, link))


def _places(reading: Reading) -> Iterator[Problem]:
    notes = {(note.kind, note.id): note for note in reading.collection.notes}
    for note, language, version in reading.versions():
        for link in version.links:
            _, _, place = link.target.partition("#")
            linked = linked_note(note.kind, note.id, link.target)
            other, meant = (notes.get(linked[:2]), linked[2]) if linked else (note, None)
            if not place or other is None or not (linked or link.target.startswith("#")):
                continue
            read = shown_language(other.versions, meant or language, other.original)
            known = {section.anchor for section in other.versions[read].sections}
            known |= {f"objective-{one}" for one in other.objective_texts(read)}
            if place not in known:
                yield reading.problem(
                    version, "KB207", f"link `{link.target}` leads to no place of `{other.id}` in {read}.",
                    did_you_mean(place, known, list_all=False) or "Take `#` and the name of a place away.",
                    **at_link(version, link),
                )  # fmt: skip


def _required_sections(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        present = {section.anchor for section in version.sections}
        for key in REQUIRED_SECTIONS[note.kind]:
            if key not in present and not (key == "objectives" and note.objective_texts(language)):
                yield reading.problem(
                    version, "KB204", f"section `## {SECTIONS[note.kind][key][language]}` is missing.",
                    line=version.body_line,
                )  # fmt: skip


def _empty_sections(reading: Reading) -> Iterator[Problem]:
    for _, _, version in reading.versions():
        for place, section in enumerate(version.sections):
            followed = version.sections[place + 1 : place + 2]
            if not section.blocks and not (followed and followed[0].level > section.level):
                yield reading.problem(
                    version, "KB205", f"section `{section.heading}` is empty.", "Fill it in or remove it.",
                    line=section.line,
                )  # fmt: skip


def _wordless(reading: Reading) -> Iterator[Problem]:
    for _, _, version in reading.versions():
        for link in version.links:
            if not link.words.strip():
                what = "picture" if link.picture else "link"
                yield reading.problem(
                    version, "KB206", f"the {what} to `{link.target}` has no words.",
                    "Say what it shows: pages have these words instead of it." if link.picture
                    else "Say where it leads.", **at_link(version, link),
                )  # fmt: skip


_E, _W = Level.ERROR, Level.WARNING
BODY_RULES: tuple[Rule, ...] = (
    Rule("KB201", "heading", _W, "Second-level headings are the fixed ones of the note's kind and language.",
         "## Solution", "## Approach", _headings),
    Rule("KB202", "title-heading", _W, "The body has no first-level heading.", "# Anti-phishing shield",
         "title: Anti-phishing shield", _title_heading),
    Rule("KB203", "link", _E, "A link inside the collection leads to a note.", "[BAPS](be-baps.md)",
         "[BAPS](../be-baps/)", _links),
    Rule("KB204", "required-section", _E, "The sections a note cannot do without are there.",
         "a practice without `## Approach`", "## Approach", _required_sections),
    Rule("KB205", "empty-section", _W, "A section has text.", "## Results and evidence (nothing below)",
         "(the heading is left out)", _empty_sections),
    Rule("KB206", "wordless-link", _W, "Links have words, and pictures words in their place.",
         "![](https://example.org/a.png)", "![reports a month, rising](https://example.org/a.png)", _wordless),
    Rule("KB207", "place", _W, "A link to a place of a note leads to a heading or an objective that it has.",
         "[how](../be-baps/#steps)", "[how](../be-baps/#how-it-works)", _places),
)  # fmt: skip
