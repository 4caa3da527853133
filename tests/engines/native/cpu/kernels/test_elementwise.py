"""Elementwise kernels against NumPy on tensors of many layouts; activations, dropout and rescaling in networks against XLA."""

import numpy as np
import pytest
from helpers.layers_common import LANES, check_network, check_test, laid_out, read_back, tensor
from helpers.native_common import run_kernel
from hypothesis import given, settings
from hypothesis import strategies as st

import dragonet as dn
from dragonet.engines.native.cpu.costs import CPU
from dragonet.engines.native.cpu.kernels import elementwise, functions
from dragonet.engines.native.cpu.kernels.epilogue import Epilogue
from dragonet.engines.native.cpu.ops.arguments import walk
from dragonet.engines.native.lowering import lower_model
from dragonet.engines.native.lowering.calls import Unsupported

L = dn.layers
DENSE = {"h": 0, "pre_activation": 0, "key_a": 0, "key_b": 0}
layouts = st.sampled_from(["packed", "filled"])
shapes = st.sampled_from([(1, 1, 5), (1, 1, 16), (1, 1, 37), (2, 3, 3), (3, 2, 16), (2, 2, 21), (1, 4, 1)])
OPERATIONS = {
    elementwise.COPY: lambda a: a,
    elementwise.add(2): lambda a, b: a + b,
    elementwise.SUBTRACT: lambda a, b: a - b,
    elementwise.multiply(3): lambda a, b, c: a * b * c,
    elementwise.average(3): lambda a, b, c: (a + b + c) / 3,
    elementwise.rescale(0.5, 2.0): lambda a: a * 0.5 + 2,
}


def numbers(rng, *shape):
    return rng.normal(size=shape).astype("f4")


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.sampled_from(list(OPERATIONS)),
    shapes,
    st.lists(layouts, min_size=4, max_size=4),
    st.integers(1, 5),
    st.integers(0, 9),
)
def test_forward(lanes, operation, shape, kinds, rows, seed):
    rng = np.random.default_rng(seed)
    function = functions.SIGMOID if "packed" not in kinds[3] else functions.LINEAR
    *inputs, y = (tensor(shape, kind) for kind in [*kinds[: operation.inputs], kinds[3]])
    xs = [numbers(rng, rows, *shape) for _ in inputs]
    out = np.zeros(rows * y.row_stride + 16, np.float32)
    given = {f"x{i}": laid_out(a, x) for i, (a, x) in enumerate(zip(xs, inputs, strict=True))}
    through = walk([*inputs, y])
    run_kernel(
        lanes,
        lambda m: elementwise.forward(m, operation, through, Epilogue(function)),
        **given,
        **DENSE | {"h": out},
        r0=0,
        r1=rows,
        p0=0,
        p1=through.vectors,
    )
    wanted = OPERATIONS[operation](*xs)
    if function is functions.SIGMOID:
        wanted = 1 / (1 + np.exp(-wanted))
    np.testing.assert_allclose(read_back(out, y, rows), wanted, atol=1e-6)
    np.testing.assert_array_equal(out, laid_out(read_back(out, y, rows), y))  # and nothing but zeros elsewhere


@pytest.mark.parametrize("lanes", LANES)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    st.sampled_from(list(OPERATIONS)), shapes, st.integers(0, 3), st.booleans(), st.integers(0, 2), st.integers(0, 9)
)
def test_backward(lanes, operation, shape, count, add, i, seed):
    rng, rows, i = np.random.default_rng(seed), 3, i % operation.inputs
    *inputs, y = (tensor(shape, kind) for kind in ["filled"] * (operation.inputs + 1))
    xs, d, before = [numbers(rng, rows, *shape) for _ in inputs], numbers(rng, rows, *shape), numbers(rng, rows, *shape)
    before[count:] = 0
    given = {f"x{j}": laid_out(a, x) for j, (a, x) in enumerate(zip(xs, inputs, strict=True))}
    dx, through = laid_out(before, inputs[i]), walk([*inputs, y])
    if not add:
        dx += laid_out(np.full_like(before, 7), inputs[i])
    run_kernel(
        lanes,
        lambda m: elementwise.backward(m, operation, i, through, Epilogue(functions.RELU), add),
        **given,
        d=laid_out(d, y),
        dx=dx,
        count=count,
        r0=0,
        r1=rows,
        p0=0,
        p1=through.vectors,
        **DENSE | {"h": given[f"x{i}"]},
    )
    other = [np.where(j == i, 0, a) for j, a in enumerate(xs)]
    one = [np.where(j == i, np.ones_like(a), a) for j, a in enumerate(xs)]
    slope = OPERATIONS[operation](*one) - OPERATIONS[operation](*other)  # each is linear in each of its inputs
    wanted = (d * slope + (before if add else 0)) * (xs[i] > 0)
    wanted[count:] = 0
    np.testing.assert_allclose(read_back(dx, inputs[i], rows), wanted, atol=2e-6)
    np.testing.assert_array_equal(dx, laid_out(read_back(dx, inputs[i], rows), inputs[i]))


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("width", [3, 16, 37])
def test_parameters_lie_along_a_run_and_turning(lanes, width):
    rng = np.random.default_rng(0)
    x, y = (tensor((2, 1, width), "packed") for _ in range(2))
    a, through, out = (
        numbers(rng, 2, 2, 1, width),
        walk([x, y], by_line=True),
        np.zeros(2 * y.row_stride + 16, np.float32),
    )
    q0, q1 = np.zeros((2, 48), np.float32)
    q0[:width], q1[:width] = numbers(rng, 2, width)
    operation = elementwise.rescale(None, None)
    run_kernel(
        lanes,
        lambda m: elementwise.forward(m, operation, through, Epilogue()),
        x0=laid_out(a, x),
        q0=q0,
        q1=q1,
        r0=0,
        r1=2,
        p0=0,
        p1=through.vectors,
        **DENSE | {"h": out},
    )
    np.testing.assert_allclose(read_back(out, y, 2), a * q0[:width] + q1[:width], atol=1e-6)
    variance, out = np.abs(numbers(rng, 48)), np.full(48, 7, np.float32)
    run_kernel(lanes, lambda m: elementwise.deviation(m, width, True), variance=variance, out=out)
    np.testing.assert_allclose(out[:width], 1 / np.sqrt(variance[:width]), rtol=1e-6)
    assert not out[width : -(-width // 16) * 16].any()
    block, transposed = numbers(rng, 32, 64), np.zeros((2, 48, 16), np.float32)
    run_kernel(lanes, lambda m: elementwise.turn(m, 32, 48, 64), a=block, out=transposed, p0=1, p1=3)
    np.testing.assert_array_equal(transposed[:, 16:], block[:, 16:48].reshape(2, 16, 32).transpose(0, 2, 1))
    assert not transposed[:, :16].any()


def softmax(h):
    return L.Dense(4, activation="softmax")(h)


def several_readers(x):
    h = L.Dropout(0.2)(L.Dense(70, activation="tanh")(x))
    h = L.Add()([L.ReLU()(h), L.LeakyReLU()(h), L.Dropout(0.1)(L.Dropout(0.3)(L.ELU(0.7)(h))), L.Activation("gelu")(h)])
    return L.Activation("softmax")(L.ReLU()(L.Dropout(0.1)(L.Dense(4)(h))))


def of_inputs(x):
    found = [
        L.Dropout(0.2)(L.Activation("sigmoid")(x)),
        L.Dropout(0.4)(x),
        L.Rescaling(0.5, 0.25)(x),
        L.Rescaling(np.linspace(0, 1, 20))(x),
        L.Normalization(mean=np.linspace(0.5, 1, 20), variance=np.linspace(1, 2, 20))(x),
        _adapted(L.Normalization(), (20,))(x),
    ]
    return softmax(L.Add()([L.Dense(9)(one) for one in found]))


def of_images(x):
    found = [
        L.Dropout(0.2)(L.Activation("softplus")(x)),
        L.ReLU()(L.Rescaling(0.5, [1.0, -2.0, 0.0])(x)),
        L.Rescaling([0.1, 0.2, 0.3])(x),
        _adapted(L.Normalization(axis=None), (9, 7, 3))(x),
        _adapted(L.Normalization(), (9, 7, 3), invert=True)(x),
        L.Conv2D(5, 3, padding="same")(_adapted(L.Normalization(), (9, 7, 3))(x)),
    ]
    return softmax(L.Add()([L.Dense(9)(L.Flatten()(one)) for one in found]))


def reshaped(x):
    h = L.Dropout(0.2)(L.Dense(75, activation="tanh")(L.Reshape((20,))(L.Dropout(0.1)(x))))
    images = L.Conv2D(20, 3, padding="same", activation="relu")(L.Reshape((5, 5, 3))(h))
    wider = L.MaxPooling2D(2)(L.Reshape((5, 10, 10))(images))
    found = [wider, L.Reshape((1, 25, 20))(images), L.Reshape((15, 5))(h)]
    return softmax(L.Add()([L.Dense(9)(L.Flatten()(one)) for one in found]))


NETWORKS = {
    "several readers": ((70,), several_readers),
    "of inputs": ((20,), of_inputs),
    "of images": ((9, 7, 3), of_images),
    "reshaped": ((20,), reshaped),
    "reshaped by each thread": (
        (6,),
        lambda x: softmax(L.Flatten()(L.Conv1D(3, 2)(L.Reshape((4, 2))(L.Dense(8, "tanh")(x))))),
    ),
    "by columns": ((28, 28, 1), lambda x: L.Dense(10, activation="softmax")(L.Flatten()(L.Rescaling(0.1, 0.5)(x)))),
}


def _adapted(layer, shape, invert=False):
    layer.invert = invert
    layer.adapt(np.random.default_rng(1).normal(3, 2, (50, *shape)).astype("f4"))
    return layer


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_as_on_xla(name):
    found = check_network(*NETWORKS[name])
    if name in ("of inputs", "reshaped by each thread"):
        check_test(*found)


def test_what_is_not_known_is_said():
    x = L.Input((20,))
    for h, said in (
        (L.Activation("softmax")(x), "the softmax"),
        (L.ReLU(max_value=6.0)(x), "the options of"),
        (L.Add()([x, L.Dense(1)(x)]), "different shapes"),
        (L.Reshape((4, 6))(L.Conv1D(4, 1)(L.Reshape((6, 4))(L.Dense(24)(x)))), r"from \(6, 4\) to \(4, 6\)"),
        (L.Rescaling(np.ones((20, 1)))(L.Reshape((20, 1))(x)), "the scale and offset"),
    ):
        with pytest.raises(Unsupported, match=said):
            lower_model.testing_plan(dn.Model(x, L.Dense(3)(L.Flatten()(h))).graph, 64, ["float32"], CPU)
