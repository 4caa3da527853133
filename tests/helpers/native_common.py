"""What the native engine's tests share: kernels run alone at a lane width, trainings run on both engines."""

import functools

import jax
import numpy as np

import dragonet as dn
from dragonet.engines.base import zero_sums
from dragonet.engines.native.cpu import compilation, target
from dragonet.engines.native.ir.builder import Builder, Module
from dragonet.engines.native.ir.values import I64, PTR
from dragonet.engines.native.runtime.engine import Native, Training
from dragonet.engines.xla.engine import XLA
from dragonet.training.data.epoch_order import epoch_order


def target_of(lanes):
    """This machine for 16 lanes, else a narrower processor in its place."""
    return target.host() if lanes == 16 else target.narrower(lanes)


def steady(name):
    """The optimizer "sgd" or "adam", such that a step changes by less than its gradient does.

    Adam divides a gradient by its own size. Where it is nearly 0, the default epsilon makes a whole step of a rounding error, and
    two engines that are both right differ.
    """
    return dn.optimizers.Adam(epsilon=0.01) if name == "adam" else dn.optimizers.SGD()


def run_kernel(lanes, make, **arguments):
    """Compile make(module) and call it once: arrays by address, whole numbers and floats as they are.

    The arrays are changed in place.
    """
    processor = target_of(lanes)
    module = Module("alone", processor)
    kernel = make(module)
    names = [a.name for a in kernel.args]
    held = [
        np.array([arguments[n]], np.int64 if isinstance(arguments[n], int) else np.float32)
        if isinstance(arguments[n], int | float)
        else arguments[n]
        for n in names
    ]
    table = np.array([a.ctypes.data for a in held], np.uint64)

    def body(k: Builder, addresses, thread, threads):
        given = []
        for i, argument in enumerate(kernel.args):
            place = k.load(addresses, i, PTR)
            given.append(place if argument.type == PTR else k.load(place, 0, argument.type))
        k.call(kernel, *given)

    module.function("alone", {"addresses": PTR, "thread": I64, "threads": I64}, body, public=True)
    code = compilation.Code(compilation._compiled(module, processor), processor, 0.0, False)
    code.function("alone")(table.ctypes.data, 0, 1)


def steps(model, x, y, w=None, *, engine, count, batch, threads=2, seed=0, epochs=1):
    """`count` steps of training from the model's present weights, which stay as they are: (weights, loss sum, state)."""
    objective = model.training_state.objective_for([y])
    state = model.training_state.start(objective, None, 1)
    state = jax.tree.map(np.array, state)
    used = XLA() if engine == "xla" else Native()
    data = used.put({"x": [x], "y": [y], "w": [w]})
    order = used.put(epoch_order(seed, 0, len(x)))
    if engine == "xla":
        program = used.training(objective, batch)
    else:
        program = functools.partial(Training(objective, batch, threads).run, batch)
    span = program(state, zero_sums(objective), data, order, 0, count, 0, seed)
    weights = [np.asarray(leaf) for leaf in jax.tree.leaves((span.state["params"], span.state["state"]))]
    return weights, float(span.sums["loss"]), span.state


def close(ours, theirs, tolerance=1e-5, label=""):
    """Whether two lists of arrays agree to the tolerance, relative to the largest number of each (at least 1)."""
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1.0, float(np.abs(b).max())), err_msg=label)
