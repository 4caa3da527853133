"""Gradient noise: the distance of mini-batch gradients from the gradient of all rows."""

import functools
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments, checks, compile_cache, errors
from dragonet.inspect.batch import ModelData, prepare_batch

_ROWS = 1024  # in one batch, for the gradient of all rows


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """The spread of mini-batch gradients for each of k batch sizes.

    Shapes: batch_sizes (k,), spread (k,), the root mean squared distance from the gradient of all rows. `norm` is the norm
    of that gradient, `samples` the number of batches of each size.
    """

    batch_sizes: np.ndarray
    spread: np.ndarray
    norm: float
    samples: int

    @property
    def slope(self) -> float:
        """The exponent of the spread as a power of B, fitted to the logarithms: −0.5 means 1/√B; nan for a single size."""
        if len(self.batch_sizes) == 1:
            return math.nan
        return float(np.polyfit(np.log(self.batch_sizes), np.log(self.spread), 1)[0])

    @property
    def single_row_spread(self) -> float:
        """σ of the best fit σ/√B: the spread of the gradients of single rows."""
        return float(np.exp(np.mean(np.log(self.spread) + np.log(self.batch_sizes) / 2)))

    def __str__(self) -> str:
        rows = [f"{b:>6,}  {s:>10.4g}" for b, s in zip(self.batch_sizes.tolist(), self.spread.tolist(), strict=True)]
        summary = f"slope {self.slope:.2f} (1/√B has -0.5); the norm of the gradient of all rows is {self.norm:.4g}"
        return "\n".join([f"{'batch':>6}  {'spread':>10}", *rows, summary])


@arguments.leaving("x", "y")
@errors.user_facing
def gradient_noise(
    model: arguments.Network,
    x: ModelData,
    y: ModelData,
    batch_sizes: Sequence[int] = (1, 2, 4, 8, 16, 32, 64),
    samples: int = 200,
    seed: int = 0,
) -> GradientNoise:
    """√E|g_B − g|², where g_B is the gradient of a batch of B rows drawn with replacement, and g that of all rows.

    A batch's gradient is the mean of B independent draws from the rows' gradients, whose variance is σ²/B; so the spread
    is σ/√B, up to a sampling error of about 1/√(2 samples) of it (Bottou, Curtis and Nocedal 2018, section 4.2). An epoch
    draws without replacement: for B near n its batches differ less than this.
    Shapes: x (n, ...), y as for `fit`. The gradients are those of the model's current weights, which are not changed,
    without dropout, and with the moving statistics of BatchNormalization.
    Raises ValueError for a loss that is a sum and not a mean over the rows, and where all rows have the same gradient.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False)])
    >>> model.compile("sgd", "mse")
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> -0.6 < gradient_noise(model, x, x**2, (1, 4, 16)).slope < -0.4
    True
    """
    who = "gradient_noise"
    sizes = [checks.whole(who, "each of batch_sizes", b) for b in batch_sizes]
    if not sizes:
        raise errors.value_error(who, "at least one of batch_sizes", "none")
    samples = checks.whole(who, "samples", samples, least=2)
    rng = np.random.default_rng(checks.whole(who, "seed", seed, 0))
    objective, batch = prepare_batch(model, x, y, who=who)
    summed = next((out.loss for out in objective.outputs if getattr(out.loss, "reduction", None) == "sum"), None)
    if summed is not None:
        raise errors.value_error(who, "a loss that is a mean over the rows", f"{summed!r}")

    g, squares = _squared_distances(objective, model.graph.gather(), batch, sizes, samples, rng)
    spread = np.sqrt(np.asarray(squares, np.float64).mean(axis=1))
    norm = float(jnp.linalg.norm(g))
    if not (spread > 1e-6 * max(norm, 1e-30)).all():  # a smaller spread is within the rounding error of float32
        raise errors.value_error(who, "rows whose gradients differ", f"a spread of {spread.min():g}")
    return GradientNoise(np.array(sizes), spread, norm, samples)


def _squared_distances(
    objective: Any, variables: tuple, batch: dict, sizes: list[int], samples: int, rng: np.random.Generator
) -> tuple[jax.Array, list[list[jax.Array]]]:
    """The gradient g of all rows, and |g_B − g|² for each batch size and sample."""

    def gradient(params: tuple, state: tuple, rows: dict) -> jax.Array:
        grads = jax.grad(lambda p: objective.loss(p, state, rows, training=False, key=None)[0])(params)
        return jnp.concatenate([g.ravel() for g in jax.tree.leaves(grads)])

    compiled_gradient = jax.jit(gradient)
    distance = jax.jit(lambda params, state, rows, g: ((gradient(params, state, rows) - g) ** 2).sum())
    n = len(batch["x"][0])
    with compile_cache.cache():
        chunks = [np.arange(n)[i : i + _ROWS] for i in range(0, n, _ROWS)]
        parts = [len(rows) / n * compiled_gradient(*variables, _select_rows(batch, rows)) for rows in chunks]
        g = functools.reduce(operator.add, parts)
        squares = [
            [distance(*variables, _select_rows(batch, rng.integers(n, size=b)), g) for _ in range(samples)]
            for b in sizes
        ]
    return g, squares


def _select_rows(batch: dict, rows: np.ndarray) -> dict:
    return jax.tree.map(lambda a: a[rows], batch)
