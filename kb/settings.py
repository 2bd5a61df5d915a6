"""The one settings object, and the only reader of the environment.

Every setting is a variable `KB_<NAME>`; unknown ones are refused, because a typing error must not pass for a default.
"""

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kb.data_format import require_format
from kb.errors import SettingsError
from kb.issue import did_you_mean
from kb.text.languages import Language

PREFIX = "KB_"
_SITE = r"https?://[A-Za-z0-9._:\[\]-]+"
"""A site without a path; `*` is none, since what callers on this network may see is not for every site they open."""


def _setting(default: Any, description: str, *, reindex: bool = False, **bounds: Any) -> Any:
    """Return a setting with its sentence; `reindex` marks those that change what an index holds."""
    return Field(default, description=description, json_schema_extra={"reindex": reindex}, **bounds)


class Settings(BaseSettings):
    """All settings, with their defaults. Frozen once built."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    content_dirs: Annotated[tuple[Path, ...], NoDecode] = _setting(
        (Path("content"),),
        "Content roots, separated by `:` (`;` on Windows). The first with a folder `taxonomy` gives the vocabularies.",
        min_length=1,
    )
    data_dir: Path = _setting(Path(".kb"), "Where model files, vectors and the embedded index are kept.")
    embedding_model: str = _setting(
        "multilingual-e5-small-aligned",
        "The encoder: the built-in one, the path of a sentence-transformers directory, or a hub name.",
        reindex=True,
        min_length=1,
    )
    allow_model_hub: bool = _setting(False, "Whether a hub name may be downloaded. Off: no network is ever touched.")
    chunk_tokens: int = _setting(
        256, "Most tokens in one encoded chunk, title and headings included.", reindex=True, ge=64, le=512
    )
    chunk_overlap: int = _setting(
        32, "Tokens that a chunk repeats from the one before it in the same section.", reindex=True, ge=0, le=128
    )
    qdrant_url: str | None = _setting(
        None,
        "Address of a Qdrant server, or those of the nodes of a cluster, separated by commas: where one is down, the "
        "next is asked. Empty: the embedded store under `data_dir`.",
        pattern=r"^[^\s,]+(\s*,\s*[^\s,]+)*$",
    )
    qdrant_api_key: SecretStr | None = _setting(None, "Key for the Qdrant server.")
    qdrant_collection: str = _setting(
        "kb", "Alias under which readers find the index on a Qdrant server.", pattern=r"^[A-Za-z0-9_-]{1,64}$"
    )
    qdrant_timeout: int = _setting(10, "Seconds to wait for the Qdrant server.", ge=1, le=600)
    qdrant_shards: int = _setting(1, "Parts of an index on the nodes of a Qdrant cluster.", ge=1, le=256)
    qdrant_replicas: int = _setting(
        1, "Copies of each part; with 2, one node of a Qdrant cluster of three may be down.", ge=1, le=16
    )
    qdrant_write_consistency: int = _setting(
        1, "Copies that must have a change before it counts as made, at most KB_QDRANT_REPLICAS.", ge=1, le=16
    )
    qdrant_read_consistency: str | None = _setting(
        None,
        "How many copies must agree on an answer: a number, `majority`, `quorum` or `all`. Empty: one answers.",
        pattern=r"^([1-9]\d?|majority|quorum|all)$",
    )
    qdrant_on_disk: bool = _setting(False, "Whether a Qdrant server leaves vectors and graphs on disk.")
    qdrant_quantized: bool = _setting(
        False,
        "Whether a Qdrant server compares vectors by one byte for each number first, and the best of them exactly.",
    )
    language: Language | None = _setting(
        None,
        "Language of what `kb lint` says: `fr`, `nl` or `en`. Empty: that of the terminal (LC_ALL, LC_MESSAGES, LANG).",
    )
    drafts: bool = _setting(False, "Whether notes marked `draft: true` are indexed, too.")
    host: str = _setting("127.0.0.1", "Address the server listens on.")
    port: int = _setting(8000, "Port the server listens on.", ge=0, le=65535)
    workers: int = _setting(1, "Processes of `kb serve` that answer. Each takes 0.6 GB.", ge=1, le=64)
    rate_limit: int = _setting(
        1200, "Requests a minute that one address, or one key without a rate of its own, may make. 0: any number.", ge=0
    )
    time_limit: int = _setting(
        30, "Seconds that a request may take to arrive, and its answer to be made. 0: any time.", ge=0
    )
    cors_origins: str | None = _setting(
        None,
        "Sites whose scripts may ask (CORS), separated by commas, such as `https://portal.example`. Empty: none.",
    )
    trusted_proxies: str | None = _setting(
        None, "Addresses of proxies, separated by commas, whose `X-Forwarded-For` is believed. Empty: nobody's."
    )
    oidc_issuer: str | None = _setting(None, "OpenID Connect issuer whose tokens are accepted, as they name it.")
    oidc_audience: str | None = _setting(None, "The audience that tokens must be for.")
    oidc_jwks: str | None = _setting(
        None,
        "Address of the issuer's keys (`jwks_uri`), by HTTPS unless on this machine.",
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])\S+$",
    )
    oidc_grants: Path | None = _setting(None, "File that says what the claims of a token open (docs/security.md).")
    api_key: SecretStr | None = _setting(None, "The API key with which `kb mcp` asks. Empty: it sees what is public.")
    public_url: str | None = _setting(
        None,
        "Address under which readers reach the server, for citations. Empty: the one that a request names.",
        pattern=f"^{_SITE}$",
    )
    syslog: str | None = _setting(
        None,
        "Where the security log goes besides its file: a local socket such as `/dev/log`, or `address:port` (UDP). "
        "Empty: nowhere.",
        pattern=r"^(/\S+|[A-Za-z0-9._-]+:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5})$",
    )
    metrics_host: str = _setting("127.0.0.1", "Address on which metrics are served.")
    metrics_port: int | None = _setting(
        None, "Port on which `kb serve` has metrics for Prometheus, at `/metrics`. Empty: none.", ge=0, le=65535
    )
    traces_url: str | None = _setting(
        None,
        "Collector of OpenTelemetry to which `kb serve` sends traces (OTLP over HTTP), such as "
        "`http://127.0.0.1:4318/v1/traces`. Empty: none.",
        pattern=r"^https?://\S+$",
    )

    @property
    def author_language(self) -> Language:
        """The language in which authors are told what is wrong: the one that is set, else that of their terminal."""
        named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
        own = re.split("[_.@-]", named.lower())[0]
        return self.language or (Language(own) if own in set(Language) else Language.EN)

    @property
    def key_file(self) -> Path:
        """Where API keys are kept."""
        return self.data_dir / "keys.json"

    @property
    def issues_file(self) -> Path:
        """Where `kb watch` keeps what is wrong with notes, for the pages of `kb serve --watch`."""
        return self.data_dir / "watch.json"

    @property
    def audit_log(self) -> Path:
        """Where it is written down who read which restricted note."""
        return self.data_dir / "audit.jsonl"

    @property
    def security_log(self) -> Path:
        """Where it is written down who was refused."""
        return self.data_dir / "security.jsonl"

    @property
    def feedback_file(self) -> Path:
        """Where what readers say of notes is kept."""
        return self.data_dir / "feedback.jsonl"

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites of `cors_origins`."""
        return _parts(self.cors_origins)

    @field_validator("content_dirs", mode="before")
    @classmethod
    def _split_paths(cls, given: Any) -> Any:
        return [part for part in given.split(os.pathsep) if part] if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check(self) -> Self:
        for site in self.origins:
            if not re.fullmatch(_SITE, site) or site != site.lower():  # browsers write it in small letters
                raise ValueError(f"KB_CORS_ORIGINS: `{site[:60]}` is no site like https://portal.example")
        for address in _parts(self.trusted_proxies):
            ip_network(address)  # its ValueError says what is wrong
        issuer = (self.oidc_issuer, self.oidc_audience, self.oidc_jwks, self.oidc_grants)
        if any(issuer) and not all(issuer):
            raise ValueError("KB_OIDC_ISSUER, KB_OIDC_AUDIENCE, KB_OIDC_JWKS and KB_OIDC_GRANTS go together")
        if self.qdrant_write_consistency > self.qdrant_replicas:
            raise ValueError("KB_QDRANT_WRITE_CONSISTENCY may be at most KB_QDRANT_REPLICAS")
        if self.chunk_overlap * 2 > self.chunk_tokens:
            raise ValueError("KB_CHUNK_OVERLAP may be at most half of KB_CHUNK_TOKENS")
        return self


def _parts(listed: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (listed or "").split(",") if part.strip())


def load_settings(**overrides: Any) -> Settings:
    """Read settings from the environment, with overrides from the command line.

    Raises SettingsError naming the variable and what it accepts, or where the data directory is of a later version.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_") and name not in known:  # tests read those
            raise SettingsError(f"Unknown setting {name}.", remedy=did_you_mean(name, known))
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        lines = [
            f"{PREFIX}{str(item['loc'][0]).upper()}: {item['msg']}" if item["loc"] else str(item["ctx"]["error"])
            for item in error.errors(include_url=False)
        ]
        raise SettingsError("; ".join(lines) + ".", remedy="The README lists every setting.") from error
    require_format(settings.data_dir)
    return settings
