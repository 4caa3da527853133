"""Augmentation against the layers themselves, with the same dice; networks with it against XLA."""

import jax
import numpy as np
import pytest
from helpers.layers_common import LANES, check_network, check_test, laid_out, made, read_back, table, tensor
from helpers.native_common import run_kernel

import dragonet as dn
from dragonet.engines.native.cpu.costs import CPU
from dragonet.engines.native.cpu.kernels import augmentation, math
from dragonet.engines.native.ir.values import PTR, WIDTH
from dragonet.engines.native.lowering import lower_model
from dragonet.engines.native.lowering.calls import Unsupported
from dragonet.engines.native.lowering.layer_rules import move_of

L = dn.layers
MODES = [
    (fill, interpolation)
    for fill in ("reflect", "wrap", "constant", "nearest")
    for interpolation in ("bilinear", "nearest")
]


def layers(fill_mode, interpolation):
    """One that moves, one that turns and one that zooms, far beyond the borders."""
    how = {"fill_mode": fill_mode, "interpolation": interpolation, "fill_value": 0.7}
    return [
        L.RandomTranslation(0.9, (-0.3, 0.9), **how),
        L.RandomRotation(0.5, **how),
        L.RandomZoom((-0.5, 0.9), 0.3, **how),
    ]


# Of three kinds in eight modes, each kind in several and each mode of one kind; 'nearest' looks elsewhere where a place between two
# pixels is rounded otherwise, which these dice do not come to.
KERNELS = [layers(*mode)[i % 3] for i, mode in enumerate(MODES)] + [L.RandomZoom(0.5), L.RandomFlip("horizontal")]


@pytest.mark.parametrize("layer", KERNELS, ids=str)
def test_images_are_those_of_the_layer(layer):
    i = KERNELS.index(layer)
    shape, rows = [(9, 20, 3), (7, 16, 1), (5, 6, 20), (1, 5, 7)][i % 4], 6
    x, key = tensor(shape, "packed" if i % 3 else "filled"), dn.random.key(5)
    images = np.random.default_rng(0).normal(size=(rows, *shape)).astype("f4")
    a, b = np.asarray(jax.random.key_data(key)).view(np.int32).tolist()
    found = []
    for lanes in LANES:
        y = laid_out(np.zeros_like(images), x)
        run_kernel(
            lanes,
            lambda m: augmentation.augment(m, shape, x.pixel_stride, x.row_stride, move_of(layer)),
            x=laid_out(images, x),
            y=y,
            r0=1,
            r1=rows,
            key_a=a,
            key_b=b,
        )
        found.append(read_back(y, x, rows))
        np.testing.assert_array_equal(y, laid_out(found[-1], x))  # and nothing but zeros elsewhere
        np.testing.assert_array_equal(found[-1], found[0])
    wanted = np.array(layer.apply({}, {}, images, training=True, key=key)[0])
    wanted[0] = 0  # the row that was not asked for
    np.testing.assert_allclose(found[0], wanted, atol=2e-5)


@pytest.mark.parametrize("lanes", LANES)
def test_sin_and_cos(lanes):
    x = np.concatenate([np.linspace(-7, 7, 4000), np.linspace(-1000, 1000, 4000)]).astype("f4")

    def make(module):
        def body(k, x, sin, cos):
            with k.loop(0, 8000, WIDTH) as i:
                for value, out in zip(math.sin_cos(k, k.load(x, i)), (sin, cos), strict=True):
                    k.store(value, out, i)

        return module.function("sin_cos", {"x": PTR, "sin": PTR, "cos": PTR}, body)

    sin, cos = np.zeros((2, 8000), np.float32)
    run_kernel(lanes, make, x=x, sin=sin, cos=cos)
    np.testing.assert_allclose(sin, np.sin(x.astype("f8")), atol=2e-7, rtol=0)
    np.testing.assert_allclose(cos, np.cos(x.astype("f8")), atol=2e-7, rtol=0)


def softmax(h):
    return L.Dense(4, activation="softmax")(L.Flatten()(h))


def right_behind_the_input(x):
    h = L.RandomTranslation(0.2, 0.3, fill_mode="constant")(L.RandomFlip(seed=7)(x))
    return softmax(L.Concatenate()([L.Dense(9)(L.Flatten()(one)) for one in (L.Conv2D(5, 3, activation="tanh")(h), x)]))


def behind_other_layers(x):
    h = L.Reshape((9, 7, 3))(L.Rescaling(0.5, 0.1)(x))
    h = L.RandomZoom(0.2)(L.RandomRotation(0.1, fill_mode="nearest")(L.RandomFlip("horizontal")(h)))
    return softmax(L.Dropout(0.1)(h))


NETWORKS = {
    "right behind the input": ((9, 7, 1), right_behind_the_input),
    "behind other layers": ((9 * 7 * 3,), behind_other_layers),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_as_on_xla(name):
    found = check_network(*NETWORKS[name], rate=0.1)
    if name == "behind other layers":
        check_test(*found)


def test_what_is_not_known_is_said():
    for network, said in (
        (lambda x: softmax(L.RandomFlip()(L.Conv2D(3, 3)(x))), "behind layers that learn"),
        (lambda x: softmax(L.RandomContrast(0.1)(x)), "RandomContrast"),
        (lambda x: softmax(L.RandomFlip(data_format="channels_first")(x)), "channels_first"),
    ):
        model = made((9, 8, 3), network)
        objective = model.training_state.objective_for([table((9, 8, 3))[1]])
        with pytest.raises(Unsupported, match=said):
            lower_model.training_plan(
                objective, 16, ["float32"], ["int32"], [False], (True,) * len(model.graph.flat), CPU
            )
