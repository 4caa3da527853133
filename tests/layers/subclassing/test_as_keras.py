"""The same class run by Keras and by dragonet: weights, losses and predictions after trainings that start from equal weights."""

import pytest
from helpers import subclassed_layers as code
from helpers.compare_trainings import compare_trainings


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


@pytest.mark.parametrize("build", MODELS, ids=lambda build: build.__name__)
def test_trains_as_in_keras(build):
    compare_trainings(build)
