"""Operations: operators, indexing and functions of ops on a model's tensors, beside Keras with the same formulas."""

import json

import keras
import numpy as np
import pytest

import dragonet
from dragonet import layers, ops
from dragonet.engines import choice

X = np.random.default_rng(0).normal(size=(5, 4, 3)).astype("float32")

FORMULAS = {
    "x + 1": lambda k, x: x + 1,
    "2 - x": lambda k, x: 2 - x,
    "3 * x": lambda k, x: 3 * x,
    "x / 2": lambda k, x: x / 2,
    "1 / (x * x + 1)": lambda k, x: 1 / (x * x + 1),
    "x // 2": lambda k, x: x // 2,
    "x % 2": lambda k, x: x % 2,
    "x ** 2": lambda k, x: x**2,
    "2 ** x": lambda k, x: 2**x,
    "-x": lambda k, x: -x,
    "abs(x)": lambda k, x: abs(x),
    "x @ x.T": lambda k, x: x @ k.ops.transpose(x, (0, 2, 1)),
    "x[:, 0]": lambda k, x: x[:, 0],
    "x[:, ::2, -1]": lambda k, x: x[:, ::2, -1],
    "x[..., None]": lambda k, x: x[..., None],
    "x - array": lambda k, x: x - np.float32([1, 2, 3]),
    "of other axes": lambda k, x: x + k.ops.mean(x, axis=(1, 2))[:, None, None],
    "where": lambda k, x: k.ops.where(x > 0, x, 0.1),
    "cast": lambda k, x: k.ops.cast(x >= 0, "float32"),
    "concatenate": lambda k, x: k.ops.concatenate([x, 2 * x], axis=-1),
    "stack": lambda k, x: k.ops.stack([x, -x], axis=1),
    "mean": lambda k, x: k.ops.mean(x, axis=1, keepdims=True),
    "max": lambda k, x: k.ops.max(x, axis=-1),
    "var": lambda k, x: k.ops.var(x, axis=1),
    "logsumexp": lambda k, x: k.ops.logsumexp(x, axis=1),
    "reshape": lambda k, x: k.ops.reshape(x, (-1, 12)),
    "expand_dims": lambda k, x: k.ops.expand_dims(x, 1),
    "squeeze": lambda k, x: k.ops.squeeze(x[:, :1], axis=1),
    "split": lambda k, x: k.ops.split(x, 2, axis=1)[1],
    "pad": lambda k, x: k.ops.pad(x, ((0, 0), (1, 1), (0, 0))),
    "pad with 2": lambda k, x: k.ops.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=2),
    "roll": lambda k, x: k.ops.roll(x, 1, axis=1),
    "tile": lambda k, x: k.ops.tile(x, (1, 2, 1)),
    "repeat": lambda k, x: k.ops.repeat(x, 2, axis=1),
    "clip": lambda k, x: k.ops.clip(x, -0.5, 0.5),
    "top_k": lambda k, x: k.ops.top_k(x, 2)[0],
    "take": lambda k, x: k.ops.take(x, np.array([2, 0]), axis=1),
    "softmax": lambda k, x: k.ops.softmax(x, axis=1),
    "gelu": lambda k, x: k.ops.gelu(x),
    "leaky_relu": lambda k, x: k.ops.leaky_relu(x),
    "moments": lambda k, x: k.ops.moments(x, axes=[1])[1],
    "attention": lambda k, x: k.ops.softmax(k.ops.matmul(x, k.ops.swapaxes(x, 1, 2)) / 3**0.5) @ x,
}


def model_of(k, formula):
    x = k.Input((4, 3))
    return k.Model(x, formula(k, x))


@pytest.mark.parametrize("name", FORMULAS)
def test_shapes_values_and_files_are_keras_s(name, tmp_path):
    ours, theirs = (model_of(k, FORMULAS[name]) for k in (dragonet, keras))
    want = np.asarray(theirs(X))
    assert ours.output_shape == theirs.output_shape
    np.testing.assert_allclose(ours(X), want, rtol=1e-5, atol=1e-6)
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    for path in ("ours", "theirs"):
        for load in (dragonet.models.load_model, keras.models.load_model):
            again = load(tmp_path / f"{path}.keras")(X)
            np.testing.assert_allclose(again, want, rtol=1e-5, atol=1e-6)


def test_a_file_holds_keras_s_words():
    entries = []
    for k in (dragonet, keras):
        k.utils.clear_session()
        x = k.Input((4, 3), name="x")
        model = k.Model(x, k.ops.mean(x[:, ::2], axis=1))
        entries.append(json.loads(model.to_json())["config"]["layers"][1:])
    assert entries[0] == entries[1]


def test_the_norm_is_numpy_s():  # Keras's own stops in such a model: it holds the axis as a list
    model = model_of(dragonet, lambda k, x: k.ops.norm(x, axis=-1))
    np.testing.assert_allclose(model(X), np.linalg.norm(X, axis=-1), rtol=1e-6)


def test_operations_are_in_the_summary(capsys):
    model_of(dragonet, lambda k, x: x[:, 0] / 2).summary()
    assert "(GetItem)" in (text := capsys.readouterr().out) and "(TrueDivide)" in text


def test_the_engine_says_why():
    model = model_of(dragonet, lambda k, x: layers.Dense(1)(x / 2))
    assert "the native engine does not know the layer 'true_divide'" in choice.engine_for("auto", model.graph)[1]


def test_gradients_go_through():
    x = dragonet.Input((4, 3))
    h = layers.Dense(8, activation="tanh")(x)
    model = dragonet.Model(x, layers.Dense(1)(ops.mean(h / 2 + h[:, :1], axis=1)))
    model.compile("adam", "mse")
    before = model.layers[1].kernel.numpy().copy()
    losses = model.fit(X, X.mean((1, 2))[:, None], epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert (before != model.layers[1].kernel.numpy()).any()


def test_model_layers_are_layers():
    x = dragonet.Input((4, 3), name="x")
    assert [layer.name for layer in dragonet.Model(x, x[:, 0] / 2).layers] == ["x"]


def test_refusals():
    x = dragonet.Input((4, 3))
    with pytest.raises(
        ValueError, match=r"ops.reshape needs .*\(None, 4, 3\), but got newshape=\(-1, 17\). The numbers"
    ):
        ops.reshape(x, (-1, 17))
    with pytest.raises(TypeError, match=r"^ops.mean needs its arguments \(x, axis=None, keepdims=False\), but got"):
        ops.mean(x, axes=1)
    with pytest.raises(ValueError, match=r"ops.get_item needs .*, but got .*9"):
        x[:, 9]
    with pytest.raises((ValueError, MemoryError), match=r"[Mm]emory|GB|TB"):
        ops.tile(x, (1, 10**9, 10**6))
    with pytest.raises(TypeError, match=r"beside them, but got the variable"):
        x + dragonet.Variable(np.float32([1, 2, 3]))
