"""Days in words, and citations."""

import pytest

from api.web.citation import citation
from api.web.dates import day
from kb.text.languages import Language

FR, NL, EN = Language.FR, Language.NL, Language.EN


@pytest.mark.parametrize(("text", "language", "words"), [
    ("2021", FR, "2021"), ("2021-05", FR, "mai 2021"), ("2021-05", NL, "mei 2021"), ("2021-05", EN, "May 2021"),
    ("2021-05-01", FR, "1 mai 2021"), ("2021-05-20", NL, "20 mei 2021"), ("2021-05-20", EN, "20 May 2021"),
])  # fmt: skip
def test_days_are_written_as_the_reader_writes_them(text: str, language: Language, words: str) -> None:
    assert day(text, language) == words


def test_a_citation_names_note_version_day_and_address() -> None:
    payload = {"title": "Frappes & co: 100 % {sûr}", "reviewed": "2026-11-25"}
    cited = citation("be-one", FR, payload, EN, "http://kb/en/notes/be-one?version=fr")
    assert cited.text.startswith(
        "Frappes & co: 100 % {sûr}. Benelux cybercrime practice base, be-one (fr), 25 November"
    )
    assert cited.text.endswith("http://kb/en/notes/be-one?version=fr")
    assert r"title = {Frappes \& co: 100 \% \{sûr\}}" in cited.bibtex
    assert "url = {http://kb/en/notes/be-one?version=fr}" in cited.bibtex
    assert cited.bibtex.count("{") == cited.bibtex.count("}")
