"""Who may see a note: the keys that open it, and those of a caller (docs/decisions/0014-access.md).

A key is a TLP label, for all who are cleared for it (`green`), or for those among them of one country or organisation
(`amber@country/BE`, `amber+strict@organisation/europol`). Who has one of a note's keys may see it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import ValidationError

from kb.notes.front_matter import TLP_ORDER, Audience, CommonFields, Tlp
from kb.notes.taxonomy import Taxonomy
from kb.text.folding import fold_letters

CLEAR: Final = "clear"
STRICT: Final = "amber+strict"
"""For one organisation alone, the note's owner."""
ANONYMOUS: Final = frozenset({CLEAR})
"""The keys of a caller without credentials."""
NOBODY: Final = Audience.model_construct(countries=(), organisations=())


@dataclass(frozen=True)
class Handling:
    """Who may see a note, as a file states it.

    tlp:      a label, or what was written for one
    audience: None: everybody cleared for the label. An empty one opens to nobody
    owner:    the organisation that the note belongs to
    """

    tlp: str
    audience: Audience | None = None
    owner: str | None = None

    @classmethod
    def of(cls, fields: CommonFields) -> Self:
        """Return the handling that the fields of a note state."""
        return cls(fields.tlp, fields.audience, fields.owner)

    @classmethod
    def stated(cls, front: Mapping[str, Any]) -> Self:
        """Read the handling from front matter that may have errors. A malformed audience or owner opens to nobody."""
        tlp, owner, audience = front["tlp"], front.get("owner"), None
        if "audience" in front:
            try:
                audience = Audience.model_validate(front["audience"])
            except ValidationError:
                audience = NOBODY
        return cls("" if tlp is None else str(tlp), audience, owner if isinstance(owner, str) else None)

    def __str__(self) -> str:
        named = () if self.audience is None else (*self.audience.countries, *self.audience.organisations)
        readers = [self.owner] if self.tlp == STRICT and self.owner else named
        return f"TLP:{self.tlp.upper()} ({', '.join(readers)})" if readers else f"TLP:{self.tlp.upper()}"

    def keys(self, taxonomy: Taxonomy) -> frozenset[str]:
        """Return the keys that open the note. An area stands for all countries in it."""
        if self.tlp == STRICT:
            return _scoped(STRICT, (), [self.owner] if self.owner else [])
        if self.audience is None:
            return frozenset({self.tlp})
        return _scoped(self.tlp, taxonomy.reach(self.audience.countries), self.audience.organisations)


def clearance(tlp: Tlp, countries: Iterable[str] = (), organisations: Iterable[str] = ()) -> frozenset[str]:
    """Return the keys of who is cleared for a label, in these countries and organisations, of laxer labels, too."""
    return _beneath(tlp).union(*map(_beneath, _scoped(tlp, countries, organisations)))


def whoever_sees(keys: frozenset[str], also: frozenset[str]) -> bool:
    """Return whether everybody who may see a note with these keys may see a note with those, too."""
    return all(not also.isdisjoint(_beneath(key)) for key in keys)


def _scoped(tlp: str, countries: Iterable[str], organisations: Iterable[str]) -> frozenset[str]:
    of_organisations = {f"{tlp}@organisation/{fold_letters(name)}" for name in organisations}
    return frozenset(of_organisations | {f"{tlp}@country/{country}" for country in countries})


def _beneath(key: str) -> frozenset[str]:
    """Return a key and those that it includes: of laxer labels, in the same scope and in none."""
    label, _, scope = key.partition("@")
    laxer = TLP_ORDER[: TLP_ORDER.index(label) + 1] if label in TLP_ORDER else ()
    in_scope = {f"{name}@{scope}" for name in laxer if scope and name != CLEAR}
    return frozenset({name for name in laxer if name != STRICT} | in_scope)
