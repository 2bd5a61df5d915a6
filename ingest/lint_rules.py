"""The table of lint rules. KB1xx: front matter and files; KB2xx: body; KB3xx: across files and notes.

Codes are stable: a rule may go, its code is never used again. `docs/lint.md` and `kb lint --list` come from here.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ingest.lint import Reading, Rule
from kb.front_matter import TLP_ORDER, PracticeFields, StrategyFields
from kb.language_guess import guess_language
from kb.languages import NAMES, Language
from kb.markdown import links, straight
from kb.note import REQUIRED_SECTIONS, SECTIONS, Kind, LanguageVersion, Note, linked_note
from kb.problem import Level, Problem, did_you_mean
from kb.taxonomy import Scheme

_LEAST_LETTERS = 80
"""Shorter texts are not judged by their language."""


def _vocabulary(reading: Reading) -> Iterator[Problem]:
    taxonomy = reading.taxonomy
    for note in reading.collection.notes:
        fields = note.fields
        used: list[tuple[Scheme, str, tuple[str | int, ...]]] = []
        for name, scheme in (
            ("countries", taxonomy.countries),
            ("crime_types", taxonomy.crime_types),
            ("phases", taxonomy.phases),
            ("bodies", taxonomy.bodies),
        ):
            used += [(scheme, word, (name, place)) for place, word in enumerate(getattr(fields, name))]
        if isinstance(fields, StrategyFields):
            for place, objective in enumerate(fields.objectives):
                used += [(taxonomy.crime_types, word, ("objectives", place)) for word in objective.crime_types]
                used += [(taxonomy.phases, word, ("objectives", place)) for word in objective.phases]
        if isinstance(fields, PracticeFields):
            used += [
                (taxonomy.countries, law.country, ("legal_basis", place))
                for place, law in enumerate(fields.legal_basis)
                if law.country
            ]
        used += [
            (taxonomy.countries, body.country, ("organisations", place))
            for place, body in enumerate(fields.organisations)
            if body.country
        ]
        for scheme, word, at in used:
            if word not in scheme:
                yield reading.problem(
                    _original(note), "KB111", f"`{word}` is not in the vocabulary {scheme.name}.",
                    did_you_mean(word, scheme), at=at,
                )  # fmt: skip


def _legal_basis(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        if isinstance(note.fields, PracticeFields) and not note.fields.legal_basis:
            needing = sorted({"investigation", "disruption", "evidence"} & set(note.fields.phases))
            if needing:
                yield reading.problem(
                    _original(note), "KB113", f"`legal_basis` is missing, and the note is about {', '.join(needing)}.",
                    "Name the law, or say that the sources name none.", at=("phases",),
                )  # fmt: skip


def _red(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        if note.fields.tlp == "red":
            yield reading.problem(
                _original(note), "KB114", "TLP:RED is for the persons present only and has no place in a shared index.",
                "Remove the note, or have its issuer label it again.", at=("tlp",),
            )  # fmt: skip


def _language(reading: Reading) -> Iterator[Problem]:
    for _, language, version in reading.versions():
        text = " ".join(block.text for section in version.sections for block in section.blocks)
        found = guess_language(text) if len(text) >= _LEAST_LETTERS else None
        if found is not None and found is not language:
            yield reading.problem(
                version, "KB115",
                f"the file is named {language}.md, but its text looks {NAMES[found][Language.EN]}.",
                f"Rename it to {found}.md, or write it in {NAMES[language][Language.EN]}.", line=version.body_line,
            )  # fmt: skip


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
        for link in links(version.body, version.body_line):
            if re.match(r"^(https?:|mailto:|#)", link.target):
                continue
            linked = linked_note(note.kind, note.id, link.target)
            if linked is None or linked[:2] not in ids:
                near = _near(linked[1], (one for _, one in ids)) if linked else ""
                yield reading.problem(
                    version, "KB203", f"link `{link.target}` leads to no note.",
                    near or "Write `../<id>/` for a note of the same kind, `../../strategies/<id>/` for a strategy.",
                    line=link.line,
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


def _stale(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        if note.is_stale(language) and version.translation:
            now = _original(note).revision
            yield reading.problem(
                version, "KB305",
                f"the {NAMES[note.original][Language.EN]} text has changed since it was translated.",
                f"Bring the translation up to date and write `source_revision: \"{now}\"`.",
                at=("translation", "source_revision"),
            )  # fmt: skip


def _relations(reading: Reading) -> Iterator[Problem]:
    notes = {note.id: note for note in reading.collection.notes}
    known_ids = {one for _, one in reading.collection.ids}
    for note in reading.collection.notes:
        fields = note.fields
        named: list[tuple[str, tuple[str | int, ...]]] = []
        served: list[tuple[str, tuple[str | int, ...]]] = []
        for place, link in enumerate(fields.related):
            (served if link.rel == "implements" else named).append((link.id, ("related", place)))
        if isinstance(fields, PracticeFields):
            served += [(one, ("implements", place)) for place, one in enumerate(fields.implements)]
        if isinstance(fields, StrategyFields):
            named += [(one, ("replaces", place)) for place, one in enumerate(fields.replaces)]
            named += [(one, ("replaced_by", place)) for place, one in enumerate(fields.replaced_by)]
        for other, at in named:
            if other not in known_ids:
                yield reading.problem(
                    _original(note), "KB306", f"`{other}` is no note.", _near(other, known_ids), at=at
                )  # fmt: skip
        for reference, at in served:
            other, _, objective = reference.partition("#")
            strategy = notes.get(other)
            if (Kind.STRATEGY, other) not in reading.collection.ids:
                strategies = [one for kind, one in reading.collection.ids if kind is Kind.STRATEGY]
                yield reading.problem(
                    _original(note), "KB307", f"`{other}` is no strategy.", _near(other, strategies), at=at
                )  # fmt: skip
            elif strategy and objective and objective not in (known := strategy.objective_texts(strategy.original)):
                yield reading.problem(
                    _original(note), "KB307", f"`{other}` has no objective `{objective}`.",
                    did_you_mean(objective, known), at=at,
                )  # fmt: skip


def _labels(reading: Reading) -> Iterator[Problem]:
    labels = {note.id: note.fields.tlp for note in reading.collection.notes}
    for note in reading.collection.notes:
        named = {link.id: ("related", place) for place, link in enumerate(note.fields.related)}
        if isinstance(note.fields, PracticeFields):
            named |= {one.partition("#")[0]: ("implements", place) for place, one in enumerate(note.fields.implements)}
        if isinstance(note.fields, StrategyFields):
            named |= {one: ("replaces", place) for place, one in enumerate(note.fields.replaces)}
            named |= {one: ("replaced_by", place) for place, one in enumerate(note.fields.replaced_by)}
        places: list[tuple[str, LanguageVersion, dict[str, Any]]] = [
            (other, _original(note), {"at": at}) for other, at in named.items()
        ]
        for version in note.versions.values():
            for link in links(version.body, version.body_line):
                if linked := linked_note(note.kind, note.id, link.target):
                    places.append((linked[1], version, {"line": link.line}))
        for other, version, place in places:
            if TLP_ORDER.index(labels.get(other, "clear")) > TLP_ORDER.index(note.fields.tlp):
                yield reading.problem(
                    version, "KB309",
                    f"the note is TLP:{note.fields.tlp.upper()} and names `{other}`, which is "
                    f"TLP:{labels[other].upper()}.",
                    "Name it from that note instead: its readers may see both.", **place,
                )  # fmt: skip


def _objectives(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        if not isinstance(note.fields, StrategyFields):
            continue
        stated = [block.objective for section in version.sections for block in section.blocks if block.objective]
        for twice in sorted({one for one in stated if stated.count(one) > 1}):
            yield reading.problem(version, "KB308", f"objective `{twice}` is stated twice.", line=version.body_line)
        for number in sorted({one for one in stated if one.isdigit()}):  # a chunk's id ends in a number or in this id
            yield reading.problem(
                version, "KB308", f"objective id `{number}` is a number.", f"Begin it with a letter: `{{#o{number}}}`.",
                line=version.body_line,
            )  # fmt: skip
        for wordless in sorted(one for one, text in version.objectives.items() if not text):
            yield reading.problem(version, "KB308", f"objective `{wordless}` has no words.", line=version.body_line)
        if language is note.original:
            known = note.objective_texts(language)
            for place, objective in enumerate(note.fields.objectives):
                if objective.id not in known:
                    yield reading.problem(
                        version, "KB308", f"objective `{objective.id}` has no words.",
                        f"End its list item in the body with `{{#{objective.id}}}`.", at=("objectives", place),
                    )  # fmt: skip
        else:
            original = _original(note).objectives
            for objective_id in sorted(set(original) ^ set(stated)):
                where = "here" if objective_id in original else "in the original"
                yield reading.problem(
                    version, "KB308", f"objective `{objective_id}` is not stated {where}.", line=version.body_line
                )


def _near(other: str, ids: Iterable[str]) -> str:
    return did_you_mean(other, ids, list_all=False)


def _original(note: Note) -> LanguageVersion:
    return note.versions[note.original]


_E, _W = Level.ERROR, Level.WARNING
RULES: tuple[Rule, ...] = (
    Rule("KB101", "path", _E, "A note lies at `practices/<id>/<lang>.md` or `strategies/<id>/<lang>.md`.",
         "content/practices/BE_BAPS/french.md", "content/practices/be-baps/fr.md"),
    Rule("KB102", "too-large", _E, "A note has at most 1,000,000 bytes.",
         "a note of 20 MB with pasted images", "the text, with the images cited in `sources`"),
    Rule("KB103", "encoding", _E, "A note is UTF-8 text.", "saved as Windows-1252", "saved as UTF-8"),
    Rule("KB104", "empty", _E, "A note is not empty.", "a file of 0 bytes", "front matter and text"),
    Rule("KB105", "front-matter", _E, "A note starts with front matter: plain YAML between two lines `---`.",
         "title: Safe: online", 'title: "Safe: online"'),
    Rule("KB106", "said-by-path", _E, "What the path says (id, kind, language) is not repeated inside.",
         "id: be-baps", "(no such line)"),
    Rule("KB107", "unknown-field", _E, "Every field is a known one.", "crime_type: [phishing]",
         "crime_types: [phishing]"),
    Rule("KB108", "missing-field", _E, "Required fields are there.", "(no `tlp`)", "tlp: clear"),
    Rule("KB109", "field-value", _E, "A field's value has the right form.", "started: 31-02-2024",
         "started: 2024-02-28"),
    Rule("KB110", "shared-field", _E, "A translation carries title, summary and translation only.",
         "tlp: clear (in a translation)", "(the line stands in the original)"),
    Rule("KB111", "vocabulary", _E, "Crime types, phases, countries and bodies are words of the vocabularies.",
         "crime_types: [fishing]", "crime_types: [phishing]", _vocabulary),
    Rule("KB112", "source", _E, "A note has a source; each has address, title, publisher and day of reading.",
         "sources: []", "sources: [{url: …, title: …, publisher: …, accessed: 2026-11-25}]"),
    Rule("KB113", "legal-basis", _E, "A practice of investigation, disruption or evidence names its legal basis.",
         "phases: [disruption] (no `legal_basis`)", "legal_basis: [{name: …, country: BE}]", _legal_basis),
    Rule("KB114", "tlp-red", _E, "Notes labelled TLP:RED are refused.", "tlp: red", "tlp: amber", _red),
    Rule("KB115", "language", _E, "The text is in the language of the file's name.",
         "fr.md with Dutch text", "nl.md with Dutch text", _language),
    Rule("KB116", "readable", _E, "A note is a file that can be read.",
         "a folder `fr.md`, or a link `fr.md` to a file that is gone", "a file `fr.md`"),
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
    Rule("KB301", "duplicate-id", _E, "An id names one note, in all content roots and kinds.",
         "practices/be-baps and strategies/be-baps", "two ids"),
    Rule("KB302", "two-originals", _E, "One language file of a note is the original.",
         "fr.md and nl.md, both with all fields", "nl.md with `translation: {of: fr, …}`"),
    Rule("KB303", "no-original", _E, "A translation has an original beside it.", "only nl.md, with `translation`",
         "fr.md and nl.md"),
    Rule("KB304", "translation-of", _E, "`translation.of` names the language of the original.",
         "translation: {of: en} beside a French original", "translation: {of: fr}"),
    Rule("KB305", "stale-translation", _W, "A translation renders the original as it is now.",
         "source_revision of last year's text", "source_revision of today's text", _stale),
    Rule("KB306", "relation", _E, "Related notes exist.", "related: [{id: lu-nothing, rel: see-also}]",
         "related: [{id: lu-urlabuse, rel: see-also}]", _relations),
    Rule("KB307", "implements", _E, "`implements` names a strategy and, after `#`, one of its objectives.",
         "implements: [nl-nlcs#p9]", "implements: [nl-nlcs#p3]"),
    Rule("KB308", "objectives", _E, "Objectives are stated once, and the same ones in every language.",
         "- Fight crime. {#o1} (in the original only)", "- Fight crime. {#o1} (in each language)", _objectives),
    Rule("KB309", "label", _E, "A note names no note with a stricter TLP label: its id alone would say too much.",
         "related: [{id: an-amber-note, rel: see-also}] in a TLP:CLEAR note", "the link stands in the amber note",
         _labels),
)  # fmt: skip
