"""Machine tags of the MISP taxonomies: whether there is one such as `rsit:fraud="phishing"`.

Read from the data of `pytaxonomies`, a taxonomy at a time; importing that package would take as long as reading a
thousand notes.
"""

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_TAG: Final = re.compile(r'([A-Za-z0-9._+-]+):([^=]*)(?:="([^"]+)")?')


def is_machine_tag(tag: str) -> bool:
    """Whether a taxonomy of MISP has this tag: `namespace:predicate` or `namespace:predicate="value"`."""
    found = _TAG.fullmatch(tag)
    return found is not None and (found[2], found[3] or "") in _tags(found[1])


@cache
def _tags(namespace: str) -> frozenset[tuple[str, str]]:
    """Predicate and value of each tag of a taxonomy; of the predicate by itself, no value."""
    file = _folder() / namespace / "machinetag.json"
    if not file.is_file():
        return frozenset()
    taxonomy = json.loads(file.read_text(encoding="utf-8"))
    return frozenset({
        *((one["value"], "") for one in taxonomy["predicates"]),
        *((one["predicate"], entry["value"]) for one in taxonomy.get("values") or () for entry in one["entry"]),
    })  # fmt: skip


@cache
def _folder() -> Path:
    """Where the taxonomies lie; finding the package does not import it."""
    found = find_spec("pytaxonomies")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0], "data", "misp-taxonomies")
