"""Shows results, notes and coverage in the terminal. Formats values, decides nothing."""

from itertools import groupby

from rich.markdown import Markdown
from rich.text import Text

from api.cli.console import out
from api.locales.texts import TEXTS, choice_texts, past_text, status_text
from api.web.hit_words import excerpt, explanation_lines
from kb.text.languages import NAMES, Language
from search.browse.coverage import Coverage
from search.results import LinkedNote, Links, NoteHit, NoteVersion, SearchResults

_PASSAGE = 220
_LINKED = 4
"""Links of a kind that a hit shows by name."""


def show_results(results: SearchResults) -> None:
    """Both lists, in the reader's language."""
    words = TEXTS[results.reader]
    if not results.relevant and (results.practices or results.strategies):
        out.print(Text(words["nearest_only"], style="bold"), soft_wrap=True)
    groups = {"": results.practices} if results.by_country is None else results.by_country
    lists = [
        (f"{words['practices']} {country}".strip(), hits) for country, hits in groups.items() if hits or not country
    ]
    for heading, hits in (*lists, (words["strategies"], results.strategies)):
        out.print(Text(heading, style="bold"))
        if results.relevant and hits and not results.totals[hits[0].kind]:
            out.print(Text(f"  {words['nearest_only']}", style="bold"), soft_wrap=True)
        for place, hit in enumerate(hits, start=1):
            _show_hit(place, hit, results.reader)
        if not hits:
            out.print(f"  {words['none']}", markup=False)
    if results.countries_without:
        out.print(f"{words['nothing_relevant']}: {', '.join(results.countries_without)}", markup=False)


def _show_hit(place: int, hit: NoteHit, reader: Language) -> None:
    words = TEXTS[reader]
    labels = ["/".join(hit.countries), status_text(hit.status, reader)]
    if hit.legal_outcome:
        labels.append(f"{words['legal_outcome'].lower()}: {words[hit.legal_outcome]}")
    labels += choice_texts(hit.choices, reader)
    if hit.lang is not reader:
        labels.append(words["only_in"].format(NAMES[hit.lang][reader]))
    out.print(Text.assemble(f"{place:>3}. ", (hit.title, "bold"), f"  [{hit.id}]"), soft_wrap=True)
    out.print(Text(f"     {' · '.join(labels)}", style="dim"), soft_wrap=True)
    if hit.draft:
        out.print(Text(f"     {words['is_draft']}", style="bold"))
    before, marked, after = excerpt(hit.passage, _PASSAGE)
    out.print(Text.assemble(f"     {hit.passage.heading}: {before}", (marked, "bold"), after), soft_wrap=True)
    if linked := _links(hit.links, reader, _LINKED):
        out.print(Text(f"     {linked}", style="dim"), soft_wrap=True)
    if hit.explanation:
        out.print(Text(f"     {words['why']}", style="italic"))
        for line in explanation_lines(hit.explanation, reader):
            out.print(Text(f"       {line}", style="dim"), soft_wrap=True)


def _links(links: Links, reader: Language, most: int | None = None) -> str:
    """Return what a note is linked with, by id, on one line; at most so many of a kind. Empty: there is none."""
    return " · ".join(
        f"{TEXTS[reader][name].lower()}: {', '.join(_linked(note, reader) for note in notes[:most])}"
        f"{' …' if most and notes[most:] else ''}"
        for name, notes in vars(links).items()
        if notes
    )


def _linked(note: LinkedNote, reader: Language) -> str:
    past = past_text(note.status, note.legal_outcome, note.draft, reader)
    return f"{note.id}{''.join(f'#{objective}' for objective in note.objectives)}{f' ({past})' if past else ''}"


def show_note(note: NoteVersion) -> None:
    """Print a note with its most important fields and its sources."""
    payload = note.payload
    words = TEXTS[note.lang]
    out.print(Text(payload["title"], style="bold"), soft_wrap=True)
    status = status_text(payload["status"], note.lang)
    labels = ["/".join(payload["countries"]), status, f"TLP:{payload['tlp'].upper()}"]
    others = [language for language in payload["languages"] if language != note.lang]
    out.print(Text(" · ".join((*labels, note.lang, *(f"({language})" for language in others))), style="dim"))
    if payload["draft"]:
        out.print(Text(words["is_draft"], style="bold"))
    if payload["translation"] and payload["translation"]["stale"]:
        out.print(Text(words["stale"], style="bold"))
    out.print(payload["summary"], markup=False)
    if linked := _links(note.links, note.lang):
        out.print(Text(linked, style="dim"), soft_wrap=True)
    out.print(Markdown(payload["markdown"]))
    out.print(Text(words["sources"], style="bold"))
    for source in payload["fields"]["sources"]:
        line = f"  {source['title']}, {source['publisher']}, {words['read_on']} {source['accessed']}: {source['url']}"
        out.print(line, markup=False, soft_wrap=True)


def show_coverage(found: Coverage) -> None:
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
    out.print(Text("Practices by crime type, phase and country", style="bold"))
    for crime_type, cells in groupby(found.cells, lambda cell: cell.crime_type):
        phases = (
            f"{phase} {' '.join(f'{cell.country} {cell.practices}' for cell in group)}"
            for phase, group in groupby(cells, lambda cell: cell.phase)
        )
        out.print(f"  {crime_type}: {'; '.join(phases)}", markup=False, soft_wrap=True)
    lacking = [f"{note} ({', '.join(languages)})" for note, languages in found.missing.items()]
    for title, ids in (
        ("Missing translations", lacking),
        ("Stale translations", found.stale),
        ("To be reviewed", found.to_review),
    ):
        text = f"{len(ids)}: {', '.join(ids)}" if ids else "none"
        out.print(Text.assemble((f"{title}: ", "bold"), text), soft_wrap=True)
