"""What authors are told in French and Dutch: a form for each English one of `kb.said`, from `locales/lint/`.

The code has the English sentences, beside what they are about; catalogues have them as message ids.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kb.said import ENGLISH
from kb.text.languages import Language

_CATALOGUES = Path(__file__).parent / "lint"


@cache
def forms(language: Language) -> Mapping[str, str]:
    """Return English form -> form in a language; none for English. A fuzzy text counts as none."""
    if language is Language.EN:
        return ENGLISH
    from babel.messages.pofile import read_po  # which takes as long as reading a hundred notes

    with (_CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {str(text.id): str(text.string) for text in catalogue if text.id and text.string and not text.fuzzy}
