"""Check notes: a rule a place, with its check, its examples and its fix.

A new rule is a function below `@rule(code, level)` in the module of its theme, and two folders of fixtures.
"""

from ingest.lint import body, dates, facts, front_matter, persons, relations, wording
from ingest.lint.rule import REGISTERED, Rule, check, documentation, errors, fixed

__all__ = ["RULES", "Rule", "check", "documentation", "errors", "fixed"]

THEMES = (front_matter, body, relations, dates, facts, persons, wording)
"""The modules that register rules, by importing them."""
RULES: tuple[Rule, ...] = tuple(rule for _, rule in sorted(REGISTERED.items()))
"""All rules by code. Codes are stable: a rule may go, its code is never used again."""
