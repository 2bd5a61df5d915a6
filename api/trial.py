"""An index beside the index, with notes as they are in some folder: to try out what would be found, seen by nobody."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from api import compose
from kb.chunk_schema import recipe
from kb.engines.edge import EdgeStore
from kb.settings import Settings

if TYPE_CHECKING:
    from ingest.follow import Saved
    from kb.engines.encoder import Encoder
    from search.service import Searcher


class Trial(NamedTuple):
    """A door to the notes of a folder, and what became of those that the index has otherwise."""

    door: "Searcher"
    saved: "Saved"


@contextmanager
def trial(settings: Settings, roots: Sequence[Path], model: "Encoder") -> Iterator[Trial]:
    """The index with the notes of these folders laid over, drafts included. It is gone afterwards.

    What is made of all notes (means, frequencies of words) is that of the index. Raises IndexMissing, IndexStale.
    """
    from ingest.follow import Follower
    from search.service import Searcher

    with TemporaryDirectory(prefix="trial-", dir=settings.data_dir) as folder:
        store = EdgeStore(Path(folder))
        if settings.qdrant_url is None:
            compose.store(settings).reader()  # says what is wrong with it
            shutil.copytree(settings.data_dir / "index", Path(folder) / "index", dirs_exist_ok=True)
        else:
            reader = compose.store(settings).reader()
            store.replace(reader.points(), reader.manifest)
        tried = settings.model_copy(update={"content_dirs": tuple(roots), "drafts": True})
        saved = Follower(tried, store, model).follow()
        made_by = recipe(model.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        yield Trial(Searcher(store, model, made_by), saved)
