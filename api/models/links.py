"""The public JSON of what links notes: counterparts, strategies and practices, and moves between places of a list."""

from typing import Any, Self

from pydantic import BaseModel, Field

from api.models.addresses import any_page_address
from kb.text.languages import Language
from search.results import LinkedNote, Links, Move


class CounterpartOut(BaseModel):
    """A note on the same in another country."""

    id: str
    title: str
    lang: Language = Field(description="Language of the title.")
    countries: list[str]
    status: str = Field(description="Whether it still stands: values as of a hit.")
    legal_outcome: str | None = Field(description="What courts made of it; `annulled` may go with another status.")
    draft: bool = Field(description="Whether it is still to be read through.")
    url: str = Field(description="The note's page, relative to this server.")

    @classmethod
    def of(cls, note: LinkedNote) -> Self:
        """The public form of a linked note."""
        return cls.model_validate({**vars(note), "url": any_page_address("", note.id, note.lang)})


class ImplementsOut(CounterpartOut):
    """A strategy that is implemented, or a practice that implements one."""

    objectives: list[str] = Field(description="Objectives of the strategy that are named; empty: it as a whole.")


def links_out(links: Links) -> dict[str, Any]:
    """The public form of a note's links, by the field that holds them."""
    return {
        "counterparts": [CounterpartOut.of(note) for note in links.counterparts],
        "implements": [ImplementsOut.of(note) for note in links.implements],
        "implemented_by": [ImplementsOut.of(note) for note in links.implemented_by],
    }


class MoveOut(BaseModel):
    """A practice shown higher than its score places it, so that a country is seen. Places count from 1."""

    id: str
    from_place: int
    to_place: int
    country: str

    @classmethod
    def of(cls, move: Move) -> Self:
        """The public form of a move."""
        return cls(id=move.note_id, from_place=move.from_place, to_place=move.to_place, country=move.country)
