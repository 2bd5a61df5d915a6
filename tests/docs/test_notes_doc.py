"""`docs/notes.md` names what the code knows, no more and no less, and its example is a clean collection."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from ingest.lint import check
from ingest.rules import RULES
from kb.content import read_collection, read_taxonomy
from kb.front_matter import LanguageFields, PracticeFields, StrategyFields, TranslationFields
from kb.note import REQUIRED_SECTIONS, SECTIONS, Kind
from kb.problem import Level

TEXT = (Path(__file__).parents[2] / "docs" / "notes.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^`content/([a-z0-9/.-]+\.md)`\n\n```markdown\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MODELS: dict[str, type[LanguageFields]] = {
    "practice": PracticeFields,
    "strategy": StrategyFields,
    "translation": TranslationFields,
}


def rows(heading: str) -> list[list[str]]:
    """Cells of every table row between a second-level heading and the next, without the rows of the header."""
    part = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line[:1] == "|"]
    return [row for row in cells if row[0].strip().startswith("`")]


def inside(annotation: Any) -> Iterator[Any]:
    """An annotation and everything in it."""
    yield annotation
    for part in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from inside(part)


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """Dotted name, whether it is required, and its closed list of values, of every field at any depth."""
    for name, field in model.model_fields.items():
        found = list(inside(field.annotation))
        values = tuple(
            value for part in found if get_origin(part) is Literal for value in get_args(part) if value is not None
        )
        yield prefix + name, field.is_required(), values
        for part in found:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from walk(part, f"{prefix}{name}.")


FIELDS = {row[0].strip("`"): row for row in rows("Fields")}
KNOWN = {kind: {name: (needed, values) for name, needed, values in walk(model)} for kind, model in MODELS.items()}


def test_fields_are_the_models_fields() -> None:
    assert sorted(FIELDS) == sorted({name for known in KNOWN.values() for name in known})
    assert len(FIELDS) == len(rows("Fields"))


def test_fields_say_which_note_has_them() -> None:
    for name, row in FIELDS.items():
        notes = [kind for kind in ("practice", "strategy") if name in KNOWN[kind]]
        wanted = "both" if len(notes) == 2 else notes[0] if notes else "translation"
        assert row[1] == wanted, name


def test_fields_say_when_they_are_required() -> None:
    for name, row in FIELDS.items():
        needed = {known[name][0] for known in KNOWN.values() if name in known}
        if needed == {True}:
            assert row[2] == ("with it" if "." in name else "yes"), name
        elif needed == {False}:
            assert row[2] == "no" or row[2].startswith("when "), name
        else:
            assert row[2] == "practice: yes; strategy: no", name


def test_fields_name_their_values() -> None:
    for name, row in FIELDS.items():
        values = {value for known in KNOWN.values() if name in known for value in known[name][1]}
        assert not {f"`{value}`" for value in values} - set(re.findall(r"`[^`]+`", row[3])), name


def test_headings_are_the_fixed_ones() -> None:
    table = rows("Body")
    wanted = [
        [f"`{key}`{' *' if key in REQUIRED_SECTIONS[kind] else ''}", *(names[one] for one in ("en", "fr", "nl"))]
        for kind in Kind
        for key, names in SECTIONS[kind].items()
    ]
    assert table == wanted


def test_codes_exist_and_no_error_is_forgotten() -> None:
    named = set(re.findall(r"KB\d{3}", TEXT))
    assert named <= {rule.code for rule in RULES}
    assert {rule.code for rule in RULES if rule.level is Level.ERROR} <= named
    listed = re.search(r"A \*\*warning\*\* \(([^)]*)\)", TEXT)
    assert listed is not None
    assert listed[1].split(", ") == [rule.code for rule in RULES if rule.level is Level.WARNING]


def test_example_is_clean(content: Any) -> None:
    files = EXAMPLE.findall(TEXT)
    assert len(files) == 3
    for path, text in files:
        place = content.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    collection = read_collection([content.root])
    problems = check(collection, read_taxonomy([content.root]), RULES, "2026-11-25")
    assert [str(one) for one in problems if one.code != "KB407"] == []  # counterparts are notes that are not here
    assert len(collection.notes) == 2
