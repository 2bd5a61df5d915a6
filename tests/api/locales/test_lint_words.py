"""Every sentence that authors are told has a French and a Dutch form, with the same gaps, and is told in it."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from api.locales.lint_words import forms
from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from kb.issue import Issue, Level
from kb.notes import markdown, quotes
from kb.notes.note import Kind
from kb.notes.plain_yaml import read_data
from kb.said import Said, in_words, said
from kb.text.languages import NAMES, Language

REPOSITORY = Path(__file__).parents[3]
OTHERS = (Language.FR, Language.NL)


def _texts(node):
    """The texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    return set()


def _said_in(path):
    """The English forms in a module: what `said` is called with, also by a name that is given a text there."""
    tree = ast.parse(path.read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "said"]
    names = {call.args[0].id for call in calls if isinstance(call.args[0], ast.Name)}
    found = set().union(*(_texts(call.args[0]) for call in calls))
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            for target in targets:
                parts = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    parts = zip(target.elts, node.value.elts, strict=True)
                found |= {text for part, value in parts if getattr(part, "id", "") in names for text in _texts(value)}
    return found


def _english():
    found = {
        text
        for package in ("kb", "ingest", "api/cli")
        for path in (REPOSITORY / package).rglob("*.py")
        for text in _said_in(path)
    }
    found |= {text for texts in read_data("messages.yaml").values() for text in texts.values()}
    found |= {names[Language.EN] for names in NAMES.values()} | {f"a {kind}" for kind in Kind}
    found |= {what for _, what in markdown._MOST.values()}
    persons = read_data("personal.yaml", "ingest.lint").values()
    found |= {entry["what"] for entries in persons if isinstance(entries, list) for entry in entries}
    return found | {quotes._APOSTROPHE, quotes._INNER, quotes._TOO_SOON, quotes._OPEN}


ENGLISH = sorted(_english())


def gaps(form):
    return sorted(name for _, name, _, _ in Formatter().parse(form) if name is not None)


def test_what_rules_say_is_said_in_forms():
    """A rule that says a text without a form would say it in English to everybody."""
    fixtures = REPOSITORY / "tests" / "ingest" / "lint" / "fixtures"
    taxonomy = read_taxonomy([REPOSITORY / "content"])
    roots = [folder for code in fixtures.iterdir() for folder in (code / "bad", code / "good") if folder.is_dir()]
    told = [issue for root in roots for issue in check(read_collection([root]), taxonomy, "2026-11-28")]
    assert len({issue.code for issue in told}) > 50
    plain = {
        f"{issue.code}: {text}"
        for issue in told
        for text in (issue.message, issue.remedy)
        if text and not (isinstance(text, Said) and text.form in ENGLISH)
    }
    assert plain == set()


def test_a_sentence_in_a_sentence_is_said_in_the_same_language():
    of = said("the {language} text has changed since it was translated.", language=said("Dutch"))
    issue = Issue("nl.md", 1, 2, "KB305", of, said("Did you mean `{word}`?", word="a"), Level.WARNING)
    english = "the Dutch text has changed since it was translated. Did you mean `a`?"
    assert str(issue) == f"nl.md:1:2: KB305 warning: {english}"
    french = "le texte néerlandais a changé depuis qu'il a été traduit. Vouliez-vous dire `a` ?"
    line = issue.line_in(forms(Language.FR))
    assert line.replace("\u00a0", " ") == f"nl.md:1:2: KB305 warning: {french}"
    assert in_words("a name", forms(Language.NL)) == "a name"


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_has_a_form_with_the_same_gaps(language):
    theirs = forms(language)
    assert sorted(theirs) == ENGLISH
    wrong = [english for english, form in theirs.items() if gaps(form) != gaps(english)]
    assert wrong == []
    code = re.compile(r"`[^`]*`")
    for english, form in theirs.items():  # what authors type is the same in every language
        kept = [each for each in code.findall(english) if "{" not in each]
        assert set(kept) <= set(code.findall(form)), english
