"""The public JSON about the collection as a whole: vocabularies, coverage, and whether it can be searched."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, Field, RootModel

from api.models.cards import CardOut, Public
from kb.notes.note import Kind
from kb.notes.taxonomy import Scheme
from kb.text.languages import Language
from search.results import Changes

if TYPE_CHECKING:
    from search.browse.coverage import Coverage
    from search.browse.guidance import Guidance


class ConceptOut(BaseModel):
    """A concept of a vocabulary, in the terms of SKOS."""

    id: str
    prefLabel: dict[Language, str]
    altLabel: dict[Language, list[str]]
    broader: str | None
    narrower: list[str]
    definition: dict[Language, str]
    closeMatch: list[str]


class SchemeOut(BaseModel):
    """A vocabulary."""

    title: dict[Language, str]
    concepts: list[ConceptOut]

    @classmethod
    def of(cls, scheme: Scheme) -> Self:
        """Return the public form of a vocabulary; `narrower` names direct children only."""
        concepts = [
            {
                **vars(concept),
                "prefLabel": concept.labels,
                "altLabel": concept.alternatives,
                "narrower": [other.id for other in scheme.values() if other.broader == concept.id],
                "definition": concept.definitions,
                "closeMatch": concept.matches,
            }
            for concept in scheme.values()
        ]
        return cls.model_validate({"title": scheme.title, "concepts": concepts})


class SchemesOut(RootModel[dict[str, SchemeOut]]):
    """The vocabularies by name."""


class SuggestionOut(Public):
    """A text to search for."""

    text: str
    kind: Literal["term", "identifier", "title"] = Field(
        description="A word of a vocabulary, an official number, or the title of a note."
    )
    lang: Language | None = Field(description="Its language; null: of no language.")
    field: str | None = Field(description="The parameter of `/v1/search` that narrows by this term, if one does.")
    value: str | None = Field(description="The value for that parameter.")
    note_id: str | None = Field(description="The note that it is the title or a number of.")


class SuggestResponse(BaseModel):
    """Suggestions, the best first: those that begin with what was typed, the reader's language, the shorter."""

    suggestions: list[SuggestionOut]


class CellOut(Public):
    """Practices against a crime type in a phase in a country."""

    crime_type: str
    phase: str
    country: str
    practices: int
    evaluated: int = Field(description="Those with an evaluation, of whatever outcome.")


class SearchedOut(Public):
    """Where practices were searched in vain."""

    crime_type: str
    phase: str
    country: str
    searched: str = Field(description="The day on which somebody searched.")


class GuidanceOut(Public):
    """How far the notes say what to do; numbers of notes where nothing else is said."""

    contacts: int = Field(description="Contacts that notes name.")
    operational: int = Field(description="Practices that are operational; the next three are of these.")
    with_law: int = Field(description="Those that name a law, or are linked with a power.")
    with_contact: int
    with_steps: int = Field(description="Those with numbered steps.")
    effects: int = Field(description="Practices of which an evaluation found an effect, with a figure.")
    not_found: dict[Language, int] = Field(
        description="How often texts say that something was not found or is not stated, outside the section on limits."
    )
    unfollowed: list[str] = Field(
        description="`practice/strategy` where the strategy is no longer in force, and nothing says what followed."
    )


class CoverageResponse(Public):
    """What the collection covers, and what it lacks. Counts by value, most frequent first."""

    kinds: dict[str, int]
    countries: dict[str, int]
    statuses: dict[str, int]
    originals: dict[str, int] = Field(description="Notes written in a language.")
    translations: dict[str, int] = Field(description="Notes translated into a language.")
    evidence: dict[str, int] = Field(description="Practices by evidence level.")
    cells: list[CellOut] = Field(
        description="Where there is a practice; each counts in all its crime types, phases and countries."
    )
    searched: list[SearchedOut] = Field(description="Where no practice holds, and somebody has searched for one.")
    missing: dict[str, list[Language]] = Field(description="Note id: languages it does not exist in.")
    stale: list[str] = Field(description="Translations whose original has changed since, as `note/language`.")
    to_review: list[str] = Field(description="Notes whose day of review has passed.")
    guidance: GuidanceOut

    @classmethod
    def of(cls, coverage: "Coverage", guidance: "Guidance") -> Self:
        """Return the public form of both."""
        return cls.model_validate({**vars(coverage), "guidance": guidance})


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Encoder and index are loaded."""

    status: Literal["ready"] = "ready"
    encoder: str
    notes: int
    versions: int
    chunks: int


class DatedCardOut(CardOut):
    """One note of the list of all."""

    changed: datetime = Field(description="When the note became what it is, for this server's callers; in UTC.")


class NotesResponse(BaseModel):
    """A page of the list of notes, by id."""

    notes: list[DatedCardOut]
    total: int = Field(description="Notes that pass the filters.")
    next: str | None = Field(description="`cursor` with which the list goes on. Null: there is no more.")


class ChangeOut(BaseModel):
    """What happened to a note last."""

    id: str
    kind: Kind
    change: Literal["changed", "removed"] = Field(
        description="`changed`: new, or not what it was; `removed`: this caller can see it no more."
    )
    at: datetime = Field(description="In UTC.")
    url: str | None = Field(description="The note's page, relative to this server. Null: removed.")


class ChangesResponse(BaseModel):
    """What changed for a mirror, the earliest first."""

    changes: list[ChangeOut]
    until: datetime | None = Field(
        description="The time of the last of these: `since` of the next request. Null: none, or more to come."
    )
    next: str | None = Field(description="`cursor` with which the list goes on. Null: there is no more.")

    @classmethod
    def of(cls, found: Changes, following: str | None) -> Self:
        """Return the public form of changes."""
        changes = [
            {
                "id": change.id,
                "kind": change.kind,
                "change": "removed" if change.gone else "changed",
                "at": change.when,
                "url": None if change.gone else f"/notes/{change.id}",
            }
            for change in found.changes
        ]
        until = found.changes[-1].when if found.changes and not found.more else None
        return cls.model_validate({"changes": changes, "until": until, "next": following})
