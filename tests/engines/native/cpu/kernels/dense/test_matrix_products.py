"""The dense kernels against NumPy at each width, and dense networks against XLA."""

import numpy as np
import pytest
from helpers.native_common import close, run_kernel, steady, steps
from hypothesis import given, settings
from hypothesis import strategies as st

import dragonet as dn
from dragonet.engines.native.cpu import target
from dragonet.engines.native.cpu.costs import CPU
from dragonet.engines.native.cpu.kernels import functions
from dragonet.engines.native.cpu.kernels.dense import matrix_products, transposed_sums
from dragonet.engines.native.cpu.kernels.dense.matrix_products import round_up
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.kernels.update import Keep
from dragonet.engines.native.cpu.ops.arguments import rule_of
from dragonet.engines.native.ir.values import PTR, WIDTH
from dragonet.engines.native.lowering import lower_model, objectives

LANES = (16, 8, 4)
sizes = st.sampled_from([1, 2, 3, 7, 13, 16, 17, 31, 48, 53])
few = st.integers(1, 12)


def panels(W):
    """W (K, N) as the kernels hold it."""
    K, N = W.shape
    filled = np.zeros((round_up(K), round_up(N)), np.float32)
    filled[:K, :N] = W
    return np.ascontiguousarray(filled.reshape(round_up(K), -1, 16).transpose(1, 0, 2))


def blocks(a):
    """a (rows, n) as [rows/16][n][16], the rows in the lanes."""
    return np.ascontiguousarray(a.reshape(len(a) // 16, 16, -1).transpose(0, 2, 1))


def filled(a, rows=None):
    """a with zeros up to multiples of 16."""
    out = np.zeros((round_up(a.shape[0]) if rows is None else rows, round_up(a.shape[1])), np.float32)
    out[: a.shape[0], : a.shape[1]] = a
    return out


def scattered(rows, rng):
    """The same rows in another order, and their addresses: 64-bit numbers, in the rows' order."""
    order = rng.permutation(len(rows))
    held = rows[order]
    return held, held.ctypes.data + np.argsort(order) * held.strides[0]


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(rows=sizes, K=sizes, N=sizes, seed=st.integers(0, 9))
def test_forward_is_x_times_w(lanes, rows, K, N, seed):
    rng = np.random.default_rng(seed)
    x, W, b = (rng.normal(size=s).astype("f4") for s in ((rows, K), (K, N), (N,)))
    y = np.full((round_up(rows), round_up(N)), 7, np.float32)
    epilogue = Epilogue(functions.RELU, 0.0, N, N)
    run_kernel(
        lanes,
        lambda m: matrix_products.forward(m, K, round_up(K), round_up(N), epilogue),
        x=filled(x),
        w=panels(W),
        bias=filled(b[None], 1),
        rows=rows,
        p0=0,
        p1=round_up(N) // 16,
        k0=0,
        k1=round_up(K, 4),
        h=y,
        pre_activation=y,
        key_a=0,
        key_b=0,
    )
    wanted = np.maximum(x.astype("f8") @ W + b, 0)
    np.testing.assert_allclose(y[:rows, :N], wanted, atol=2e-5)
    assert not y[:rows, N:].any()


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    rows=st.sampled_from([16, 32, 48]),
    K=sizes,
    N=sizes,
    seed=st.integers(0, 9),
    transposed=st.booleans(),
    add=st.booleans(),
)
def test_input_gradient_is_d_times_w_transposed(lanes, rows, K, N, seed, transposed, add):
    rng = np.random.default_rng(seed)
    d, W, h = (rng.normal(size=s).astype("f4") for s in ((rows, N), (K, N), (rows, K)))
    dx, dxt = np.ones((rows, round_up(K)), np.float32), np.zeros((rows // 16, round_up(K), 16), np.float32)
    run_kernel(
        lanes,
        lambda m: matrix_products.input_gradient(
            m, K, N, rows, round_up(K), Epilogue(functions.RELU, 0.0, K, K), transposed, add
        ),
        dt=blocks(filled(d)),
        w=panels(W),
        dx=dx,
        dxt=dxt,
        k0=0,
        k1=round_up(K),
        h=filled(h),
        pre_activation=dx,
        key_a=0,
        key_b=0,
    )
    wanted = (d.astype("f8") @ W.T + add) * (h > 0)
    np.testing.assert_allclose(dx[:, :K], wanted, atol=2e-5)
    if transposed:
        np.testing.assert_array_equal(dxt, blocks(dx))


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(rows=st.sampled_from([16, 32, 48]), K=sizes, N=sizes, seed=st.integers(0, 9))
def test_weight_gradient_is_x_transposed_times_d(lanes, rows, K, N, seed):
    rng = np.random.default_rng(seed)
    x, d = (rng.normal(size=s).astype("f4") for s in ((rows, K), (rows, N)))
    g, gb = np.zeros((round_up(N) // 16, round_up(K), 16), np.float32), np.zeros(round_up(N), np.float32)
    run_kernel(
        lanes,
        lambda m: matrix_products.weight_gradient(m, K, rows, round_up(K), round_up(N), Keep()),
        x=filled(x),
        d=filled(d),
        p0=0,
        p1=round_up(N) // 16,
        k0=0,
        k1=round_up(K),
        w=g,
    )
    run_kernel(
        lanes,
        lambda m: matrix_products.bias_gradient(m, rows, round_up(N), Keep()),
        d=filled(d),
        p0=0,
        p1=round_up(N) // 16,
        w=gb,
    )
    np.testing.assert_allclose(
        g.transpose(1, 0, 2).reshape(round_up(K), round_up(N))[:K, :N], x.astype("f8").T @ d, atol=5e-5
    )
    np.testing.assert_allclose(gb[:N], d.astype("f8").sum(0), atol=2e-5)


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(rows=sizes, K=sizes, N=few, seed=st.integers(0, 9), in_place=st.booleans())
def test_sums_of_few_outputs_are_x_times_w(lanes, rows, K, N, seed, in_place):
    rng = np.random.default_rng(seed)
    x, W = (rng.normal(size=s).astype("f4") for s in ((rows, K), (K, N)))
    h, first = np.full((round_up(rows), 16), 7, np.float32), round_up(K) // 32
    _held, addresses = scattered(filled(x), rng)
    given, row_stride = (addresses, None) if in_place else (filled(x), round_up(K))
    run_kernel(
        lanes,
        lambda m: transposed_sums.sums(m, N, row_stride),
        x=given,
        w=panels(W.T),
        h=h,
        rows=rows,
        p0=first,
        p1=round_up(K) // 16,
    )
    np.testing.assert_allclose(h[:rows, :N], x[:, first * 16 :].astype("f8") @ W[first * 16 :], atol=2e-5)
    assert not h[:rows, N:].any()


@pytest.mark.parametrize("optimizer", [dn.optimizers.Adam(), None])
@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=8, deadline=None, derandomize=True)
@given(rows=st.sampled_from([16, 32, 48, 128]), K=sizes, N=few, seed=st.integers(0, 9), in_place=st.booleans())
def test_weight_gradient_of_few_outputs_moves_the_transpose(lanes, optimizer, rows, K, N, seed, in_place):
    rng = np.random.default_rng(seed)
    update = rule_of(objectives.update_of(optimizer, dn.layers.Dense(N), "kernel")) if optimizer else Keep()
    x, d = (rng.normal(size=s).astype("f4") for s in ((rows, K), (rows, N)))
    kept = {name: panels(rng.uniform(size=(N, K))) for name in update.arrays}
    first, g = round_up(K) // 32, (d.astype("f8").T @ x).astype("f4")
    wanted = dict(kept, w=panels(g))
    if optimizer:
        slots = {name: kept[f"slot_{name}"].copy() for name in update.slots}
        wanted["w"], slots = optimizer.rule(np, kept["w"], panels(g), slots, dict.fromkeys(update.numbers, 0.01))
        wanted |= {f"slot_{name}": slots[name] for name in update.slots}
    for name in kept:
        wanted[name][:first] = kept[name][:first]
    upcoming = {
        "data": rng.normal(size=(9, K)).astype("f4"),
        "order": np.arange(9, dtype=np.int32),
        "next": 3,
        "last": 8,
    }
    _held, addresses = scattered(filled(x), rng)
    inputs, row_stride = (addresses, None) if in_place else (filled(x), round_up(K))
    run_kernel(
        lanes,
        lambda m: matrix_products.weight_gradient(m, N, rows, 16, row_stride, update, K, transposed=True),
        x=filled(d),
        d=inputs,
        p0=first,
        p1=round_up(K) // 16,
        k0=0,
        k1=N,
        s=np.full(16, 0.01, np.float32),
        **kept,
        **upcoming,
    )
    for name in kept:
        np.testing.assert_allclose(kept[name], wanted[name], atol=1e-4)


def network(
    units, out, activation="relu", rate=0.0, optimizer="sgd", loss="sparse_categorical_crossentropy", last="softmax"
):
    dn.utils.set_random_seed(3)
    layers = [dn.layers.Input((units[0],))]
    for n in units[1:]:
        layers += [dn.layers.Dense(n, activation=activation)] + [dn.layers.Dropout(rate)] * (rate > 0)
    model = dn.Sequential([*layers, dn.layers.Dense(out, activation=last)])
    model.compile(optimizer, loss, metrics=["accuracy"] if last else ["mae"])
    return model


def table(units, out, rows=320, seed=0, regression=False):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, units)).astype("f4")
    return x, (rng.normal(size=(rows, out)).astype("f4") if regression else rng.integers(0, out, rows).astype("i4"))


@pytest.mark.parametrize("units", [(5,), (70,), (200, 70), (33, 7, 130, 9), (3, 40, 600), (512, 576, 50)])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_networks_learn_as_on_xla(units, optimizer):
    model = network(units, 4, optimizer=steady(optimizer))
    x, y = table(units[0], 4)
    ours, loss, _ = steps(model, x, y, engine="native", count=5, batch=19)
    theirs, wanted, _ = steps(model, x, y, engine="xla", count=5, batch=19)
    close(ours, theirs)
    assert loss == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    "activation", ["relu", "sigmoid", "tanh", "elu", "selu", "softplus", "gelu", "silu", "leaky_relu", "linear"]
)
def test_activations_and_dropout_throw_the_same_dice(activation):
    model = network((20, 37, 90), 3, activation=activation, rate=0.3)
    x, y = table(20, 3)
    close(*(steps(model, x, y, engine=engine, count=3, batch=32)[0] for engine in ("native", "xla")))


@pytest.mark.parametrize(
    ("loss", "last"), [("mse", None), ("mae", None), ("huber", None), ("mse", "sigmoid"), ("mse", "tanh")]
)
def test_regressions(loss, last):
    model = network((6, 20), 3, loss=loss, last=last)
    x, y = table(6, 3, regression=True)
    close(*(steps(model, x, y, engine=engine, count=3, batch=32)[0] for engine in ("native", "xla")))


@pytest.mark.parametrize(
    "optimizer",
    [
        dn.optimizers.SGD(0.1, momentum=0.9),
        dn.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        *(
            kind(0.01, epsilon=0.01, **options)
            for kind, options in (
                (dn.optimizers.AdamW, {}),
                (dn.optimizers.Adam, {"amsgrad": True}),
                (dn.optimizers.RMSprop, {}),
                (dn.optimizers.RMSprop, {"momentum": 0.5, "centered": True}),
            )
        ),
        dn.optimizers.SGD(dn.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), weight_decay=0.01),
    ],
)
def test_optimizers(optimizer):
    model = network((20, 37), 3, optimizer=optimizer)
    x, y = table(20, 3)
    close(*(steps(model, x, y, engine=engine, count=5, batch=32)[0] for engine in ("native", "xla")))


@pytest.mark.parametrize("units", [(5, 300, 40), (784,), (100, 50), (784, 50), (40, 512, 512)])
def test_same_bits_with_any_number_of_threads(units):
    model = network(units, 10, rate=0.2 if len(units) > 1 else 0, optimizer="adam")
    x, y = table(units[0], 10)
    alone, *others = (steps(model, x, y, engine="native", count=9, batch=32, threads=n)[0] for n in (1, 2, 3, 8))
    for other in others:
        for a, b in zip(alone, other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("out", [1, 5, 10, 12, 13])
def test_few_outputs_of_many_inputs(monkeypatch, out):
    model = network((300,), out, optimizer=steady("adam"), loss="mse", last=None)
    x, y = table(300, out, regression=True)
    plan = lower_model.training_plan(
        model.training_state.objective_for([y]), 32, ["float32"], ["float32"], [False], (True, True), CPU
    )
    assert plan.weights[0].is_transposed == (out <= 12)
    ours, loss, _ = steps(model, x, y, engine="native", count=9, batch=19)
    theirs, wanted, _ = steps(model, x, y, engine="xla", count=9, batch=19)
    close(ours, theirs)
    assert loss == pytest.approx(wanted, rel=1e-5)
    for threads in (1, 3, 8):
        close(steps(model, x, y, engine="native", count=9, batch=19, threads=threads)[0], ours, 0)
    for lanes in (8, 4):
        processor = target.narrower(lanes)
        monkeypatch.setattr(target, "host", lambda processor=processor: processor)
        close(steps(model, x, y, engine="native", count=9, batch=19)[0], ours, 0)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("units", [304, 300])
def test_rows_read_where_they_lie_give_the_bits_of_gathered_ones(units, threads):
    rng = np.random.default_rng(0)
    pixels, y = rng.integers(0, 256, (90, units), np.uint8), rng.integers(0, 4, 90).astype("i4")
    model = network((units,), 4, optimizer="adam")
    kinds = (["int32"], [False], (True, True), CPU)
    plans = [
        lower_model.training_plan(model.training_state.objective_for([y]), 16, [x], *kinds)
        for x in ("float32", "uint8")
    ]
    names = [[task.name for task in plan.tasks if task.name.endswith(" x")] for plan in plans]
    assert names == [["find x" if units % 16 == 0 else "gather x"], ["gather x"]]
    in_place, gathered = (
        steps(model, x, y, engine="native", count=9, batch=10, threads=threads)[0]
        for x in (pixels.astype("f4"), pixels)
    )
    close(in_place, gathered, 0)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("units", [(300, 10), (20, 300)])
def test_few_outputs_beside_a_frozen_layer(units, place):
    model = network(units, 4)
    model.layers[place].trainable = False
    model.compile(steady("adam"), "sparse_categorical_crossentropy")
    x, y = table(units[0], 4)
    close(*(steps(model, x, y, engine=engine, count=5, batch=19)[0] for engine in ("native", "xla")))


@pytest.mark.parametrize("clip", [{"clipvalue": 0.01}, {"clipnorm": 0.1}, {"global_clipnorm": 0.1}, {}])
@pytest.mark.parametrize("regularizer", [dn.regularizers.L1L2(0.01, 0.02), None])
def test_clipping_and_regularizers(clip, regularizer):
    dn.utils.set_random_seed(3)
    dense = dn.layers.Dense(300, activation="relu", kernel_regularizer=regularizer, bias_regularizer=regularizer)
    model = dn.Sequential(
        [dn.layers.Input((20,)), dense, dn.layers.Dense(40), dn.layers.Dense(3, activation="softmax")]
    )
    model.compile(dn.optimizers.SGD(0.1, momentum=0.5, **clip), "sparse_categorical_crossentropy")
    x, y = table(20, 3)
    ours, theirs = (steps(model, x, y, engine=engine, count=3, batch=32) for engine in ("native", "xla"))
    close(ours[0], theirs[0])
    assert ours[1] == pytest.approx(theirs[1], rel=1e-5)
    close(steps(model, x, y, engine="native", count=3, batch=32, threads=3)[0], ours[0], 0)


@pytest.mark.parametrize("units", [(5,), (70,), (2, 10, 20, 1000), (33, 7, 130, 9), (200, 300), (512, 60)])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_batch_of_one(units, optimizer):
    model = network(units, 4, optimizer=steady(optimizer), rate=0.2)
    x, y = table(units[0], 4)
    ours, loss, _ = steps(model, x, y, engine="native", count=9, batch=1)
    theirs, wanted, _ = steps(model, x, y, engine="xla", count=9, batch=1)
    close(ours, theirs)
    assert loss == pytest.approx(wanted, rel=1e-5)
    close(steps(model, x, y, engine="native", count=9, batch=1, threads=3)[0], ours, 0)


def test_a_quotient_by_products_is_right_to_some_units_of_the_last_place_and_the_same_at_all_widths():
    rng = np.random.default_rng(0)
    a = rng.normal(size=8000).astype("f4")
    b = np.concatenate([np.exp(rng.uniform(-69, 69, 7984)), np.full(8, 1e-7), np.full(8, 3e38)]).astype("f4")

    def make(module):
        def body(k, a, b, out):
            with k.loop(0, 8000, WIDTH) as i, k.approximate_division():
                k.store(k.load(a, i) / k.load(b, i), out, i)

        return module.function("quotient", {"a": PTR, "b": PTR, "out": PTR}, body)

    found = []
    for lanes in LANES:
        found.append(np.zeros(8000, np.float32))
        run_kernel(lanes, make, a=a, b=b, out=found[-1])
    np.testing.assert_allclose(found[0], a / b.astype("f8"), rtol=5e-7, atol=1e-30)
    assert all(np.array_equal(found[0], other) for other in found[1:])
