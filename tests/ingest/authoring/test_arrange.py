"""A document under the fixed headings: every word stays, none is made up, and our parser reads what comes out."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.authoring.arrange import arrange, meant
from ingest.authoring.drafts import skeleton
from ingest.documents.converter import markdown
from ingest.documents.document import Document, Node, Stated
from kb.content.reader import read_taxonomy
from kb.errors import DocumentError
from kb.notes.markdown import parse, sections
from kb.notes.note import SECTIONS, Kind
from kb.text.languages import Language

TODAY = date(2026, 11, 28)
FORM = (1, 23)


def inlines(text):
    return [{"t": "Str", "c": text}]


def head(level, text):
    return {"t": "Header", "c": [level, ["", [], []], inlines(text)]}


def para(text):
    return {"t": "Para", "c": inlines(text)}


def bold(text):
    return {"t": "Para", "c": [{"t": "Strong", "c": inlines(text)}]}


def arranged(*blocks, kind=Kind.PRACTICE, language=Language.NL, stated=None, **more):
    return arrange(Document("een_bestand", stated or Stated(), FORM, blocks, **more), kind, language, TODAY)


def outline(found):
    """Lines of the body, without empty ones and without fixed headings that have nothing below."""
    lines = [line for line in markdown(found.blocks, FORM).splitlines() if line]
    return [
        line for line, after in zip(lines, [*lines[1:], "## "], strict=True) if not (line[:3] == after[:3] == "## ")
    ]


def test_known_headings_become_ours_with_the_others_below_them():
    document = """# Schild|Vooraf.|## 1. Contexte|A.|### In cijfers|B.|#### Per jaar|## Geschiedenis|C.|### Vroeger|
        ## Werkwijze|D.|### Partners|E.|### Juridische grondslag|F.|## Achtergrond|G."""
    blocks = []
    for line in map(str.strip, document.split("|")):
        level = len(line) - len(line.lstrip("#"))
        blocks.append(head(level, line[level + 1 :]) if level else para(line))
    found = arranged(*blocks)
    assert found.given["title"] == "Schild"
    assert "|".join(outline(found)) == (
        "## Probleem|Vooraf.|A.|### In cijfers|B.|#### Per jaar|### Geschiedenis|C.|#### Vroeger|### Achtergrond|G."
        "|## Aanpak|D.|### Partners|E.|## Juridische grondslag|F."
    )


def test_all_fixed_headings_are_there_in_the_language_of_the_note():
    for kind in Kind:
        for language in Language:
            body = markdown(arranged(para("Tekst."), kind=kind, language=language).blocks, FORM)
            read = [section.heading for section in sections(body, 1, kind)]
            assert read == [names[language] for names in SECTIONS[kind].values()]


def test_paragraphs_that_stand_for_headings_become_headings():
    found = arranged(
        bold("Werkwijze:"), para("A."), para("Resultaten"), para("Kosten en inzet"), bold("Nota bene"), para("B.")
    )
    assert outline(found) == ["## Aanpak", "A.", "Resultaten", "## Kosten en inzet", "**Nota bene**", "B."]


@pytest.mark.parametrize(
    ("blocks", "stated", "more", "title"),
    [
        ([para("A.")], "Schild", {}, "Schild"),
        ([para("A.")], "Sch\u202eild\x07\ud800", {}, "Schild"),
        ([para("A.")], "Microsoft Word - plan_v2.doc", {}, "een bestand"),
        ([para("A."), head(2, "Een kop"), head(2, "Nog een")], "Document1", {}, "Een kop"),
        ([head(1, "Kop"), para("A.")], "Schild", {}, "Kop"),
        ([para("A."), head(2, "Slot"), para("B.")], "Schild", {}, "Schild"),
        ([para("Kop"), head(1, "Kop"), para("A.")], "Schild", {}, "Kop"),
        ([head(1, "Kop"), head(1, "Aanpak"), para("A.")], "Schild", {}, "Kop"),
        ([head(1, "Kop"), para("A.")], "", {"titled": inlines("Stijl")}, "Stijl"),
        ([head(1, "Aanpak"), para("A.")], "Schild", {}, "Schild"),
        ([para("Schild"), head(1, "Aanpak"), head(1, "Bronnen")], "Schild", {}, "Schild"),
    ],
)
def test_the_title_is_the_documents_own(blocks, stated, more, title):
    found = arranged(*blocks, stated=Stated(title=stated), **more)
    assert found.given["title"] == title
    assert title not in outline(found)


def test_source_and_dates_are_what_the_document_states(content):
    stated = Stated("Schild", "A. Jansen", "Politie", "2024-03-05", "2024-04-06", "https://example.org/a")
    found = arranged(para("Tekst."), stated=stated)
    (source,) = found.given["sources"]
    assert [*source.values()] == ["https://example.org/a", "Schild", "Politie", "2026-11-28"]
    assert arranged(para("A."), stated=Stated(author="A. Jansen")).given["sources"][0]["publisher"] is None
    taxonomy = read_taxonomy([content.root])
    body = markdown(found.blocks, FORM)
    text = skeleton(Kind.PRACTICE, Language.NL, found.given, taxonomy, TODAY, body=body, remarks=found.remarks)
    assert "# Het document noemt als auteur: A. Jansen. Een persoon is geen uitgever.\nsources:\n" in text
    assert "# Het document zegt van zichzelf: gemaakt op 2024-03-05, gewijzigd op 2024-04-06.\nstarted:\n" in text
    front = parse(text).front
    assert front["draft"] is True
    assert [front[name] for name in ("tlp", "licence", "started", "summary")] == [None] * 4
    assert parse(text).body.strip() == body.strip()
    unknown = arranged(para("A.")).given
    empty = skeleton(Kind.PRACTICE, Language.NL, unknown, taxonomy, TODAY)
    assert re.search(r"^- url:\n  title: een bestand\n  publisher:\n", empty, re.MULTILINE)


def test_the_language_is_guessed_where_it_is_not_given():
    text = para("De politie blokkeert valse websites en waarschuwt de slachtoffers.")
    assert arranged(text, language=None).language is Language.NL
    assert arranged(text, language=Language.FR).language is Language.FR


def test_what_says_nothing_is_refused():
    with pytest.raises(DocumentError, match="no text in the document"):
        arranged({"t": "Para", "c": [{"t": "Image", "c": [["", [], []], [], ["a.png", ""]]}]})
    with pytest.raises(DocumentError, match="not clear in which language"):
        arranged(para("123 456"), language=None)


def test_lists_and_quotations_without_end_are_refused():
    block: Node = para("A.")
    for _ in range(2_000):
        block = {"t": "BlockQuote", "c": [block]}
    with pytest.raises(DocumentError, match="too deeply"):
        arranged(block)


TEXT = st.text(st.sampled_from("ab é’\\*_#[](){}<>!&|~`'\"-+=.:;1 \u00a0\u00ad\u202e\x07$^@/"), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["para", "head", "item", "bold", "quote"]), TEXT), max_size=6))
def test_every_word_is_there_when_our_parser_reads_it(parts):
    makers = {
        "para": para,
        "head": lambda text: head(2, f"x {text}"),
        "bold": bold,
        "item": lambda text: {"t": "BulletList", "c": [[para(text)], [para("y")]]},
        "quote": lambda text: {"t": "BlockQuote", "c": [para(text)]},
    }
    body = markdown(arranged(para("begin"), *(makers[kind](text) for kind, text in parts)).blocks, FORM)
    found = sections(body, 1, Kind.PRACTICE)
    read = "".join(part for cut in found for part in (cut.heading, *(block.text for block in cut.blocks)))
    for _, text in parts:
        for word in re.sub("[\u00ad\u202e\x07]", "", text).replace("\u00a0", " ").split():
            assert word in read or word.strip("#") in read, (word, body)
    assert "<" not in re.sub(r"\\<|`[^`]*`", "", body)


@pytest.mark.parametrize("kind", Kind)
def test_every_fixed_heading_means_itself(kind):
    for key, names in SECTIONS[kind].items():
        for name in names.values():
            for written in (name, name.upper(), f"3.2 {name}:", f"IV. {name}", f"II – {name}"):
                assert meant(written, kind) == (key, True), written


HEADINGS = {
    "problem": "1. La problématique|Aanleiding",
    "approach": "Onze werkwijze|Démarche|Hoofdstuk 2: Methode",
    "how-it-works": "Mise en œuvre",
    "legal-basis": "CADRE LEGAL",
    "risks": "Risico’s|Lessons learned",
    "results": "Resultaaten|L’évaluation",
    "": "|1.|Banken|De rol van de politie|Annexe 3|Problem gambling in bars|Doelstellingen",
}


@pytest.mark.parametrize("key", HEADINGS)
def test_what_others_call_the_sections_is_known(key):
    for written in HEADINGS[key].split("|"):
        assert meant(written, Kind.PRACTICE) == (key, False), written
    assert meant("Doelstellingen", Kind.STRATEGY) == ("objectives", False)
