"""The collection as a catalogue for data portals: DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/releases/3.0.0/) in
JSON-LD, its context in it, so that nothing is fetched to read it.

A note is a document, and here a `dcat:Dataset` besides. DCAT means the word broadly, text included; and DCAT-AP lets a
catalogue hold nothing else that portals collect but services, which a note is not. What a note is about is a node of
its own (`foaf:primaryTopic`): the bodies that run a practice, and who issued a document and when, are said of that
practice or document. The publisher of a note is the practice base, its creators are the note's authors.

Pages that a note rests on are `dct:references`, since DCAT-AP keeps `dct:source` for datasets. How a practice stands is
told in the description, and fields for which there is no property are left to the distribution in JSON.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from urllib.parse import quote

from api.exports.authorities import JUSTICE, THEMES, language_iri
from api.exports.dcat_context import CONTEXT, no_language, partial_date, said
from api.exports.dcat_nodes import Nodes, in_all_languages
from api.exports.note_text import summary_with_status
from api.exports.skos import labels
from api.locales.texts import TEXTS
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.results import NoteVersion

MEDIA_TYPE: Final = "application/ld+json"
PATH: Final = "/catalog.jsonld"
_RELATIONS: Final = {"replaces": "replaces", "part-of": "isPartOf"}


@dataclass(frozen=True)
class Form:
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
    """The catalogue of these notes.

    notes:   all versions of all notes that the caller may see, in any order
    address: what the addresses of this server begin with
    """
    return _Catalogue(notes, taxonomy, address).graph()


class _Catalogue:
    def __init__(self, notes: Iterable[NoteVersion], taxonomy: Taxonomy, address: str) -> None:
        ordered = sorted(notes, key=lambda one: (one.id, one.lang))
        self._notes = {note_id: tuple(versions) for note_id, versions in groupby(ordered, lambda one: one.id)}
        self._taxonomy = taxonomy
        self._address = address
        self._iri = f"{address}{PATH}"
        self._nodes = Nodes(self._iri, address, taxonomy)
        self._publisher = self._nodes.part("publisher", "foaf:Agent", name=in_all_languages("site"))

    def graph(self) -> dict[str, Any]:
        """The catalogue and what it refers to."""
        nodes = self._nodes
        shared = [versions[0].payload for versions in self._notes.values()]
        licences = {payload["fields"].get("licence") for payload in shared}
        vocabularies = (self._taxonomy.crime_types, self._taxonomy.phases, self._taxonomy.bodies)
        whole = {
            "@id": self._iri,
            "@type": "dcat:Catalog",
            "title": in_all_languages("site"),
            "description": in_all_languages("collection"),
            "publisher": self._publisher,
            "language": [nodes.language(one) for one in Language],
            "license": nodes.licence(licences.pop()) if len(licences) == 1 else None,
            "modified": max((payload["reviewed"] for payload in shared), default=None),
            "homepage": nodes.page(f"{self._address}/"),
            "themeTaxonomy": [
                nodes.node(THEMES, "skos:ConceptScheme", title={"en": "Data theme"}),
                *(nodes.scheme(one) for one in vocabularies),
            ],
            "service": {
                "@id": f"{self._address}/v1",
                "@type": "dcat:DataService",
                "title": in_all_languages("site"),
                "endpointURL": f"{self._address}/v1",
                "endpointDescription": f"{self._address}/openapi.json",
            },
            "dataset": [self._dataset(versions) for versions in self._notes.values()],
        }
        return {"@context": dict(CONTEXT), "@graph": [said(whole), *nodes.described()]}

    def _dataset(self, versions: Sequence[NoteVersion]) -> dict[str, Any]:
        nodes, note_id, payload = self._nodes, versions[0].id, versions[0].payload
        fields = payload["fields"]
        licence, rights = nodes.licence(fields.get("licence")), nodes.rights(payload["tlp"], fields.get("pap"))
        return said({
            "@id": self._note(note_id),
            "@type": ["dcat:Dataset", "foaf:Document"],
            "identifier": note_id,
            "title": {one.lang.value: one.payload["title"] for one in versions},
            "abstract": {one.lang.value: one.payload["summary"] for one in versions},
            "description": {one.lang.value: _description(one) for one in versions},
            "type": nodes.kind(Kind(payload["kind"])),
            "language": [nodes.language(one.lang) for one in versions],
            "modified": payload["reviewed"],
            "valid": payload["review_by"],
            "publisher": self._publisher,
            "creator": [nodes.agent(one) for one in fields["authors"]],
            "rightsHolder": nodes.agent(fields["owner"]) if "owner" in fields else None,
            "contactPoint": {"@type": "vcard:Kind", "fn": fields["contact"]} if "contact" in fields else None,
            "theme": list(self._themes(fields)),
            "keyword": fields["tags"],
            "spatial": list(dict.fromkeys(place for one in fields["countries"] for place in nodes.places(one))),
            "temporal": _period(fields),
            "accessRights": nodes.access(payload["tlp"]),
            "rights": rights,
            "license": licence,
            "audience": self._audience(fields.get("audience")),
            "references": [nodes.page(one["url"], one["title"]) for one in fields["sources"]],
            **self._links(versions[0]),
            "landingPage": nodes.page(f"{self._address}/notes/{quote(note_id)}"),
            "primaryTopic": self._topic(note_id, payload["kind"], fields),
            "distribution": [
                self._distribution(one, form, licence, rights) for one in versions for form in FORMS
            ],
        })  # fmt: skip

    def _distribution(self, version: NoteVersion, form: Form, licence: str | None, rights: str) -> dict[str, Any]:
        where = form.path.format(id=quote(version.id), lang=version.lang)
        return said({
            "@id": f"{self._note(version.id)}#{version.lang}-{form.name}",
            "@type": "dcat:Distribution",
            "description": {version.lang.value: _made(version)},
            "accessURL": f"{self._address}{where}",
            "mediaType": self._nodes.media_type(form.media_type),
            "language": language_iri(version.lang),
            "license": licence,
            "rights": rights,
        })  # fmt: skip

    def _topic(self, note_id: str, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The practice or the document that a note is about, and what is known of it that is not of the note."""
        note, agent = self._note(note_id), self._nodes.agent
        bodies = [agent(one["name"]) for one in fields["organisations"]]
        if kind == Kind.PRACTICE:
            return {"@id": f"{note}#practice", "@type": "prov:Activity", "wasAssociatedWith": bodies}
        return said({
            "@id": f"{note}#document",
            "@type": "foaf:Document",
            "publisher": agent(fields["issuer"]),
            "contributor": bodies,
            "issued": partial_date(fields["adopted"]),
            "identifier": list(dict.fromkeys(fields.get("identifiers", {}).values())),
            "alternative": fields.get("official_titles"),
        })  # fmt: skip

    def _themes(self, fields: Mapping[str, Any]) -> Iterator[str]:
        yield self._nodes.node(JUSTICE, "skos:Concept", prefLabel={"en": "Justice, legal system and public safety"})
        known = self._taxonomy
        for scheme, name in ((known.crime_types, "crime_types"), (known.phases, "phases"), (known.bodies, "bodies")):
            yield from (self._nodes.concept(scheme, one) for one in fields[name] if one in scheme)

    def _audience(self, audience: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        if audience is None:
            return []
        countries = self._taxonomy.countries
        named = [labels(countries[one].labels) for one in audience["countries"] if one in countries]
        named += map(no_language, audience["organisations"])
        return [{"@type": "dct:AgentClass", "label": one} for one in named]

    def _links(self, note: NoteVersion) -> dict[str, list[str]]:
        """The other notes of the catalogue that a note is linked with, by property; none that is not in it."""
        fields = note.payload["fields"]
        named = [(_RELATIONS.get(one["rel"], "relation"), one["id"]) for one in fields["related"]]
        named += [("replaces", one) for one in fields.get("replaces", ())]
        named += [("isReplacedBy", one) for one in fields.get("replaced_by", ())]
        named += [("relation", one) for one in note.links.ids]
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
    """Whether a version is the original, and if not, who vouches for the translation."""
    words, translation = TEXTS[version.lang], version.payload["translation"]
    if not translation:
        return words["original"]
    return ". ".join((words[translation["status"]], *([words["stale"]] if translation["stale"] else ())))


def _period(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """When a practice was run, or a text was in force, as far as known."""
    start = fields.get("started") or fields.get("in_force_from")
    end = fields.get("ended") or fields.get("valid_until")
    if not start and not end:
        return None
    return said({
        "@type": "dct:PeriodOfTime",
        "startDate": start and partial_date(start),
        "endDate": end and partial_date(end),
    })  # fmt: skip
