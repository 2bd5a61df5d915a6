"""The public JSON of a hit's passage, and of why the note is a hit."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from api.models.links import MoveOut
from kb.text.languages import Language
from search.results import Explanation, Level


class HighlightOut(BaseModel):
    """Where a sentence begins and ends, in characters (Unicode code points) of the passage's text."""

    model_config = ConfigDict(from_attributes=True)

    start: int
    end: int


class PassageOut(BaseModel):
    """The part of the note that answers best."""

    text: str
    heading: str = Field(description="Headings down to the passage.")
    anchor: str = Field(description="Anchor of the section on the note's page.")
    lang: Language = Field(description="Language of the passage; may differ from the hit's.")
    highlight: HighlightOut | None = Field(
        description="The sentence nearest in meaning. Null: there is only one, or none stands out."
    )


class MatchOut(BaseModel):
    """A term of the question that the note answers to, by its words or by a concept of the vocabularies."""

    model_config = ConfigDict(from_attributes=True)

    term: str = Field(description="As the question has it.")
    matched: str = Field(description="The note's word, or the label by which the question names a concept.")
    lang: Language = Field(description="Language of `matched`.")
    scheme: Literal["crime_type", "phase", "country"] | None = Field(description="Null where words match.")
    concept: str | None = Field(description="The note's concept: the one named, or one above or below it.")
    label: str | None = Field(description="The concept in the language answered in.")


class ExactMatchOut(BaseModel):
    """An identifier or name in the question, and what the note has to do with it."""

    model_config = ConfigDict(from_attributes=True)

    key: str = Field(
        description="The same in any spelling, e.g. `eu:2023/1543`, `art:35`, `name:skyecc`, `said:oorworm`."
    )
    relation: Literal["about", "cites", "in-passage"]


class ContributionsOut(BaseModel):
    """What the score is made of. The sum is the score; where a text was pasted, that of the part answered best."""

    model_config = ConfigDict(from_attributes=True)

    dense: float = Field(description="Nearness of the passages in meaning.")
    lexical: float = Field(description="Words of the question, more or fewer than is usual among near passages.")
    questions: float = Field(description="Questions that the note says it answers: nearness, and words they hold.")
    subject: float = Field(
        description="Crime types, phases and countries that the question names; below 0 for another crime."
    )
    links: float = Field(description="What the note gains by `linked_with`.")
    identifier: float = Field(description="Identifiers and names in the question.")


class CombinationOut(BaseModel):
    """How passages make the score: half the best and half the mean of the best `counted` of one language version."""

    model_config = ConfigDict(from_attributes=True)

    lang: Language = Field(description="The version that they stand in; may differ from the one shown.")
    best: float
    mean: float
    counted: int


class CalibrationOut(BaseModel):
    """The level, and the scores from which levels are given in this answer, or to the part of a text answered best."""

    level: Level
    thresholds: dict[str, float]


class ExplanationOut(BaseModel):
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

    @classmethod
    def of(cls, why: Explanation) -> Self:
        """The public form of an explanation."""
        shown: dict[str, Any] = {
            **vars(why),
            "passage_language": why.passage_lang,
            "calibration": {"level": why.level, "thresholds": why.thresholds},
            "move": why.move and MoveOut.of(why.move),
        }
        return cls.model_validate(shown)
