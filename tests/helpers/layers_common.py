"""What the tests of single layers share: tensors in all layouts, small networks on both engines."""

import jax
import numpy as np

import dragonet as dn
from dragonet.engines.base import zero_sums
from dragonet.engines.native.ops.layout import round_up
from dragonet.engines.native.ops.tensors import Buffer, Tensor
from dragonet.engines.native.runtime.engine import Native, Training
from dragonet.engines.xla.engine import XLA
from dragonet.training.data.epoch_order import epoch_order
from helpers.native_common import close, steps

LANES = (16, 8, 4)


def tensor(shape, layout):
    """A tensor that is 'packed' or has each pixel 'filled' up to 16."""
    step = shape[2] if "packed" in layout else round_up(shape[2])
    return Tensor(shape, step, Buffer("x", 0), "all")


def _pixels(buffer, x, rows):
    """A view (rows, h, w, step) of a tensor's pixels in its buffer."""
    shape = (rows, *x.shape[:2], x.pixel_stride)
    strides = [4 * n for n in (x.row_stride, x.line_stride, x.pixel_stride, 1)]
    return np.lib.stride_tricks.as_strided(buffer, shape, strides)


def laid_out(a, x):
    """(rows, h, w, c) as the tensor holds it, with room for a vector behind it."""
    buffer = np.zeros(len(a) * x.row_stride + 16, np.float32)
    _pixels(buffer, x, len(a))[..., : x.shape[2]] = a
    return buffer


def read_back(buffer, x, rows):
    """What `laid_out` wrote."""
    return _pixels(buffer, x, rows)[..., : x.shape[2]].copy()


def table(shape, out=4, rows=96):
    """Rows of noise, some of them large, with labels."""
    rng = np.random.default_rng(0)
    return rng.normal(0.3, 1.5, (rows, *shape)).astype("f4"), rng.integers(0, out, rows).astype("i4")


def made(shape, network, optimizer=None):
    """A compiled model of this network on inputs of this shape."""
    dn.utils.set_random_seed(3)
    x = dn.layers.Input(shape)
    model = dn.Model(x, network(x))
    model.compile(optimizer or dn.optimizers.SGD(0.3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def check_network(shape, network, rate=0.3):
    """Trained as on XLA: three steps of 19 rows in the room of 32, which larger batches used before.

    The bits are the same with any number of threads. Returns the model, its data and the state that XLA came to.
    """
    model, (x, y) = made(shape, network, dn.optimizers.SGD(rate)), table(shape)
    objective, order, found = model.training_state.objective_for([y]), epoch_order(0, 0, len(x)), []
    start = jax.tree.map(np.array, model.training_state.start(objective, None, 1))
    data = {"x": [x], "y": [y], "w": [None]}
    for threads in (1, 2, 3, 8):
        training = Training(objective, 32, threads)
        if threads == 2:
            training.run(32, start, zero_sums(objective), data, order, 0, 2, 0, 0)
        span = training.run(19, start, zero_sums(objective), data, order, 0, 3, 0, 0)
        found.append([np.asarray(leaf) for leaf in jax.tree.leaves((span.state["params"], span.state["state"]))])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(a, b)
    theirs, loss, state = steps(model, x, y, engine="xla", count=3, batch=19)
    close(found[0], theirs)
    np.testing.assert_allclose(span.sums["loss"], loss, rtol=1e-5)
    return model, data, state


def check_test(model, data, state):
    """Tested as on XLA: 90 rows in batches of 30."""
    objective, tested = model.training_state.objective_for(data["y"]), []
    for engine in (Native(), XLA()):
        held = jax.tree.map(np.array, state)
        after, sums = engine.testing(objective, 30)(held, zero_sums(objective), engine.put(data), 0, 3)
        tested.append([np.asarray(leaf) for leaf in jax.tree.leaves((after["totals"], sums["loss"]))])
    for a, b in zip(*tested, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
