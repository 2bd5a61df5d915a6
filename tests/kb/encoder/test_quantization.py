"""An exported model is quantized where that keeps its vectors, and left as it is where it does not."""

import numpy as np
import openvino
import pytest
from openvino import opset13
from tokenizers import Tokenizer, models, pre_tokenizers

from kb.encoder import quantization
from kb.encoder.quantization import quantize

WORDS, WIDTH, INNER = 60, 32, 64


@pytest.fixture
def exported(tmp_path):
    """A model of one layer over a table of words, and its tokenizer, as an export leaves them."""
    chance = np.random.default_rng(5)

    def weights(*shape):
        return opset13.constant(chance.normal(size=shape).astype(np.float32))

    ids, mask = (opset13.parameter([-1, -1], np.int64) for _ in range(2))
    for port, name in ((ids, "input_ids"), (mask, "attention_mask")):
        port.set_friendly_name(name)
        port.output(0).set_names({name})
    found = opset13.gather(weights(WORDS, WIDTH), ids, 0)
    seen = opset13.unsqueeze(opset13.convert(mask, "f32"), 2)
    wide = opset13.matmul(opset13.multiply(found, seen), weights(INNER, WIDTH), False, True, name="wide")
    narrow = opset13.matmul(opset13.gelu(wide, "erf"), weights(WIDTH, INNER), False, True, name="narrow")
    folder = tmp_path / "openvino"
    folder.mkdir()
    openvino.save_model(openvino.Model([opset13.add(narrow, found)], [ids, mask], "toy"), folder / "openvino_model.xml")
    tokenizer = Tokenizer(models.WordLevel({"?": 0, **{chr(96 + at): at for at in range(1, WORDS)}}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return folder / "openvino_model.xml"


def test_layers_are_in_8_bits_but_for_those_that_narrow_and_hold_no_table_of_words(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(quantization, "_NEAR", 0)  # weights by chance
    quantize(exported, tmp_path / "quantized.xml")
    model = openvino.Core().read_model(tmp_path / "quantized.xml")
    assert {port.any_name for port in model.inputs} == {"embedded", "input_ids", "attention_mask"}
    assert not any(node.get_type_name() == "Gather" for node in model.get_ops())
    layers = {node.get_friendly_name(): node for node in model.get_ops() if node.get_type_name() == "MatMul"}
    before = {name: layers[name].input_value(0).get_node().get_type_name() for name in ("wide", "narrow")}
    assert (before["wide"], before["narrow"]) == ("FakeQuantize", "Gelu")


def test_what_would_move_vectors_is_not_written(exported, tmp_path, monkeypatch):
    monkeypatch.setattr(quantization, "_cosine", lambda before, after: 0.989)
    quantize(exported, tmp_path / "quantized.xml")
    assert not (tmp_path / "quantized.xml").exists()


def test_a_model_without_a_table_of_words_stays_as_it_is(tmp_path):
    given = opset13.parameter([-1, 4], np.float32, "given")
    openvino.save_model(openvino.Model([opset13.relu(given)], [given], "toy"), tmp_path / "openvino_model.xml")
    quantize(tmp_path / "openvino_model.xml", tmp_path / "quantized.xml")
    assert not (tmp_path / "quantized.xml").exists()


def test_the_mean_cosine_is_of_rows():
    rows = np.array([[1.0, 0], [0, 2]])
    assert quantization._cosine(rows, np.array([[3.0, 0], [1, 0]])) == pytest.approx(0.5)
