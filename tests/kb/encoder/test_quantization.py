"""An exported model is quantized where that keeps its vectors, and left as it is where it does not."""

import hashlib
from pathlib import Path

import numpy as np
import openvino
import pytest
from openvino import opset13
from tokenizers import Tokenizer, models, pre_tokenizers

from kb.encoder import quantization
from kb.encoder.model_files import CONVERTER_VERSION
from kb.encoder.quantization import quantize

WORDS, WIDTH, INNER, LAYERS = 60, 32, 64, 4


@pytest.fixture
def exported(tmp_path):
    """A model of some layers over a table of words, and its tokenizer, as an export leaves them."""
    chance = np.random.default_rng(5)

    def weights(*shape):
        return opset13.constant(chance.normal(size=shape).astype(np.float32))

    ids, mask = (opset13.parameter([-1, -1], np.int64) for _ in range(2))
    for port, name in ((ids, "input_ids"), (mask, "attention_mask")):
        port.set_friendly_name(name)
        port.output(0).set_names({name})
    state = opset13.gather(weights(WORDS, WIDTH), ids, 0)
    state = opset13.multiply(state, opset13.unsqueeze(opset13.convert(mask, "f32"), 2))
    for layer in range(LAYERS):
        wide = opset13.matmul(state, weights(INNER, WIDTH), False, True, name=f"wide{layer}")
        narrow = opset13.matmul(opset13.gelu(wide, "erf"), weights(WIDTH, INNER), False, True, name=f"narrow{layer}")
        state = opset13.mvn(opset13.add(narrow, state), [2], True, 1e-6, "INSIDE_SQRT")
    folder = tmp_path / "openvino"
    folder.mkdir()
    openvino.save_model(openvino.Model([state], [ids, mask], "toy"), folder / "openvino_model.xml")
    tokenizer = Tokenizer(models.WordLevel({"?": 0, **{chr(96 + at): at for at in range(1, WORDS)}}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return folder / "openvino_model.xml"


def test_layers_are_in_8_bits_but_for_those_in_the_middle_that_narrow_and_hold_no_table_of_words(exported, tmp_path):
    quantize(exported, tmp_path / "quantized.xml", "mean", near=0.5)  # weights by chance
    model = openvino.Core().read_model(tmp_path / "quantized.xml")
    assert {port.any_name for port in model.inputs} == {"embedded", "input_ids", "attention_mask"}
    assert not any(node.get_type_name() == "Gather" for node in model.get_ops())
    layers = [node for node in model.get_ordered_ops() if node.get_type_name() == "MatMul"]
    exact = {node.get_friendly_name() for node in layers if not comes_in_8_bits(node)}
    assert len(layers) == 2 * LAYERS
    assert exact == {"narrow1", "narrow2"}


def comes_in_8_bits(node):
    return node.input_value(0).get_node().get_type_name() == "FakeQuantize"


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_what_would_move_a_vector_is_not_written(exported, tmp_path, pooling):
    quantize(exported, tmp_path / "quantized.xml", pooling, near=0.99999)
    assert not (tmp_path / "quantized.xml").exists()
    quantize(exported, tmp_path / "quantized.xml", pooling, near=0.5)
    assert (tmp_path / "quantized.xml").exists()


def test_a_model_without_a_table_of_words_stays_as_it_is(tmp_path):
    given = opset13.parameter([-1, 4], np.float32, "given")
    openvino.save_model(openvino.Model([opset13.relu(given)], [given], "toy"), tmp_path / "openvino_model.xml")
    quantize(tmp_path / "openvino_model.xml", tmp_path / "quantized.xml", "mean")
    assert not (tmp_path / "quantized.xml").exists()


def test_counted_up_with_what_is_shown():
    # When this changes, so do vectors: count up CONVERTER_VERSION.
    lines = Path(quantization.__file__).with_name("calibration.txt").read_bytes()
    assert (CONVERTER_VERSION, hashlib.sha256(lines).hexdigest()[:12]) == (2, "e73981015b10")
