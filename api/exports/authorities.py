"""Names that others give to languages, countries, licences and media types, where catalogues of data expect them:
authority tables of the Publications Office of the European Union
(https://op.europa.eu/en/web/eu-vocabularies/authority-tables), and the registry of IANA.
"""

from typing import Final

from kb.text.languages import Language

AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
JUSTICE: Final = f"{AUTHORITY}data-theme/JUST"
"""The theme of data on justice, the legal system and public safety."""
THEMES: Final = f"{AUTHORITY}data-theme"

_LANGUAGES: Final = {Language.FR: "FRA", Language.NL: "NLD", Language.EN: "ENG"}
_COUNTRIES: Final = {
    "AT": "AUT", "BE": "BEL", "BG": "BGR", "CH": "CHE", "CY": "CYP", "CZ": "CZE", "DE": "DEU", "DK": "DNK",
    "EE": "EST", "ES": "ESP", "EU": "EUR", "FI": "FIN", "FR": "FRA", "GB": "GBR", "GR": "GRC", "HR": "HRV",
    "HU": "HUN", "IE": "IRL", "IT": "ITA", "LT": "LTU", "LU": "LUX", "LV": "LVA", "MT": "MLT", "NL": "NLD",
    "NO": "NOR", "PL": "POL", "PT": "PRT", "RO": "ROU", "SE": "SWE", "SI": "SVN", "SK": "SVK", "US": "USA",
}  # fmt: skip
_LICENCES: Final = {"CC-BY-4.0": "CC_BY_4_0", "CC0-1.0": "CC0"}


def language_iri(language: Language) -> str:
    """A language."""
    return f"{AUTHORITY}language/{_LANGUAGES[language]}"


def country_iri(country: str) -> str | None:
    """A country by its ISO code of two letters, or the European Union; None for one that is not listed here."""
    return f"{AUTHORITY}country/{_COUNTRIES[country]}" if country in _COUNTRIES else None


def licence_iri(licence: str) -> str | None:
    """A licence by its SPDX id; None for one that is not listed here."""
    return f"{AUTHORITY}licence/{_LICENCES[licence]}" if licence in _LICENCES else None


def access_iri(tlp: str) -> str:
    """Whether everybody may have what has this TLP label."""
    return f"{AUTHORITY}access-right/{'PUBLIC' if tlp == 'clear' else 'RESTRICTED'}"


def media_type_iri(media_type: str) -> str:
    """A media type, as `text/html`."""
    return f"https://www.iana.org/assignments/media-types/{media_type}"
