"""What a search can be narrowed to: values with how many notes have them, and the filters that are on, in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from api.locales.texts import TEXTS, label
from api.web.search_address import FILTERS, SearchAddress
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.text.languages import Language
from search.query import EVIDENCE_LEVELS, STATUSES

_SHOWN: Final = tuple(name for name in FILTERS if name != "organisation")


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


class Facet(NamedTuple):
    """A facet and its values that notes found have, in the order of their vocabulary, and as a tree if it is one."""

    name: str
    label: str
    values: tuple[Value, ...]


def facets(
    asked: SearchAddress, counts: Mapping[str, Mapping[str, int]], taxonomy: Taxonomy, language: Language
) -> tuple[Facet, ...]:
    """The facets of a list, without those that have nothing to choose; each Benelux country can always be chosen."""
    benelux = taxonomy.countries.narrower(BENELUX)
    found = []
    for name in _SHOWN:
        chosen = asked.chosen(name)
        values = tuple(
            Value(
                value, label(name, value, taxonomy, language),
                None if chosen and value not in chosen else counts.get(name, {}).get(value, 0),
                value in chosen, asked.without(name, value) if value in chosen else asked.with_filter(name, value),
            )
            for value in _values(name, taxonomy)
            if value in chosen or counts.get(name, {}).get(value) or (name == "country" and value in benelux)
        )  # fmt: skip
        if values:
            tree = _tree(values, taxonomy.crime_types.broader) if name == "crime_type" else values
            found.append(Facet(name, TEXTS[language][name], tree))
    return tuple(found)


def active(asked: SearchAddress, taxonomy: Taxonomy, language: Language) -> tuple[tuple[str, SearchAddress], ...]:
    """The filters that are on, in words (`Country or area: Belgium`), each with the address without it."""
    texts = TEXTS[language]
    return tuple(
        (texts["pair"].format(texts[name], label(name, value, taxonomy, language)), asked.without(name, value))
        for name, value in asked.filters
    )


def _tree(values: Sequence[Value], broader: Callable[[str], Sequence[str]]) -> tuple[Value, ...]:
    """Each value below the nearest broader one that is shown. broader: what stands above a value, nearest first."""
    shown = {one.value for one in values}
    above = {one.value: next((other for other in broader(one.value) if other in shown), None) for one in values}

    def below(top: str | None) -> tuple[Value, ...]:
        return tuple(one._replace(narrower=below(one.value)) for one in values if above[one.value] == top)

    return below(None)


def _values(name: str, taxonomy: Taxonomy) -> Iterable[str]:
    vocabularies: Mapping[str, Iterable[str]] = {
        "country": taxonomy.countries_as_listed(), "crime_type": taxonomy.crime_types, "phase": taxonomy.phases,
        "evidence": EVIDENCE_LEVELS, "status": STATUSES, "note_lang": Language,
    }  # fmt: skip
    return [str(value) for value in vocabularies[name]]
