"""Days, months and years as readers of a language write them, and which day has passed."""

from datetime import date

from babel.dates import format_date, format_skeleton

from kb.text.languages import Language

_LOCALES = {Language.FR: "fr_BE", Language.NL: "nl_BE", Language.EN: "en_GB"}
_YEAR, _MONTH = 4, 7


def day(text: str, language: Language) -> str:
    """`2021-05-20`, `2021-05` or `2021` in words: `20 May 2021`, `May 2021`, `2021`."""
    locale = _LOCALES[language]
    if len(text) <= _YEAR:
        return text
    if len(text) <= _MONTH:
        return format_skeleton("yMMMM", date.fromisoformat(f"{text}-01"), locale=locale)
    return format_date(date.fromisoformat(text), "d MMMM y", locale=locale)


def overdue(review_by: str) -> bool:
    """Whether the day by which a note wants another look has passed."""
    return review_by < date.today().isoformat()
