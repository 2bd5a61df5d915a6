"""The public JSON of `/v1`: what is asked and what is answered. Field names are a promise (docs/openapi.json)."""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.explanation_schemas import ExplanationOut, PassageOut
from api.link_schemas import CounterpartOut, ImplementsOut, MoveOut, links_out
from kb.languages import Language
from kb.markdown import sections
from kb.note import Kind
from search.calibrate import Level
from search.query import DEFAULT_LIMIT, MAX_LIMIT
from search.results import NoteHit, SearchResults
from search.service import NoteVersion

Several = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
"""One value or a list of values."""

DESCRIPTIONS = {
    "q": "The question, in French, Dutch or English, as one would ask a colleague. At most 2,000 characters.",
    "lang": "Language of the reader (`fr`, `nl`, `en`): decides which version of a note is shown, "
    "and is a hint for the question's language. Default: the question's.",
    "note_lang": "Only notes that exist in one of these languages. Repeatable.",
    "country": "Only notes that hold for one of these countries (`BE`, `NL`, `LU`, …) or areas (`BNL`, `EU`, …); "
    "a Benelux- or EU-wide note holds for `BE` too and says so in `applies_through`. Repeatable.",
    "crime_type": "Only notes about one of these crime types or a narrower one (see `/v1/taxonomy`). Repeatable.",
    "phase": "Only notes about one of these phases. Repeatable.",
    "kind": "`practice` or `strategy`. Default: both, in a list each.",
    "status": "Only notes of these statuses, e.g. `operational`, `annulled`, `in-force`. Repeatable.",
    "evidence": "Only practices of these evidence levels, e.g. `independently-evaluated`. Repeatable.",
    "organisation": "Only practices of these organisations, by name or abbreviation, e.g. `CCB`. Repeatable.",
    "limit": f"Notes per list, 1 to {MAX_LIMIT}.",
    "sort": "`relevance`, or `date`: the relevant notes only, the latest first, by `since`.",
    "group_by": "`country`: the relevant practices once more in `by_country`, in a list for each country.",
    "explain": "Whether each hit says why it is one, in `explanation`.",
}
"""Parameter -> what it means, for GET and POST alike."""


class SearchRequest(BaseModel):
    """A search, as JSON. The same parameters as `GET /v1/search`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"q": "comment bloquer les sites d'hameçonnage", "lang": "fr", "country": ["BE", "NL"]}]
        },
    )

    q: str = Field(description=DESCRIPTIONS["q"])
    lang: str | None = Field(None, description=DESCRIPTIONS["lang"])
    note_lang: Several = Field([], description=DESCRIPTIONS["note_lang"])
    country: Several = Field([], description=DESCRIPTIONS["country"])
    crime_type: Several = Field([], description=DESCRIPTIONS["crime_type"])
    phase: Several = Field([], description=DESCRIPTIONS["phase"])
    kind: Several = Field([], description=DESCRIPTIONS["kind"])
    status: Several = Field([], description=DESCRIPTIONS["status"])
    evidence: Several = Field([], description=DESCRIPTIONS["evidence"])
    organisation: Several = Field([], description=DESCRIPTIONS["organisation"])
    limit: int = Field(DEFAULT_LIMIT, description=DESCRIPTIONS["limit"])
    sort: str = Field("relevance", description=DESCRIPTIONS["sort"])
    group_by: str | None = Field(None, description=DESCRIPTIONS["group_by"])
    explain: bool = Field(False, description=DESCRIPTIONS["explain"])

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, data: Any) -> Any:
        """JSON can spell half a character (a lone surrogate), which no answer could repeat and no encoder can read."""
        try:
            json.dumps(data, ensure_ascii=False, default=str).encode()
        except (UnicodeEncodeError, RecursionError):
            raise PydanticCustomError("no_text", "holds half a character, or is nested too deeply") from None
        return data

    def parameters(self) -> dict[str, Any]:
        """The keyword arguments of `search.query.search_query`."""
        return {
            "reader": self.lang,
            "note_languages": self.note_lang,
            "countries": self.country,
            "crime_types": self.crime_type,
            "phases": self.phase,
            "kinds": self.kind,
            "statuses": self.status,
            "evidence": self.evidence,
            "organisations": self.organisation,
            "limit": self.limit,
            "sort": self.sort,
            "group_by": self.group_by,
            "explain": self.explain,
        }


class TranslationOut(BaseModel):
    """Which text a translation renders, who vouches for it, and whether the text has changed since."""

    of: Language
    status: Literal["human", "machine-reviewed", "machine"]
    stale: bool


class EvaluationOut(BaseModel):
    """One evaluation of a practice."""

    url: str
    year: int
    method: str
    outcome: str


class EvidenceOut(BaseModel):
    """How far a practice has been tested and what came out."""

    level: str
    effect: str
    evaluations: list[EvaluationOut] = []


class HitOut(BaseModel):
    """One note of a list."""

    id: str
    kind: Kind
    title: str
    summary: str
    lang: Language = Field(description="Language of title and summary.")
    available_languages: list[Language] = Field(description="Languages the note exists in.")
    translation: TranslationOut | None = Field(description="Null where the version shown is the original.")
    countries: list[str]
    applies_through: list[str] = Field(description="Areas by which the note answers a country filter it does not name.")
    crime_types: list[str]
    phases: list[str]
    status: str
    since: str | None = Field(description="When a practice started or a strategy was adopted: year, month or day.")
    evidence: EvidenceOut | None = Field(description="Null for strategies.")
    legal_outcome: str | None = Field(description="What courts made of it, where known; an annulled practice says so.")
    reviewed: str = Field(description="Day of the last review.")
    review_by: str = Field(description="After this day the note wants another look.")
    tlp: str = Field(description="Handling label, TLP 2.0.")
    score: float = Field(description="Comparable within this answer only.")
    level: Level = Field(description="`high` answers the question, `medium` helps, `low` is only the nearest there is.")
    passage: PassageOut
    counterparts: list[CounterpartOut] = Field(description="Notes on the same in other countries.")
    implements: list[ImplementsOut] = Field(description="Strategies served.")
    implemented_by: list[ImplementsOut] = Field(description="Practices that serve it, if it is a strategy.")
    explanation: ExplanationOut | None = Field(description="Why it is a hit. Null: not asked for with `explain`.")
    url: str = Field(description="The note's page, relative to this server.")

    @classmethod
    def of(cls, hit: NoteHit) -> Self:
        """The public form of a hit."""
        shown: dict[str, Any] = {
            **vars(hit),
            **links_out(hit.links),
            "passage": vars(hit.passage),
            "explanation": hit.explanation and ExplanationOut.of(hit.explanation),
            "url": f"/notes/{hit.id}?lang={hit.lang}",
        }
        return cls.model_validate(shown)


class QueryOut(BaseModel):
    """What was understood."""

    text: str
    detected_language: Language | None = Field(
        description="Likely language of the question. Nothing is filtered by it."
    )
    lang: Language = Field(description="Language answered in.")
    filters: dict[str, list[str]] = Field(description="Active filters in words, by parameter.")


class SearchResponse(BaseModel):
    """The answer: practices and strategies of all countries, each list best first but for
    `moves`; a list longer than the first look at the index goes on with what a deeper one found.
    """

    query: QueryOut
    relevant: bool = Field(description="False: nothing relevant was found, and the lists hold the nearest notes.")
    practices: list[HitOut]
    strategies: list[HitOut]
    facets: dict[str, dict[str, int]] = Field(
        description="Parameter → value → number of notes among those looked at for this question (not among all notes)."
    )
    moves: list[MoveOut] = Field(
        description="Practices moved up so that each Benelux country with a relevant one is among the first five."
    )
    by_country: dict[str, list[HitOut]] | None = Field(
        description="Country or area → its relevant practices, best first. Null: not asked for with `group_by`."
    )
    countries_without: list[str] | None = Field(
        description="Benelux countries with no relevant practice. Null: not asked for with `group_by`."
    )
    took_ms: float

    @classmethod
    def of(cls, results: SearchResults) -> Self:
        """The public form of an answer."""
        lists = results.by_country
        return cls(
            query=QueryOut(
                text=results.text,
                detected_language=results.detected,
                lang=results.reader,
                filters={name: list(values) for name, values in results.filters.items()},
            ),
            relevant=results.relevant,
            practices=[HitOut.of(hit) for hit in results.practices],
            strategies=[HitOut.of(hit) for hit in results.strategies],
            facets={name: dict(values) for name, values in results.facets.items()},
            moves=[MoveOut.of(move) for move in results.moves],
            by_country=lists and {country: [HitOut.of(hit) for hit in hits] for country, hits in lists.items()},
            countries_without=None if lists is None else list(results.countries_without),
            took_ms=results.took_ms,
        )


class SectionOut(BaseModel):
    """A section of a note as plain text."""

    anchor: str
    heading: str
    level: int
    text: str


class NoteResponse(BaseModel):
    """One note in one language."""

    id: str
    kind: Kind
    lang: Language
    available_languages: list[Language]
    original_language: Language
    translation: TranslationOut | None
    title: str
    summary: str
    questions: list[str] = Field(description="Questions that the note answers, in its language.")
    revision: str = Field(description="Changes when title, summary or text change.")
    metadata: dict[str, Any] = Field(description="The fields of the note (docs/notes.md), the same in every language.")
    objectives: dict[str, str] = Field(description="Objective id → words, for strategies.")
    counterparts: list[CounterpartOut] = Field(description="Notes on the same in other countries.")
    implements: list[ImplementsOut] = Field(description="Strategies served.")
    implemented_by: list[ImplementsOut] = Field(description="Practices that serve it, if it is a strategy.")
    sections: list[SectionOut]
    html: str = Field(description="The text rendered; raw HTML in a note is shown as text.")
    markdown: str
    url: str

    @classmethod
    def of(cls, note: NoteVersion, html: str) -> Self:
        """The public form of a note."""
        payload = note.payload
        return cls(
            id=note.id,
            kind=payload["kind"],
            lang=note.lang,
            available_languages=payload["languages"],
            original_language=payload["original"],
            translation=payload["translation"],
            title=payload["title"],
            summary=payload["summary"],
            questions=payload["questions"],
            revision=payload["revision"],
            metadata=payload["fields"],
            objectives=payload["objectives"],
            **links_out(note.links),
            sections=[
                SectionOut(
                    anchor=section.anchor,
                    heading=section.heading,
                    level=section.level,
                    text="\n".join(block.text for block in section.blocks),
                )
                for section in sections(payload["markdown"], 1, Kind(payload["kind"]))
            ],
            html=html,
            markdown=payload["markdown"],
            url=f"/notes/{note.id}?lang={note.lang}",
        )
