"""The public JSON of `/v1`: what is answered. Field names are a promise (docs/openapi.json)."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field

from api.explanation_schemas import ExplanationOut, PassageOut
from api.link_schemas import CounterpartOut, ImplementsOut, MoveOut, links_out
from kb.languages import Language
from kb.markdown import sections
from kb.note import Kind
from search.calibrate import Level
from search.reading import NoteVersion
from search.results import NoteHit, SearchResults


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
        description="Parameter → value → number of relevant notes; of all looked at where none is relevant."
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
