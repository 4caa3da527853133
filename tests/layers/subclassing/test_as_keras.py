"""The same class run by Keras and by dragonet: weights, losses and predictions after trainings that start from equal weights."""

import keras
import numpy as np
import pytest
from helpers import subclassed_layers as code

import dragonet

ROWS, BATCH = 24, 8


def with_block(k):
    x = k.Input((5,))
    return k.Model(x, code.block(k)(name="block")(x))


def in_a_sequential(k):
    return k.Sequential([k.Input((5,)), code.linear(k)(6), code.moving_norm(k)(), k.layers.Dense(2)])


def patches(k):
    patch, encoder = code.patch_encoder(k)
    x = k.Input((4, 4, 2))
    h = encoder(4, 6)(patch(2)(x))
    return k.Model(x, k.layers.Dense(2)(k.layers.Flatten()(h)))


def pooled(k):
    x = k.Input((7,))
    h = k.layers.Embedding(9, 5, mask_zero=True)(x)
    return k.Model(x, k.layers.Dense(2)(code.attention_pooling(k)()(h)))


def gated(k):
    x, network = k.Input((5,)), code.gated_residual(k)
    return k.Model(x, k.layers.Dense(2)(network(8, 0.0)(network(6, 0.0)(x))))


def siamese(k):
    a, b = k.Input((5,)), k.Input((5,))
    tower = code.linear(k)(3)  # one layer in two places
    return k.Model([a, b], code.distance(k)()(tower(a), tower(b), scale=0.5))


def wrapped(k):
    x = k.Input((5,))
    return k.Model(x, code.spectral_wrapper(k)(k.layers.Dense(2))(x))


MODELS = [with_block, in_a_sequential, patches, pooled, gated, siamese, wrapped]


def data_for(model):
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=(ROWS, *tensor.shape[1:])).astype("float32") for tensor in model.inputs]
    if model.inputs[0].shape[1:] == (7,):
        xs = [rng.integers(0, 9, (ROWS, 7))]
    return xs if len(xs) > 1 else xs[0], rng.normal(size=(ROWS, model.output_shape[-1])).astype("float32")


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_trains_as_in_keras(build):
    results = []
    for k in (keras, dragonet):
        model = build(k)
        rng = np.random.default_rng(1)
        model.set_weights([(0.3 * rng.normal(size=w.shape) ** 2).astype(w.dtype) for w in model.weights])
        x, y = data_for(model)
        losses = []
        # Adam with a larger epsilon than by default, which would make a whole step of the rounding error of a small gradient.
        for optimizer in (k.optimizers.SGD(0.01), k.optimizers.Adam(0.01, epsilon=0.01)):
            model.compile(optimizer, "mse")
            for _ in range(3):
                losses += model.fit(x, y, batch_size=BATCH, epochs=1, shuffle=False, verbose=0).history["loss"]
        losses.append(model.evaluate(x, y, verbose=0))
        names = [tuple(w.shape) for w in model.weights]
        results.append((names, losses, model.get_weights(), model.predict(x, verbose=0)))
    assert results[0][0] == results[1][0]
    for theirs, ours in zip(results[0][1:], results[1][1:], strict=True):
        for a, b in zip(theirs, ours, strict=True):
            np.testing.assert_allclose(b, a, rtol=2e-4, atol=1e-5)
