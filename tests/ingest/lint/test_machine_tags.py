"""Machine tags: what `pytaxonomies` itself says of them."""

import pytest

from ingest.lint.front_matter import is_machine_tag


def test_every_tag_of_every_taxonomy_is_known() -> None:
    from pytaxonomies import Taxonomies  # type: ignore[attr-defined]  # it names no exports

    every = [tag for tags in Taxonomies().all_machinetags() for tag in tags]
    assert len(every) > 5_000
    assert [tag for tag in every if not is_machine_tag(tag)] == []


@pytest.mark.parametrize(
    "tag",
    [
        "phishing", "rsit:", 'rsit:fraud="fishing"', 'rsit:nothing="phishing"', 'nothing:fraud="phishing"',
        "rsit:fraud=phishing", '../rsit:fraud="phishing"', 'rsit:fraud="phishing" ', 'rsit:fraud=""', "",
    ],
)  # fmt: skip
def test_others_are_not(tag: str) -> None:
    assert not is_machine_tag(tag)
