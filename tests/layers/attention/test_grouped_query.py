"""GroupQueryAttention against Keras with the same weights."""

import jax
import keras
import numpy as np
import pytest

import dragonet
from dragonet import layers

RNG = np.random.default_rng(0)
Q, V, K = (RNG.normal(size=(2, n, 6)).astype("float32") for n in (5, 4, 4))
SEEN = (RNG.random((2, 5, 4)) > 0.3) | np.eye(5, 4, dtype=bool)

CASES = {
    "query and value": ({}, (Q, V), {}),
    "a gate, a key, a mask": ({"use_gate": True}, (Q, V, K), {"attention_mask": SEEN, "return_attention_scores": True}),
    "causal, a window": ({"sliding_window": 3, "use_bias": False}, (Q, Q), {"use_causal_mask": True}),
}


@pytest.mark.parametrize(("options", "inputs", "how"), CASES.values(), ids=CASES)
def test_it_is_keras_s(options, inputs, how):
    ours, theirs = (room.GroupQueryAttention(3, 4, 2, **options) for room in (layers, keras.layers))
    ours(*inputs), theirs(*inputs)
    weights = [RNG.normal(size=weight.shape).astype("float32") for weight in theirs.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    a, b = (jax.tree.leaves(layer(*inputs, **how)) for layer in (ours, theirs))
    for mine, keras_s in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, keras_s, rtol=1e-5, atol=2e-5)


def test_files_travel_both_ways(tmp_path):
    models = []
    for library in (dragonet, keras):
        inputs = library.Input((5, 6))
        models.append(library.Model(inputs, library.layers.GroupQueryAttention(3, 4, 2)(inputs, inputs)))
    ours, theirs = models
    ours.set_weights(theirs.get_weights())
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    for model in (
        keras.models.load_model(tmp_path / "ours.keras"),
        dragonet.models.load_model(tmp_path / "theirs.keras"),
    ):
        np.testing.assert_allclose(model.predict(Q, verbose=0), theirs.predict(Q, verbose=0), atol=1e-5)


def test_mistakes():
    with pytest.raises(ValueError, match=r"num_query_heads to be divisible by num_key_value_heads=2, but got 3"):
        layers.GroupQueryAttention(4, 3, 2)
