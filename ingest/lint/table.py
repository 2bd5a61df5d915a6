"""The table of lint rules.

Codes are stable: a rule may go, its code is never used again. `docs/lint.md` and `kb lint --list` come from here.
"""

from ingest.lint.across import ACROSS_RULES
from ingest.lint.body import BODY_RULES
from ingest.lint.care import CARE_RULES
from ingest.lint.facts import FACT_RULES
from ingest.lint.fields import FIELD_RULES
from ingest.lint.rule import Rule
from ingest.lint.standing import STANDING_RULES

RULES: tuple[Rule, ...] = (*FIELD_RULES, *BODY_RULES, *ACROSS_RULES, *STANDING_RULES, *FACT_RULES, *CARE_RULES)
