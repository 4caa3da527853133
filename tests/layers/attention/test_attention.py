"""Attention and AdditiveAttention against Keras with the same weights, and by hand."""

import jax
import keras
import numpy as np
import pytest

from dragonet import layers

RNG = np.random.default_rng(0)
Q, V, K = (RNG.normal(size=(2, n, 6)).astype("float32") for n in (5, 4, 4))
MASKS = [np.array([[1, 1, 1, 0, 0]] * 2, bool), np.array([[1, 0, 1, 1]] * 2, bool)]

CASES = {
    "dot": (lambda room: room.Attention(), [Q, V], {}),
    "concat": (lambda room: room.Attention(use_scale=True, score_mode="concat"), [Q, V, K], {}),
    "causal": (lambda room: room.Attention(use_scale=True), [Q, Q], {"use_causal_mask": True}),
    "masks": (lambda room: room.Attention(), [Q, V], {"mask": MASKS}),
    "additive": (lambda room: room.AdditiveAttention(), [Q, V, K], {"mask": MASKS, "use_causal_mask": True}),
    "additive, no scale": (lambda room: room.AdditiveAttention(use_scale=False), [Q, V], {}),
}


@pytest.mark.parametrize(("make", "inputs", "how"), CASES.values(), ids=CASES)
def test_it_is_keras_s(make, inputs, how):
    ours, theirs = make(layers), make(keras.layers)
    ours(inputs), theirs(inputs)
    weights = [RNG.normal(size=weight.shape).astype("float32") for weight in theirs.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    a, b = (jax.tree.leaves(layer(inputs, return_attention_scores=True, **how)) for layer in (ours, theirs))
    for mine, keras_s in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, keras_s, rtol=1e-5, atol=1e-5)
    assert set(ours.get_config()) == set(theirs.get_config())


def test_by_hand():
    y, weights = layers.Attention()(
        [np.array([[[1.0]]]), np.array([[[0.0], [np.log(3.0)]]])], return_attention_scores=True
    )
    np.testing.assert_allclose(weights, [[[0.25, 0.75]]], rtol=1e-6)
    np.testing.assert_allclose(y, [[[0.75 * np.log(3)]]], rtol=1e-6)


def test_mistakes():
    with pytest.raises(
        ValueError, match=r"Attention\(\) needs a list \[query, value\].*, but got one input\. For .*layer\(\[x, x\]\)"
    ):
        layers.Attention()(Q)
    with pytest.raises(ValueError, match=r"score_mode to be one of 'dot', 'concat', but got 'sum'"):
        layers.Attention(score_mode="sum")
