"""The public JSON of what any list shows of a note, and of links. Field names are a promise (docs/openapi.json)."""

from dataclasses import replace
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from api.models.addresses import any_page_address
from kb.notes.contacts import OF_A_HIT
from kb.notes.field_words import field_words
from kb.notes.front_matter import PLAIN_CHOICES
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import LinkedNote, NoteCard


class Public(BaseModel):
    """Public JSON that is read off a value of the search."""

    model_config = ConfigDict(from_attributes=True)


class CounterpartOut(Public):
    """A note on the same in another country."""

    id: str
    title: str
    lang: Language = Field(description="Language of the title.")
    countries: list[str]
    status: str = Field(description="Whether it still stands: values as of a hit.")
    legal_outcome: str | None = Field(description="What courts made of it; `annulled` may go with another status.")
    draft: bool = Field(description="Whether it is still to be read through.")
    url: str = Field(description="The note's page, relative to this server.")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, note: Any) -> Any:
        if not isinstance(note, LinkedNote):
            return note
        return {**vars(note), "url": any_page_address("", note.id, note.lang)}


class ImplementsOut(CounterpartOut):
    """A strategy that is implemented, or a practice that implements one."""

    objectives: list[str] = Field(description="Objectives of the strategy that are named; empty: it as a whole.")


class MoveOut(Public):
    """A practice shown higher than its score places it, so that a country is seen. Places count from 1."""

    id: str
    from_place: int
    to_place: int
    country: str


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


class ChannelOut(BaseModel):
    """A way to reach a contact."""

    type: str = Field(description="`phone`, `email`, `web`, `app`, `chat`, `address`, `visit` or `route`.")
    value: str | None = Field(None, description="Number or address. Null: `note` says through whom.")
    note: str | None = None


class NamedContactOut(BaseModel):
    """A service that can be reached; never a person. Its texts are in the language of the note."""

    id: str
    name: str
    countries: list[str]
    crime_types: list[str]
    for_whom: list[str] = Field(description="Of `public`, `victims`, `companies`, `police`, `prosecutors`.")
    hours: str | None = None
    checked: str = Field(description="The day on which it was compared with its sources.")


class FirstContactOut(NamedContactOut):
    """A contact as lists show it: the note says when to turn to it, what to have at hand, and its other channels."""

    channel: ChannelOut = Field(description="The first of its channels.")


_CHOICES: Final[dict[str, Any]] = {
    name: (str | None, Field(description=f"{field_words()[name][Language.EN].meaning}. Null: not said."))
    for name in PLAIN_CHOICES
}
Choices: Any = create_model("Choices", __base__=Public, **_CHOICES)
"""What a note chooses in fields without a text of their own."""


class CardOut(Choices):
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
    powers: list[str] = Field(description="The power of authorities that it is about. Empty: of another kind.")
    status: str
    since: str | None = Field(description="When a practice started or a strategy was adopted: year, month or day.")
    evidence: EvidenceOut | None = Field(description="Null for strategies.")
    legal_outcome: str | None = Field(description="What courts made of it, where known; an annulled practice says so.")
    draft: bool = Field(description="Whether it is still to be read through. Only servers set up for drafts have any.")
    reviewed: str = Field(description="Day of the last review.")
    review_by: str = Field(description="After this day the note wants another look.")
    tlp: str = Field(description="Handling label, TLP 2.0.")
    contacts: list[FirstContactOut] = Field(
        description=f"Whom to reach: at most {OF_A_HIT}, those of countries asked about first, else the first of each. "
        "The note has them all."
    )
    counterparts: list[CounterpartOut] = Field(description="Notes on the same in other countries.")
    implements: list[ImplementsOut] = Field(description="Strategies served.")
    implemented_by: list[ImplementsOut] = Field(description="Practices that serve it, if it is a strategy.")
    url: str = Field(description="The note's page, relative to this server.")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, card: Any) -> Any:
        if not isinstance(card, NoteCard):
            return card
        return {**vars(card), **card.choices, **vars(card.links), "url": any_page_address("", card.id, card.lang)}


class PublicCard(NamedTuple):
    """The members of a `CardOut` in JSON, in their order, around the two that depend on what is asked."""

    before_areas: bytes
    before_contacts: bytes
    after: bytes


def public_card(card: NoteCard) -> PublicCard:
    """Return a card in JSON but for the areas by which it answers a filter, and its contacts."""
    written = CardOut.model_validate(replace(card, applies_through=(), contacts=())).model_dump_json().encode()
    before, areas, after = written.removesuffix(b"}").partition(b'"applies_through":[]')  # texts hold no bare quote
    between, contacts, after = after.partition(b'"contacts":[]')
    return PublicCard(before + areas.removesuffix(b"[]"), between + contacts.removesuffix(b"[]"), after)
