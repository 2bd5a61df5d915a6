"""The search page: a question, or filters alone, the two lists that answer, and what they can be narrowed to."""

from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import chain
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from api.auth.gate import Count, View
from api.locales.texts import TEXTS, label
from api.models.forms import form_fields
from api.models.problems import headers
from api.models.requests import questions_in
from api.web.problem_words import plain, problem_words
from api.web.rendering import page
from api.web.search_address import ADDRESSED, FILTERS, LAST_PAGE, PAGE_SIZE, SearchAddress, Sent
from kb.errors import KbError, QueryError, StoreUnavailable
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Scheme, Taxonomy
from kb.text.identifiers import as_written
from kb.text.languages import Language
from search.query import CONCEPTS, IDENTIFIER, known_values
from search.results import Level, Listing, NoteCard, NoteHit, Reached, SearchResults, facets_of
from search.view import IndexView

_IN_ORDER: Final = (Kind.PRACTICE, Kind.PLAYBOOK, Kind.POWER, Kind.STRATEGY)
"""The lists of the page, where their first notes answer as well: what is needed at once before what lies behind it."""
_LEVELS: Final = tuple(Level)
_PLAYBOOKS: Final = 40
"""How many playbooks the page offers to whom has not asked yet."""
_FIRST: Final = {Kind.PRACTICE: 5}
_OTHERS: Final = 2
"""How many relevant notes of a kind the page shows beside other kinds; the rest stand in its own list."""
_NEW: Final = 4
"""How many of the notes that changed last it offers to whom has not asked yet."""
_SERVED: Final = 3
"""How many strategies the page shows beside the practices that implement them."""
_NEAREST: Final = 3
"""How many notes are shown of a list that has nothing relevant, beside one that has."""
_SUGGESTED: Final = 6
"""How many suggestions are made to somebody who is typing."""
_ELSEWHERE: Final = 3
"""How many practices of other countries are shown where those asked for have no relevant one."""


class Value(NamedTuple):
    """A value of a facet.

    notes: how many have it; None where another is on, so that what has either would be listed
    address: with it, or without it where it is on; narrower: the values below it in its tree
    """

    value: str
    label: str
    notes: int | None
    on: bool
    address: SearchAddress
    narrower: tuple["Value", ...] = ()


async def _sent(request: Request) -> Sent:
    """Return what the form sends. Raises QueryError."""
    fields = await form_fields(request)
    meant = fields.get("meant", ())
    not_meant = tuple(key for key in fields.get("not_meant", ()) if key not in meant)
    return Sent(fields.get("q", [""])[0].replace("\r\n", "\n"), not_meant)


FormSent = Annotated[Sent, Depends(_sent)]


def search_form(request: Request, view: View, language: Language, count: Count, sent: FormSent) -> Response:
    """Lead to the page of a question that may stand in an address; answer any other with its page, and each to a script
    that puts it below what somebody is still typing.
    """
    in_place = "hx-request" in request.headers
    with suppress(QueryError):  # which the page says
        asked = SearchAddress.of(request.query_params, view.taxonomy, sent)
        if not asked.is_private and not in_place:
            return RedirectResponse(asked.path(language), 303)
    return _page(request, view, language, sent, count, in_place=in_place)


def suggestions(request: Request, view: View, language: Language, sent: FormSent) -> Response:
    """Answer with what somebody who is typing may mean, as `/v1/suggest` does; what is typed is in no address."""
    found = view.suggest(sent.q[:ADDRESSED], language, _SUGGESTED)
    return JSONResponse({"suggestions": [asdict(each) for each in found]})


def search_page(request: Request, view: View, language: Language) -> Response:
    """Answer with the page for an address."""
    return _page(request, view, language)


def _page(
    request: Request,
    view: IndexView,
    language: Language,
    sent: Sent | None = None,
    count: Callable[[int], None] = lambda _: None,
    *,
    in_place: bool = False,
) -> Response:
    """Return the page for an address; what is wrong with that is said above the form, which keeps the question.

    sent: what a form sends along with the address; count: counts further requests; in_place: somebody is still typing
    """
    asked = SearchAddress(q=sent.q if sent else request.query_params.get("q", ""), sent=sent is not None)
    failed: KbError | None = None
    context: dict[str, Any] = {
        "taxonomy": None,
        "problem": None,
        "results": None,
        "playbooks": (),
        "new": (),
        "counts": {},
        "facets": (),
    }
    try:
        context["taxonomy"] = view.taxonomy
        asked = SearchAddress.of(request.query_params, view.taxonomy, sent)
        count(questions_in(asked.q, pasted=asked.is_pasted) - 1)
        if asked.is_empty:
            context.update(_start(view, asked, language))
        else:
            results, asked = _results(view, asked, language)
            context.update(_answer(view, results, asked, language))
    except KbError as error:
        if isinstance(error, StoreUnavailable) and view.is_replaced():
            raise  # the route answers anew
        context["problem"] = problem_words(error, request, language, context["taxonomy"])
        asked, failed = replace(asked, q=plain(asked.q)), error
    context |= {"asked": asked, "text_sent": asked.is_private, "in_place": in_place}
    answered = page(request, "search.html", language, asked.path("{}"), **context)
    answered.headers.update(headers(failed) if failed else {})
    return answered


def _start(view: IndexView, asked: SearchAddress, language: Language) -> dict[str, Any]:
    """Return what the page offers to whom has not asked yet: how many notes of each kind there are, playbooks, what is
    new, and what there is to browse.
    """
    counts = facets_of(view.facets(), _IN_ORDER)
    return {
        "counts": {kind: view.count(kind=[kind.value]) for kind in Kind},
        "playbooks": view.notes(language, kind=[Kind.PLAYBOOK.value], limit=_PLAYBOOKS).notes,
        "new": view.notes(language, latest=True, limit=_NEW).notes,
        "facets": [each for each in facets(asked, counts, view.taxonomy, language) if len(each[1]) > 1],
    }


def _results(
    view: IndexView, asked: SearchAddress, language: Language
) -> tuple[SearchResults | Listing[NoteCard], SearchAddress]:
    """Return the answer and the address that it is for: beyond the last page of a list, that page's."""
    results: SearchResults | Listing[NoteCard]
    if asked.kind:
        known_values("kind", [asked.kind], tuple(Kind))
    if asked.q:
        results = view.search(asked.q, reader=language.value, explain=True, **asked.parameters())
    else:
        results = view.browse(language, **asked.parameters())
    last = max(_pages(results.totals.get(kind, 0)) for kind in _kinds(asked))
    return (results, asked) if asked.page <= last else _results(view, asked.but(page=last), language)


def _answer(
    view: IndexView, results: SearchResults | Listing[NoteCard], asked: SearchAddress, language: Language
) -> dict[str, Any]:
    """Return what the page shows of an answer.

    parts: the lists; total: of relevant notes; nearest: whether a list has none, and is of those that come nearest
    """
    lists = results.lists
    totals = {kind: results.totals.get(kind, 0) for kind in _kinds(asked)}
    parts: list[dict[str, Any]] = [
        {
            "kind": kind,
            "notes": lists[kind],
            "total": total,
            "pages": _pages(total),
            "nearest": bool(asked.q and lists[kind] and not total),
        }
        for kind, total in totals.items()
    ]
    if isinstance(results, SearchResults):
        parts.sort(key=_behind)
    nothing_relevant = any(part["nearest"] for part in parts) and not any(totals.values())
    served: dict[str, list[NoteCard]] = {}
    if not asked.kind:
        served = _served(lists)
        shown = {each.id for each in chain.from_iterable(served.values())}
        parts = [{**part, "notes": _first_of(part, shown, nothing_relevant)} for part in parts]
    counts = {} if nothing_relevant else facets_of(results.counts, _kinds(asked))  # what is only near counts for none
    hits = results.hits if isinstance(results, SearchResults) else ()
    meant = results.did_you_mean if isinstance(results, SearchResults) else None
    linked = {hit.explanation.linked_with for hit in hits if hit.explanation and hit.explanation.linked_with}
    return {
        "results": results,
        "understood": _understood(asked, results) if isinstance(results, SearchResults) else (),
        "taken_back": _taken_back(asked, view.taxonomy, language),
        "meant": meant and asked.but(q=meant),
        "parts_of": parts,
        "served": served,
        "first": (asked.page - 1) * PAGE_SIZE + 1,
        "nothing_relevant": nothing_relevant,
        "facets": facets(asked, counts, view.taxonomy, language),
        "active": active(asked, view.taxonomy, language),
        "elsewhere": _elsewhere(view, asked, language) if not results.totals.get(Kind.PRACTICE) else (),
        "linked": {card.id: card for card in view.cards(linked, language)},
        "instead": () if any(part["notes"] for part in parts) else _instead(view, asked, language),
        "for_all": _playbook_for_all(view, lists.get(Kind.PLAYBOOK, ())),
        "glance": _glance(view, results, language) if isinstance(results, SearchResults) and not asked.kind else (),
    }


def _served(lists: Mapping[Kind, tuple[NoteCard, ...]]) -> dict[str, list[NoteCard]]:
    """Return, for practices that the page shows beside other kinds, the relevant strategies that each implements and
    none before it.
    """
    relevant = {each.id: each for each in lists.get(Kind.STRATEGY, ()) if isinstance(each, NoteHit) and _answers(each)}
    served: dict[str, list[NoteCard]] = {}
    for practice in lists.get(Kind.PRACTICE, ())[: _FIRST[Kind.PRACTICE]]:
        if isinstance(practice, NoteHit) and _answers(practice):
            for link in practice.links.implements:
                if link.id in relevant and sum(map(len, served.values())) < _SERVED:
                    served.setdefault(practice.id, []).append(relevant.pop(link.id))
    return served


def _answers(hit: NoteHit) -> bool:
    return hit.level is not Level.LOW


def _first_of(part: Mapping[str, Any], shown: Container[str], nothing_relevant: bool) -> tuple[NoteCard, ...]:
    """Return what the page shows of a list beside others: the first that are relevant and not shown elsewhere, or the
    nearest.
    """
    notes = tuple(note for note in part["notes"] if note.id not in shown)
    if part["nearest"]:
        return notes if nothing_relevant else notes[:_NEAREST]
    return notes[: _FIRST.get(part["kind"], _OTHERS)]


def _glance(
    view: IndexView, results: SearchResults, language: Language
) -> tuple[tuple[str, NoteCard | None, bool, tuple[Reached, ...]], ...]:
    """Return of each country the card of the note that answers best there, whether it is there as the counterpart of a
    power, and whom to reach.
    """
    glances = results.at_a_glance
    cards = {card.id: card for card in view.cards((each.note for each in glances.values() if each.note), language)}
    return tuple(
        (place, cards.get(each.note or ""), each.counterpart_of is not None, each.contacts)
        for place, each in glances.items()
    )


def _understood(asked: SearchAddress, results: SearchResults) -> tuple[tuple[str, str, SearchAddress], ...]:
    """Return what the question was taken for, each with its key, and the address where it is not."""
    return tuple(
        (each.label, each.key, asked.but(not_meant=(*asked.not_meant, each.key)))
        for each in results.understood
        if (each.kind, each.value) not in asked.filters
    )


def _taken_back(
    asked: SearchAddress, taxonomy: Taxonomy, language: Language
) -> tuple[tuple[str, str, SearchAddress], ...]:
    """Return what the question was taken for and does not mean, each with its key, and the address where it does."""
    found = []
    for key in asked.not_meant:
        kind, _, value = key.partition(":")
        if not value or kind not in (*CONCEPTS.values(), IDENTIFIER):
            continue
        words = as_written(value, asked.q) if kind == IDENTIFIER else label(kind, value, taxonomy, language)
        found.append((words, key, asked.but(not_meant=tuple(other for other in asked.not_meant if other != key))))
    return tuple(found)


def _playbook_for_all(view: IndexView, playbooks: Iterable[NoteCard]) -> NoteCard | None:
    """Return the first relevant one that holds in every Benelux country: where it does, none has nothing."""
    own = set(view.taxonomy.countries.narrower(BENELUX))
    relevant = (each for each in playbooks if isinstance(each, NoteHit) and each.level is not Level.LOW)
    return next((each for each in relevant if own <= view.taxonomy.reach(each.countries)), None)


def _behind(part: Mapping[str, Any]) -> tuple[int, float]:
    """Return how far a list stands behind one whose first note answers best: by its level, where it helps by score."""
    first = next(iter(part["notes"]), None)
    if first is None:
        return len(_LEVELS), 0.0
    return _LEVELS.index(first.level), 0.0 if first.level is Level.LOW else -first.score


def _kinds(asked: SearchAddress) -> list[Kind]:
    return [kind for kind in _IN_ORDER if asked.kind in ("", kind)]


def _pages(total: int) -> int:
    return max(1, min(-(-total // PAGE_SIZE), LAST_PAGE))


def _elsewhere(view: IndexView, asked: SearchAddress, language: Language) -> tuple[NoteHit, ...]:
    """Return what other countries have on a question that no practice of those asked for answers."""
    here = asked.chosen("country")
    if not asked.q or not here or asked.kind not in ("", Kind.PRACTICE):
        return ()
    found = view.search(asked.q, reader=language.value, **asked.without("country").parameters())
    away = (hit for hit in found.practices if view.taxonomy.reach(hit.countries).isdisjoint(here))
    return tuple(hit for hit in away if hit.level is not Level.LOW)[:_ELSEWHERE]


def _instead(view: IndexView, asked: SearchAddress, language: Language) -> tuple[tuple[str, int, SearchAddress], ...]:
    """Return each filter that keeps out all notes, in words (`Country or area: Belgium`), with how many notes there are
    without it, and their address.
    """
    words, found = TEXTS[language], []
    for name in dict.fromkeys(name for name, _ in asked.filters):
        values = ", ".join(label(name, value, view.taxonomy, language) for value in asked.chosen(name))
        without = asked.without(name)
        notes = view.count(kind=[asked.kind] if asked.kind else [], **without.filter_arguments())
        found.append((words["pair"].format(words[name], values), notes, without))
    return tuple(each for each in found if each[1])


def facets(
    asked: SearchAddress, counts: Mapping[str, Mapping[str, int]], taxonomy: Taxonomy, language: Language
) -> list[tuple[str, list[Value]]]:
    """Return the label of each facet that has something to choose, and its values in the order of their vocabulary, as
    a tree if it is one; each Benelux country can always be chosen.

    counts: facet -> value -> number of notes
    """
    found = []
    for name, narrowing in FILTERS.items():
        vocabulary = taxonomy.countries_as_listed() if name == "country" else narrowing.values(taxonomy)
        chosen, numbers = asked.chosen(name), counts.get(name, {})
        always = taxonomy.countries.narrower(BENELUX) if name == "country" else ()
        values = [
            Value(
                value=value,
                label=label(name, value, taxonomy, language),
                notes=None if chosen and value not in chosen else numbers.get(value, 0),
                on=value in chosen,
                address=asked.without(name, value) if value in chosen else asked.with_filter(name, value),
            )
            for value in map(str, vocabulary)
            if value in chosen or numbers.get(value) or value in always
        ]
        if name == "crime_type":
            values = _tree(values, taxonomy.crime_types)
        if values:
            found.append((TEXTS[language][name], values))
    return found


def _tree(values: list[Value], scheme: Scheme) -> list[Value]:
    """Put each value below the nearest broader one that is there."""
    there = {value.value for value in values}
    parents = {name: next((broader for broader in scheme.broader(name) if broader in there), None) for name in there}

    def below(parent: str | None) -> list[Value]:
        children = [value for value in values if parents[value.value] == parent]
        return [value._replace(narrower=tuple(below(value.value))) for value in children]

    return below(None)


def active(asked: SearchAddress, taxonomy: Taxonomy, language: Language) -> tuple[tuple[str, SearchAddress], ...]:
    """Return the filters that are on, in words (`Country or area: Belgium`), each with the address without it."""
    words = TEXTS[language]
    return tuple(
        (words["pair"].format(words[name], label(name, value, taxonomy, language)), asked.without(name, value))
        for name, value in asked.filters
    )
