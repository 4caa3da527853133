"""Occlusion: how much the logit of a class drops when a part of the input is covered."""

import itertools

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.inspect.attribution.gradient_saliency import Saliency
from dragonet.inspect.performance.scoring import ModelFunction, TargetScore, target_score

_PATCHES = 128  # masks in one batch


@arguments.leaving("model", "x", "target", "fill")
def occlusion(
    model: arguments.Network,
    x: ArrayLike,
    target: ArrayLike | None = None,
    patch: int | tuple[int, ...] | None = None,
    stride: int | tuple[int, ...] | None = None,
    fill: float = 0.0,
) -> Saliency:
    """f(x) − f(x with a patch covered), where f is the logit of the target class as in `saliency`.

    A patch is moved over the row and set to `fill`, in all channels; each position gets the mean over the patches that
    cover it. The last patch ends at the border. A positive value is evidence for the class, a negative one against it. For
    tables (feature by feature), series and images, also where there is no gradient, as for the input of an Embedding.
    Shapes: x (n, ...), the values (n, *positions). patch, stride: one number, or one for each axis; by default 1 and 1 for a
    table, else an eighth of the input and half of the patch. The model runs once for each patch. Raises ValueError for a
    patch larger than the input, and for a stride larger than the patch, which would leave positions out.
    Zeiler & Fergus (2014), Visualizing and understanding convolutional networks, section 4.2, who show the probability.

    What it cannot show: two parts that are each sufficient, since covering one leaves the other; parts smaller than the
    patch. The fill itself may have a meaning: black on a bright photograph is an edge, 0 degrees is a temperature.

    >>> from dragonet import Sequential, layers
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    >>> model.set_weights([np.array([[3.0], [-1.0]]), np.zeros(1)])
    >>> occlusion(model, [[2.0, 1.0]]).values.round(4).tolist()
    [[6.0, -1.0]]
    """
    score = target_score("occlusion", model, x, target)
    sizes = tuple(score.x.shape[axis] for axis in score.positions)
    patch, stride = _patch_and_stride(patch, stride, sizes, is_table=score.x.ndim == 2 and len(sizes) == 1)
    fill = checks.number("occlusion", "fill", fill)

    masks = _patch_masks(sizes, patch, stride)
    full = score.compute(score.x, score.weight)
    row_masks = masks.reshape(
        len(masks), *(n if axis in score.positions else 1 for axis, n in enumerate(score.x.shape) if axis)
    )
    drops = np.stack([full[i] - _masked_scores(score, i, row_masks, fill) for i in range(len(full))])  # (n, masks)
    values = np.tensordot(drops, masks, axes=1) / masks.sum(axis=0)
    return Saliency("occlusion", values, score.target, full, score.positions)


def _patch_and_stride(
    patch: int | tuple[int, ...] | None, stride: int | tuple[int, ...] | None, sizes: tuple[int, ...], is_table: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Both along each axis, with the defaults filled in."""
    if patch is None:
        patch = tuple(1 if is_table else max(1, n // 8) for n in sizes)
    patch = checks.tuple_of("occlusion", "patch", patch, len(sizes))
    stride = tuple(max(1, n // 2) for n in patch) if stride is None else stride
    stride = checks.tuple_of("occlusion", "stride", stride, len(sizes))
    for name, values, largest in (("patch", patch, sizes), ("stride", stride, patch)):
        if any(a > b for a, b in zip(values, largest, strict=True)):
            raise errors.value_error("occlusion", f"{name} up to {_joined(largest)}", _joined(values))
    return patch, stride


def _joined(sizes: tuple[int, ...]) -> str:
    return " × ".join(map(str, sizes))


def _patch_masks(sizes: tuple[int, ...], patch: tuple[int, ...], stride: tuple[int, ...]) -> np.ndarray:
    """For each position of the patch, True where it covers the input: (masks, *sizes)."""
    starts = [sorted({*range(0, n - p, s), n - p}) for n, p, s in zip(sizes, patch, stride, strict=True)]
    masks = np.zeros((np.prod([len(axis_starts) for axis_starts in starts]), *sizes), bool)
    for mask, start in zip(masks, itertools.product(*starts), strict=True):
        mask[tuple(slice(a, a + p) for a, p in zip(start, patch, strict=True))] = True
    return masks


def _masked_scores(score: TargetScore, i: int, masks: np.ndarray, fill: float) -> np.ndarray:
    """The score of row i under each mask, (masks,)."""

    def function(params, state, arrays):
        mask, row, weight, fill = arrays
        x = jnp.where(mask, fill[0].astype(row.dtype), row[0])
        return (score.graph.run(params, state, x, logits=score.logits)[0] * weight[0]).sum(-1)

    n = len(masks)
    size = min(n, _PATCHES)
    # The last batch is filled up with empty masks, so that one compiled program is enough.
    masks = np.concatenate([masks, np.zeros((-n % size, *masks.shape[1:]), bool)])
    model_function = ModelFunction(("covered", *score.identity()), function)
    row = [score.x[i : i + 1], score.weight[i : i + 1], np.array([fill], np.float32)]
    batches = [
        model_function.evaluate(score.variables, [masks[j : j + size], *row]) for j in range(0, len(masks), size)
    ]
    return np.concatenate(batches)[:n]
