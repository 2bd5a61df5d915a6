"""The fields of a note: what all its languages share, and what a translation carries.

Names follow Dublin Core / DCAT where those have one (see docs/notes.md); TLP 2.0 and PAP are FIRST's and MISP's words.
Checks shape and closed lists only: whether a crime type or a linked note exists is a matter for `ingest.lint`.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from kb.notes.meant import meant_day
from kb.notes.plain_yaml import At
from kb.said import Said, said
from kb.text.languages import Language

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
VOCABULARY_OF: Final[Mapping[str, str]] = {
    "countries": "countries",
    "country": "countries",
    "no_counterpart": "countries",
    "crime_types": "crime_types",
    "phases": "phases",
    "bodies": "bodies",
    "power": "powers",
}
"""Field, wherever it stands -> its vocabulary."""
Flag = Annotated[bool, Field(strict=True)]

WEB_ADDRESS: Final = r"https?://[^\s/]+(/\S*)?"
"""An address of the web as a note may cite it, whole."""
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


class DateError(ValueError):
    """A value that is no date. meant: the date that it is in another form, if any."""

    def __init__(self, message: Said, meant: str | None = None) -> None:
        super().__init__(message)
        self.meant = meant


def _partial_date(value: Any) -> str:
    """Check YYYY, YYYY-MM or YYYY-MM-DD, that it exists in the calendar; kept as text, since text sorts."""
    text = str(value)
    match = _DATE.fullmatch(text)
    if not match:
        message = said("`{value}` is no date; write YYYY, YYYY-MM or YYYY-MM-DD", value=text)
        raise DateError(message, _in_calendar(meant_day(text)))
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        datetime.date(year, month, day)
    except ValueError as error:
        message = said("`{value}` is not in the calendar; write YYYY, YYYY-MM or YYYY-MM-DD", value=text)
        raise DateError(message) from error
    return text


def _in_calendar(day: str | None) -> str | None:
    with suppress(ValueError):
        return day and _partial_date(day)
    return None


def _full_date(value: Any) -> str:
    meant = None
    try:
        if len(text := _partial_date(value)) == 10:
            return text
    except DateError as error:
        meant = error.meant if error.meant and len(error.meant) == 10 else None
    raise DateError(said("`{value}` is no full date; write YYYY-MM-DD", value=value), meant)


def _web_address(value: str) -> str:
    if not re.fullmatch(WEB_ADDRESS, value):
        raise ValueError(said("`{value}` is no web address; write it with http:// or https://", value=value))
    return value


def _described(*types: str, **more: Any) -> WithJsonSchema:
    """Return how JSON Schema describes a value that is taken as text, whatever YAML read it as."""
    return WithJsonSchema({"type": types[0] if len(types) == 1 else list(types), **more})


PartialDate = Annotated[
    str,
    BeforeValidator(_partial_date),
    _described("string", "integer", pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$", minimum=1000, maximum=9999),
]
FullDate = Annotated[str, BeforeValidator(_full_date), _described("string", pattern=r"^\d{4}-\d{2}-\d{2}$")]
WebAddress = Annotated[str, AfterValidator(_web_address), _described("string", pattern=f"^{WEB_ADDRESS}$")]
Text = Annotated[
    str,
    Field(min_length=1, max_length=2_000, coerce_numbers_to_str=True),  # `2.0` and `0903`, which YAML reads as numbers
    _described("string", "number", minLength=1, maxLength=2_000),
]
Slug = Annotated[str, Field(pattern=rf"^{SLUG.pattern}$")]
Question = Annotated[str, Field(min_length=15, max_length=500)]
StrategyRef = Annotated[str, Field(pattern=rf"^{SLUG.pattern}(#{SLUG.pattern})?$")]

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
TLP_ORDER: tuple[Tlp, ...] = get_args(Tlp)
"""Each label is stricter than those before it."""
Pap = Literal["clear", "green", "amber", "red"]


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True)


class Organisation(_Fields):
    """A body that runs or supports a practice; never a private person."""

    name: Text
    role: Literal["lead", "partner"]
    country: Text | None = None


class Audience(_Fields):
    """Whom a note is for, among those who are cleared for its label: any of these countries and organisations."""

    countries: tuple[Text, ...] = ()
    organisations: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not self.countries and not self.organisations:
            raise ValueError(said("`audience` names nobody: give `countries` or `organisations`, or leave it out"))
        return self


class Source(_Fields):
    """A page or document that supports the note, with the day it was read."""

    url: WebAddress
    title: Text
    publisher: Text
    accessed: FullDate
    admiralty: Annotated[str, Field(pattern=r"^[A-F][1-6]$")] | None = None


class Relation(_Fields):
    """A link to another note."""

    id: Slug
    rel: Literal["counterpart-of", "implements", "part-of", "replaces", "see-also"]


class Evaluation(_Fields):
    """One evaluation of a practice and what it found."""

    url: WebAddress
    year: int
    method: Text
    outcome: Text


class Evidence(_Fields):
    """How far a practice has been tested, and with what effect (College of Policing stages, widened)."""

    level: Literal["untested", "monitored", "evaluated-locally", "independently-evaluated", "systematic-review"]
    effect: Literal["positive", "mixed", "none", "negative", "unknown"]
    evaluations: tuple[Evaluation, ...] = ()


class LegalBasis(_Fields):
    """The law a practice rests on in one country; without a name where the sources name none."""

    name: Text | None = None
    country: Text | None = None
    eli: Text | None = None
    celex: Text | None = None
    note: Text | None = None


class Effort(_Fields):
    """What a practice takes, in words."""

    staff: Text | None = None
    cost: Text | None = None
    time_to_start: Text | None = None


class ObjectiveFields(_Fields):
    """An objective. Its words are a list item of the body, `… {#id}`; `text` is for documents that do not list it."""

    id: Slug
    text: Text | None = None
    crime_types: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()


class Target(_Fields):
    """A figure a strategy wants to reach."""

    text: Text
    value: Text | None = None
    year: int | None = None


class Identifiers(_Fields):
    """Official numbers of a document."""

    celex: Text | None = None
    eli: Text | None = None
    com: Text | None = None
    kamerstuk: Text | None = None
    cets: Text | None = None
    moniteur: Text | None = None


class OfficialTitles(_Fields):
    """Titles as the issuer publishes them."""

    fr: Text | None = None
    nl: Text | None = None
    en: Text | None = None
    de: Text | None = None


class LanguageFields(_Fields):
    """What every language version has of its own."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    summary: Annotated[str, Field(min_length=1, max_length=400)]
    questions: Annotated[tuple[Question, ...], Field(max_length=28)] = ()


class CommonFields(LanguageFields):
    """The fields of all kinds of notes. They stand in the original's file only."""

    countries: Annotated[tuple[str, ...], Field(min_length=1)]
    organisations: Annotated[tuple[Organisation, ...], Field(min_length=1)]
    crime_types: Annotated[tuple[str, ...], Field(min_length=1)]
    phases: Annotated[tuple[str, ...], Field(min_length=1)]
    bodies: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    draft: Flag = False
    tlp: Tlp
    pap: Pap | None = None
    audience: Audience | None = None
    owner: Text | None = None
    status: str
    started: PartialDate | None = None
    ended: PartialDate | None = None
    reviewed: FullDate
    review_by: FullDate
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    contact: Text | None = None
    contacts: tuple[Slug, ...] = ()
    authors: Annotated[tuple[Text, ...], Field(min_length=1)]
    licence: Text | None = None
    related: tuple[Relation, ...] = ()

    @model_validator(mode="after")
    def _labels_go_together(self) -> Self:
        if self.tlp in ("amber", "amber+strict") and self.pap is None:
            form = "`pap` is required with `tlp: {tlp}`: say what a reader may do with the note"
            raise ValueError(said(form, tlp=self.tlp))
        if self.tlp == "clear" and self.licence is None:
            raise ValueError(said("`licence` is required with `tlp: clear`: for example CC-BY-4.0"))
        if self.tlp == "amber+strict" and self.owner is None:
            form = "`owner` is required with `tlp: amber+strict`: the organisation that may read the note"
            raise ValueError(said(form))
        if self.audience and self.tlp in ("clear", "amber+strict"):
            form = "`audience` does not go with `tlp: amber+strict`: only its `owner` reads such a note"
            if self.tlp == "clear":
                form = "`audience` does not go with `tlp: clear`: everybody reads such a note"
            raise ValueError(said(form))
        if self.started and self.ended and self.ended < self.started[: len(self.ended)]:
            raise ValueError(said("`ended: {end}` lies before `started: {start}`", end=self.ended, start=self.started))
        if self.review_by < self.reviewed:
            days = {"next": self.review_by, "last": self.reviewed}
            raise ValueError(said("`review_by: {next}` lies before `reviewed: {last}`", **days))
        return self


PracticeStatus = Literal["proposed", "pilot", "operational", "ended", "annulled", "superseded"]
LegalOutcome = Literal["unchallenged", "upheld", "limited", "annulled", "pending"]
StrategyStatus = Literal["draft", "adopted", "in-force", "expired", "replaced", "repealed"]
PowerStatus = Literal["draft", "adopted", "in-force", "repealed"]
PlaybookStatus = Literal["proposed", "operational", "superseded"]
_PAST: Final = ("ended", "annulled", "superseded", "expired", "replaced", "repealed")
_Plan = Literal["strategy", "action-plan", "work-programme"]
_Law = Literal["treaty", "regulation", "directive", "law"]
_Paper = Literal["policy-letter", "protocol", "threat-assessment", "guidance"]


def is_past(status: str, legal_outcome: str | None) -> bool:
    """Return whether what a note is on no longer stands: it is over, replaced, or annulled whatever its status."""
    return status in _PAST or legal_outcome == "annulled"


class PracticeFields(CommonFields):
    """What somebody does against online crime."""

    status: PracticeStatus
    started: PartialDate
    evidence: Evidence
    legal_basis: tuple[LegalBasis, ...] = ()
    legal_outcome: LegalOutcome | None = None
    partners_private: Flag | None = None
    no_counterpart: tuple[str, ...] = ()
    effort: Effort | None = None
    works_best_if: tuple[Text, ...] = ()
    risks: tuple[Text, ...] = ()
    implements: tuple[StrategyRef, ...] = ()
    attack: tuple[Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")], ...] = ()
    iccs: tuple[Text, ...] = ()


class StrategyFields(CommonFields):
    """A document that says what should be done: strategy, plan, treaty, law, guidance."""

    status: StrategyStatus
    doc_kind: Literal[_Plan, _Law, _Paper]
    issuer: Text
    adopted: PartialDate
    in_force_from: PartialDate | None = None
    valid_until: PartialDate | None = None
    official_titles: OfficialTitles | None = None
    identifiers: Identifiers | None = None
    objectives: tuple[ObjectiveFields, ...] = ()
    targets: tuple[Target, ...] = ()
    governance: Text | None = None
    replaces: tuple[Slug, ...] = ()
    replaced_by: tuple[Slug, ...] = ()

    @model_validator(mode="after")
    def _laws_have_titles(self) -> Self:
        if self.doc_kind == "law" and self.official_titles is None:
            raise ValueError(said("`official_titles` is required with `doc_kind: law`: the title as it was published"))
        return self


class PowerFields(CommonFields):
    """What an authority may do, or must do, in a country: its legal basis, who orders it, and on what conditions."""

    status: PowerStatus
    power: str
    legal_basis: Annotated[tuple[LegalBasis, ...], Field(min_length=1)]
    in_force_from: PartialDate | None = None


class PlaybookFields(CommonFields):
    """What to do in the first hour, day and week of an incident, in each country."""

    status: PlaybookStatus


class TranslationInfo(_Fields):
    """Which text a translation renders, and who vouches for it."""

    of: Language
    status: Literal["human", "machine-reviewed", "machine"]
    source_revision: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class TranslationFields(LanguageFields):
    """All the front matter a translation has; the rest is inherited from the original.

    draft: whether it is still to be reviewed, whatever the original says
    """

    draft: Flag = False
    translation: TranslationInfo


Fields = PracticeFields | StrategyFields | PowerFields | PlaybookFields


FILTERED_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "status": tuple(dict.fromkeys((*get_args(PracticeStatus), *get_args(StrategyStatus), *get_args(PowerStatus)))),
}
"""Fields that cards show and by which lists can be narrowed -> their values, those of practices first."""
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {**FILTERED_CHOICES, "legal_outcome": get_args(LegalOutcome)}
"""All fields that cards show: one value of a closed list, or none -> their values."""
PLAIN_CHOICES: Final = tuple(name for name in CHOICES if name not in ("status", "legal_outcome"))
"""Those of them without a text of their own: every surface says the label and the value (`field_words.yaml`)."""


def vocabulary_words(front: Mapping[str, Any], at: At = ()) -> Iterator[tuple[str, str, At]]:
    """Find every word of a vocabulary in front matter, whatever else is wrong with it: whose it is, word and place."""
    for name, value in front.items():
        several = isinstance(value, list)
        for place, word in enumerate(value if several else (value,)):
            here = (*at, name, place) if several else (*at, name)
            if isinstance(word, dict):
                yield from vocabulary_words(word, here)
            elif name in VOCABULARY_OF and isinstance(word, str):
                yield VOCABULARY_OF[name], word, here
