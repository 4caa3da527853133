"""MultiHeadAttention against Keras with the same weights, alone and in models."""

import jax
import keras
import numpy as np
import pytest

import dragonet
from dragonet import layers

RNG = np.random.default_rng(0)
Q, V, K = (RNG.normal(size=(2, n, 6)).astype("float32") for n in (5, 4, 4))
PICTURE = RNG.normal(size=(2, 3, 4, 6)).astype("float32")
SEEN = (RNG.random((2, 5, 4)) > 0.3) | np.eye(5, 4, dtype=bool)
SCORES = {"return_attention_scores": True}

CASES = {  # arguments of the layer, its inputs, and arguments of the call
    "query and value": ({}, (Q, V), {}),
    "a key": ({}, (Q, V, K), SCORES),
    "causal": ({}, (Q, Q), {"use_causal_mask": True}),
    "a mask": ({"use_bias": False}, (Q, V), {"attention_mask": SEEN}),
    "other widths": ({"value_dim": 4, "output_shape": 7}, (Q, V), SCORES),
    "output of two axes": ({"output_shape": (2, 3)}, (Q, V), {}),
    "a gate": ({"use_gate": True}, (Q, V), {}),
    "a window": ({"sliding_window": 2}, (Q, Q), {"use_causal_mask": True} | SCORES),
    "pictures": ({}, (PICTURE, PICTURE), SCORES),
    "columns of pictures": ({"attention_axes": (1,)}, (PICTURE, PICTURE), SCORES),
}


@pytest.mark.parametrize(("options", "inputs", "how"), CASES.values(), ids=CASES)
def test_it_is_keras_s(options, inputs, how):
    ours, theirs = (room.MultiHeadAttention(2, 3, **options) for room in (layers, keras.layers))
    ours(*inputs), theirs(*inputs, **SCORES)
    weights = [RNG.normal(size=weight.shape).astype("float32") for weight in theirs.get_weights()]
    assert [weight.path.split("/")[-2:] for weight in ours.weights] == [w.path.split("/")[-2:] for w in theirs.weights]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    a, b = (jax.tree.leaves(layer(*inputs, **how)) for layer in (ours, theirs))
    for mine, keras_s in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, keras_s, rtol=1e-5, atol=2e-5)


def test_masks_of_embeddings_are_those_of_keras_and_files_travel(tmp_path):
    x = RNG.integers(1, 11, (3, 7))
    x[0, 4:], x[1, 6:] = 0, 0
    models = []
    for library in (dragonet, keras):
        room, inputs = library.layers, library.Input((7,))
        e = room.Embedding(11, 8, mask_zero=True)(inputs)
        y, scores = room.MultiHeadAttention(2, 4)(e, e, return_attention_scores=True)
        y = room.LayerNormalization()(y)
        models.append(library.Model(inputs, [room.GlobalAveragePooling1D()(y), scores]))
    ours, theirs = models
    ours.set_weights(theirs.get_weights())
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    models += [keras.models.load_model(tmp_path / "ours.keras"), dragonet.models.load_model(tmp_path / "theirs.keras")]
    expected = theirs.predict(x, verbose=0)
    for model in models:
        for a, b in zip(model.predict(x, verbose=0), expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)
    assert not expected[1][0, :, :, 4:].any()  # nobody looks at what fills up the row


def test_a_transformer_learns_as_keras_s():
    x, y = RNG.normal(size=(8, 5, 6)).astype("float32"), RNG.normal(size=(8, 1)).astype("float32")
    models = []
    for library in (dragonet, keras):
        room, inputs = library.layers, library.Input((5, 6))
        h = room.LayerNormalization()(inputs + room.MultiHeadAttention(2, 3)(inputs, inputs, use_causal_mask=True))
        h = h + room.GroupQueryAttention(3, 4, 2)(h, h)
        h = h + room.Attention(use_scale=True)([h, h])
        models.append(library.Model(inputs, room.Dense(1)(room.Flatten()(h))))
    ours, theirs = models
    ours.set_weights(theirs.get_weights())
    losses = []
    for model in models:
        model.compile("adam", "mse")
        losses.append(model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0).history["loss"])
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_dropout_thins_the_weights():
    layer = layers.MultiHeadAttention(2, 3, dropout=0.5, seed=1)
    _, plain = layer(Q, V, **SCORES)
    np.testing.assert_allclose(plain.sum(-1), 1, rtol=1e-5)
    assert not np.allclose(layer(Q, V, training=True), layer(Q, V))


def test_mistakes():
    with pytest.raises(ValueError, match=r"num_heads to be a whole number of at least 1, but got 0"):
        layers.MultiHeadAttention(0, 3)
    with pytest.raises(ValueError, match=r"a key and a value of one length, but got \(2, 5, 6\) and \(2, 4, 6\)"):
        layers.MultiHeadAttention(2, 3)(Q, V, Q)
