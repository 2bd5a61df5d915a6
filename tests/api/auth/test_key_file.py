"""API keys: what is kept of them, and when one is good."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.key_file import KeyFile
from kb.access import clearance
from kb.errors import SettingsError

TODAY = date.today()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "keys.json"


def test_a_key_opens_what_it_was_made_for(path):
    made, text = KeyFile(path).create("FCCU", "amber", ["BE"], ["Europol"], expires=TODAY + timedelta(1), rate=60)
    assert re.fullmatch(r"kb_[0-9a-f]{8}_[0-9a-f]{64}", text)
    assert KeyFile(path).holder(text) == made
    assert made.clearance == clearance("amber", ["BE"], ["Europol"])
    assert KeyFile(path).all() == (made,)


def test_nothing_of_a_key_stands_in_the_file_and_nobody_else_reads_it(path):
    _, text = KeyFile(path).create("FCCU", "amber")
    secret = text.rpartition("_")[2]
    assert all(secret[start : start + 12] not in path.read_text() for start in range(len(secret) - 12))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@given(data=st.data())
def test_another_text_opens_nothing(data, tmp_path_factory):
    file = KeyFile(tmp_path_factory.getbasetemp() / "one" / "keys.json")
    if not file.all():
        file.create("one", "amber")
    made, text = file.create("other", "green")
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("0123456789abcdefABCDEF_ ké\n"))
    changed = text[:place] + letter + text[place + 1 :]
    assert (file.holder(changed) is not None) == (changed == text)
    assert file.holder(text[:-1]) is None
    assert file.holder(text + "\n") is None
    assert file.holder(f"kb_{file.all()[0].id}_{text.rpartition('_')[2]}") is None
    assert file.holder(f"kb_{made.id}_{made.digest}") is None


def test_a_revoked_key_is_refused_at_once_by_whoever_has_the_file_open(path):
    serving, (made, text) = KeyFile(path), KeyFile(path).create("FCCU", "amber")
    _, other = KeyFile(path).create("FCCU", "amber")
    assert serving.holder(text)
    assert KeyFile(path).revoke(made.id).revoked == TODAY
    assert serving.holder(text) is None
    assert serving.holder(other)
    assert [key.revoked for key in serving.all()] == [TODAY, None]


@pytest.mark.parametrize(("days", "good"), [(-1, False), (0, False), (1, True)])
def test_a_key_is_good_until_the_day_on_which_it_expires(path, days, good):
    _, text = KeyFile(path).create("FCCU", "amber", expires=TODAY + timedelta(days))
    assert (KeyFile(path).holder(text) is not None) == good


def test_keys_made_at_the_same_time_are_all_kept(path):
    with ThreadPoolExecutor(8) as threads:
        made = threads.map(lambda number: KeyFile(path).create(f"key {number}", "green"), range(24))
        texts = [text for _, text in made]
    file = KeyFile(path)
    assert len(file.all()) == 24
    assert all(file.holder(text) for text in texts)


@pytest.mark.parametrize("damage", ["", "[{}]", '[{"id": "secret"}]', "another label"])
def test_a_damaged_file_is_an_error_and_opens_nothing(path, damage):
    _, text = KeyFile(path).create("FCCU", "amber")
    damage = damage.replace("another label", path.read_text().replace("amber", "everything"))
    path.write_text(damage)
    with pytest.raises(SettingsError, match="cannot be read: it is damaged") as failure:
        KeyFile(path).holder(text)
    assert "secret" not in str(failure.value)
    with pytest.raises(SettingsError):
        KeyFile(path).create("another", "green")
    assert path.read_text() == damage
