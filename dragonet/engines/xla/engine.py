"""The XLA engine: any objective, compiled by JAX into a loop with a run-time number of steps.

One program serves spans of every length, batch hooks and `train_on_batch`: a step compiled alone need not give the bits of the
same step inside a loop.
"""

import contextlib
import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from dragonet import random
from dragonet.core import compile_cache, forked
from dragonet.engines.base import Span, is_64_bit, materialize
from dragonet.engines.xla import cpu, resident

_MOST_PROGRAMS = 64
_LARGE = 1024  # numbers in an array
_programs: OrderedDict[Hashable, "Program"] = OrderedDict()


class XLA:
    """Runs everything; the definition of what the other engines compute."""

    name = "xla"

    def put(self, arrays: Any) -> Any:
        """Onto JAX's default device, each array in its own dtype (64-bit numbers in 32)."""
        forked.check_xla("This model")
        return jax.tree.map(resident.put, arrays)

    def training(self, objective: Any, batch: int, most: int | None = None) -> Callable:
        """The compiled loop of an objective's step, for batches of one size; another size is another program."""
        program = None

        def run(state, sums, data, order, start, count, first_step, seed) -> Span:
            nonlocal program
            state = materialize(state)
            if program is None:
                options = cpu.options(state) if jax.default_backend() == "cpu" else {}
                key = ("train", objective.identity(), batch, tuple(options.items()))
                program = _stored(key, lambda: _training(objective, batch, options))
            if len(order) == batch:
                # XLA sees that such a step can only read all of it, takes the reading out of the loop, and so compiles
                # a step that rounds differently.
                order = np.concatenate([order, order])
            arguments = (*_by_size(state), sums, data, order, start, count, first_step, np.uint32(seed % 2**32))
            with program.ready_for(arguments):
                state, sums, steps, finite = program.compiled(*arguments)
            return Span(state, sums, int(steps), bool(finite))

        return run

    def epochs(self, objective: Any, most: int, state: Any, data: Any) -> None:
        """None: a program knows batches of one size."""

    def test_rows(self, batch: int) -> int:
        """All."""
        return batch

    def testing(self, objective: Any, batch: int) -> Callable:
        """The compiled loop of an objective's test, for batches of one size."""
        program = _stored(("test", objective.identity(), batch), lambda: _testing(objective, batch))

        def run(state, sums, data, start, count):
            totals, sums = program(materialize(state), sums, data, start, count)
            return state | totals, sums

        return run

    def values(self, objective: Any) -> Callable:
        """The metrics that an objective's totals amount to, as one program."""
        program = _stored(("values", objective.identity()), lambda: jax.jit(objective.metrics))
        return lambda state: program({name: state[name] for name in objective.totals})

    def prediction(self, graph: Any) -> Callable:
        """The compiled outputs of a graph."""
        return _stored(
            ("predict", graph.identity()),
            lambda: jax.jit(lambda params, state, x: graph.run(params, state, x, training=False)[0]),
        )


class Program:
    """A jitted function, with the cache on disk open while it compiles for shapes that are new to it."""

    def __init__(self, compiled: Callable):
        self.compiled = compiled
        self._shapes: set = set()

    @contextlib.contextmanager
    def ready_for(self, arguments: tuple) -> Iterator[None]:
        """Within it, call `compiled` with these arguments. A context manager, so that no frame of it is in a traceback."""
        forked.check_xla("This model, or one of its metrics,")
        leaves, tree = jax.tree.flatten(arguments)
        shapes = tree, tuple((getattr(leaf, "shape", ()), getattr(leaf, "dtype", type(leaf))) for leaf in leaves)
        if shapes in self._shapes:
            yield
            return
        with compile_cache.cache():
            yield
        self._shapes.add(shapes)

    def __call__(self, *arguments: Any) -> Any:
        """What the function returns for these arguments."""
        with self.ready_for(arguments):
            return self.compiled(*arguments)


def _stored(key: Hashable, make: Callable[[], Callable]) -> Program:
    """The program of this key, made where there is none; the one not used for longest is dropped."""
    key = (key, jax.default_backend(), is_64_bit())
    if key not in _programs:
        _programs[key] = Program(make())
        if len(_programs) > _MOST_PROGRAMS:
            _programs.popitem(last=False)
    _programs.move_to_end(key)
    return _programs[key]


def _training(objective: Any, batch: int, options: dict[str, Any]) -> Callable:
    on_cpu = jax.default_backend() == "cpu"

    @functools.partial(jax.jit, donate_argnums=(0,), compiler_options=options or None)
    def program(large, small, sums, data, order, start, count, first_step, seed):
        state = jax.tree.map(lambda a, b: b if a is None else a, large, small, is_leaf=_is_none)
        run_key = random.key(seed)
        step = objective.step
        if on_cpu:  # traced here and not inside the loop: fewer frames in the traceback of a user's mistake
            part = jax.tree.map(lambda a: jax.ShapeDtypeStruct((batch, *a.shape[1:]), a.dtype), data)
            step = cpu.rewritten(*jax.make_jaxpr(step, return_shape=True)(state, part, run_key))

        def body(carry):
            i, _, state, sums = carry
            rows = lax.dynamic_slice(order, (start + i * batch,), (batch,))
            part = jax.tree.map(lambda a: a.at[rows].get(mode="promise_in_bounds"), data)
            new, logs = step(state, part, jax.random.fold_in(run_key, first_step + i))
            finite = jnp.isfinite(logs["loss"])
            if not objective.rejects_bad_steps:
                new = jax.tree.map(lambda n, old: jnp.where(finite, n, old), new, state)
            state = jax.tree.map(lambda n, old: n.astype(old.dtype), new, state)
            return i + finite, finite, state, _added(sums, logs, jnp.where(finite, batch, 0))

        carry = (jnp.int32(0), jnp.bool(True), state, sums)
        i, finite, state, sums = lax.while_loop(lambda carry: carry[1] & (carry[0] < count), body, carry)
        return state, sums, i, finite

    return program


def _by_size(state: Any) -> tuple[Any, Any]:
    """The large arrays, which are handed over to the step, and the small ones, which are copied.

    Two small results can be one number to the compiler (the rows seen, say, and the count of a metric), which it then
    returns in one buffer; and one buffer cannot be handed over twice.
    """
    return (
        jax.tree.map(lambda a: a if a.size >= _LARGE else None, state),
        jax.tree.map(lambda a: None if a.size >= _LARGE else a, state),
    )


def _is_none(leaf: Any) -> bool:
    return leaf is None


def _testing(objective: Any, batch: int) -> Callable:
    @jax.jit
    def program(state, sums, data, start, count):
        def body(carry):
            i, totals, sums = carry
            part = jax.tree.map(lambda a: lax.dynamic_slice_in_dim(a, start + i * batch, batch), data)
            new, logs = objective.test(state | totals, part)
            new = {name: new[name] for name in totals}
            return i + 1, jax.tree.map(lambda n, old: n.astype(old.dtype), new, totals), _added(sums, logs, batch)

        carry = (jnp.int32(0), {name: state[name] for name in objective.totals}, sums)
        _, totals, sums = lax.while_loop(lambda carry: carry[0] < count, body, carry)
        return totals, sums

    return program


def _added(sums: dict, logs: dict, rows: Any) -> dict:
    """The sums with one batch's figures, each counted once a row; a rejected step (no rows) adds nothing, not even NaN."""
    weighted = {name: jnp.where(rows > 0, logs[name], 0) * rows for name in logs}
    return {name: total + (rows if name == "rows" else weighted[name]) for name, total in sums.items()}
