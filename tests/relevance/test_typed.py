"""Short questions as colleagues type them find a practice or playbook about their crime, in whatever words."""

from pathlib import Path

import pytest
import yaml

from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import Level

FOLDER = Path(__file__).parent / "typed"


def asked(name):
    """Subject -> questions, from a file of the folder."""
    questions = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return [(subject, each["q"], Language(each["lang"])) for subject, some in questions.items() for each in some]


def is_refused(lists):
    return all(hit.level is Level.LOW for hits in lists.values() for hit in hits)


@pytest.mark.parametrize(("name", "most_refused", "most_not_answered"), [("choosing", 16, 26), ("apart", 18, 43)])
def test_a_typed_question_finds_a_practice_or_playbook_about_its_crime(searcher, name, most_refused, most_not_answered):
    view = searcher.view()
    notes, crime_types, refused, astray = view.generation.notes, view.taxonomy.crime_types, [], []
    questions = asked(name)
    for crime, text, language in questions:
        lists, about = view.search(text, reader=language).lists, {crime, *crime_types.narrower(crime)}
        first = [hit for kind in (Kind.PRACTICE, Kind.PLAYBOOK) for hit in lists[kind][:1]]
        if is_refused(lists):
            refused.append(text)
        elif not any(hit.level is not Level.LOW and about & {*notes[hit.id].shared["crime_types"]} for hit in first):
            astray.append(text)
    print(f"{len(refused)} refused, {len(astray)} astray", *(refused + astray if name == "choosing" else ()), sep="\n")
    assert len(questions) == 180
    assert len(refused) <= most_refused
    assert len(refused) + len(astray) <= most_not_answered


def test_what_is_out_of_scope_is_refused_however_short_it_is(searcher):
    view, questions = searcher.view(), asked("offtopic")
    answered = [text for _, text, language in questions if not is_refused(view.search(text, reader=language).lists)]
    print(len(answered), "answered of", len(questions))
    assert len(questions) == 60
    assert len(answered) <= 3
