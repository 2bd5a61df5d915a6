"""Build stores, encoders, the Searcher and all that the server needs from settings.

What takes long to import is imported where it is used: the client of Qdrant, keys and tokens, and the search.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from kb.content.reader import picture_bytes, read_taxonomy
from kb.encoder.encoders import Encoder, ModelEncoder
from kb.encoder.model_files import model_damage, model_files
from kb.errors import IndexMissing, ModelError, SettingsError
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import recipe
from kb.store.protocol import ChunkStore

if TYPE_CHECKING:
    from api.auth.gate import Gate
    from api.auth.security_log import SecurityLog
    from api.metrics import Metrics
    from api.traces import Traces
    from kb.notes.note import Kind, Note
    from kb.store.server.store import ServerStore
    from search.service import Searcher
    from search.view import Step

Say = Callable[[str], None]
"""Tells a person how it goes on."""


class Services:
    """What the server needs, as settings describe it. The Searcher is built when it is first asked for."""

    def __init__(self, settings: Settings, given: "Searcher | None" = None, progress: Say = lambda _: None) -> None:
        """Take the settings. given: replaces the Searcher that they describe"""
        self.settings = settings
        self._given = given
        self._progress = progress
        self.gate = gate(settings)
        self.metrics = metrics(settings)
        self.traces = traces(settings)

    def picture(self, kind: "Kind", note_id: str, name: str) -> bytes | None:
        """Return a picture in a note's folder of the content, if there is one. Its reader may see the note."""
        return picture_bytes(self.settings.content_dirs, kind, note_id, name)

    def check(self) -> None:
        """Look again at all files that searches rest on. From what is damaged nothing is answered any more.

        Raises ModelError, StoreUnavailable.
        """
        try:
            damage = model_damage(self.settings.embedding_model, self.settings.data_dir)
        except OSError as error:  # which says nothing of what is in memory
            raise ModelError(f"The files of the model cannot be read: {error.strerror}.") from error
        refused = damaged_model(damage) if damage else None
        self.searcher.refuse(refused)
        if refused:
            raise refused
        self.searcher.check()

    @cached_property
    def searcher(self) -> "Searcher":
        """Return what opens the index. Loads the encoder, which takes seconds."""
        found = self._given or searcher(self.settings, self._progress)
        if self.metrics:
            self.metrics.watch(found, self._failed_notes)
        if around := [each.step for each in (self.metrics, self.traces) if each]:
            found.step = partial(_around, around)
        return found

    def _failed_notes(self) -> float:
        from ingest.indexing.fingerprint import wrong_notes

        return wrong_notes(self.settings.data_dir)


def store(settings: Settings) -> ChunkStore:
    """Build the store that the settings name."""
    return embedded_store(settings) if settings.qdrant_url is None else server_store(settings)


def require_index(settings: Settings) -> None:
    """Ask for an index before model files are made for it, which takes long. Raises IndexMissing, StoreUnavailable."""
    if store(settings).info() is None:
        raise IndexMissing("There is no index yet.", remedy="Run `kb index`.")


def embedded_store(settings: Settings) -> EdgeStore:
    """Build the store in the data directory."""
    return EdgeStore(settings.data_dir)


def server_store(settings: Settings) -> "ServerStore":
    """Build the store on the Qdrant server that the settings name. Raises SettingsError where they name none."""
    from kb.store.server.layout import Layout
    from kb.store.server.nodes import Nodes
    from kb.store.server.store import ServerStore

    if settings.qdrant_url is None:
        raise SettingsError("KB_QDRANT_URL names no server.", remedy="Set it to the server's address.")
    key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    layout = Layout(**{field.name: getattr(settings, f"qdrant_{field.name}") for field in fields(Layout)})
    return ServerStore(Nodes.at(settings.qdrant_url, key, settings.qdrant_timeout), settings.qdrant_collection, layout)


def encoder(settings: Settings, progress: Say = lambda _: None) -> ModelEncoder:
    """Build the encoder that the settings name, whose files are converted first where that has not been done."""
    return ModelEncoder(
        model_files(settings.embedding_model, settings.data_dir, allow_hub=settings.allow_model_hub, progress=progress)
    )


def damaged_model(damage: str) -> ModelError:
    """Return what is said of damaged model files. damage: `kb.encoder.model_files.model_damage`"""
    remedy = "Delete its folder below `models` in KB_DATA_DIR, which is made anew, or put your own model back; restart."
    return ModelError("The files of the model are damaged.", internal=f"{damage}.", remedy=remedy)


def gate(settings: Settings) -> "Gate":
    """Build what says who may ask."""
    from api.auth.gate import Gate
    from api.auth.key_file import KeyFile

    tokens = None
    if settings.oidc_issuer and settings.oidc_audience and settings.oidc_jwks and settings.oidc_grants:
        from api.auth.tokens import Tokens, read_grants

        grants = read_grants(settings.oidc_grants)
        tokens = Tokens(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks, grants)
    return Gate(KeyFile(settings.key_file), tokens, settings.rate_limit)


def metrics(settings: Settings) -> "Metrics | None":
    """Build what measures a server, if the settings want it."""
    if settings.metrics_port is None:
        return None
    from api.metrics import Metrics

    return Metrics()


def traces(settings: Settings) -> "Traces | None":
    """Build what traces a server, if the settings want it. Raises SettingsError where its packages are missing."""
    if settings.traces_url is None:
        return None
    from api.traces import Traces, to_collector

    return Traces(to_collector(settings.traces_url), believed=bool(settings.trusted_proxies))


@contextmanager
def _around(steps: "Sequence[Step]", name: str) -> Iterator[None]:
    """Call all of these around a part of a search."""
    with ExitStack() as within:
        for step in steps:
            within.enter_context(step(name))
        yield


def security_log(settings: Settings) -> "SecurityLog":
    """Build what writes the audit log and the security log."""
    from api.auth.audit import AuditLog
    from api.auth.security_log import SecurityLog

    return SecurityLog(settings.security_log, AuditLog(settings.audit_log), settings.syslog)


def searcher(settings: Settings, progress: Say = lambda _: None, model: Encoder | None = None) -> "Searcher":
    """Build what opens the index that the settings name. model: reads in place of their encoder."""
    from search.service import Searcher

    model = model or encoder(settings, progress)
    return Searcher(store(settings), model, recipe(model.fingerprint, settings.chunk_tokens, settings.chunk_overlap))


def existing_searcher(settings: Settings, progress: Say) -> "Searcher":
    """Build what opens the index, for a command that cannot wait for one. Raises as `require_index` does."""
    require_index(settings)
    return searcher(settings, progress)


def temporary_index(settings: Settings, model: Encoder) -> "Callable[[tuple[Note, ...], Path], Searcher]":
    """Return a function that indexes notes in a folder and returns a search over them, as `kb eval` needs it.

    Each text is encoded once, however many such indexes hold it or are asked it.
    """
    from ingest.indexing.changing import now, write_index
    from ingest.indexing.encode import CachedEncoder
    from ingest.indexing.plan import Target
    from kb.encoder.vector_cache import cache_path
    from kb.store.journal import NO_JOURNAL
    from search.evaluate.corpus import RememberingEncoder

    remembering = RememberingEncoder(model)
    made_by = recipe(model.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    taxonomy = read_taxonomy(settings.content_dirs)

    def index(notes: "tuple[Note, ...]", folder: Path) -> "Searcher":
        here = settings.model_copy(update={"data_dir": folder, "qdrant_url": None})
        with CachedEncoder(cache_path(folder), remembering) as cached:
            write_index(here, store(here), cached, Target.of(made_by, notes, taxonomy, NO_JOURNAL, now()))
        return searcher(here, model=remembering)

    return index
