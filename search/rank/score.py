"""What a note is worth for a question, in the parts that make it."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from kb.text.languages import Language
from search.rank.formulas import LINK_WEIGHT, by_texts


class Worth(NamedTuple):
    """What a note is worth. The score is the sum of its parts.

    passages:   strength of the passages (`search.rank.formulas.strength`) of the best version, identifiers apart
    version:    the language of that version
    unseen:     what a passage of it that was not retrieved counts for
    questions:  strength of the questions that the note answers; None: it names none
    subject:    gain or loss by the subjects that the question names
    linked:     gain by the note `link`, which is worth more and linked with it
    identifier: gain by the identifiers in the question, which passages hold or the note is about or cites
    """

    passages: float
    version: Language
    unseen: float = 0.0
    questions: float | None = None
    subject: float = 0.0
    linked: float = 0.0
    link: str | None = None
    identifier: float = 0.0

    @property
    def own(self) -> float:
        """What the note is worth by itself and by meaning."""
        return by_texts(self.passages, self.questions) + self.subject

    @property
    def score(self) -> float:
        """What orders notes."""
        return self.own + self.linked + self.identifier


def raised_by_links(worths: Mapping[str, Worth], linked: Callable[[str], Collection[str]]) -> dict[str, Worth]:
    """Worths by note id, each drawn up towards the best among the notes linked with it, never above that."""
    own = {note_id: worth.own for note_id, worth in worths.items()}

    def raised(note_id: str, worth: Worth) -> Worth:
        best, link = max(((own[one], one) for one in linked(note_id) if one in own), default=(own[note_id], note_id))
        gain = LINK_WEIGHT * (best - own[note_id])
        return worth._replace(linked=gain, link=link) if gain > 0 else worth

    return {note_id: raised(note_id, worth) for note_id, worth in worths.items()}
