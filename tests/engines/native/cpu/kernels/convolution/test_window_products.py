"""The kernels of convolutions against NumPy at each width, and networks of them against XLA."""

import numpy as np
import pytest
from helpers.convolution_networks import conv2d, images, learns_as_on_xla, network
from helpers.native_common import close, run_kernel, steps
from hypothesis import given, settings
from hypothesis import strategies as st

import dragonet as dn
from dragonet.engines.base import zero_sums
from dragonet.engines.native.cpu.kernels import functions
from dragonet.engines.native.cpu.kernels.convolution import sparse_gradients, weight_gradients, window_products
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.update import Keep
from dragonet.engines.native.ops.convolution import Window
from dragonet.engines.native.runtime.engine import Native
from dragonet.engines.xla.engine import XLA

LANES = (16, 8, 4)
L = dn.layers


@st.composite
def windows(draw, channels=(1, 3, 16, 32), pool=(1, 1), strides=(1, 2)):
    """A Window, and how many lines its image has."""
    kernel, stride, dilation = (
        tuple(draw(st.sampled_from(s)) for _ in range(2)) for s in ((1, 2, 3, 5), strides, (1, 2))
    )
    out = tuple(draw(st.sampled_from([1, 3, 5, 7])) * p for p in pool)
    height, width = (
        (n - 1) * s + (k - 1) * d + 1 + draw(st.integers(0, 2))
        for n, s, k, d in zip(out, stride, kernel, dilation, strict=True)
    )
    return Window(width, draw(st.sampled_from(channels)), kernel, stride, dilation, out), height


def random(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype("f4") for shape in shapes]


def seen(window, x):
    """What each window sees of the image x (height, width, step): (out, out, positions, step)."""
    (sy, sx), (dy, dx), (oh, ow) = window.strides, window.dilation, window.out
    views = [
        x[ky * dy : ky * dy + (oh - 1) * sy + 1 : sy, kx * dx : kx * dx + (ow - 1) * sx + 1 : sx]
        for ky in range(window.kernel[0])
        for kx in range(window.kernel[1])
    ]
    return np.stack(views, 2).astype("f8")


def panels(W):
    """W (positions, step, N) as the kernels hold it."""
    T, S, N = W.shape
    filled = np.zeros((round_up(T * S), round_up(N)), np.float32)
    filled[: T * S, :N] = W.reshape(T * S, N)
    return np.ascontiguousarray(filled.reshape(round_up(T * S), -1, 16).transpose(1, 0, 2))


def unpanelled(held, shape):
    """The way back."""
    T, S, N = shape
    return (
        held.reshape(round_up(N) // 16, round_up(T * S), 16)
        .transpose(1, 0, 2)
        .reshape(round_up(T * S), round_up(N))[: T * S, :N]
        .reshape(shape)
    )


def filled(a):
    """a with its last axis filled up with zeros to a multiple of 16."""
    return np.pad(a, [(0, 0)] * (a.ndim - 1) + [(0, round_up(a.shape[-1]) - a.shape[-1])])


def blocks(z, pool):
    """The outputs (height, width, N) in blocks: (height, width, N, cells)."""
    h, w, n = z.shape
    z = z.reshape(h // pool[0], pool[0], w // pool[1], pool[1], n).transpose(0, 2, 4, 1, 3)
    return z.reshape(h // pool[0], w // pool[1], n, -1)


def behind_pooling(window, pool, g, codes):
    """The gradients of all outputs, from those of the pooled ones."""
    spread = (codes[..., None] == np.arange(pool[0] * pool[1])) * g[..., None]
    h, w, n, _ = spread.shape
    return spread.reshape(h, w, n, *pool).transpose(0, 3, 1, 4, 2).reshape(*window.out, n)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("pool", [(1, 1), (2, 2), (1, 3)])
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data(), N=st.sampled_from([5, 16, 33, 48]), seed=st.integers(0, 9))
def test_forward(lanes, pool, data, N, seed):
    window, height = data.draw(windows(pool=pool))
    x, W, b = random(seed, (height, window.width, window.step), (window.positions, window.step, N), (N,))
    z = blocks(np.einsum("yxts,tsn->yxn", seen(window, x), W.astype("f8")) + b, pool)
    shape = z.shape[:2]
    h, codes = np.full((3, *shape, round_up(N)), 7, np.float32), np.zeros((*shape, round_up(N)), np.int8)
    epilogue = Epilogue(functions.RELU, 0.0, N, shape[0] * shape[1] * N, round_up(N))
    run_kernel(
        lanes,
        lambda m: window_products.forward(m, window, N, h[0].size, epilogue, pool),
        x=x,
        w=panels(W),
        bias=filled(b),
        row=1,
        codes=codes,
        h=h,
        pre_activation=h,
        key_a=0,
        key_b=0,
    )
    np.testing.assert_allclose(h[1][..., :N], np.maximum(z.max(-1), 0), atol=1e-4)
    assert not h[1][..., N:].any()
    assert (h[::2] == 7).all()
    if pool != (1, 1):
        chosen = np.take_along_axis(z, codes[..., :N, None].astype(int), -1)[..., 0]
        np.testing.assert_allclose(chosen, z.max(-1), atol=1e-5)


def test_the_first_of_equal_outputs_is_chosen():
    window = Window(4, 1, (1, 1), (1, 1), (1, 1), (2, 4))
    x = np.array([[1, 1, 0, 2], [1, 1, 2, 2]], np.float32)
    h, codes = np.zeros((2, 16), np.float32), np.zeros((2, 16), np.int8)
    run_kernel(
        16,
        lambda m: window_products.forward(m, window, 1, 32, Epilogue(width=1, counted=2, step=16), (2, 2)),
        x=x,
        w=panels(np.ones((1, 1, 1), np.float32)),
        bias=np.zeros(16, np.float32),
        row=0,
        codes=codes,
        h=h,
        pre_activation=h,
        key_a=0,
        key_b=0,
    )
    assert codes[:, 0].tolist() == [0, 1]


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("add", [False, True])
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data(), C=st.sampled_from([5, 16, 48]), seed=st.integers(0, 9))
def test_input_gradient(lanes, add, data, C, seed):
    window, height = data.draw(windows(channels=(16, 32), strides=(1,)))
    N, last = window.step, window.positions - 1
    W, g, h, dx = random(
        seed,
        (window.positions, round_up(C), N),
        (height, window.width, N),
        (*window.out, round_up(C)),
        (*window.out, round_up(C)),
    )
    W[:, C:], before = 0, dx.copy()
    held, transposed = panels(W), np.zeros((round_up(C) // 16, window.positions * N, 16), np.float32)
    run_kernel(
        lanes,
        lambda m: window_products.turn(m, window.positions, round_up(C), N),
        w=held,
        out=transposed,
        first=0,
        last=held.size // 256,
    )
    np.testing.assert_array_equal(
        unpanelled(transposed, (window.positions, N, round_up(C))), W[::-1].transpose(0, 2, 1)
    )
    epilogue = Epilogue(functions.RELU, 0.0, C, h[..., :C].size, round_up(C))
    run_kernel(
        lanes,
        lambda m: window_products.input_gradient(m, window, C, h.size, epilogue, add),
        g=g,
        w=transposed,
        dx=dx,
        row=0,
        h=h,
        pre_activation=h,
        key_a=0,
        key_b=0,
    )
    wanted = np.einsum("yxtn,tcn->yxc", seen(window, g)[:, :, [last - t for t in range(last + 1)]], W.astype("f8"))
    np.testing.assert_allclose(dx, (wanted + add * before) * (h > 0), atol=2e-4)


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data(), N=st.sampled_from([5, 16, 33, 64]), seed=st.integers(0, 9))
def test_kernel_and_bias_gradients(lanes, data, N, seed):
    window, height = data.draw(windows(channels=(1, 3, 16, 48)))
    x, g = random(seed, (height, window.width, window.step), (*window.out, N))
    sums, bias = panels(np.ones((window.positions, window.step, N), np.float32)), np.ones(round_up(N), np.float32)
    run_kernel(lanes, lambda m: weight_gradients.weight_gradient(m, window, N), x=x, g=filled(g), sums=sums)
    run_kernel(
        lanes, lambda m: weight_gradients.bias_gradient(m, window.out[0] * window.out[1], N), g=filled(g), sums=bias
    )
    wanted = np.einsum("yxts,yxn->tsn", seen(window, x), g.astype("f8"))
    np.testing.assert_allclose(unpanelled(sums, wanted.shape) - 1, wanted, atol=2e-4)
    np.testing.assert_allclose(bias[:N] - 1, g.astype("f8").sum((0, 1)), atol=1e-4)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("pool", [(2, 2), (3, 1)])
@settings(max_examples=2, deadline=None, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 9))
def test_gradients_from_lists(lanes, pool, data, seed):
    window, height = data.draw(windows(channels=(16, 48), pool=pool))
    N, rng = 16, np.random.default_rng(seed)
    shape = tuple(n // p for n, p in zip(window.out, pool, strict=True))
    x, g, W = random(seed, (height, window.width, window.step), (*shape, N), (window.positions, window.step, N))
    g *= rng.random(g.shape) < 0.6
    codes = rng.integers(0, pool[0] * pool[1], g.shape).astype("i1")
    rows = sparse_gradients.strip(window, pool)
    room = 16 * rows * shape[1]
    lists = {
        "offsets": np.zeros(room, np.int32),
        "values": np.zeros(room, np.float32),
        "counts": np.zeros(16, np.int32),
    }
    sums, dx = np.zeros((window.positions * window.step, 16), np.float32), np.zeros_like(x)
    transposed = panels(np.ascontiguousarray(W[::-1].transpose(0, 2, 1)))
    for y0 in range(0, shape[0], rows):
        y1 = min(y0 + rows, shape[0])
        run_kernel(
            lanes,
            lambda m: sparse_gradients.lists(m, window, pool, N),
            g=g,
            codes=codes,
            y0=y0,
            y1=y1,
            places=np.zeros(room, np.int32),
            **lists,
        )
        assert lists["counts"].tolist() == (g[y0:y1] != 0).sum((0, 1)).tolist()
        run_kernel(lanes, lambda m: sparse_gradients.weight_gradient(m, window, pool), x=x, sums=sums, **lists)
        run_kernel(
            lanes, lambda m: sparse_gradients.input_gradient(m, window, pool, N), dx=dx, w=transposed, panel=0, **lists
        )
    all_of_g, kernel = behind_pooling(window, pool, g, codes).astype("f8"), np.zeros_like(sums)
    run_kernel(
        lanes,
        lambda m: sparse_gradients.apply(m, sums.size, 1, Keep()),
        partials=sums,
        first=0,
        last=sums.size // 256,
        w=kernel,
    )
    wanted = np.einsum("yxts,yxn->tsn", seen(window, x), all_of_g)
    np.testing.assert_allclose(unpanelled(kernel, wanted.shape), wanted, atol=2e-4)
    image = np.zeros(x.shape)
    flat = image.reshape(-1)
    for oy, ox in np.ndindex(window.out):
        for t in range(window.positions):
            first = window.place(oy, ox) + window.tap(t)
            flat[first : first + window.step] += W[t].astype("f8") @ all_of_g[oy, ox]
    np.testing.assert_allclose(dx, image, atol=2e-4)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("pool", [(2, 2), (1, 3)])
@settings(max_examples=3, deadline=None, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 9))
def test_kernel_gradient_of_few_channels(lanes, pool, data, seed):
    window, height = data.draw(windows(channels=(1, 3, 5), pool=pool))
    N, rng = 16, np.random.default_rng(seed)
    shape = tuple(n // p for n, p in zip(window.out, pool, strict=True))
    x, g = random(seed, (height, window.width, window.step), (*shape, N))
    g *= rng.random(g.shape) < 0.3
    codes = rng.integers(0, pool[0] * pool[1], g.shape).astype("i1")
    sums = panels(np.zeros((window.positions, window.step, N), np.float32))
    run_kernel(lanes, lambda m: sparse_gradients.few_channels(m, window, pool, N), x=x, g=g, codes=codes, sums=sums)
    wanted = np.einsum("yxts,yxn->tsn", seen(window, x), behind_pooling(window, pool, g, codes).astype("f8"))
    np.testing.assert_allclose(unpanelled(sums, wanted.shape), wanted, atol=2e-4)


@pytest.mark.parametrize(
    ("shape", "down", "right"), [((3, 40, 1), 50, 1), ((3, 5, 3), 21, 3), ((4, 3, 20), 128, 32), ((2, 3, 16), 200, 32)]
)
def test_place(shape, down, right):
    x, out = np.random.default_rng(0).normal(size=shape).astype("f4"), np.zeros((shape[0], down), np.float32)
    run_kernel(16, lambda m: window_products.place(m, shape, down, right), a=x, out=out)
    wanted = np.zeros_like(out)
    for y, i in np.ndindex(shape[:2]):
        wanted[y, i * right : i * right + shape[2]] = x[y, i]
    np.testing.assert_array_equal(out, wanted)


NETWORKS = {
    "tutorial": lambda: (
        (12, 12, 1),
        conv2d(16, 5),
        L.MaxPooling2D(2, padding="same"),
        L.Dropout(0.1),
        conv2d(16, 5),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dropout(0.2),
    ),
    "strides": lambda: (
        (9, 8, 3),
        conv2d(20, 3, activation="tanh", padding="valid"),
        conv2d(33, (3, 4), strides=2, use_bias=False),
        L.Conv2D(5, 3, strides=(1, 2)),
    ),
    "dilation": lambda: (
        (13, 11, 5),
        conv2d(20, 3, dilation_rate=2),
        conv2d(16, (3, 2), dilation_rate=(1, 3), activation=None),
        L.ReLU(),
        L.MaxPooling2D(2),
        conv2d(16, 3),
    ),
    "pooled with strides": lambda: (
        (17, 17, 16),
        conv2d(32, 3, strides=2),
        L.MaxPooling2D((1, 3)),
        conv2d(48, 3, strides=(2, 1), activation="gelu"),
        L.MaxPooling2D((2, 1)),
        conv2d(16, 2, activation="silu"),
        L.Dropout(0.2),
    ),
    "dropout between padding": lambda: (
        (8, 8, 20),
        conv2d(32, 1, activation="leaky_relu"),
        conv2d(20, 3, activation="sigmoid"),
        L.Dropout(0.1),
        L.Conv2D(5, 3, activation="softplus"),
        L.MaxPooling2D(2),
        L.Dropout(0.2),
    ),
    "steps": lambda: (
        (23, 12),
        L.Conv1D(20, 3, padding="causal", dilation_rate=2, activation="relu"),
        L.MaxPooling1D(3),
        L.Conv1D(16, 4, strides=2, padding="same", activation="elu"),
        L.MaxPooling1D(2),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_as_on_xla(name):
    learns_as_on_xla(*NETWORKS[name]())


def test_gradients_of_several_readers_add_up():
    shape = (8, 8, 3)
    dn.utils.set_random_seed(3)
    x = L.Input(shape)
    a = L.Dropout(0.2)(conv2d(20, 3, activation="sigmoid")(x))
    b = L.Add()([a, conv2d(20, 3, activation="tanh")(a)])
    out = L.Dense(4, activation="softmax")(L.Flatten()(L.Add()([L.MaxPooling2D(2)(b), L.AveragePooling2D(2)(b)])))
    model = dn.Model(x, out)
    model.compile(dn.optimizers.SGD(0.3), "sparse_categorical_crossentropy")
    close(*(steps(model, *images(shape), engine=engine, count=3, batch=19)[0] for engine in ("native", "xla")))


def test_frozen_convolutions_stay():
    frozen = [conv2d(16, 3), conv2d(16, 3)]
    model = network(
        (12, 12, 3), frozen[0], L.MaxPooling2D(2), conv2d(20, 3), frozen[1], L.MaxPooling2D(2), conv2d(16, 3)
    )
    for layer in frozen:
        layer.trainable = False
    model.compile(dn.optimizers.SGD(0.3), "sparse_categorical_crossentropy")
    close(*(steps(model, *images((12, 12, 3)), engine=engine, count=3, batch=16)[0] for engine in ("native", "xla")))


def test_a_test_counts_as_on_xla():
    shape, *layers = NETWORKS["tutorial"]()
    model = network(shape, *layers)
    x, y = images(shape, 70)
    objective, found = model.training_state.objective_for([y]), []
    for engine in (Native(), XLA()):
        data = engine.put({"x": [x], "y": [y], "w": [None]})
        state, sums = engine.testing(objective, 35)(
            model.training_state.start(objective, None, 1), zero_sums(objective), data, 0, 2
        )
        found.append((float(sums["loss"]), float(state["totals"][0]["accuracy"]["total"])))
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_same_bits_with_any_number_of_threads():
    x, y = images((12, 12, 3), 96)
    pools = L.MaxPooling2D(2), L.MaxPooling2D(2)
    model = network(
        (12, 12, 3), conv2d(16, 3), pools[0], L.Dropout(0.1), conv2d(20, 3), conv2d(16, 3), pools[1], optimizer="adam"
    )
    alone, *others = (steps(model, x, y, engine="native", count=5, batch=19, threads=n)[0] for n in (1, 2, 3, 8))
    for other in others:
        for a, b in zip(alone, other, strict=True):
            np.testing.assert_array_equal(a, b)
