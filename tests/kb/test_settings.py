"""Settings from the environment: bounds, typing errors refused, secrets kept."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from kb.errors import SettingsError
from kb.settings import Settings, load_settings


def _load(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_variables_of_tests_and_of_other_programs_are_not_ours(monkeypatch):
    assert _load(monkeypatch, KB_TEST_ANYTHING="x", KBD="x", KB_PORT="9000").port == 9000


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("KB_CHUNK_TOKEN", "128", "Unknown setting KB_CHUNK_TOKEN. Did you mean `KB_CHUNK_TOKENS`?"),
        ("KB_CHUNK_TOKENS", "63", "KB_CHUNK_TOKENS: Input should be greater than or equal to 64"),
        ("KB_CHUNK_TOKENS", "513", "KB_CHUNK_TOKENS: Input should be less than or equal to 512"),
        ("KB_CHUNK_TOKENS", "many", "KB_CHUNK_TOKENS: Input should be a valid integer"),
        ("KB_CHUNK_OVERLAP", "-1", "KB_CHUNK_OVERLAP: Input should be greater"),
        ("KB_CHUNK_OVERLAP", "129", "KB_CHUNK_OVERLAP: Input should be less"),
        ("KB_PORT", "65536", "KB_PORT: Input should be less"),
        ("KB_QDRANT_TIMEOUT", "0", "KB_QDRANT_TIMEOUT: Input should be greater"),
        ("KB_QDRANT_URL", " ", "KB_QDRANT_URL: String should match"),
        ("KB_QDRANT_URL", "http://a:1,", "KB_QDRANT_URL: String should match"),
        ("KB_QDRANT_COLLECTION", "a/b", "KB_QDRANT_COLLECTION: String should match"),
        ("KB_QDRANT_SHARDS", "0", "KB_QDRANT_SHARDS: Input should be greater"),
        ("KB_QDRANT_READ_CONSISTENCY", "most", "KB_QDRANT_READ_CONSISTENCY: String should match"),
        ("KB_QDRANT_WRITE_CONSISTENCY", "2", "KB_QDRANT_WRITE_CONSISTENCY may be at most KB_QDRANT_REPLICAS"),
        ("KB_ALLOW_MODEL_HUB", "perhaps", "KB_ALLOW_MODEL_HUB: Input should be a valid boolean"),
        ("KB_CONTENT_DIRS", os.pathsep, "KB_CONTENT_DIRS: "),
    ],
)
def test_a_value_that_does_not_fit_names_its_variable_and_what_it_accepts(monkeypatch, name, value, message):
    with pytest.raises(SettingsError) as caught:
        _load(monkeypatch, **{name: value})
    assert str(caught.value).startswith(message)
    assert caught.value.remedy


def test_an_overlap_is_at_most_half_a_chunk(monkeypatch):
    assert _load(monkeypatch, KB_CHUNK_TOKENS="64", KB_CHUNK_OVERLAP="32").chunk_overlap == 32
    with pytest.raises(SettingsError, match=r"^KB_CHUNK_OVERLAP may be at most half of KB_CHUNK_TOKENS\."):
        _load(monkeypatch, KB_CHUNK_OVERLAP="33")


def test_all_wrong_values_are_named_at_once(monkeypatch):
    with pytest.raises(SettingsError, match=r"KB_CHUNK_TOKENS: .*; KB_PORT: "):
        _load(monkeypatch, KB_CHUNK_TOKENS="1", KB_PORT="-1")


def test_content_folders_are_separated_as_paths_are_and_empty_ones_ignored(monkeypatch):
    given = os.pathsep.join(["a", "", "b/c", ""])
    assert _load(monkeypatch, KB_CONTENT_DIRS=given).content_dirs == (Path("a"), Path("b/c"))
    assert _load(monkeypatch, KB_CONTENT_DIRS="").content_dirs == (Path("content"),)


def test_a_command_line_option_goes_before_the_environment_unless_it_is_absent(monkeypatch):
    monkeypatch.setenv("KB_PORT", "9000")
    assert load_settings(port=9001, host=None).port == 9001
    assert load_settings(port=None).port == 9000
    with pytest.raises(SettingsError, match="KB_PRT"):
        load_settings(prt=1)


def test_a_key_stands_neither_in_the_settings_nor_in_an_error(monkeypatch):
    settings = _load(monkeypatch, KB_QDRANT_API_KEY="s3cret")
    assert settings.qdrant_api_key.get_secret_value() == "s3cret"
    assert "s3cret" not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"
    with pytest.raises(SettingsError) as caught:
        _load(monkeypatch, KB_PORT="none")
    assert "s3cret" not in f"{caught.value} {caught.value!r}"


def test_settings_do_not_change_once_built():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1
