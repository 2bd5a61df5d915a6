"""Which of the three languages a text is in, by langdetect with the profiles of just these three and a fixed seed.

Good for whole notes (lint). For a query it is a guess to show, never a filter: short queries are uncertain.
"""

from functools import cache
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from kb.languages import Language

_HINT = 0.5
"""Prior weight of the language that a hint names; the others share the rest."""


@cache
def _factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_json_profile(
        [Path(PROFILES_DIRECTORY, language.value).read_text(encoding="utf-8") for language in Language]
    )
    factory.set_seed(0)
    return factory


def guess_language(text: str, hint: Language | None = None) -> Language | None:
    """The likeliest language, or None for a text without letters. `hint` tips the balance of a doubtful text."""
    detector = _factory().create()
    rest = (1 - _HINT) / (len(Language) - 1)
    detector.set_prior_map(
        {one.value: 1 / len(Language) if hint is None else _HINT if one is hint else rest for one in Language}
    )
    detector.append(text)
    try:
        probabilities = detector.get_probabilities()
    except LangDetectException:
        return None
    return Language(probabilities[0].lang) if probabilities else None
