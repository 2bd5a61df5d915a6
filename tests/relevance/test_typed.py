"""Short questions as colleagues type them find a practice or playbook about their crime, in whatever words."""

from pathlib import Path

import yaml

from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Level

QUESTIONS = yaml.safe_load((Path(__file__).parent / "typed.yaml").read_text("utf-8"))
"""Crime type -> questions about it."""


def test_a_typed_question_finds_a_practice_or_playbook_about_its_crime(searcher):
    view = searcher.view()
    notes, refused, astray = view.generation.notes, [], []
    asked = [(crime, each["q"], Language(each["lang"])) for crime, some in QUESTIONS.items() for each in some]
    for crime, text, language in asked:
        lists = view.search(text, reader=language).lists
        first = [hit for kind in (Kind.PRACTICE, Kind.PLAYBOOK) for hit in lists[kind][:1]]
        if all(hit.level is Level.LOW for hits in lists.values() for hit in hits):
            refused.append(text)
        elif not any(hit.level is not Level.LOW and crime in notes[hit.id].shared["crime_types"] for hit in first):
            astray.append(text)
    print("refused:", len(refused), refused, "astray:", len(astray), astray, sep="\n")
    assert len(asked) == 180
    assert len(refused) <= 27
    assert len(refused) + len(astray) <= 36
