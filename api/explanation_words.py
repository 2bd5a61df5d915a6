"""Why a note is a hit, in words of the reader's language: lines for terminal and page."""

from api.interface_texts import TEXTS
from kb.identifiers import NAME, SPOKEN
from kb.languages import NAMES, Language
from search.results import Explanation, Match


def explanation_lines(why: Explanation, reader: Language) -> tuple[str, ...]:
    """The score and its parts, how passages combine, the level, the terms, identifiers, and a move if there was one."""
    words = TEXTS[reader]
    parts = vars(why.contributions)
    score = " ".join(f"{words[f'by_{name}']} {value:+.3f}" for name, value in parts.items() if round(value, 3))
    thresholds = ", ".join(f"{words.get(name, name)} ≥ {value:.2f}" for name, value in why.thresholds.items())
    passages = words["by_passages"].format(
        best=why.passages.best, counted=why.passages.counted, mean=why.passages.mean,
        language=NAMES[why.passages.lang][reader],
    )  # fmt: skip
    level = words["pair"].format(words["level"], words[why.level] + (f" ({thresholds})" if thresholds else ""))
    lines = [f"{sum(parts.values()):.3f} = {score}", passages, level]
    if why.linked_with:
        lines.append(words["pair"].format(words["linked_with"], why.linked_with))
    if why.terms:
        lines.append(words["pair"].format(words["terms"], "; ".join(_term(match, reader) for match in why.terms)))
    if why.identifiers:
        lines.append("; ".join(f"{words[exact.relation]} {_bare(exact.key)}" for exact in why.identifiers))
    if move := why.move:
        lines.append(words["moved"].format(move.from_place, move.to_place, move.country))
    return tuple(lines)


def _bare(key: str) -> str:
    """An identifier without its kind, where that is no more than a name."""
    kind, _, name = key.partition(":")
    return name if kind in (NAME, SPOKEN) else key


def _term(match: Match, reader: Language) -> str:
    """`faux sites → phishing (nl), crime type hameçonnage`; a word that matches itself is told once."""
    same = match.term.casefold() == match.matched.casefold()
    found = f"{match.term}{'' if same else f' → {match.matched}'} ({match.lang})"
    if not match.scheme:
        return found
    return f"{found}, {TEXTS[reader]['pair'].format(TEXTS[reader][match.scheme].lower(), match.label)}"
