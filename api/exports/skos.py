"""The vocabularies as SKOS in JSON-LD (https://www.w3.org/TR/skos-reference/). The context stands in it: whoever reads
it fetches nothing.

A vocabulary is `<address>/v1/taxonomy#crime-types`, a concept of it `<address>/v1/taxonomy#crime-types/phishing`: what
stands before the `#` answers with what is known of both. Terms of other classifications (`rsit:fraud`) have no address
that their owners vouch for; each stands here as a concept known by its code alone, `<address>/v1/taxonomy#rsit:fraud`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from kb.notes.taxonomy import Concept, Scheme
from kb.text.languages import Language

_CONTEXT: Final = json.loads(files("api.exports").joinpath("skos.json").read_text("utf-8"))


def scheme_iri(address: str, scheme: str) -> str:
    """Return what identifies a vocabulary. address: what the addresses of this server begin with."""
    return f"{address}/v1/taxonomy#{quote(scheme, safe='')}"


def concept_iri(address: str, scheme: str, concept: str) -> str:
    """Return what identifies a concept of a vocabulary."""
    return f"{scheme_iri(address, scheme)}/{quote(concept, safe='')}"


def labels(texts: Mapping[Language, str]) -> dict[str, str]:
    """Return texts as a language map of JSON-LD."""
    return {language.value: text for language, text in texts.items()}


def scheme_graph(schemes: Iterable[Scheme], address: str) -> dict[str, Any]:
    """Return the vocabularies: a node for each, for each concept, and for each term that concepts are likened to.

    Every label stands in one property only, as SKOS wants it (S13): as the preferred one, else the alternative one.
    """
    given = tuple(schemes)
    matches = dict.fromkeys(match for scheme in given for concept in scheme.values() for match in concept.matches)
    nodes = [*(node for scheme in given for node in _scheme(scheme, address)), *_others(matches, address)]
    return {"@context": _CONTEXT, "@graph": nodes}


def _scheme(scheme: Scheme, address: str) -> Iterator[dict[str, Any]]:
    below: dict[str | None, list[str]] = {}
    for concept in scheme.values():
        below.setdefault(concept.broader, []).append(concept_iri(address, scheme.name, concept.id))
    yield {
        "@id": scheme_iri(address, scheme.name),
        "@type": "ConceptScheme",
        "title": labels(scheme.title),
        "prefLabel": labels(scheme.title),
        "hasTopConcept": below.get(None, []),
    }
    for concept in scheme.values():
        yield _concept(concept, scheme, address, below.get(concept.id, []))


def _concept(concept: Concept, scheme: Scheme, address: str, narrower: list[str]) -> dict[str, Any]:
    node: dict[str, Any] = {
        "@id": concept_iri(address, scheme.name, concept.id),
        "@type": "Concept",
        "inScheme": scheme_iri(address, scheme.name),
        "notation": concept.id,
        "prefLabel": labels(concept.labels),
    }
    taken = {language: {label} for language, label in concept.labels.items()}
    for name, given in (("altLabel", concept.alternatives), ("hiddenLabel", concept.hidden)):
        fit: dict[str, list[str]] = {}
        for language, texts in given.items():
            fit[language.value] = [text for text in dict.fromkeys(texts) if text not in taken[language]]
            taken[language].update(texts)
        node[name] = {language: texts for language, texts in fit.items() if texts}
    if concept.broader is None:
        node["topConceptOf"] = scheme_iri(address, scheme.name)
    else:
        node["broader"] = concept_iri(address, scheme.name, concept.broader)
    node["narrower"] = narrower
    node["definition"] = labels(concept.definitions)
    node["closeMatch"] = [_match_iri(match, address) for match in concept.matches]
    return {name: value for name, value in node.items() if value}


def _others(matches: Iterable[str], address: str) -> Iterator[dict[str, Any]]:
    names = {match: match.rpartition(":")[0] for match in matches if match != _match_iri(match, address)}
    for name in dict.fromkeys(names.values()):
        yield {"@id": _match_iri(f"{name}:", address), "@type": "ConceptScheme", "notation": name}
    for match, name in names.items():
        scheme = _match_iri(f"{name}:", address)
        yield {"@id": _match_iri(match, address), "@type": "Concept", "inScheme": scheme, "notation": match}


def _match_iri(match: str, address: str) -> str:
    if match.startswith(("http://", "https://")):
        return match
    named = match if ":" in match else f":{match}"  # a `:` keeps these names apart from those of our vocabularies
    return f"{address}/v1/taxonomy#{quote(named, safe=':')}"
