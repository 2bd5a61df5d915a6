"""The public JSON of `/v1`: what is answered. Field names are a promise (docs/openapi.json)."""

from typing import Any, Self

from pydantic import BaseModel, Field

from api.models.addresses import any_page_address
from api.models.cards import CardOut, TranslationOut, card_fields
from api.models.explanations import ExplanationOut, PassageOut
from api.models.links import CounterpartOut, ImplementsOut, MoveOut, links_out
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Level, NoteHit, NoteVersion, SearchResults


class HitOut(CardOut):
    """One note of a ranked list."""

    score: float = Field(description="Comparable within this answer only.")
    level: Level = Field(description="`high` answers the question, `medium` helps, `low` is only the nearest there is.")
    passage: PassageOut
    explanation: ExplanationOut | None = Field(description="Why it is a hit. Null: not asked for with `explain`.")

    @classmethod
    def of(cls, hit: NoteHit) -> Self:
        """The public form of a hit."""
        shown: dict[str, Any] = {
            **card_fields(hit),
            "passage": vars(hit.passage),
            "explanation": hit.explanation and ExplanationOut.of(hit.explanation),
        }
        return cls.model_validate(shown)


class QueryOut(BaseModel):
    """What was understood."""

    text: str = Field(description="The question as it was read; empty where `similar_to` was asked.")
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
    next: str | None = Field(description="`cursor` with which the lists go on. Null: there is no more.")
    took_ms: float

    @classmethod
    def of(cls, results: SearchResults, following: str | None = None, *, echo: bool = True) -> Self:
        """The public form of an answer. following: the cursor of what comes after; echo: whether to repeat its text."""
        lists = results.by_country
        return cls(
            query=QueryOut(
                text=results.text if echo else "",
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
            next=following,
            took_ms=results.took_ms,
        )


class BatchResponse(BaseModel):
    """The answers to several questions, in the order in which they were asked."""

    results: list[SearchResponse]


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
    see_also: list[CounterpartOut] = Field(description="Other notes that it names, or that name it.")
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
            see_also=[CounterpartOut.of(one) for one in note.links.see_also],
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
            url=any_page_address("", note.id, note.lang),
        )
