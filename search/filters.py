"""SearchQuery -> store filter, and the same filter in words. The caller's clearance is part of both paths to a note."""

from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.store.records import RECORD, VERSION, Where
from kb.text.languages import NAMES, Language
from search.query import FILTERS, SearchQuery


def searched(query: SearchQuery, clearance: frozenset[str]) -> Where:
    """Return the filter of everything that is looked for, of whatever sort of record."""
    narrowed = {FILTERS[parameter].field: values for parameter, values in query.filters.items()}
    return {**narrowed, "access": tuple(sorted(clearance))}


def record_where(clearance: frozenset[str], *records: str) -> Where:
    """Return the filter of every fetch by id; without `records`, of note versions."""
    return {RECORD: records or (VERSION,), "access": tuple(sorted(clearance))}


def in_words(query: SearchQuery, taxonomy: Taxonomy, language: Language) -> dict[str, tuple[str, ...]]:
    """Return the active filters by parameter, each value as a reader of `language` calls it."""

    def word(parameter: str, value: str) -> str:
        if parameter == "note_lang":
            return NAMES[Language(value)][language]
        scheme = FILTERS[parameter].scheme
        return str(getattr(taxonomy, scheme)[value].label(language)) if scheme else value

    return {name: tuple(word(name, value) for value in values) for name, values in query.filters.items()}


def sought_countries(query: SearchQuery, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the Benelux countries whose practices are asked for: those of the filter if there is one, else each."""
    if Kind.PRACTICE not in query.kinds:
        return ()
    countries = taxonomy.countries.narrower(BENELUX)
    return tuple(country for country in countries if not query.countries or country in query.countries)


def applies_through(query: SearchQuery, countries: tuple[str, ...], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the note's areas that answer a country filter, where the note itself names no country of the filter."""
    if not query.countries or set(query.countries) & set(countries):
        return ()
    return tuple(area for area in countries if set(query.countries) & set(taxonomy.countries.narrower(area)))
