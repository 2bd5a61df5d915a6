"""The collection as a catalogue for data portals: DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/) in
JSON-LD, its context in it, so that nothing is fetched to read it.

A note is a document, and here a `dcat:Dataset` besides. DCAT means the word broadly, text included; and DCAT-AP lets a
catalogue hold nothing else that portals collect but services, which a note is not. What a note is about is a node of
its own (`foaf:primaryTopic`): the bodies that run a practice, and who issued a document and when, belong to that, as do
those of a power or playbook. The publisher of a note is the practice base, its creators are the note's authors.

Pages that a note rests on are `dct:references`, since DCAT-AP keeps `dct:source` for datasets. How a practice stands is
in the description, and fields for which there is no property are left to the distribution in JSON. `@none` is the
language of texts that have none, or whose language is not known.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import chain, groupby
from typing import Any, Final
from urllib.parse import quote

from api.exports.note_text import strictest, summary_with_status, translation_texts
from api.exports.skos import concept_iri, labels, scheme_iri
from api.locales.texts import TEXTS
from api.models.addresses import uri
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Scheme, Taxonomy
from kb.text.languages import Language
from search.results import NoteVersion

MEDIA_TYPE: Final = "application/ld+json"
PATH: Final = "/catalog.jsonld"
_DATA: Final = json.loads(files("api.exports").joinpath("dcat.json").read_text("utf-8"))
"""The context, and what the European Union calls languages, countries and licences in its authority tables
(https://op.europa.eu/en/web/eu-vocabularies/authority-tables).
"""
_AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
_THEMES: Final = f"{_AUTHORITY}/data-theme"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types"
_RELATIONS: Final = {"replaces": "replaces", "part-of": "isPartOf"}
_DATES: Final = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"}
"""Characters of a date -> its type."""

_TOPICS: Final = {
    Kind.PRACTICE: ("prov:Activity", "wasAssociatedWith"),
    Kind.POWER: ("dct:Policy", "contributor"),
    Kind.PLAYBOOK: ("prov:Plan", "contributor"),
}
"""Kind -> the class of what such a note is about, and the property of the bodies that have a part in it."""
_FORMS: Final = (
    ("html", "text/html", "/{lang}/notes/{id}?version={lang}"),
    ("markdown", "text/markdown", "/{lang}/notes/{id}.md?version={lang}"),
    ("json", "application/json", "/v1/notes/{id}?lang={lang}"),
    ("stix", "application/stix+json", "/v1/notes/{id}/stix?lang={lang}"),
)
"""Name, media type and path of each form in which a version of a note is to be had."""


def catalogue(notes: Iterable[NoteVersion], taxonomy: Taxonomy, address: str) -> dict[str, Any]:
    """Return the catalogue of these notes.

    notes:   all versions of all notes that the caller may see, in any order
    address: what the addresses of this server begin with
    """
    return _Catalogue(notes, taxonomy, address).graph()


class _Catalogue:
    """Describes each thing once; its methods return what identifies it."""

    def __init__(self, notes: Iterable[NoteVersion], taxonomy: Taxonomy, address: str) -> None:
        ordered = sorted(notes, key=lambda note: (note.id, note.lang))
        self._notes = {note_id: tuple(versions) for note_id, versions in groupby(ordered, lambda note: note.id)}
        self._taxonomy = taxonomy
        self._address = address
        self._iri = f"{address}{PATH}"
        self._nodes: dict[str, dict[str, Any]] = {}
        self._publisher = self._part("publisher", "foaf:Agent", name=_in_all_languages("site"))

    def graph(self) -> dict[str, Any]:
        shared = [versions[0].payload for versions in self._notes.values()]
        licences = {payload["fields"].get("licence") for payload in shared}
        taxonomy = self._taxonomy
        vocabularies = (taxonomy.crime_types, taxonomy.phases, taxonomy.bodies, taxonomy.powers)
        whole = {
            "@id": self._iri,
            "@type": "dcat:Catalog",
            "title": _in_all_languages("site"),
            "description": _in_all_languages("collection"),
            "publisher": self._publisher,
            "language": list(map(self._language, Language)),
            "license": self._licence(licences.pop()) if len(licences) == 1 else None,
            "modified": max((payload["reviewed"] for payload in shared), default=None),
            "homepage": self._page(f"{self._address}/"),
            "themeTaxonomy": [
                self._node(_THEMES, "skos:ConceptScheme", title={"en": "Data theme"}),
                *(
                    self._node(scheme_iri(self._address, scheme.name), "skos:ConceptScheme", title=labels(scheme.title))
                    for scheme in vocabularies
                ),
            ],
            "service": {
                "@id": f"{self._address}/v1",
                "@type": "dcat:DataService",
                "title": _in_all_languages("site"),
                "endpointURL": f"{self._address}/v1",
                "endpointDescription": f"{self._address}/openapi.json",
            },
            "dataset": [self._dataset(versions) for versions in self._notes.values()],
        }
        return {"@context": _DATA["context"], "@graph": [_known(whole), *self._nodes.values()]}

    def _dataset(self, versions: Sequence[NoteVersion]) -> dict[str, Any]:
        note_id, payload = versions[0].id, versions[0].payload
        fields, kind = payload["fields"], Kind(payload["kind"])
        licence = self._licence(fields.get("licence"))
        access = "PUBLIC" if payload["tlp"] == "clear" else "RESTRICTED"
        handling = [":".join(label) for label in strictest(versions)]  # in one statement, as DCAT-AP wants
        statement = {"@none": " ".join(handling).upper()}
        rights = self._part("/".join(handling), "dct:RightsStatement", label=statement)
        return _known(
            {
                "@id": self._note(note_id),
                "@type": ["dcat:Dataset", "foaf:Document"],
                "identifier": note_id,
                "title": {version.lang.value: version.payload["title"] for version in versions},
                "abstract": {version.lang.value: version.payload["summary"] for version in versions},
                "description": {
                    version.lang.value: summary_with_status(version.payload, version.lang) for version in versions
                },
                "type": self._part(kind.value, "skos:Concept", prefLabel=_in_all_languages(kind.value)),
                "language": [self._language(version.lang) for version in versions],
                "modified": payload["reviewed"],
                "valid": payload["review_by"],
                "publisher": self._publisher,
                "creator": list(map(self._agent, fields["authors"])),
                "rightsHolder": self._agent(fields["owner"]) if "owner" in fields else None,
                "contactPoint": {"@type": "vcard:Kind", "fn": fields["contact"]} if "contact" in fields else None,
                "theme": list(self._themes(fields)),
                "keyword": fields["tags"],
                "spatial": list(dict.fromkeys(chain.from_iterable(map(self._places, fields["countries"])))),
                "temporal": _period(fields),
                "accessRights": self._node(f"{_AUTHORITY}/access-right/{access}", "dct:RightsStatement"),
                "rights": rights,
                "license": licence,
                "audience": self._audience(fields.get("audience")),
                "references": [self._page(source["url"], source["title"]) for source in fields["sources"]],
                **self._links(versions[0]),
                "landingPage": self._page(f"{self._address}/notes/{quote(note_id)}"),
                "primaryTopic": self._topic(note_id, kind, fields),
                "distribution": [
                    _known(
                        {
                            "@id": f"{self._note(note_id)}#{version.lang}-{name}",
                            "@type": "dcat:Distribution",
                            "description": {
                                version.lang.value: ". ".join(translation_texts(version.payload, version.lang))
                                or TEXTS[version.lang]["original"]
                            },
                            "accessURL": f"{self._address}{path.format(id=quote(note_id), lang=version.lang)}",
                            "mediaType": self._node(f"{_MEDIA_TYPES}/{media_type}", "dct:MediaType"),
                            "language": self._language(version.lang),
                            "license": licence,
                            "rights": rights,
                        }
                    )
                    for version in versions
                    for name, media_type, path in _FORMS
                ],
            }
        )

    def _topic(self, note_id: str, kind: Kind, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a note is about, with what is known of that and not of the note."""
        note = self._note(note_id)
        bodies = [self._agent(body["name"]) for body in fields["organisations"]]
        if kind is not Kind.STRATEGY:
            of_kind, role = _TOPICS[kind]
            return {"@id": f"{note}#{kind}", "@type": of_kind, role: bodies}
        return _known(
            {
                "@id": f"{note}#document",
                "@type": "foaf:Document",
                "publisher": self._agent(fields["issuer"]),
                "contributor": bodies,
                "issued": _date(fields["adopted"]),
                "identifier": list(dict.fromkeys(fields.get("identifiers", {}).values())),
                "alternative": fields.get("official_titles"),
            }
        )

    def _themes(self, fields: Mapping[str, Any]) -> Iterator[str]:
        yield self._node(f"{_THEMES}/JUST", "skos:Concept", prefLabel={"en": "Justice, legal system and public safety"})
        powers = [fields["power"]] if "power" in fields else []
        for name in ("crime_types", "phases", "bodies", "powers"):
            scheme = getattr(self._taxonomy, name)
            yield from (self._concept(scheme, concept) for concept in fields.get(name, powers) if concept in scheme)

    def _audience(self, audience: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        if audience is None:
            return []
        countries = self._taxonomy.countries
        named = [labels(countries[country].labels) for country in audience["countries"] if country in countries]
        named += ({"@none": name} for name in audience["organisations"])
        return [{"@type": "dct:AgentClass", "label": label} for label in named]

    def _links(self, note: NoteVersion) -> dict[str, list[str]]:
        """Return the other notes of the catalogue that a note is linked with, by property."""
        fields = note.payload["fields"]
        named = [(_RELATIONS.get(related["rel"], "relation"), related["id"]) for related in fields["related"]]
        named += [("replaces", other) for other in fields.get("replaces", ())]
        named += [("isReplacedBy", other) for other in fields.get("replaced_by", ())]
        named += [("relation", other) for other in note.links.ids]
        found: dict[str, list[str]] = {}
        for name, other in dict.fromkeys(named):
            if other in self._notes:
                found.setdefault(name, []).append(self._note(other))
        return found

    def _note(self, note_id: str) -> str:
        return f"{self._address}/v1/notes/{quote(note_id)}"

    def _node(self, iri: str, *types: str, **properties: Mapping[str, str]) -> str:
        """Describe what somebody else identifies."""
        self._nodes.setdefault(iri, {"@id": iri, "@type": types[0] if len(types) == 1 else types, **properties})
        return iri

    def _part(self, fragment: str, kind: str, **properties: Mapping[str, str]) -> str:
        """Describe what nobody else identifies, as a part of the catalogue."""
        return self._node(f"{self._iri}#{fragment}", kind, **properties)

    def _agent(self, name: str) -> str:
        return self._part(f"body/{quote(name, safe='')}", "foaf:Agent", name={"@none": name})

    def _language(self, language: Language) -> str:
        return self._node(f"{_AUTHORITY}/language/{_DATA['languages'][language]}", "dct:LinguisticSystem")

    def _page(self, url: str, title: str | None = None) -> str:
        titled = {"title": {"@none": title}} if title else {}
        return self._node(uri(url), "foaf:Document", **titled)

    def _licence(self, licence: str | None) -> str | None:
        if licence is None:
            return None
        known = _DATA["licences"].get(licence)
        iri = f"{_AUTHORITY}/licence/{known}" if known else f"{self._iri}#licence/{quote(licence, safe='')}"
        return self._node(iri, "dct:LicenseDocument", label={"@none": licence})

    def _concept(self, scheme: Scheme, concept: str, *more_types: str) -> str:
        """Describe a concept. Raises KeyError where the vocabulary has none of this id."""
        iri = concept_iri(self._address, scheme.name, concept)
        return self._node(iri, "skos:Concept", *more_types, prefLabel=labels(scheme[concept].labels))

    def _places(self, country: str) -> Iterator[str]:
        """Yield a country or area as portals know it, else as ours; with the Benelux, its countries, too."""
        countries = self._taxonomy.countries
        if known := _DATA["countries"].get(country):
            named = {"label": labels(countries[country].labels)} if country in countries else {}
            yield self._node(f"{_AUTHORITY}/country/{known}", "dct:Location", **named)
        elif country in countries:
            yield self._concept(countries, country, "dct:Location")
        if country == BENELUX:
            for inner in countries.narrower(BENELUX):
                yield from self._places(inner)


def _period(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return when a practice was run, or a text was in force, as far as known."""
    start = fields.get("started") or fields.get("in_force_from")
    end = fields.get("ended") or fields.get("valid_until")
    dates = {name: _date(date) for name, date in (("startDate", start), ("endDate", end)) if date}
    return {"@type": "dct:PeriodOfTime", **dates} if dates else {}


def _date(date: str) -> dict[str, str]:
    return {"@type": _DATES[len(date)], "@value": date}


def _known(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node without what is not known."""
    return {name: value for name, value in node.items() if value not in (None, [], {}, "")}


def _in_all_languages(key: str) -> dict[str, str]:
    return {language.value: TEXTS[language][key] for language in Language}
