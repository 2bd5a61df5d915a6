"""The collection as a catalogue for data portals: DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/) in
JSON-LD, its context in it, so that nothing is fetched to read it.

A note is a document, and here a `dcat:Dataset` besides. DCAT means the word broadly, text included; and DCAT-AP lets a
catalogue hold nothing else that portals collect but services, which a note is not. What a note is about is a node of
its own (`foaf:primaryTopic`): the bodies that run a practice, and who issued a document and when, belong to that
practice or document. The publisher of a note is the practice base, its creators are the note's authors.

Pages that a note rests on are `dct:references`, since DCAT-AP keeps `dct:source` for datasets. How a practice stands is
in the description, and fields for which there is no property are left to the distribution in JSON.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from api.exports.note_text import summary_with_status
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


class Form(NamedTuple):
    """A form in which a version of a note is to be had. path: with `{id}` and `{lang}`."""

    name: str
    media_type: str
    path: str


FORMS: Final = (
    Form("html", "text/html", "/{lang}/notes/{id}?version={lang}"),
    Form("markdown", "text/markdown", "/{lang}/notes/{id}.md?version={lang}"),
    Form("json", "application/json", "/v1/notes/{id}?lang={lang}"),
    Form("stix", "application/stix+json", "/v1/notes/{id}/stix?lang={lang}"),
)


def catalogue(notes: Iterable[NoteVersion], taxonomy: Taxonomy, address: str) -> dict[str, Any]:
    """Return the catalogue of these notes.

    notes:   all versions of all notes that the caller may see, in any order
    address: what the addresses of this server begin with
    """
    return _Catalogue(notes, taxonomy, address).graph()


class _Catalogue:
    def __init__(self, notes: Iterable[NoteVersion], taxonomy: Taxonomy, address: str) -> None:
        ordered = sorted(notes, key=lambda note: (note.id, note.lang))
        self._notes = {note_id: tuple(versions) for note_id, versions in groupby(ordered, lambda note: note.id)}
        self._taxonomy = taxonomy
        self._address = address
        self._iri = f"{address}{PATH}"
        self._nodes = _Nodes(self._iri, address, taxonomy)
        self._publisher = self._nodes.part("publisher", "foaf:Agent", name=_in_all_languages("site"))

    def graph(self) -> dict[str, Any]:
        nodes = self._nodes
        shared = [versions[0].payload for versions in self._notes.values()]
        licences = {payload["fields"].get("licence") for payload in shared}
        vocabularies = (self._taxonomy.crime_types, self._taxonomy.phases, self._taxonomy.bodies)
        whole = {
            "@id": self._iri,
            "@type": "dcat:Catalog",
            "title": _in_all_languages("site"),
            "description": _in_all_languages("collection"),
            "publisher": self._publisher,
            "language": [nodes.language(language) for language in Language],
            "license": nodes.licence(licences.pop()) if len(licences) == 1 else None,
            "modified": max((payload["reviewed"] for payload in shared), default=None),
            "homepage": nodes.page(f"{self._address}/"),
            "themeTaxonomy": [
                nodes.node(_THEMES, "skos:ConceptScheme", title={"en": "Data theme"}),
                *(nodes.scheme(scheme) for scheme in vocabularies),
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
        return {"@context": _DATA["context"], "@graph": [_known(whole), *nodes.described()]}

    def _dataset(self, versions: Sequence[NoteVersion]) -> dict[str, Any]:
        nodes, note_id, payload = self._nodes, versions[0].id, versions[0].payload
        fields = payload["fields"]
        licence, rights = nodes.licence(fields.get("licence")), nodes.rights(payload["tlp"], fields.get("pap"))
        return _known(
            {
                "@id": self._note(note_id),
                "@type": ["dcat:Dataset", "foaf:Document"],
                "identifier": note_id,
                "title": {version.lang.value: version.payload["title"] for version in versions},
                "abstract": {version.lang.value: version.payload["summary"] for version in versions},
                "description": {version.lang.value: _description(version) for version in versions},
                "type": nodes.kind(Kind(payload["kind"])),
                "language": [nodes.language(version.lang) for version in versions],
                "modified": payload["reviewed"],
                "valid": payload["review_by"],
                "publisher": self._publisher,
                "creator": [nodes.agent(author) for author in fields["authors"]],
                "rightsHolder": nodes.agent(fields["owner"]) if "owner" in fields else None,
                "contactPoint": {"@type": "vcard:Kind", "fn": fields["contact"]} if "contact" in fields else None,
                "theme": list(self._themes(fields)),
                "keyword": fields["tags"],
                "spatial": list(
                    dict.fromkeys(place for country in fields["countries"] for place in nodes.places(country))
                ),
                "temporal": _period(fields),
                "accessRights": nodes.access(payload["tlp"]),
                "rights": rights,
                "license": licence,
                "audience": self._audience(fields.get("audience")),
                "references": [nodes.page(source["url"], source["title"]) for source in fields["sources"]],
                **self._links(versions[0]),
                "landingPage": nodes.page(f"{self._address}/notes/{quote(note_id)}"),
                "primaryTopic": self._topic(note_id, payload["kind"], fields),
                "distribution": [
                    self._distribution(version, form, licence, rights) for version in versions for form in FORMS
                ],
            }
        )

    def _distribution(self, version: NoteVersion, form: Form, licence: str | None, rights: str) -> dict[str, Any]:
        where = form.path.format(id=quote(version.id), lang=version.lang)
        return _known(
            {
                "@id": f"{self._note(version.id)}#{version.lang}-{form.name}",
                "@type": "dcat:Distribution",
                "description": {version.lang.value: _made(version)},
                "accessURL": f"{self._address}{where}",
                "mediaType": self._nodes.media_type(form.media_type),
                "language": self._nodes.language(version.lang),
                "license": licence,
                "rights": rights,
            }
        )

    def _topic(self, note_id: str, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the practice or document that a note is about, with what is known of it and not of the note."""
        note, agent = self._note(note_id), self._nodes.agent
        bodies = [agent(body["name"]) for body in fields["organisations"]]
        if kind == Kind.PRACTICE:
            return {"@id": f"{note}#practice", "@type": "prov:Activity", "wasAssociatedWith": bodies}
        return _known(
            {
                "@id": f"{note}#document",
                "@type": "foaf:Document",
                "publisher": agent(fields["issuer"]),
                "contributor": bodies,
                "issued": _date(fields["adopted"]),
                "identifier": list(dict.fromkeys(fields.get("identifiers", {}).values())),
                "alternative": fields.get("official_titles"),
            }
        )

    def _themes(self, fields: Mapping[str, Any]) -> Iterator[str]:
        yield self._nodes.node(
            f"{_THEMES}/JUST", "skos:Concept", prefLabel={"en": "Justice, legal system and public safety"}
        )
        known = self._taxonomy
        for scheme, name in ((known.crime_types, "crime_types"), (known.phases, "phases"), (known.bodies, "bodies")):
            yield from (self._nodes.concept(scheme, concept) for concept in fields[name] if concept in scheme)

    def _audience(self, audience: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        if audience is None:
            return []
        countries = self._taxonomy.countries
        named = [labels(countries[country].labels) for country in audience["countries"] if country in countries]
        named += map(_no_language, audience["organisations"])
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


def _description(version: NoteVersion) -> str:
    payload = version.payload
    return summary_with_status(
        payload["summary"],
        payload["status"],
        payload["evidence"],
        payload["legal_outcome"],
        payload["draft"],
        version.lang,
    )


def _made(version: NoteVersion) -> str:
    """Say that a version is the original, or who vouches for the translation."""
    words, translation = TEXTS[version.lang], version.payload["translation"]
    if not translation:
        return words["original"]
    return ". ".join((words[translation["status"]], *([words["stale"]] if translation["stale"] else ())))


def _period(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return when a practice was run, or a text was in force, as far as known."""
    start = fields.get("started") or fields.get("in_force_from")
    end = fields.get("ended") or fields.get("valid_until")
    if not start and not end:
        return None
    return _known(
        {
            "@type": "dct:PeriodOfTime",
            "startDate": start and _date(start),
            "endDate": end and _date(end),
        }
    )


def _no_language(text: str) -> dict[str, str]:
    """Return a text whose language is not known, or that has none, as a language map."""
    return {"@none": text}


def _date(date: str) -> dict[str, str]:
    return {"@type": _DATES[len(date)], "@value": date}


def _known(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node without what is not known."""
    return {name: value for name, value in node.items() if value not in (None, [], {}, "")}


def _in_all_languages(key: str) -> dict[str, str]:
    return {language.value: TEXTS[language][key] for language in Language}


class _Nodes:
    """Describes each thing once, and returns what identifies it.

    catalogue: what identifies the catalogue; nodes that nobody else names are parts of it
    """

    def __init__(self, catalogue: str, address: str, taxonomy: Taxonomy) -> None:
        self._catalogue = catalogue
        self._address = address
        self._countries = taxonomy.countries
        self._described: dict[str, dict[str, Any]] = {}

    def described(self) -> list[dict[str, Any]]:
        return list(self._described.values())

    def node(self, iri: str, *types: str, **properties: Mapping[str, str]) -> str:
        """Describe what somebody else identifies."""
        self._described.setdefault(iri, {"@id": iri, "@type": types[0] if len(types) == 1 else types, **properties})
        return iri

    def part(self, fragment: str, kind: str, **properties: Mapping[str, str]) -> str:
        """Describe what nobody else identifies."""
        return self.node(f"{self._catalogue}#{fragment}", kind, **properties)

    def agent(self, name: str) -> str:
        return self.part(f"body/{quote(name, safe='')}", "foaf:Agent", name=_no_language(name))

    def language(self, language: Language) -> str:
        return self.node(f"{_AUTHORITY}/language/{_DATA['languages'][language]}", "dct:LinguisticSystem")

    def media_type(self, media_type: str) -> str:
        return self.node(f"{_MEDIA_TYPES}/{media_type}", "dct:MediaType")

    def page(self, url: str, title: str | None = None) -> str:
        titled = {"title": _no_language(title)} if title else {}
        return self.node(uri(url), "foaf:Document", **titled)

    def licence(self, licence: str | None) -> str | None:
        if licence is None:
            return None
        known = _DATA["licences"].get(licence)
        iri = f"{_AUTHORITY}/licence/{known}" if known else f"{self._catalogue}#licence/{quote(licence, safe='')}"
        return self.node(iri, "dct:LicenseDocument", label=_no_language(licence))

    def access(self, tlp: str) -> str:
        """Describe whether everybody may read what has this label."""
        right = "PUBLIC" if tlp == "clear" else "RESTRICTED"
        return self.node(f"{_AUTHORITY}/access-right/{right}", "dct:RightsStatement")

    def rights(self, tlp: str, pap: str | None) -> str:
        """Describe both labels in one statement, as DCAT-AP wants."""
        given = [f"tlp:{tlp}", *([f"pap:{pap}"] if pap else ())]
        return self.part("/".join(given), "dct:RightsStatement", label=_no_language(" ".join(given).upper()))

    def kind(self, kind: Kind) -> str:
        return self.part(kind.value, "skos:Concept", prefLabel=_in_all_languages(kind.value))

    def scheme(self, scheme: Scheme) -> str:
        return self.node(scheme_iri(self._address, scheme.name), "skos:ConceptScheme", title=labels(scheme.title))

    def concept(self, scheme: Scheme, concept: str, *more_types: str) -> str:
        """Describe a concept. Raises KeyError where the vocabulary has none of this id."""
        iri = concept_iri(self._address, scheme.name, concept)
        return self.node(iri, "skos:Concept", *more_types, prefLabel=labels(scheme[concept].labels))

    def places(self, country: str) -> Iterator[str]:
        """Yield a country or area as portals know it, else as ours; with the Benelux, its countries, too."""
        if known := _DATA["countries"].get(country):
            named = {"label": labels(self._countries[country].labels)} if country in self._countries else {}
            yield self.node(f"{_AUTHORITY}/country/{known}", "dct:Location", **named)
        elif country in self._countries:
            yield self.concept(self._countries, country, "dct:Location")
        if country == BENELUX:
            for inner in self._countries.narrower(BENELUX):
                yield from self.places(inner)
