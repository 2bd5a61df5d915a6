"""Build stores, encoders and the Searcher from settings, for the server and the command line.

What takes long to import is imported where it is used: Haystack, on which the search stands, a second and a half.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from api.auth.key_file import KeyFile
from kb.encoder.encoders import ModelEncoder
from kb.encoder.model_files import model_files
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.protocol import ChunkStore
from kb.store.records import recipe

if TYPE_CHECKING:
    from api.auth.gate import Gate
    from search.service import Searcher


def store(settings: Settings) -> ChunkStore:
    """The store that the settings name."""
    if settings.qdrant_url is None:
        return EdgeStore(settings.data_dir)
    from kb.store.server import ServerStore

    key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    return ServerStore.connect(settings.qdrant_url, key, settings.qdrant_collection, settings.qdrant_timeout)


def encoder(settings: Settings, progress: Callable[[str], None] = lambda message: None) -> ModelEncoder:
    """The encoder that the settings name; its files are converted first where that has not been done."""
    return ModelEncoder(
        model_files(settings.embedding_model, settings.data_dir, allow_hub=settings.allow_model_hub, progress=progress)
    )


def gate(settings: Settings) -> "Gate":
    """Who may ask, by the settings."""
    from api.auth.gate import Gate

    tokens = None
    if settings.oidc_issuer and settings.oidc_audience and settings.oidc_jwks and settings.oidc_grants:
        from api.auth.tokens import Tokens, read_grants

        grants = read_grants(settings.oidc_grants)
        tokens = Tokens.of(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks, grants)
    return Gate(KeyFile(settings.key_file), tokens, settings.rate_limit)


def searcher(settings: Settings, progress: Callable[[str], None] = lambda message: None) -> "Searcher":
    """The door to the index that the settings name."""
    from search.service import Searcher

    model = encoder(settings, progress)
    return Searcher(store(settings), model, recipe(model.fingerprint, settings.chunk_tokens, settings.chunk_overlap))
