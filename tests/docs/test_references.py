"""Documents name what there is: links lead to files and headings, paths exist, dotted names are modules of ours."""

import re
from pathlib import Path

import pytest

from kb.settings import Settings

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = sorted(
    str(path.relative_to(REPOSITORY))
    for path in (*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"))
    if path.name != "lint.md"  # its bad examples lead nowhere
)
OURS = "kb|ingest|search|api|tests|docs|benchmarks|content|deploy"
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def prose(path):
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_and_headings(document):
    path = REPOSITORY / document
    text = re.sub(r"`[^`]*`", "", prose(path))
    for target, anchor in re.findall(r"\]\((?!https?:|mailto:)([^)#]*)#?([^)]*)\)", text):
        place = path.parent / target if target else path
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), f"{target}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_paths_and_modules_named_exist(document):
    named = set(re.findall(r"`([^`\n]+)`", prose(REPOSITORY / document)))
    paths = {name for name in named if re.fullmatch(rf"(?:{OURS})(?:/[\w.-]+)+/?", name)}
    modules = {name for name in named if re.fullmatch(rf"(?:{OURS})(?:\.[a-z_]+)+", name)}
    files = {name: REPOSITORY / name for name in paths if not re.search("exemple|voorbeeld|example", name)}
    places = {name: REPOSITORY / name.replace(".", "/") for name in modules}
    missing = {name for name, file in files.items() if not file.exists()}
    missing |= {name for name, place in places.items() if not (place.is_dir() or place.with_suffix(".py").exists())}
    assert missing == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_settings_named_exist(document):
    others = {"KB_PACKAGE", "KB_TEST_QDRANT_URL"}
    named = set(re.findall(r"\bKB_[A-Z_]+\b", (REPOSITORY / document).read_text(encoding="utf-8")))
    assert named - others <= {f"KB_{name.upper()}" for name in Settings.model_fields}


def test_the_tree_of_the_architecture_has_every_folder_and_no_other():
    tree = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Folders", 1)[1]
    drawn: set[str] = set()
    above = ""
    for indent, name in re.findall(r"^( *)([\w.]+/|\w+\.py)(?= |$)", FENCE.findall(tree)[0], re.MULTILINE):
        above = above if indent else name
        drawn.add(f"{above}{name}" if indent else name)
    assert {name for name in drawn if not (REPOSITORY / name).exists()} == set()
    packages = [REPOSITORY / name for name in ("kb", "ingest", "search", "api")]
    folders = {f"{path.relative_to(REPOSITORY)}/" for root in packages for path in root.iterdir() if path.is_dir()}
    assert {name for name in folders if "__pycache__" not in name} <= drawn
