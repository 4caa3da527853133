"""Batch and layer normalisation: the kernels against NumPy, networks against XLA."""

import jax
import numpy as np
import pytest
from helpers.layers_common import LANES, check_network, check_test, laid_out, made, read_back, table, tensor
from helpers.native_common import close, run_kernel, steps
from hypothesis import given, settings
from hypothesis import strategies as st

import dragonet as dn
from dragonet.engines.native.cpu.kernels import normalization
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.normalization import BATCH_STATISTICS
from dragonet.engines.native.cpu.ops.arguments import walk

L = dn.layers
layouts = st.sampled_from(["packed", "filled"])
shapes = st.sampled_from([(1, 1, 5), (1, 1, 37), (2, 3, 3), (3, 2, 16), (2, 2, 21)])


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(shapes, layouts, st.sampled_from([1, 8]), st.integers(1, 16), st.integers(0, 9))
def test_statistics_of_a_batch(lanes, shape, layout, parts, count, seed):
    rng, rows, C = np.random.default_rng(seed), 16, round_up(shape[2])
    x, y = tensor(shape, layout), tensor(shape, "filled")
    a, d = (rng.normal(3, 2, size=(rows, *shape)).astype("f4") for _ in range(2))
    through, data, slopes = walk([x, y], by_pixel=True), laid_out(a, x), laid_out(d, y)
    sums, statistics, gamma = (
        np.full((parts, 2, C), 7, np.float32),
        np.full((len(BATCH_STATISTICS), C), 7, np.float32),
        np.zeros(C, np.float32),
    )
    gamma[: shape[2]] = rng.normal(size=shape[2])
    bounds = [min(rows * part // parts, count) for part in range(parts + 1)]
    columns = {"p0": 0, "p1": C // 16}
    for part in range(parts):
        run_kernel(
            lanes,
            lambda m: normalization.moments(m, through),
            x=data,
            out=sums[part],
            r0=bounds[part],
            r1=bounds[part + 1],
            **columns,
        )
    pixels = shape[0] * shape[1]
    run_kernel(
        lanes,
        lambda m: normalization.settle(m, shape[2], rows, pixels, parts, 1e-3, True),
        partials=sums,
        gamma=gamma,
        statistics=statistics,
        count=count,
        **columns,
    )
    by_name = dict(zip(BATCH_STATISTICS, statistics[:, : shape[2]], strict=True))
    flat, g = (one[:count].astype("f8").reshape(-1, shape[2]) for one in (a, d))
    inverse = 1 / np.sqrt(flat.var(0) + 1e-3)
    scale = gamma[: shape[2]] * inverse
    for name, wanted in {"mean": flat.mean(0), "variance": flat.var(0), "inverse": inverse, "scale": scale}.items():
        np.testing.assert_allclose(by_name[name], wanted, rtol=1e-5, atol=1e-6)
    assert not statistics[:4, shape[2] :].any()
    for part in range(parts):
        run_kernel(
            lanes,
            lambda m: normalization.slopes(m, through, False),
            d=slopes,
            x=data,
            mean=statistics[0],
            out=sums[part],
            r0=bounds[part],
            r1=bounds[part + 1],
            **columns,
        )
    run_kernel(
        lanes,
        lambda m: normalization.settle_slopes(m, shape[2], pixels, parts),
        partials=sums,
        statistics=statistics,
        count=count,
        **columns,
    )
    centred = (flat - flat.mean(0)) * inverse
    np.testing.assert_allclose(by_name["d_gamma"], (g * centred).sum(0), rtol=2e-5, atol=2e-4)
    np.testing.assert_allclose(by_name["d_beta"], g.sum(0), rtol=2e-5, atol=2e-4)
    wanted = scale * (g - g.mean(0) - centred * (g * centred).mean(0))
    ours = g * by_name["scale"] + (flat - by_name["mean"]) * by_name["slope"] + by_name["shift"]
    np.testing.assert_allclose(ours, wanted, rtol=2e-4, atol=2e-4 * np.abs(scale).max())


@pytest.mark.parametrize("lanes", LANES)
def test_moving_statistics(lanes):
    rng = np.random.default_rng(0)
    statistics, (mean, variance) = (
        rng.random((len(BATCH_STATISTICS), 32)).astype("f4"),
        rng.random((2, 32)).astype("f4"),
    )
    before, gamma = (mean.copy(), variance.copy()), np.ones(32, np.float32)
    run_kernel(
        lanes, lambda m: normalization.move(m, 20, 0.9), mean=mean, variance=variance, statistics=statistics, p0=0, p1=2
    )
    for now, old, batch in zip((mean, variance), before, statistics[:2], strict=True):
        np.testing.assert_allclose(now, old * 0.9 + batch * 0.1, rtol=1e-6)
    run_kernel(
        lanes,
        lambda m: normalization.recall(m, 20, 1e-3, False),
        mean=mean,
        variance=variance,
        gamma=gamma,
        statistics=statistics,
        p0=0,
        p1=2,
    )
    np.testing.assert_allclose(statistics[3, :20], 1 / np.sqrt(variance[:20] + 1e-3), rtol=1e-6)
    assert not statistics[2:4, 20:].any()


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(shapes, layouts, st.booleans(), st.booleans(), st.integers(0, 9))
def test_normalised_rows(lanes, shape, layout, scaled, add, seed):
    rng, rows, count, C = np.random.default_rng(seed), 4, 3, round_up(shape[2])
    c = shape[2]
    x, y = tensor(shape, layout), tensor(shape, "filled")
    a, d = rng.normal(3, 2, size=(rows, *shape)).astype("f4"), rng.normal(size=(rows, *shape)).astype("f4")
    gamma, beta = np.zeros((2, C), np.float32)
    gamma[:c], beta[:c] = rng.normal(size=(2, c))
    statistics, out = (
        np.zeros(rows * shape[0] * shape[1] * 2, np.float32),
        np.zeros(rows * y.row_stride + 16, np.float32),
    )
    run_kernel(
        lanes,
        lambda m: normalization.layer_forward(m, walk([x, y], by_pixel=True), 1e-3, scaled, True, Epilogue()),
        x=laid_out(a, x),
        gamma=gamma,
        beta=beta,
        statistics=statistics,
        r0=0,
        r1=rows,
        h=out,
        pre_activation=out,
        key_a=0,
        key_b=0,
    )
    wide = a.astype("f8")
    inverse = 1 / np.sqrt(wide.var(-1, keepdims=True) + 1e-3)
    centred, by = (wide - wide.mean(-1, keepdims=True)) * inverse, gamma[:c] if scaled else 1.0
    np.testing.assert_allclose(read_back(out, y, rows), centred * by + beta[:c], atol=3e-5)
    np.testing.assert_array_equal(out, laid_out(read_back(out, y, rows), y))
    x = tensor(shape, "filled")
    through, data = walk([x, y], by_pixel=True), laid_out(a, x)
    before = np.ones_like(a)
    before[count:] = 0
    dx = laid_out(before, x)
    run_kernel(
        lanes,
        lambda m: normalization.layer_backward(m, through, scaled, Epilogue(), add),
        d=laid_out(d, y),
        x=data,
        gamma=gamma,
        statistics=statistics,
        dx=dx,
        count=count,
        r0=0,
        r1=rows,
        h=data,
        pre_activation=data,
        key_a=0,
        key_b=0,
    )
    g = d * by
    wanted = inverse * (g - g.mean(-1, keepdims=True) - centred * (g * centred).mean(-1, keepdims=True)) + add
    wanted[count:] = 0
    np.testing.assert_allclose(read_back(dx, x, rows), wanted, atol=3e-5 * float(inverse.max()))
    np.testing.assert_array_equal(dx, laid_out(read_back(dx, x, rows), x))
    sums = np.full((2, C), 7, np.float32)
    run_kernel(
        lanes,
        lambda m: normalization.slopes(m, through, True),
        d=laid_out(d, y),
        x=data,
        mean=statistics,
        out=sums,
        r0=0,
        r1=count,
        p0=0,
        p1=C // 16,
    )
    np.testing.assert_allclose(sums[0, :c], (d * centred)[:count].sum((0, 1, 2)), atol=2e-4)
    np.testing.assert_allclose(sums[1, :c], d[:count].sum((0, 1, 2)), atol=2e-4)


def softmax(h):
    return L.Dense(4, activation="softmax")(h)


def batch(x):
    h = L.BatchNormalization()(
        L.Dense(100, activation="relu")(L.BatchNormalization(center=False, scale=False, momentum=0.5)(x))
    )
    h = L.BatchNormalization(scale=False, epsilon=0.1)(L.Dense(7, activation="tanh")(L.Dropout(0.2)(L.ReLU()(h))))
    h = L.BatchNormalization(center=False, momentum=0.9)(L.Dense(33)(h))
    return L.Activation("softmax")(L.BatchNormalization()(L.Dense(4)(h)))


def layer(x):
    h = L.ELU()(L.LayerNormalization()(L.Dense(100, activation="sigmoid")(L.LayerNormalization()(x))))
    h = L.LayerNormalization(center=False)(L.Dense(7, activation="tanh")(L.Dropout(0.2)(h)))
    return softmax(L.LayerNormalization(center=False, scale=False)(L.Dense(70)(h)))


def images(x):
    h = L.Conv2D(20, 3, padding="same", activation="relu")(L.BatchNormalization()(x))
    h = L.ReLU()(L.Add()([h, L.BatchNormalization(momentum=0.5)(L.Conv2D(20, 3, padding="same")(h))]))
    h = L.Add()([h, L.LayerNormalization()(L.Conv2D(20, 1, activation="relu")(h))])
    return softmax(L.GlobalAveragePooling2D()(L.BatchNormalization()(h)))


def frozen(x):
    h = L.Dense(60, activation="relu")(x)
    still = L.BatchNormalization(moving_mean_initializer=dn.initializers.RandomNormal(0.3))
    still.trainable = False
    return softmax(L.Add()([h, L.ReLU()(still(h))]))


NETWORKS = {
    "batch": ((70,), batch),
    "layer": ((70,), layer),
    "images": ((6, 5, 3), images),
    "frozen": ((70,), frozen),
    "reshaped": ((28, 28), lambda x: softmax(L.Flatten()(L.BatchNormalization()(L.Reshape((28, 28, 1))(x))))),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_as_on_xla(name):
    found = check_network(*NETWORKS[name], rate=0.1)
    if name in ("batch", "images"):
        check_test(*found)


def test_gradients_shortened_before_they_are_used():
    optimizer = dn.optimizers.SGD(0.3, global_clipnorm=0.1)
    model = made((70,), lambda x: softmax(L.BatchNormalization()(L.Dense(100)(x))), optimizer)
    x, y = table((70,))
    close(*(steps(model, x, y, engine=engine, count=3, batch=32)[0] for engine in ("native", "xla")))


def test_frozen_statistics_stay():
    model = made(*NETWORKS["frozen"])
    x, y = table((70,))
    _, _, state = steps(model, x, y, engine="native", count=3, batch=32)
    before = model.training_state.start(model.training_state.objective_for([y]), None, 1)["state"]
    for a, b in zip(jax.tree.leaves(state["state"]), jax.tree.leaves(before), strict=True):
        np.testing.assert_array_equal(a, b)
