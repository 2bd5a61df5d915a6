"""Controlled vocabularies: concepts with labels in three languages and a tree of broader and narrower ones.

The shape is SKOS (https://www.w3.org/TR/skos-reference/): `prefLabel`, `altLabel`, `broader`, `closeMatch`.
Reads mappings that somebody else has read from disk; has no vocabulary of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kb.errors import SettingsError
from kb.notes.plain_yaml import At, Position, place_of
from kb.text.country_terms import CountryTerm
from kb.text.languages import Language

EVERY_CRIME = "cross-cutting"
"""The crime type of notes about all of them; every question here names it in a way."""

BENELUX = "BNL"
"""The area whose countries should each have a note in an answer."""


@dataclass(frozen=True)
class Concept:
    """One term of a vocabulary.

    labels:       its name in every language
    alternatives: other names, for readers (`altLabel`)
    hidden:       words people type when they mean it, not for readers (`hiddenLabel`)
    """

    id: str
    labels: Mapping[Language, str]
    alternatives: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    hidden: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    broader: str | None = None
    matches: tuple[str, ...] = ()
    definitions: Mapping[Language, str] = field(default_factory=dict)

    def label(self, language: Language) -> str:
        """Return the preferred label in a language."""
        return self.labels[language]

    def names(self, language: Language) -> tuple[str, ...]:
        """Return its names for readers in a language, the preferred one first."""
        return (self.labels[language], *self.alternatives.get(language, ()))

    def typed(self, language: Language) -> tuple[str, ...]:
        """Return its names, and the words that people type when they mean it."""
        return (*self.names(language), *self.hidden.get(language, ()))


class Scheme(dict[str, Concept]):
    """A vocabulary: its concepts by id, in the order of the file.

    data: the mapping read from its file; where: that file, for messages
    """

    def __init__(self, data: Mapping[str, Any], where: str = "") -> None:
        self.data = data
        self.name = str(data["scheme"])
        self.title = {language: str(data["title"][language.value]) for language in Language}
        super().__init__((str(entry["id"]), _concept(entry, where)) for entry in data["concepts"])

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scheme) and self.data == other.data

    def __ne__(self, other: object) -> bool:  # a dictionary has its own, which compares concepts alone
        return not self == other

    def broader(self, concept_id: str) -> tuple[str, ...]:
        """Return the ids above a concept, nearest first."""
        parent = self[concept_id].broader
        return () if parent is None else (parent, *self.broader(parent))

    def narrower(self, concept_id: str) -> tuple[str, ...]:
        """Return the ids below a concept, at any depth, in the order of the file."""
        return tuple(other for other in self if concept_id in self.broader(other))


def _none(name: str) -> dict[str, Any]:
    return {"scheme": name, "title": dict.fromkeys(Language, name), "concepts": []}


@dataclass(frozen=True)
class Searched:
    """A search in vain: somebody looked for practices against a crime type in a phase in a country, and found none.

    searched: the day, `2026-11-29`; path, line: where that is said
    """

    crime_type: str
    phase: str
    country: str
    searched: str
    path: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)

    @property
    def cell(self) -> tuple[str, str, str]:
        """Crime type, phase and country."""
        return self.crime_type, self.phase, self.country


@dataclass(frozen=True)
class Taxonomy:
    """The vocabularies that notes use, the subjects that the collection is not about, and what was searched in vain."""

    crime_types: Scheme
    phases: Scheme
    countries: Scheme
    bodies: Scheme
    powers: Scheme = field(default_factory=lambda: Scheme(_none("powers")))
    out_of_scope: Scheme = field(default_factory=lambda: Scheme(_none("out_of_scope")))
    searched: tuple[Searched, ...] = ()
    country_terms: tuple[CountryTerm, ...] = field(default=(), compare=False)  # lint alone needs them, no index

    def schemes(self) -> tuple[Scheme, ...]:
        """Return all vocabularies that notes use, in a fixed order."""
        return (self.crime_types, self.phases, self.countries, self.bodies, self.powers)

    def countries_as_listed(self) -> tuple[str, ...]:
        """Return the countries of the Benelux first, then the areas around them, then the other countries."""
        return tuple(dict.fromkeys((*self.countries.narrower(BENELUX), *self.countries)))

    def to_data(self) -> dict[str, Any]:
        """Return all vocabularies as plain data, by attribute name."""
        schemes = {name: getattr(self, name).data for name in FILES}
        return {**schemes, "searched": [[*each.cell, each.searched] for each in self.searched]}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Taxonomy":
        """Read what `to_data` has written. Raises SettingsError as `scheme` does."""
        schemes: dict[str, Any] = {name: scheme(data[name], name) for name in FILES if name in data}
        return cls(**schemes, searched=tuple(Searched(*each) for each in data.get("searched", ())))

    def reach(self, countries: Iterable[str]) -> frozenset[str]:
        """Return the countries and areas that a note for these is valid in: what is inside an area, too."""
        return frozenset(place for area in countries for place in (area, *self.countries.narrower(area)))

    def terms(self, language: Language) -> tuple[str, ...]:
        """Return every label and alternative label in a language, a small sample of that language."""
        return tuple(
            text for scheme in self.schemes() for concept in scheme.values() for text in concept.names(language)
        )


FILES: dict[str, str] = {
    "crime_types": "crime-types.yaml",
    "phases": "phases.yaml",
    "countries": "countries.yaml",
    "bodies": "bodies.yaml",
    "powers": "powers.yaml",
    "out_of_scope": "outside.yaml",
}
"""Vocabulary of `Taxonomy` -> file name in the folder `taxonomy`."""
OPTIONAL: Final = frozenset({"powers", "out_of_scope"})
"""Those that may be missing."""
SEARCHED: Final = "searched.yaml"
"""The file of that folder with what was searched in vain, which may be missing."""
TERMS: Final = "terms.yaml"
"""The file with the terms by country, which may be missing."""
_OF_A_SEARCH: Final = ("crime_type", "phase", "country", "searched")


def searches(entries: Any, positions: Mapping[At, Position], where: str) -> tuple[Searched, ...]:
    """Read what was searched in vain: a list of groups with the fields of `Searched`. Whether they fit is for lint.

    entries, positions: from `read_yaml`

    Raises SettingsError with the place of an entry that has another form.
    """
    found = []
    for number, entry in enumerate(entries if isinstance(entries, list) else filter(None, [entries])):
        line, _ = place_of((number,), positions)
        is_group = isinstance(entry, dict) and {*entry} == {*_OF_A_SEARCH}
        if not is_group or not all(isinstance(value, str) for value in entry.values()):
            raise SettingsError(
                f"{where}:{line}: an entry needs {', '.join(_OF_A_SEARCH)}, and nothing else.",
                remedy='Write it like `{crime_type: bec, phase: evidence, country: LU, searched: "2026-11-29"}`.',
            )
        found.append(Searched(**entry, path=where, line=line))
    return tuple(found)


def scheme(data: Mapping[str, Any], where: str) -> Scheme:
    """Build one vocabulary from the mapping read from its file.

    Raises SettingsError with the place if a label is missing, an id doubled, or `broader` leads nowhere or in circles.
    """
    try:
        built = Scheme(data, where)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else f"it has the wrong shape ({error})"
        raise SettingsError(f"{where}: not a vocabulary: {reason}.") from error
    if len(built) != len(data["concepts"]):
        raise SettingsError(f"{where}: a concept id occurs twice.")
    for concept in built.values():
        above, parent = {concept.id}, concept.broader
        while parent is not None:
            if parent not in built or parent in above:
                raise SettingsError(f"{where}: `broader: {parent}` of `{concept.id}` leads nowhere or in a circle.")
            above.add(parent)
            parent = built[parent].broader
    return built


def _concept(entry: Mapping[str, Any], where: str) -> Concept:
    def labels(kind: str) -> dict[Language, tuple[str, ...]]:
        given = entry.get(kind) or {}
        return {language: tuple(str(label) for label in given.get(language.value) or ()) for language in Language}

    if not isinstance(entry["id"], str):
        raise SettingsError(f"{where}: concept id `{entry['id']}` is no text.", remedy="Write it in quotes.")
    preferred = entry.get("prefLabel", {})
    if missing := [language for language in Language if not preferred.get(language.value)]:
        raise SettingsError(f"{where}: concept `{entry['id']}` has no prefLabel in {', '.join(missing)}.")
    return Concept(
        id=entry["id"],
        labels={language: str(preferred[language.value]) for language in Language},
        alternatives=labels("altLabel"),
        hidden=labels("hiddenLabel"),
        broader=entry.get("broader"),
        matches=tuple(str(match) for match in (*entry.get("exactMatch", ()), *entry.get("closeMatch", ()))),
        definitions={Language(tag): str(text) for tag, text in (entry.get("definition") or {}).items()},
    )
