"""KB3xx: what holds between the files of a note, and between notes."""

from collections.abc import Iterator
from typing import Any

from ingest.lint.places import of_block, where
from ingest.lint.rule import Reading, Rule, near
from kb.access import NOBODY, Handling, whoever_sees
from kb.issue import Level, Problem, did_you_mean
from kb.notes.front_matter import TLP_ORDER, PracticeFields, StrategyFields
from kb.notes.note import Kind, LanguageVersion, linked_note
from kb.text.languages import NAMES, Language


def _stale(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        if note.is_stale(language) and version.translation:
            now = note.original_version.revision
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
                    note.original_version, "KB306", f"`{other}` is no note.", near(other, known_ids), at=at
                )  # fmt: skip
        for reference, at in served:
            other, _, objective = reference.partition("#")
            strategy = notes.get(other)
            if (Kind.STRATEGY, other) not in reading.collection.ids:
                strategies = [one for kind, one in reading.collection.ids if kind is Kind.STRATEGY]
                yield reading.problem(
                    note.original_version, "KB307", f"`{other}` is no strategy.", near(other, strategies), at=at
                )  # fmt: skip
            elif strategy and objective and objective not in (known := strategy.objective_texts(strategy.original)):
                yield reading.problem(
                    note.original_version, "KB307", f"`{other}` has no objective `{objective}`.",
                    did_you_mean(objective, known), at=at,
                )  # fmt: skip


def _labels(reading: Reading) -> Iterator[Problem]:
    stated: dict[str, list[Handling]] = {}  # also by drafts, and by notes with errors
    for (note_id, _), handling in reading.collection.handling.items():
        # Of an audience that cannot be read, its own note tells; its label counts.
        for one in (Handling(each.tlp) if each.audience is NOBODY else each for each in handling):
            if one.tlp in TLP_ORDER and one not in stated.setdefault(note_id, []):
                stated[note_id].append(one)
    for note in reading.collection.notes:
        own = Handling.of(note.fields)
        readers = own.keys(reading.taxonomy)
        named = {link.id: ("related", place) for place, link in enumerate(note.fields.related)}
        if isinstance(note.fields, PracticeFields):
            named |= {one.partition("#")[0]: ("implements", place) for place, one in enumerate(note.fields.implements)}
        if isinstance(note.fields, StrategyFields):
            named |= {one: ("replaces", place) for place, one in enumerate(note.fields.replaces)}
            named |= {one: ("replaced_by", place) for place, one in enumerate(note.fields.replaced_by)}
        places: list[tuple[str, LanguageVersion, dict[str, Any]]] = [
            (other, note.original_version, {"at": at}) for other, at in named.items()
        ]
        for version in note.versions.values():
            for link in version.links:
                if linked := linked_note(note.kind, note.id, link.target):
                    places.append((linked[1], version, {"line": link.line}))
        for other, version, place in places:
            for one in stated.get(other, ()):
                if not whoever_sees(readers, one.keys(reading.taxonomy)):
                    yield reading.problem(
                        version, "KB309", f"the note is {own} and names `{other}`, which is {one}.",
                        "Name it from that note instead, if its readers may see both.", **place,
                    )  # fmt: skip


def _objectives(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        if not isinstance(note.fields, StrategyFields):
            continue
        lines = version.body.split("\n")
        stated = [
            (block.objective, where(of_block(block, lines, version.body_line), f"{{#{block.objective}}}"))
            for section in version.sections for block in section.blocks if block.objective
        ]  # fmt: skip
        at = dict(reversed(stated))
        for one, there in stated:
            if there is not at[one]:
                yield reading.problem(version, "KB308", f"objective `{one}` is stated twice.", **there)
        for number in sorted(one for one in at if one.isdigit()):  # a chunk's id ends in a number or in this id
            yield reading.problem(
                version, "KB308", f"objective id `{number}` is a number.", f"Begin it with a letter: `{{#o{number}}}`.",
                **at[number],
            )  # fmt: skip
        for wordless in sorted(one for one, text in version.objectives.items() if not text):
            yield reading.problem(version, "KB308", f"objective `{wordless}` has no words.", **at[wordless])
        if language is note.original:
            known = note.objective_texts(language)
            for place, objective in enumerate(note.fields.objectives):
                if objective.id not in known:
                    yield reading.problem(
                        version, "KB308", f"objective `{objective.id}` has no words.",
                        f"End its list item in the body with `{{#{objective.id}}}`.", at=("objectives", place),
                    )  # fmt: skip
        else:
            original = note.original_version.objectives
            section = next((one.line for one in version.sections if one.anchor == "objectives"), version.body_line)
            for objective_id in sorted(original.keys() ^ at.keys()):
                side = "here" if objective_id in original else "in the original"
                yield reading.problem(
                    version, "KB308", f"objective `{objective_id}` is not stated {side}.",
                    **at.get(objective_id, {"line": section}),
                )  # fmt: skip


_E, _W = Level.ERROR, Level.WARNING
ACROSS_RULES: tuple[Rule, ...] = (
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
    Rule("KB309", "label", _E, "A note names none that not all its readers may see: its id alone would say too much.",
         "related: [{id: an-amber-note, rel: see-also}] in a TLP:CLEAR note", "the link stands in the amber note",
         _labels),
)  # fmt: skip
