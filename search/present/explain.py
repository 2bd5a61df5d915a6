"""Why a note is a hit at its place: terms, the parts of its score, calibration, balance.

Takes a score apart with the functions that made it, so that the parts add up to it. Looks at nothing but the note and
what of it was found under the caller's clearance.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from kb.text.languages import Language
from search.catalogue import Entry
from search.present.highlight import PassageRecord
from search.present.matches import concept_matches, word_matches
from search.rank.calibrate import Calibration
from search.rank.candidates import Candidate
from search.rank.group import Group
from search.rank.score import BEST, QUESTION_WEIGHT, QUESTIONS_NEARER, mean_of_best, passages_share, strength
from search.results import Combination, Contributions, ExactMatch, Explanation, Move, Passage
from search.understand.identifiers import Evidence
from search.understand.thesaurus import Named, Stem, Thesaurus


def counted(found: Group) -> Sequence[Candidate]:
    """Return the passages that make a note's score, as far as they were retrieved: the best three of one version."""
    return [each for each in found.candidates if each.language is found.parts.version][:BEST]


@dataclass(frozen=True)
class Explainer:
    """Explains the hits of one answer. moves: note id -> the move that balance made with it"""

    question: str
    reader: Language
    named: Named
    thesaurus: Thesaurus
    evidence: Evidence
    calibration: Calibration
    moves: Mapping[str, Move]
    stem: Stem

    def explanation(self, found: Group, note: Entry, passage: Passage, records: Iterable[PassageRecord]) -> Explanation:
        """Explain a hit.

        passage: the passage shown; records: it and the `counted` passages
        """
        texts, mentioned = [], set[str]()
        for record in records:
            title = note.versions[record.lang]["title"]
            texts.append((record.lang, f"{title}\n{record.heading}\n{record.text}"))
            mentioned.update(record.mentions)
        return Explanation(
            passage_language=passage.lang,
            sentence=passage.highlight and passage.text[passage.highlight.start : passage.highlight.end],
            terms=(
                *word_matches(self.question, texts, self.stem),
                *concept_matches(self.question, self.named.labels, note.shared, self.thesaurus, self.reader, self.stem),
            ),
            identifiers=_exact(self.evidence, found.note_id, mentioned),
            contributions=self._contributions(found, note),
            passages=_combination(counted(found), note.passages[found.parts.version], found.parts.floor),
            linked_with=found.parts.link,
            level=self.calibration.level(found.score),
            thresholds=self.calibration.thresholds,
            move=self.moves.get(found.note_id),
        )

    def _contributions(self, found: Group, note: Entry) -> Contributions:
        parts, best = found.parts, counted(found)

        def part(scores: Sequence[float], floor: float = 0.0) -> float:
            return passages_share(parts.questions) * strength(scores, note.passages[parts.version], floor)

        return Contributions(
            dense=part([each.dense for each in best], parts.floor),
            lexical=part([each.lexical for each in best]),
            questions=QUESTION_WEIGHT * (QUESTIONS_NEARER if parts.questions is None else parts.questions),
            subject=parts.subject,
            links=parts.linked,
            identifier=parts.identifier,
        )


def _combination(best: Sequence[Candidate], passages: int, floor: float) -> Combination:
    scores = [each.score - each.identifier for each in best]
    return Combination(best[0].language, scores[0], mean_of_best(scores, passages, floor), min(BEST, passages))


def _exact(evidence: Evidence, note_id: str, mentioned: Set[str]) -> tuple[ExactMatch, ...]:
    about = sorted(key for key, notes in evidence.about.items() if note_id in notes)
    cited = sorted(key for key, notes in evidence.cites.items() if note_id in notes)
    in_passage = sorted(evidence.passage_keys & mentioned)
    relations = {"about": about, "cites": cited, "in-passage": in_passage}
    return tuple(ExactMatch(key, relation) for relation, keys in relations.items() for key in keys)
