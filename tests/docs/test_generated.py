"""Pages generated from the code are those of the code as it is. To write them anew: `make docs`."""

import pytest

from api.generated_docs import DOCUMENTS, REPOSITORY


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_document_is_that_of_code_and_content_as_they_are(path):
    assert (REPOSITORY / path).read_text(encoding="utf-8") == DOCUMENTS[path](), "write it anew: make docs"
