"""XLA on a CPU: the program of a step, once differentiated, becomes one that runs fast inside a loop.

Layers write the plain formula (`lax.conv_general_dilated`, `lax.reduce_window`), JAX differentiates it, and `rewrite`
replaces the few equations that XLA's CPU back end runs badly, whatever layer they come from. Results agree to float
rounding, and an equation without a rule stays as it is.
"""

import functools

import jax
import jax.numpy as jnp
from jax.extend import core
from jax.extend.core import primitives

from dragonet.engines.xla.cpu_convolution import convolution
from dragonet.engines.xla.cpu_pooling import max_pool, max_pool_gradient


def rewrite(fn):
    """A function with the arguments and results of `fn`, which traces it and runs its program by `RULES`.

    >>> twice = rewrite(lambda x: {"twice": 2 * x})
    >>> twice(jnp.arange(3))
    {'twice': Array([0, 2, 4], dtype=int32)}
    """

    @functools.wraps(fn)
    def call(*args, **kwargs):
        return rewritten(*jax.make_jaxpr(fn, return_shape=True)(*args, **kwargs))(*args, **kwargs)

    return call


def rewritten(program, shapes):
    """The function that runs a traced program by `RULES`; program, shapes: what `make_jaxpr(fn, return_shape=True)` returns."""

    def call(*args, **kwargs):
        results = run(program, jax.tree.leaves((args, kwargs)))
        return jax.tree.unflatten(jax.tree.structure(shapes), results)

    return call


def run(program, args):
    """Evaluate a jaxpr equation by equation: inner `jit`s are entered, loops and branches stay as they are."""
    jaxpr = program.jaxpr
    values = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*program.consts, *args], strict=True))

    def read(atom):
        return atom.val if isinstance(atom, core.Literal) else values[atom]

    for eqn in jaxpr.eqns:
        operands, rule = [read(atom) for atom in eqn.invars], RULES.get(eqn.primitive)
        if eqn.primitive is primitives.jit_p:
            results = run(eqn.params["jaxpr"], operands)
        elif rule and (result := rule(*operands, **eqn.params)) is not None:
            results = [result]
        else:
            inputs = {atom: read(atom) for atom in eqn.invars if not isinstance(atom, core.Literal)}
            alone = jaxpr.replace(constvars=[], invars=[*inputs], outvars=eqn.outvars, eqns=[eqn])
            results = core.jaxpr_as_fun(core.ClosedJaxpr(alone, []))(*inputs.values())
        values.update(zip(eqn.outvars, results, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


# For the compiler.

SUMS_ONLY = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_REDUCE"}


def options(state):
    """What to compile a step of this state with: `jax.jit(step, compiler_options=options(state))`.

    By itself XLA gives wide two-dimensional convolutions to YNNPACK, which runs each on a single thread. Without it,
    convolutions of 32 and more filters train 1.4 to 1.8 times faster on two threads; but narrow ones, and wide dense
    layers, 1.1 to 1.2 times slower.
    """
    wide = any(jnp.ndim(kernel) == 4 and max(kernel.shape[-2:]) > 16 for kernel in jax.tree.leaves(state))
    return SUMS_ONLY if wide and understood(**SUMS_ONLY) else {}


@functools.cache
def understood(**options):
    """Whether this version of XLA knows the options."""
    try:
        jax.jit(lambda: 0, compiler_options=options).lower().compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True


RULES = {
    primitives.conv_general_dilated_p: convolution,
    primitives.reduce_window_max_p: max_pool,
    primitives.select_and_scatter_add_p: max_pool_gradient,
}
