"""The questions that notes are tried with: those of a test collection, and those that a note's own words make."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from kb.notes.front_matter import StrategyFields
from kb.text.languages import Language

if TYPE_CHECKING:
    from kb.notes.note import Note
    from kb.notes.taxonomy import Taxonomy

Queries = Annotated[
    Path | None, typer.Option("--queries", help="A test collection, as `kb eval` reads it, whose questions are asked.")
]
OURS: Final = Path(__file__).parents[2] / "tests" / "relevance" / "needs"
"""The test collection of this project; installed without its checkout, it has none."""


class Asked(NamedTuple):
    """A question, the language that it is asked in, and where it comes from."""

    text: str
    lang: str
    of: str


def questions(folder: Path) -> list[Asked]:
    """The questions of a test collection. Raises SettingsError where it cannot be read."""
    from api.evaluation.collection import read_collection

    return [Asked(one.text, one.lang, one.id) for one in read_collection(folder).queries]


def own_questions(note: "Note", taxonomy: "Taxonomy") -> Iterator[Asked]:
    """What readers of each language may type who look for this note.

    Its titles and questions; in a language that it lacks, the title as its issuer publishes it, where it says so, else
    the names of its crime types and phases.
    """
    official = note.fields.official_titles if isinstance(note.fields, StrategyFields) else None
    for language in Language:
        version = note.versions.get(language)
        published: str | None = getattr(official, language.value, None)
        if version is not None:
            yield Asked(version.title, language, "title")
            yield from (Asked(text, language, "question") for text in version.own.questions)
        elif published:
            yield Asked(published, language, f"official title, as there is none in {language}")
        else:
            schemes = ((taxonomy.crime_types, note.fields.crime_types), (taxonomy.phases, note.fields.phases))
            names = (scheme[word].label(language) for scheme, words in schemes for word in words)
            yield Asked(", ".join(names), language, f"crime types and phases, as there is no title in {language}")
