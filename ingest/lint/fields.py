"""KB1xx: files and front matter. Rules without a check are found while a file is read (`kb.notes.note_file`,
`kb.notes.assemble`).
"""

from collections.abc import Iterator

from ingest.lint.machine_tags import is_machine_tag
from ingest.lint.rule import Reading, Rule
from kb.issue import Level, Problem, did_you_mean
from kb.notes.front_matter import PracticeFields, vocabulary_words
from kb.notes.taxonomy import Scheme
from kb.text.language_guess import guess_language, plainly
from kb.text.languages import NAMES, Language

_LEAST_LETTERS = 80
"""Shorter texts are not judged by their language."""
_ENOUGH_LETTERS = 400
"""Letters from which more of a text say no more of its language."""


def _vocabulary(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        for vocabulary, word, at in vocabulary_words(note.fields):
            scheme: Scheme = getattr(reading.taxonomy, vocabulary)
            if word not in scheme:
                yield reading.problem(
                    note.original_version, "KB111", f"`{word}` is not in the vocabulary {scheme.name}.",
                    did_you_mean(word, scheme), at=at,
                )  # fmt: skip


def _legal_basis(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        if isinstance(note.fields, PracticeFields) and not note.fields.legal_basis:
            needing = sorted({"investigation", "disruption", "evidence"} & set(note.fields.phases))
            if needing:
                yield reading.problem(
                    note.original_version, "KB113",
                    f"`legal_basis` is missing, and the note is about {', '.join(needing)}.",
                    "Name the law; where the sources name none, an entry without a name says so: `- {country: BE}`.",
                    at=("phases",),
                )  # fmt: skip


def _red(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        if note.fields.tlp == "red":
            yield reading.problem(
                note.original_version, "KB114",
                "TLP:RED is for the persons present only and has no place in a shared index.",
                "Remove the note, or have its issuer label it again.", at=("tlp",),
            )  # fmt: skip


def _tags(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        for place, tag in enumerate(note.fields.tags):
            if not is_machine_tag(tag):
                yield reading.problem(
                    note.original_version, "KB117", f"`{tag}` is no machine tag of the MISP taxonomies.",
                    'Write it like `rsit:fraud="phishing"`, or leave it out.', at=("tags", place),
                )  # fmt: skip


def _language(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        text = " ".join(block.text for section in version.sections for block in section.blocks)
        judged = text[:_ENOUGH_LETTERS]
        if len(text) < _LEAST_LETTERS or plainly(judged, language):
            continue
        found = guess_language(judged)
        if found is not None and found is not language:
            wanted = f"rite it in {NAMES[language][Language.EN]}."
            renamed = found not in note.versions and version.translation is None
            yield reading.problem(
                version, "KB115",
                f"the file is named {language}.md, but its text looks {NAMES[found][Language.EN]}.",
                f"Rename it to {found}.md, or w{wanted}" if renamed else f"W{wanted}", line=version.body_line,
            )  # fmt: skip


_E, _W = Level.ERROR, Level.WARNING
FIELD_RULES: tuple[Rule, ...] = (
    Rule("KB101", "path", _E, "A note lies at `practices/<id>/<lang>.md` or `strategies/<id>/<lang>.md`.",
         "content/practices/BE_BAPS/french.md", "content/practices/be-baps/fr.md"),
    Rule("KB102", "too-large", _E,
         "A note is a few pages: at most 100,000 bytes, 1,000 values in its front matter, 300 headings, 300 links, 300 "
         "pictures, 2,000 paragraphs, list items and cells of at most 10,000 characters, 5,000 of the marks [*_~`, and "
         "lists no deeper than 8.",
         "a note of 20 MB with pasted images", "the text, with the images cited in `sources`"),
    Rule("KB103", "encoding", _E, "A note is UTF-8 text.", "saved as Windows-1252", "saved as UTF-8"),
    Rule("KB104", "empty", _E, "A note is not empty.", "a file of 0 bytes", "front matter and text"),
    Rule("KB105", "front-matter", _E, "A note starts with front matter: plain YAML between two lines `---`.",
         "title: Safe: online", 'title: "Safe: online"'),
    Rule("KB106", "said-by-path", _E, "What the path says (id, kind, language) is not repeated inside.",
         "id: be-baps", "(no such line)"),
    Rule("KB107", "unknown-field", _E, "Every field is a known one.", "crime_type: [phishing]",
         "crime_types: [phishing]"),
    Rule("KB108", "missing-field", _E, "Required fields are there.", "(no `tlp`)", "tlp: clear"),
    Rule("KB109", "field-value", _E, "A field's value has the right form.", "started: 31-02-2024",
         "started: 2024-02-28"),
    Rule("KB110", "shared-field", _E, "A translation carries title, summary, questions and translation only.",
         "tlp: clear (in a translation)", "(the line stands in the original)"),
    Rule("KB111", "vocabulary", _E, "Crime types, phases, countries and bodies are words of the vocabularies.",
         "crime_types: [fishing]", "crime_types: [phishing]", _vocabulary),
    Rule("KB112", "source", _E, "A note has a source; each has address, title, publisher and day of reading.",
         "sources: []", "sources: [{url: …, title: …, publisher: …, accessed: 2026-11-25}]"),
    Rule("KB113", "legal-basis", _E, "A practice of investigation, disruption or evidence names its legal basis.",
         "phases: [disruption] (no `legal_basis`)", "legal_basis: [{name: …, country: BE}]", _legal_basis),
    Rule("KB114", "tlp-red", _E, "Notes labelled TLP:RED are refused.", "tlp: red", "tlp: amber", _red),
    Rule("KB115", "language", _E, "The text is in the language of the file's name.",
         "fr.md with Dutch text", "nl.md with Dutch text", _language),
    Rule("KB116", "readable", _E, "A note is a file that can be read.",
         "a folder `fr.md`, or a link `fr.md` to a file that is gone", "a file `fr.md`"),
    Rule("KB117", "tag", _E, "Tags are machine tags of the MISP taxonomies.", "tags: [phishing]",
         """tags: ['rsit:fraud="phishing"']""", _tags),
    Rule("KB118", "conflict", _E, "A note holds no conflict that git left.",
         "<<<<<<< HEAD", "the one of both texts that holds"),
)  # fmt: skip
