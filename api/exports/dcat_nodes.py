"""What the entries of the catalogue refer to: bodies, licences, places, subjects and so on, each described once."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from api.exports.authorities import access_iri, country_iri, language_iri, licence_iri, media_type_iri
from api.exports.dcat_context import no_language
from api.exports.skos import concept_iri, labels, scheme_iri
from api.locales.texts import TEXTS
from api.models.addresses import uri
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Scheme, Taxonomy
from kb.text.languages import Language


def in_all_languages(key: str) -> dict[str, str]:
    """A text of the interface, as a language map."""
    return {language.value: TEXTS[language][key] for language in Language}


class Nodes:
    """Describes what it is asked for, and answers with what identifies it.

    catalogue: what identifies the catalogue; nodes that nobody else names are parts of it
    """

    def __init__(self, catalogue: str, address: str, taxonomy: Taxonomy) -> None:
        self._catalogue = catalogue
        self._address = address
        self._countries = taxonomy.countries
        self._described: dict[str, dict[str, Any]] = {}

    def described(self) -> list[dict[str, Any]]:
        """All that was asked for."""
        return list(self._described.values())

    def node(self, iri: str, *types: str, **properties: Mapping[str, str]) -> str:
        """Something that is identified already."""
        self._described.setdefault(iri, {"@id": iri, "@type": types[0] if len(types) == 1 else types, **properties})
        return iri

    def part(self, fragment: str, kind: str, **properties: Mapping[str, str]) -> str:
        """Something that nobody else names."""
        return self.node(f"{self._catalogue}#{fragment}", kind, **properties)

    def agent(self, name: str) -> str:
        """A body, by its name."""
        return self.part(f"body/{quote(name, safe='')}", "foaf:Agent", name=no_language(name))

    def language(self, language: Language) -> str:
        """A language."""
        return self.node(language_iri(language), "dct:LinguisticSystem")

    def media_type(self, media_type: str) -> str:
        """A media type."""
        return self.node(media_type_iri(media_type), "dct:MediaType")

    def page(self, url: str, title: str | None = None) -> str:
        """A page or document elsewhere, or a page of this server."""
        titled = {"title": no_language(title)} if title else {}
        return self.node(uri(url), "foaf:Document", **titled)

    def licence(self, licence: str | None) -> str | None:
        """A licence by its SPDX id or another text."""
        if licence is None:
            return None
        iri = licence_iri(licence) or f"{self._catalogue}#licence/{quote(licence, safe='')}"
        return self.node(iri, "dct:LicenseDocument", label=no_language(licence))

    def access(self, tlp: str) -> str:
        """Whether everybody may read what has this label."""
        return self.node(access_iri(tlp), "dct:RightsStatement")

    def rights(self, tlp: str, pap: str | None) -> str:
        """The labels that say who may read something and what may be done with it: one statement, as DCAT-AP wants."""
        given = [f"tlp:{tlp}", *([f"pap:{pap}"] if pap else ())]
        return self.part("/".join(given), "dct:RightsStatement", label=no_language(" ".join(given).upper()))

    def kind(self, kind: Kind) -> str:
        """What sort of note it is."""
        return self.part(kind.value, "skos:Concept", prefLabel=in_all_languages(kind.value))

    def scheme(self, scheme: Scheme) -> str:
        """A vocabulary."""
        return self.node(scheme_iri(self._address, scheme.name), "skos:ConceptScheme", title=labels(scheme.title))

    def concept(self, scheme: Scheme, concept: str, *more_types: str) -> str:
        """A concept of a vocabulary. Raises KeyError where that has none of this id."""
        iri = concept_iri(self._address, scheme.name, concept)
        return self.node(iri, "skos:Concept", *more_types, prefLabel=labels(scheme[concept].labels))

    def places(self, country: str) -> Iterator[str]:
        """A country or area by the name that portals know it by, else by ours; the Benelux by its countries, too."""
        if known := country_iri(country):
            named = {"label": labels(self._countries[country].labels)} if country in self._countries else {}
            yield self.node(known, "dct:Location", **named)
        elif country in self._countries:
            yield self.concept(self._countries, country, "dct:Location")
        if country == BENELUX:
            for one in self._countries.narrower(BENELUX):
                yield from self.places(one)
