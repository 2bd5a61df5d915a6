"""The public JSON of searches and notes: what is answered. Field names are a promise (docs/openapi.json)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal, Self

import orjson
from orjson import Fragment
from pydantic import BaseModel, ConfigDict, Field, create_model

from api.models.addresses import any_page_address
from api.models.cards import (
    CardOut,
    ChannelOut,
    CounterpartOut,
    FirstContactOut,
    ImplementsOut,
    MoveOut,
    NamedContactOut,
    Public,
    PublicCard,
    TranslationOut,
    public_card,
)
from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Level, NoteHit, NoteVersion, SearchResults, facets_of


class HighlightOut(Public):
    """Where a sentence begins and ends, in characters (Unicode code points) of the passage's text."""

    start: int
    end: int


class PassageOut(Public):
    """The part of the note that answers best."""

    text: str
    heading: str = Field(description="Headings down to the passage.")
    anchor: str = Field(description="Anchor of the section on the note's page.")
    lang: Language = Field(description="Language of the passage; may differ from the hit's.")
    highlight: HighlightOut | None = Field(
        description="The sentence nearest in meaning. Null: there is only one, or none stands out."
    )


class MatchOut(Public):
    """A term of the question that the note answers to, by its words or by a concept of the vocabularies."""

    term: str = Field(description="As the question has it.")
    matched: str = Field(description="The note's word, or the label by which the question names a concept.")
    lang: Language = Field(description="Language of `matched`.")
    scheme: Literal["crime_type", "phase", "power", "country"] | None = Field(description="Null where words match.")
    concept: str | None = Field(description="The note's concept: the one named, or one above or below it.")
    label: str | None = Field(description="The concept in the language answered in.")


class ExactMatchOut(Public):
    """An identifier or name in the question, and what the note has to do with it."""

    key: str = Field(
        description="The same in any spelling, e.g. `eu:2023/1543`, `art:35`, `name:skyecc`, `said:oorworm`."
    )
    relation: Literal["about", "cites", "in-passage"]


class ContributionsOut(Public):
    """What the score is made of. The sum is the score; where a text was pasted, that of the part answered best."""

    dense: float = Field(
        description="Nearness of the passages in meaning; more for a note that does not exist in all languages."
    )
    lexical: float = Field(description="Words of the question, more or fewer than is usual among near passages.")
    questions: float = Field(
        description="Questions that the note says it answers: nearness, words they hold, and a gain or loss by how "
        "well they meet each word of the question where it stands."
    )
    subject: float = Field(
        description="Crime types, phases and powers that the question names; below 0 for another crime, and for a "
        "note of another country than the question names."
    )
    links: float = Field(description="What the note gains by `linked_with`.")
    identifier: float = Field(
        description="Identifiers and names in the question; of one that is nothing but a name of a crime type, phase "
        "or power, that name."
    )


class CombinationOut(Public):
    """How passages make the score: half the best and half the mean of the best `counted` of one language version."""

    lang: Language = Field(description="The version that they stand in; may differ from the one shown.")
    best: float
    mean: float
    counted: int


class CalibrationOut(BaseModel):
    """The level, and the scores from which levels are given in this answer, or to the part of a text answered best.

    A note is medium at most, whatever its score, if it does not hold in a country the question names, or only cites an
    identifier that is less than half of the question.
    """

    level: Level
    thresholds: dict[str, float]


class ExplanationOut(Public):
    """Why a note is a hit and stands where it does."""

    passage_language: Language
    sentence: str | None = Field(description="The one that `passage.highlight` marks.")
    terms: list[MatchOut]
    identifiers: list[ExactMatchOut]
    contributions: ContributionsOut
    passages: CombinationOut
    linked_with: str | None = Field(description="Note that answers better and is linked with this one.")
    calibration: CalibrationOut
    move: MoveOut | None = Field(description="Where balance has moved the note to, so that a country is seen.")


class HitOut(CardOut):
    """One note of a ranked list."""

    score: float = Field(description="Comparable within this answer only.")
    level: Level = Field(description="`high` answers the question, `medium` helps, `low` is only the nearest there is.")
    passage: PassageOut
    does_not_hold_in: list[str] = Field(
        description="Countries that the question names, if the note holds in none of them; it is then never `high`."
    )
    explanation: ExplanationOut | None = Field(description="Why it is a hit. Null: not asked for with `explain`.")


class ReachedOut(FirstContactOut):
    """A contact that answers the question."""

    lang: Language = Field(description="Language of its texts.")
    note: str = Field(description="Id of the note that says more of it.")
    tlp: str = Field(description="Handling label of that note, TLP 2.0.")


class AtAGlanceOut(BaseModel):
    """What an answer comes to in one country."""

    note: str | None = Field(
        description="Id of the practice or power that answers best there, else of the strategy; one that no longer "
        "stands only where no other answers or helps. Null: none does."
    )
    counterpart_of: str | None = Field(
        None,
        description="A relevant power of another country, whose counterpart `note` is, where nothing of this country "
        "is relevant itself and a power answers the question best. Null: `note` is relevant itself.",
    )
    contacts: list[ReachedOut] = Field(description="Whom to reach there, best first.")


class UnderstoodOut(BaseModel):
    """What a part of the question was taken for."""

    kind: Literal["crime_type", "phase", "power", "country", "identifier"]
    value: str = Field(description="The concept's id, or the identifier.")
    label: str = Field(description="As the reader calls it.")


class QueryOut(BaseModel):
    """What was understood."""

    text: str = Field(description="The question as it was read; empty where `similar_to` was asked.")
    detected_language: Language | None = Field(
        description="Likely language of the question. Nothing is filtered by it."
    )
    lang: Language = Field(description="Language answered in.")
    filters: dict[str, list[str]] = Field(description="Active filters in words, by parameter.")
    understood: list[UnderstoodOut] = Field(
        description="The concepts and identifiers that it was found to name; of a pasted text, what most of its parts "
        "name first. What is wrong is taken back with `not_meant`."
    )
    did_you_mean: str | None = Field(
        description="The question with known words for unknown ones near them, to be offered: the answer is to the "
        "question as it stands. Null: all words are known, or none is near."
    )


class SearchResponse(BaseModel):
    """The answer: notes of each kind of all countries, each list best first but for
    `moves`; a list longer than the first look at the index goes on with what a deeper one found.
    """

    query: QueryOut
    relevant: bool = Field(
        description="Whether a note of any list answers or helps, be it a power or a playbook alone; a list may still "
        "hold none but `low` ones. False: nothing relevant was found, and the lists hold the nearest notes."
    )
    at_a_glance: dict[str, AtAGlanceOut] = Field(
        description="Benelux country, or `beyond` for wider areas → what the answer comes to there; countries that the "
        "question names come first. Empty where nothing answers."
    )
    practices: list[HitOut]
    strategies: list[HitOut]
    powers: list[HitOut] = Field(description="What authorities may do, by country.")
    playbooks: list[HitOut] = Field(description="What to do in the first hour, day and week of an incident.")
    facets: dict[str, dict[str, int]] = Field(
        description="Parameter → value → number of relevant notes; of all looked at where none is relevant."
    )
    moves: list[MoveOut] = Field(
        description="Practices moved up so that each Benelux country with a relevant one is among the first five; "
        "of those that the question names, where it names some."
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
    def of(cls, results: SearchResults) -> Self:
        """Return the public form."""
        return cls.model_validate_json(public_answer(results, {hit.id: public_card(hit) for hit in results.hits}))


class HitFields(HitOut):
    """Of one note of a ranked list, the members that `fields` names."""

    model_config = ConfigDict(json_schema_extra=lambda schema: schema.pop("required"))


_LISTS: Final[dict[str, Any]] = {
    **{kind.folder: list[HitFields] for kind in Kind},
    "by_country": dict[str, list[HitFields]] | None,
}
_NARROWED: Final[dict[str, Any]] = {
    name: (kind, Field(description=SearchResponse.model_fields[name].description)) for name, kind in _LISTS.items()
}
_Narrowed: Any = create_model("_Narrowed", __base__=SearchResponse, **_NARROWED)


class FieldsResponse(_Narrowed):
    """The answer where `fields` is given: the same but for its hits. Describes it only; nothing is read with it."""


class BatchResponse(BaseModel):
    """The answers to several questions, in the order in which they were asked."""

    results: list[SearchResponse | FieldsResponse]


def public_answer(
    results: SearchResults,
    cards: Mapping[str, PublicCard],
    following: str | None = None,
    fields: Collection[str] = (),
    *,
    echo: bool = True,
) -> bytes:
    """Return a `SearchResponse` in JSON; put together without its model, since each answer costs a question time.

    cards: `public_card` of each hit by id; following: the cursor of what comes next; echo: whether to say what is asked
    fields: the only members of hits, where some are named; it is a `FieldsResponse` then
    """

    def public(hits: Sequence[NoteHit]) -> list[Fragment]:
        whole = (_public_hit(hit, cards[hit.id]) for hit in hits)
        return [Fragment(_narrowed(hit, fields) if fields else hit) for hit in whole]

    by_country = results.by_country
    return orjson.dumps(
        {
            "query": {
                "text": results.text if echo else "",
                "detected_language": results.detected,
                "lang": results.reader,
                "filters": results.filters,
                "understood": [each._asdict() for each in results.understood],
                "did_you_mean": results.did_you_mean,
            },
            "relevant": results.relevant,
            "at_a_glance": {
                place: {
                    "note": glance.note,
                    "counterpart_of": glance.counterpart_of,
                    "contacts": [
                        {**each.contact, "lang": each.lang, "note": each.note, "tlp": each.tlp}
                        for each in glance.contacts
                    ],
                }
                for place, glance in results.at_a_glance.items()
            },
            **{kind.folder: public(results.lists.get(kind, ())) for kind in Kind},
            "facets": facets_of(results.counts),
            "moves": results.moves,
            "by_country": by_country and {country: public(hits) for country, hits in by_country.items()},
            "countries_without": None if by_country is None else results.countries_without,
            "next": following,
            "took_ms": results.took_ms,
        }
    )


def _public_hit(hit: NoteHit, card: PublicCard) -> bytes:
    """Return a `HitOut` in JSON."""
    passage, highlight = hit.passage, hit.passage.highlight
    explanation = None
    if hit.explanation:
        why = vars(hit.explanation)
        sentence = highlight and passage.text[slice(*highlight)]
        given = {**why, "passage_language": passage.lang, "sentence": sentence, "calibration": why}
        explanation = Fragment(ExplanationOut.model_validate(given).model_dump_json())
    own = {
        "score": hit.score,
        "level": hit.level,
        "passage": {**vars(passage), "highlight": highlight and highlight._asdict()},
        "does_not_hold_in": hit.does_not_hold_in,
        "explanation": explanation,
    }
    areas, contacts = orjson.dumps(hit.applies_through), orjson.dumps(hit.contacts)
    return b"".join((card.before_areas, areas, card.before_contacts, contacts, card.after, b",", orjson.dumps(own)[1:]))


def _narrowed(hit: bytes, fields: Collection[str]) -> bytes:
    """Return a `HitFields` in JSON."""
    return orjson.dumps({name: value for name, value in orjson.loads(hit).items() if name in fields})


class SectionOut(BaseModel):
    """A section of a note as plain text."""

    anchor: str
    heading: str
    level: int
    text: str


class ContactOut(NamedContactOut):
    """A contact, with all that is known of it."""

    when: str = Field(description="What it is for.")
    channels: list[ChannelOut]
    at_hand: str | None = Field(None, description="What to have ready.")
    then: str | None = Field(None, description="What happens next.")
    sources: list[dict[str, str]]


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
    contacts: list[ContactOut] = Field(description="Whom to reach.")
    sections: list[SectionOut]
    html: str = Field(description="The text rendered; raw HTML in a note is shown as text.")
    markdown: str
    url: str

    @classmethod
    def of(cls, note: NoteVersion, html: str) -> Self:
        """Return the public form of a note."""
        payload = note.payload
        public: dict[str, Any] = {
            **payload,
            **vars(note.links),
            "id": note.id,
            "lang": note.lang,
            "available_languages": payload["languages"],
            "original_language": payload["original"],
            "metadata": payload["fields"],
            "sections": [
                {**vars(section), "heading": section.heading, "text": "\n".join(block.text for block in section.blocks)}
                for section in sections(payload["markdown"], 1, Kind(payload["kind"]))
            ],
            "html": html,
            "url": any_page_address("", note.id, note.lang),
        }
        return cls.model_validate(public)
