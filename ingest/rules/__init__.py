"""The table of lint rules.

Codes are stable: a rule may go, its code is never used again. `docs/lint.md` and `kb lint --list` come from here.
"""

from ingest.lint import Rule
from ingest.rules.across import ACROSS_RULES
from ingest.rules.body import BODY_RULES
from ingest.rules.care import CARE_RULES
from ingest.rules.facts import FACT_RULES
from ingest.rules.fields import FIELD_RULES
from ingest.rules.standing import STANDING_RULES

RULES: tuple[Rule, ...] = (*FIELD_RULES, *BODY_RULES, *ACROSS_RULES, *STANDING_RULES, *FACT_RULES, *CARE_RULES)
