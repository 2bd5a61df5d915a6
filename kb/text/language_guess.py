"""Which of the three languages a text is in, by langdetect with the profiles of just these three and a fixed seed.

Good for whole notes (lint) and documents. Of short questions it gets a fifth wrong: see `kb.text.question_language`.
"""

from functools import cache
from pathlib import Path

from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from kb.text.languages import Language

_SMALL_WORDS = {
    Language.FR: "au aux avec ces cette dans des du elle est et il la le les leur ou par pour qui sont sur un une",
    Language.NL: "aan alleen als bij dat deze die een er geen het hij hoe hun kan maar mag met moet naar niet nog "
    "nooit ook op te tegen tot uit van voor wat welke wie worden wordt zich zijn zo",
    Language.EN: "and are as at by for from has have its of that the their this to was which who with",
}
"""Words that stand in every text of a language, without those that stand in texts of another as well."""


@cache
def _factory() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_json_profile(
        [Path(PROFILES_DIRECTORY, language.value).read_text(encoding="utf-8") for language in Language]
    )
    factory.set_seed(0)
    return factory


def guess_language(text: str) -> Language | None:
    """Return the likeliest language of a text of some length; None for one without letters."""
    detector = _factory().create()
    detector.n_trial = 1  # more trials take more time and are no surer of notes
    detector.append(text.lower() if text.isupper() else text)
    try:
        probabilities = detector.get_probabilities()
    except LangDetectException:
        return None
    return Language(probabilities[0].lang) if probabilities else None


def plainly(text: str, language: Language) -> bool:
    """Return whether its small words alone leave no doubt that a text is in a language. False proves nothing.

    A few of them are enough, if those of the other languages are few beside them.
    """
    words = text.lower().split()
    found = {each: sum(map(set(small.split()).__contains__, words)) for each, small in _SMALL_WORDS.items()}
    own = found.pop(language)
    return own >= 5 and own >= 4 * max(found.values())
