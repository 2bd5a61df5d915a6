"""SearchQuery -> store filter, and the same filter in words. The caller's clearance is part of both paths to a note."""

from collections.abc import Mapping

from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.store.records import CHUNK, RECORD, VERSION, Where
from kb.text.languages import NAMES, Language
from search.query import SearchQuery


def chunks_where(query: SearchQuery) -> Where:
    """The filter of every retrieval among chunks."""
    given: Mapping[str, tuple[str, ...]] = {
        "languages": query.note_languages,
        "reach": query.countries,
        "crime_types_broad": query.crime_types,
        "phases": query.phases,
        "kind": query.kinds,
        "status": query.statuses,
        "evidence_level": query.evidence,
        "organisation_keys": query.organisations,
    }
    return {
        RECORD: (CHUNK,),
        "access": tuple(sorted(query.clearance)),
        **{field: tuple(str(value) for value in values) for field, values in given.items() if values},
    }


def record_where(clearance: frozenset[str], *records: str) -> Where:
    """The filter of every fetch by id; without `records`, of note versions."""
    return {RECORD: records or (VERSION,), "access": tuple(sorted(clearance))}


def in_words(query: SearchQuery, taxonomy: Taxonomy, language: Language) -> dict[str, tuple[str, ...]]:
    """Active filters by parameter, each value as a reader of `language` calls it."""
    words: Mapping[str, tuple[str, ...]] = {
        "note_lang": tuple(NAMES[one][language] for one in query.note_languages),
        "country": tuple(taxonomy.countries[one].label(language) for one in query.countries),
        "crime_type": tuple(taxonomy.crime_types[one].label(language) for one in query.crime_types),
        "phase": tuple(taxonomy.phases[one].label(language) for one in query.phases),
        "kind": tuple(query.kinds),
        "status": query.statuses,
        "evidence": query.evidence,
        "organisation": query.organisations,
    }
    return {field: values for field, values in words.items() if values}


def sought_countries(query: SearchQuery, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The Benelux countries whose practices are asked for: those of the filter if there is one, else each."""
    if query.kinds and Kind.PRACTICE not in query.kinds:
        return ()
    countries = taxonomy.countries.narrower(BENELUX)
    return tuple(one for one in countries if not query.countries or one in query.countries)


def applies_through(query: SearchQuery, countries: tuple[str, ...], taxonomy: Taxonomy) -> tuple[str, ...]:
    """The note's areas that answer a country filter, where no country of the filter is named by the note itself."""
    if not query.countries or set(query.countries) & set(countries):
        return ()
    return tuple(area for area in countries if set(query.countries) & set(taxonomy.countries.narrower(area)))
