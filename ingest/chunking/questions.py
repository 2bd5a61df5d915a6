"""Note -> the questions that its authors say it answers, as records of their own.

A question of a reader is nearer to a question than to the passage that answers it. They are searched beside the
passages and never shown as one. Figures: docs/decisions/0010-authors-questions.md.
"""

from dataclasses import dataclass
from typing import Any

from ingest.chunking.identify import Identifiers
from ingest.chunking.records import record_fields
from kb.frozen import Frozen
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.store.records import QUESTION, question_id
from kb.text.languages import Language


@dataclass(frozen=True)
class Question(Frozen):
    """One question that a language version answers."""

    id: str
    note_id: str
    language: Language
    text: str


def questions(note: Note, language: Language) -> tuple[Question, ...]:
    """The questions of one language version."""
    asked = note.versions[language].own.questions
    return tuple(
        Question(question_id(note.id, language, place), note.id, language, text) for place, text in enumerate(asked)
    )


def question_payload(note: Note, question: Question, taxonomy: Taxonomy, identifiers: Identifiers) -> dict[str, Any]:
    """The record of a question: what filters use. Its text is with the version."""
    return record_fields(QUESTION, note, question.language, taxonomy, identifiers)
