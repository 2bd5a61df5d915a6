"""Terms of police and law by country, `taxonomy/terms.yaml`: where each is right, and what to use elsewhere.

Reads plain data that somebody else has read from disk; the rule that tells terms is in `ingest.lint`.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kb.errors import SettingsError
from kb.text.languages import Language

Word = Annotated[str, Field(min_length=1)]
ELSEWHERE = "any"
"""The key of `use_instead` for all countries that it does not name."""


class CountryTerm(BaseModel):
    """A term of one language that is right in some countries only.

    forms:       the same term written otherwise
    countries:   where it is right; none: it is nobody's word
    use_instead: country, or `any` -> what to write
    unless:      words beside which it means something else
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    term: Word
    forms: tuple[Word, ...] = ()
    language: Language
    countries: tuple[str, ...]
    meaning: Word
    use_instead: Mapping[str, Word]
    unless: tuple[Word, ...] = ()

    def instead(self, countries: tuple[str, ...]) -> str:
        """Return what to write in a text about these countries; empty where the list does not say."""
        said = (self.use_instead.get(country, self.use_instead.get(ELSEWHERE, "")) for country in countries)
        return next(filter(None, said), "")


_FILE = TypeAdapter(tuple[CountryTerm, ...])


def country_terms(data: Any, where: str) -> tuple[CountryTerm, ...]:
    """Read the list of terms. Raises SettingsError with the place of what is missing, unknown or malformed."""
    try:
        return _FILE.validate_python(data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
    place = ".".join(map(str, fault["loc"]))
    raise SettingsError(f"{where}: not a list of terms: `{place}` is missing, unknown or malformed.")
