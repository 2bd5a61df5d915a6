"""Pages generated from the code are those of the code as it is.

To write `docs/lint.md` anew: `python -c "from ingest.lint import *; from ingest.rules import *;
open('docs/lint.md', 'w', encoding='utf-8').write(documentation(RULES))"`.
"""

import re
from pathlib import Path

from ingest.lint import documentation
from ingest.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_lint_rules_is_generated_from_the_rules() -> None:
    assert (DOCS / "lint.md").read_text(encoding="utf-8") == documentation(RULES)


def test_the_page_of_lint_rules_shows_every_rule_with_a_bad_and_a_good_line() -> None:
    page = documentation(RULES)
    assert re.findall(r"^### (KB\d{3}) ", page, re.MULTILINE) == [rule.code for rule in RULES]
    assert page.count("\n- Bad: ") == page.count("\n- Good: ") == len(RULES)
    assert documentation(RULES[:1]).count("###") == 1
