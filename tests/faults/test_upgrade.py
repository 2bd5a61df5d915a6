"""The data directories of tagged releases (`releases/`), taken over by this version: keys, audit and answers stay.

Each was made by its release: six notes, one of them restricted and read once with a key, and an index of them.
"""

import shutil
import tarfile
from pathlib import Path

import pytest

from api.auth.audit import known_head, verify
from ingest.indexing.index import index_content
from kb.data_format import FORMAT_FILE, require_format
from kb.errors import IndexStale
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from tests.conftest import REPOSITORY, searcher_on

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.tar.xz"))
KEYS = {"0.1.0": "kb_416ac88f_4605dcbfbb57a4b441a251d65b4a96f9164dfab1cb9b4b6e31746f33e419ee37"}
ANSWERS = {
    "Schools warn children of grooming.": "be-c",
    "A hospital practises the first hour of ransomware.": "be-d",
    "A restricted way to follow bitcoins": "be-secret",
}
"""Question -> the note that answers it; the last one only to who has the key."""


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def test_what_a_release_left_is_taken_over(release, tmp_path, fake_encoder, serve, assert_problem):
    with tarfile.open(release) as packed:
        packed.extractall(tmp_path, filter="data")
    data = tmp_path / "data"
    shutil.copytree(REPOSITORY / "content" / "taxonomy", tmp_path / "content" / "taxonomy")
    settings = Settings(content_dirs=(tmp_path / "content",), data_dir=data, rate_limit=0)
    audited = settings.audit_log.read_bytes()
    require_format(data)

    client = serve(settings, searcher_on(settings, fake_encoder)).client
    assert "kb index" in assert_problem(client.get("/v1/search", params={"q": "phishing"}), 503)["remedy"]
    with pytest.raises(IndexStale):
        EdgeStore(data).reader()
    assert index_content(settings, EdgeStore(data), fake_encoder).notes == 6

    key = {"Authorization": f"Bearer {KEYS[release.name.removesuffix('.tar.xz')]}"}
    for question, answer in ANSWERS.items():
        asked = {"q": question, "lang": "en"}
        first, other = (client.get("/v1/search", params=asked, headers=each).json() for each in (key, {}))
        assert first["practices"][0]["id"] == answer
        assert "be-secret" not in [hit["id"] for hit in other["practices"]]
    assert client.get("/v1/notes/be-secret", headers=key).is_success
    assert_problem(client.get("/v1/notes/be-secret"), 404)
    assert settings.audit_log.read_bytes().startswith(audited)
    told = verify([settings.audit_log], known_head(settings.audit_log))
    assert (told.unchained, told.breaks) == (len(audited.splitlines()), ())
    assert told.lines > told.unchained
    assert (data / FORMAT_FILE).exists()
