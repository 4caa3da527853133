"""How far the gradient of a mini-batch lies from that of all rows: smaller batches, noisier gradients."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments, checks, compile_cache, errors
from dragonet.inspect.batch import prepare_batch

_ROWS = 1024  # at a time, for the gradient of all of them


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """The spread of mini-batch gradients for each of k batch sizes.

    Shapes: batch_sizes (k,), spread (k,), the root of the mean squared distance from the gradient of all rows. `norm` is
    the length of that gradient, `samples` how many batches of each size were drawn.
    """

    batch_sizes: np.ndarray
    spread: np.ndarray
    norm: float
    samples: int

    @property
    def slope(self) -> float:
        """By which power of B the spread goes, fitted to the logarithms: −0.5 says 1/√B; nan for a single size."""
        if len(self.batch_sizes) == 1:
            return math.nan
        return float(np.polyfit(np.log(self.batch_sizes), np.log(self.spread), 1)[0])

    @property
    def of_one(self) -> float:
        """σ of the line σ/√B that fits best: the spread of the gradients of single rows."""
        return float(np.exp(np.mean(np.log(self.spread) + np.log(self.batch_sizes) / 2)))

    def __str__(self) -> str:
        rows = [f"{b:>6,}  {s:>10.4g}" for b, s in zip(self.batch_sizes.tolist(), self.spread.tolist(), strict=True)]
        last = f"slope {self.slope:.2f} (1/√B has -0.5); all rows' gradient is {self.norm:.4g} long"
        return "\n".join([f"{'batch':>6}  {'spread':>10}", *rows, last])


@arguments.checked
@errors.user_facing
def gradient_noise(
    model: arguments.Network,
    x: Any,
    y: Any,
    batch_sizes: Sequence[int] = (1, 2, 4, 8, 16, 32, 64),
    samples: int = 200,
    seed: int = 0,
) -> GradientNoise:
    """√E|g_B − g|², g_B the gradient of a batch of B rows drawn with replacement, g that of all rows.

    A batch's gradient is the mean of B independent draws from the rows' gradients, whose variance is σ²/B; so the spread
    is σ/√B exactly but for the luck of the draws, about 1/√(2 samples) of it (Bottou, Curtis and Nocedal 2018, section
    4.2). An epoch draws without replacement: for B near n its batches differ less than this.
    Shapes: x (n, ...), y as for `fit`. The weights are the model's at the moment, and stay; no dropout, and a
    BatchNormalization uses its moving statistics.
    Raises ValueError for a loss that is a sum and not a mean over the rows, and where all rows have one gradient.

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
    objective, batch = prepare_batch(model, x, y, who=who)
    summed = next((out.loss for out in objective.outputs if getattr(out.loss, "reduction", None) == "sum"), None)
    if summed is not None:
        raise errors.value_error(who, "a loss that is a mean over the rows", f"{summed!r}")

    def gradient(params: tuple, state: tuple, part: dict) -> jax.Array:
        grads = jax.grad(lambda p: objective._loss(p, state, part, training=False, key=None)[0])(params)
        return jnp.concatenate([g.ravel() for g in jax.tree.leaves(grads)])

    whole = jax.jit(gradient)
    distance = jax.jit(lambda params, state, part, g: ((gradient(params, state, part) - g) ** 2).sum())
    params, state = model.graph.gather()
    n, dice = len(batch["x"][0]), np.random.default_rng(checks.whole(who, "seed", seed, 0))
    with compile_cache.cache():
        parts = [np.arange(n)[i : i + _ROWS] for i in range(0, n, _ROWS)]
        g = sum(len(rows) / n * whole(params, state, _taken(batch, rows)) for rows in parts)
        squares = [
            [distance(params, state, _taken(batch, dice.integers(n, size=b)), g) for _ in range(samples)] for b in sizes
        ]
    spread = np.sqrt(np.asarray(squares, np.float64).mean(axis=1))
    norm = float(jnp.linalg.norm(g))
    if not (spread > 1e-6 * max(norm, 1e-30)).all():  # float32 tells no smaller ones from none
        raise errors.value_error(who, "rows whose gradients differ", f"a spread of {spread.min():g}")
    return GradientNoise(np.array(sizes), spread, norm, samples)


def _taken(batch: dict, rows: np.ndarray) -> dict:
    return jax.tree.map(lambda a: a[rows], batch)
