"""Pages generated from the code are those of the code as it is. To write them anew: `make docs`."""

import re

import pytest

from api.generated_docs import DOCUMENTS, REPOSITORY
from ingest.lint import RULES, documentation


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_document_is_that_of_code_and_content_as_they_are(path):
    assert (REPOSITORY / path).read_text(encoding="utf-8") == DOCUMENTS[path](), "write it anew: make docs"


def test_the_page_of_lint_rules_shows_every_rule_with_a_bad_and_a_good_line():
    page = documentation()
    assert re.findall(r"^### (KB\d{3}) ", page, re.MULTILINE) == [rule.code for rule in RULES]
    assert page.count("\n- Bad: ") == page.count("\n- Good: ") == len(RULES)
