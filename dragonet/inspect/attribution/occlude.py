"""Occlusion: how much less a network is sure of its answer when a part of the input is covered."""

import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np

from dragonet.core import arguments, checks, errors
from dragonet.inspect.attribution.gradient_saliency import Saliency
from dragonet.inspect.performance.scoring import Question, Score, score

_PATCHES = 128  # covers tried at a time


@arguments.leaving("fill")
def occlusion(
    model: arguments.Predictor,
    x: Any,
    target: Any = None,
    patch: int | tuple[int, ...] | None = None,
    stride: int | tuple[int, ...] | None = None,
    fill: float = 0.0,
) -> Saliency:
    """f(x) − f(x with a patch covered), f being the logit of the target class as in `saliency`: how much it rests on each part.

    A patch is moved over the row and set to `fill`, in all channels; each position gets the mean over the patches that
    cover it, the last of which end at the border. Above 0 the part speaks for the class, below 0 against it. Works for
    tables (feature by feature), series and images, and where there is no gradient, as behind an Embedding. Shapes: x
    (n, ...), the values (n, *positions). patch, stride: one number, or one for each axis; of a table 1 and 1, else an eighth
    of the input and half of the patch, unless given. The model runs once for each patch. Raises ValueError for a patch
    larger than the input, and for a stride beyond the patch, which would leave positions out.
    Zeiler & Fergus (2014), Visualizing and understanding convolutional networks, section 4.2, who show the probability.

    What it cannot show: two parts that each suffice alone, since covering one leaves the other; what is smaller than the
    patch; and the cover itself may look like something: black on a bright photograph is an edge, 0 degrees is a temperature.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.set_weights([np.array([[3.0], [-1.0]]), np.zeros(1)])
    >>> occlusion(model, [[2.0, 1.0]]).values.round(4).tolist()
    [[6.0, -1.0]]
    """
    held = score("occlusion", model, x, target)
    sizes = tuple(held.x.shape[axis] for axis in held.places)
    table = held.x.ndim == 2 and len(sizes) == 1
    patch = tuple(1 if table else max(1, n // 8) for n in sizes) if patch is None else _each("patch", patch, sizes)
    stride = tuple(max(1, n // 2) for n in patch) if stride is None else _each("stride", stride, sizes)
    for name, given, most in (("patch", patch, sizes), ("stride", stride, patch)):
        if any(a > b for a, b in zip(given, most, strict=True)):
            raise errors.value_error("occlusion", f"{name} up to {_by(most)}", _by(given))
    fill = checks.number("occlusion", "fill", fill)

    covers = _covers(sizes, patch, stride)
    full = held.of(held.x, held.weight)
    wide = covers.reshape(len(covers), *(n if a in held.places else 1 for a, n in enumerate(held.x.shape) if a))
    drops = np.stack([full[i] - _covered(held, i, wide, fill) for i in range(len(full))])  # (n, covers)
    values = np.tensordot(drops, covers, axes=1) / covers.sum(axis=0)
    return Saliency("occlusion", values, held.target, full, held.places)


def _each(name: str, given: Any, sizes: tuple[int, ...]) -> tuple[int, ...]:
    return checks.tuple_of("occlusion", name, given, len(sizes))


def _by(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))


def _covers(sizes: tuple[int, ...], patch: tuple[int, ...], stride: tuple[int, ...]) -> np.ndarray:
    """The places of the patch, each as True where it covers: (covers, *sizes)."""
    firsts = [sorted({*range(0, n - p, s), n - p}) for n, p, s in zip(sizes, patch, stride, strict=True)]
    covers = np.zeros((np.prod([len(first) for first in firsts]), *sizes), bool)
    for cover, first in zip(covers, itertools.product(*firsts), strict=True):
        cover[tuple(slice(a, a + p) for a, p in zip(first, patch, strict=True))] = True
    return covers


def _covered(held: Score, i: int, covers: np.ndarray, fill: float) -> np.ndarray:
    """The score of row i under each cover, (covers,)."""

    def function(params, state, arrays):
        cover, row, weight, fill = arrays
        x = jnp.where(cover, fill[0].astype(row.dtype), row[0])
        return (held.graph.run(params, state, x, logits=held.logits)[0] * weight[0]).sum(-1)

    n = len(covers)
    size = min(n, _PATCHES)
    last = -n % size  # the last covers are filled up with some that cover nothing: one program serves all
    covers = np.concatenate([covers, np.zeros((last, *covers.shape[1:]), bool)])
    question = Question(("covered", *held.identity()), function)
    rows = [held.x[i : i + 1], held.weight[i : i + 1], np.array([fill], np.float32)]
    parts = [question.ask(held.variables, [covers[j : j + size], *rows]) for j in range(0, len(covers), size)]
    return np.concatenate(parts)[:n]
