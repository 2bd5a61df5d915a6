"""Shows answers of the API in the terminal: results, notes and coverage. Formats values, decides nothing."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.markdown import Markdown
from rich.text import Text

from api.cli.console import out
from api.exports.note_text import contact_text
from api.locales.texts import TEXTS, choice_texts, past_text, status_text
from api.models.answers import AtAGlanceOut, ExplanationOut, HitOut, NoteResponse, PassageOut, SearchResponse
from api.models.cards import CardOut, CounterpartOut, ImplementsOut
from api.models.collection import CoverageResponse
from api.web.hit_words import excerpt, explanation_lines
from kb.access import CLEAR
from kb.notes.note import Kind
from kb.text.languages import NAMES, Language
from search.results import (
    BEYOND,
    Combination,
    Contributions,
    ExactMatch,
    Explanation,
    Highlight,
    Level,
    Match,
    Move,
    Passage,
)

_PASSAGE = 220
_LINKED = 4
"""Links of a kind that a hit shows by name."""


def show_results(answer: SearchResponse, site: str = "") -> None:
    """All lists, in the reader's language. site: the address that pages are published at; empty where there is none"""
    reader = answer.query.lang
    words = TEXTS[reader]
    if answer.query.did_you_mean:
        out.print(words["pair"].format(words["did_you_mean"], answer.query.did_you_mean), markup=False, soft_wrap=True)
    others = [(words[kind.folder], getattr(answer, kind.folder)) for kind in Kind if kind is not Kind.PRACTICE]
    if not answer.relevant and (answer.practices or any(hits for _, hits in others)):
        out.print(Text(words["nearest_only"], style="bold"), soft_wrap=True)
    titles = {hit.id: hit.title for kind in Kind for hit in getattr(answer, kind.folder)}
    for country, glance in answer.at_a_glance.items():
        _show_glance(country, glance, titles, reader)
    groups = {"": answer.practices} if answer.by_country is None else answer.by_country
    lists = [
        (f"{words['practices']} {country}".strip(), hits) for country, hits in groups.items() if hits or not country
    ]
    for heading, hits in sorted((*lists, *others), key=lambda each: not _answers(each[1])):
        out.print(Text(heading, style="bold"))
        if answer.relevant and hits and not _answers(hits):
            out.print(Text(f"  {words.count('none_answers', len(hits))}", style="dim"), soft_wrap=True)
        for place, hit in enumerate(hits, start=1):
            whole = not answer.relevant or hit.level is not Level.LOW or hit.explanation is not None
            _show_hit(place, hit, reader, site, whole=whole)
        if not hits:
            out.print(f"  {words['none']}", markup=False)
    if answer.countries_without:
        out.print(f"{words['nothing_relevant']}: {', '.join(answer.countries_without)}", markup=False)


def _show_glance(place: str, glance: AtAGlanceOut, titles: Mapping[str, str], reader: Language) -> None:
    """Print what an answer comes to in a country. titles: of the notes that the lists show"""
    words = TEXTS[reader]
    note = f"{titles.get(glance.note, '')}  [{glance.note}]".strip() if glance.note else ""
    note += f" ({words['same_power']})" if glance.counterpart_of else ""
    if not note and not glance.contacts:
        note = words["nothing_relevant"]
    where = words["several_countries"] if place == BEYOND else place
    out.print(Text.assemble((where, "bold"), f"  {note}" if note else ""), soft_wrap=True)
    for contact in glance.contacts:
        label = f" · TLP:{contact.tlp.upper()}" * (contact.tlp != CLEAR)
        out.print(Text(f"     {contact_text(contact.model_dump(exclude_none=True), reader)}{label}"), soft_wrap=True)


def _answers(hits: Sequence[HitOut]) -> bool:
    return bool(hits) and hits[0].level is not Level.LOW  # lists begin with what is relevant


def _show_hit(place: int, hit: HitOut, reader: Language, site: str, *, whole: bool) -> None:
    """Print a hit. whole: with all that it says; else, where others answer, with its title alone"""
    words = TEXTS[reader]
    past = past_text(hit.status, hit.legal_outcome, hit.draft, reader) if not whole else None
    title = Text.assemble(f"{place:>3}. ", (hit.title, "bold" if whole else "dim"), f"  [{hit.id}]")
    out.print(title.append(f" ({past})" if past else ""), soft_wrap=True)
    if not whole:
        return
    labels = [words[f"{hit.level}_hit"]] if hit.level is not Level.LOW else []
    labels += ["/".join(hit.countries), status_text(hit.status, reader)]
    if hit.legal_outcome:
        labels.append(f"{words['legal_outcome'].lower()}: {words[hit.legal_outcome]}")
    labels += choice_texts(vars(hit), reader)
    if hit.does_not_hold_in:
        labels.append(words["pair"].format(words["does_not_hold_in"], "/".join(hit.does_not_hold_in)))
    if hit.lang is not reader:
        labels.append(words["only_in"].format(NAMES[hit.lang][reader]))
    out.print(Text(f"     {' · '.join(labels)}", style="dim"), soft_wrap=True)
    if site:
        out.print(Text(f"     {site}{hit.url}", style="dim"), soft_wrap=True)
    if hit.draft:
        out.print(Text(f"     {words['is_draft']}", style="bold"))
    before, marked, after = excerpt(_passage(hit.passage), _PASSAGE)
    out.print(Text.assemble(f"     {hit.passage.heading}: {before}", (marked, "bold"), after), soft_wrap=True)
    for contact in hit.contacts:
        out.print(Text(f"     {contact_text(contact.model_dump(exclude_none=True), reader)}"), soft_wrap=True)
    if linked := _links(hit, reader, _LINKED):
        out.print(Text(f"     {linked}", style="dim"), soft_wrap=True)
    if hit.explanation:
        out.print(Text(f"     {words['why']}", style="italic"))
        for line in explanation_lines(_explanation(hit.explanation), reader):
            out.print(Text(f"       {line}", style="dim"), soft_wrap=True)


def _passage(passage: PassageOut) -> Passage:
    mark = Highlight(**vars(passage.highlight)) if passage.highlight else None
    return Passage(passage.text, passage.heading, passage.anchor, passage.lang, mark)


def _explanation(why: ExplanationOut) -> Explanation:
    return Explanation(
        terms=tuple(Match(**vars(match)) for match in why.terms),
        identifiers=tuple(ExactMatch(**vars(exact)) for exact in why.identifiers),
        contributions=Contributions(**vars(why.contributions)),
        passages=Combination(**vars(why.passages)),
        linked_with=why.linked_with,
        **vars(why.calibration),
        move=Move(**vars(why.move)) if why.move else None,
    )


def _links(note: CardOut | NoteResponse, reader: Language, most: int | None = None) -> str:
    """Return what a note is linked with, by id, on one line; at most so many of a kind. Empty: there is none."""
    kinds: dict[str, Sequence[CounterpartOut]] = {
        "counterparts": note.counterparts,
        "implements": note.implements,
        "implemented_by": note.implemented_by,
        "see_also": note.see_also if isinstance(note, NoteResponse) else (),
    }
    return " · ".join(
        f"{TEXTS[reader][name].lower()}: {', '.join(_linked(note, reader) for note in notes[:most])}"
        f"{' …' if most and notes[most:] else ''}"
        for name, notes in kinds.items()
        if notes
    )


def _linked(note: CounterpartOut, reader: Language) -> str:
    past = past_text(note.status, note.legal_outcome, note.draft, reader)
    objectives = note.objectives if isinstance(note, ImplementsOut) else ()
    return f"{note.id}{''.join(f'#{objective}' for objective in objectives)}{f' ({past})' if past else ''}"


def show_note(note: NoteResponse, site: str = "") -> None:
    """Print a note with its most important fields and its sources. site: as in `show_results`"""
    fields = note.metadata
    words = TEXTS[note.lang]
    out.print(Text(note.title, style="bold"), soft_wrap=True)
    status = status_text(fields["status"], note.lang)
    labels = ["/".join(fields["countries"]), status, f"TLP:{fields['tlp'].upper()}"]
    others = [language for language in note.available_languages if language != note.lang]
    out.print(Text(" · ".join((*labels, note.lang, *(f"({language})" for language in others))), style="dim"))
    if site:
        out.print(Text(f"{site}{note.url}", style="dim"), soft_wrap=True)
    if fields["draft"]:
        out.print(Text(words["is_draft"], style="bold"))
    if note.translation and note.translation.stale:
        out.print(Text(words["stale"], style="bold"))
    out.print(note.summary, markup=False)
    if linked := _links(note, note.lang):
        out.print(Text(linked, style="dim"), soft_wrap=True)
    if note.contacts:
        out.print(Text(words["contacts"], style="bold"))
    for contact in note.contacts:
        out.print(Text(f"  {contact_text(contact.model_dump(exclude_none=True), note.lang)}"), soft_wrap=True)
    out.print(Markdown(note.markdown))
    out.print(Text(words["sources"], style="bold"))
    for source in fields["sources"]:
        line = f"  {source['title']}, {source['publisher']}, {words['read_on']} {source['accessed']}: {source['url']}"
        out.print(line, markup=False, soft_wrap=True)


def show_coverage(found: CoverageResponse) -> None:
    """Counts, then crime types against countries, then what is missing."""
    for title, counts in (
        ("Notes", found.kinds),
        ("Countries", found.countries),
        ("Status", found.statuses),
        ("Written in", found.originals),
        ("Translated into", found.translations),
        ("Evidence", found.evidence),
    ):
        text = ", ".join(f"{key} {count}" for key, count in counts.items())
        out.print(Text.assemble((f"{title:<16}", "bold"), text), soft_wrap=True)
    guidance = found.guidance
    operational = " · ".join(
        f"{words} {number} ({number / max(guidance.operational, 1):.0%})"
        for words, number in (
            ("law or power", guidance.with_law),
            ("contact", guidance.with_contact),
            ("steps", guidance.with_steps),
        )
    )
    said = ", ".join(f"{language} {number}" for language, number in guidance.not_found.items())
    for title, text in (
        ("Contacts", f"{guidance.contacts}"),
        ("Operational", f"{guidance.operational} practices: {operational}"),
        ("Effects", f"{guidance.effects} practices with a figure"),
        ("Not found", f"{sum(guidance.not_found.values())} times said outside the limits of notes: {said}"),
    ):
        out.print(Text.assemble((f"{title:<16}", "bold"), text), soft_wrap=True)
    out.print(Text("Practices by crime type, phase and country", style="bold"))
    for crime_type, cells in groupby(found.cells, lambda cell: cell.crime_type):
        phases = (
            f"{phase} {' '.join(f'{cell.country} {cell.practices}' for cell in group)}"
            for phase, group in groupby(cells, lambda cell: cell.phase)
        )
        out.print(f"  {crime_type}: {'; '.join(phases)}", markup=False, soft_wrap=True)
    searched = [f"{each.crime_type}/{each.phase}/{each.country} ({each.searched})" for each in found.searched]
    lacking = [f"{note} ({', '.join(languages)})" for note, languages in found.missing.items()]
    for title, ids in (
        ("Searched in vain", searched),
        ("Missing translations", lacking),
        ("Stale translations", found.stale),
        ("To be reviewed", found.to_review),
        ("Serve what is past, and nothing says what followed", guidance.unfollowed),
    ):
        text = f"{len(ids)}: {', '.join(ids)}" if ids else "none"
        out.print(Text.assemble((f"{title}: ", "bold"), text), soft_wrap=True)
