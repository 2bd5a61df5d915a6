"""A note's summary with how it stands, in words: formats that have no place for status, evidence and what courts made
of a practice carry them in their text.
"""

from collections.abc import Mapping
from typing import Any

from api.locales.texts import TEXTS, evidence_text, status_text, undone_text
from kb.text.languages import Language


def with_standing(
    summary: str,
    status: str,
    evidence: Mapping[str, Any] | None,
    legal_outcome: str | None,
    draft: bool,
    language: Language,
) -> str:
    """The summary; before it the warnings (a draft, annulled, repealed), behind it status, evidence and outcome.

    evidence, legal_outcome: None where there is none; language: of the summary
    """
    words = TEXTS[language]
    facts = [words["pair"].format(words["status"], status_text(status, language))]
    if evidence:
        facts.append(words["pair"].format(words["evidence"], evidence_text(evidence, language)))
    if legal_outcome:
        facts.append(words["pair"].format(words["legal_outcome"], words[legal_outcome]))
    told = (
        words["is_draft"] if draft else "",
        undone_text(status, legal_outcome, language),
        summary,
        *(f"{fact}." for fact in facts),
    )
    return " ".join(one for one in told if one)
