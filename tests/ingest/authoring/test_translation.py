"""A translation begins with what it renders, and with fixed headings in its language."""

from pathlib import Path
from typing import Any

from ingest.authoring.drafts import translation
from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from kb.text.languages import Language

BODY = (
    "## Problem\n\nPeople receive messages.\n\n### A part of it\n\nMore.\n\n```\n## Approach\n```\n\n"
    "## Approach\n\n- Block. {#o1}\n"
)


def test_it_names_its_original_and_has_its_text_under_headings_of_its_own(content: Any) -> None:
    content.practice("be-a", body=BODY, title="A: shield", questions=["Who blocks false sites?"])
    [note] = read_collection([content.root]).notes
    text = translation(note, Language.NL)
    assert f'source_revision: "{note.original_version.revision}"' in text
    assert "# Titel (Engels): A: shield\ntitle:\n" in text
    assert "#   - Who blocks false sites?\nquestions:\n" in text
    assert text.endswith(
        "## Probleem\n\nPeople receive messages.\n\n### A part of it\n\nMore.\n\n```\n## Approach\n```\n\n"
        "## Aanpak\n\n- Block. {#o1}\n"
    )


def test_texts_of_several_lines_stay_comments(content: Any) -> None:
    content.practice("be-a", summary="First line.\nSecond: line.\n", questions=["Who blocks\nfalse sites?"])
    [note] = read_collection([content.root]).notes
    text = translation(note, Language.FR)
    assert "# Résumé (anglais): First line. Second: line.\nsummary:\n" in text
    assert "#   - Who blocks false sites?\nquestions:\n" in text


def test_filled_in_it_is_up_to_date_with_its_original(content: Any) -> None:
    file = content.practice("be-a", body=BODY)
    [note] = read_collection([content.root]).notes
    text = (
        translation(note, Language.FR)
        .replace("title:\n", "title: Un bouclier\n")
        .replace("summary:\n", "summary: Ce que c'est.\n")
    )
    Path(file).with_name("fr.md").write_text(text, "utf-8")
    collection = read_collection([content.root])
    [note] = collection.notes
    assert not note.is_stale(Language.FR)
    found = check(collection, read_taxonomy([content.root]), "2026-11-27")
    assert [one for one in found if one.level == "error"] == []
