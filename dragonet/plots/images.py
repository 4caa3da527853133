"""A grid of images with their labels and, optionally, the predictions of a model."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.inspect.performance.labels import as_labels, paired_labels
from dragonet.plots import style
from dragonet.plots.mosaic import as_images, mosaic


@arguments.leaving("x", "y", "predictions")
def grid(
    x: ArrayLike,
    y: ArrayLike | None = None,
    rows: int | None = None,
    cols: int = 6,
    predictions: ArrayLike | None = None,
    *,
    cmap: str = "gray_r",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The first rows × cols images with their labels above; with predictions, ✓ marks the right ones and ✗ the wrong ones.

    Shapes: x (n, h, w), or (n, h, w, channels) with 1, 3 or 4 of them; y (n,) labels or (n, k) one-hot rows;
    predictions (n,) labels, or outputs of `predict`. rows: by default as many as x fills, up to 4.
    Returns a new figure, or the given axes. Raises ValueError for other shapes.

    >>> from dragonet.datasets import digits
    >>> figure = grid(*digits.load(), rows=2, cols=5)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
    """
    images = as_images("grid", x)
    cols = min(checks.whole("grid", "cols", cols), len(images))
    shown = images[: cols * (4 if rows is None else checks.whole("grid", "rows", rows))]
    labels = None if y is None else _label_per_image("y", y, len(images))
    predicted = None if predictions is None else _label_per_image("predictions", predictions, len(images))

    captions, colors = [""] * len(shown), None
    if labels is not None and predicted is not None:
        labels, predicted = paired_labels("grid", labels, predicted, ("y", "predictions"))
        pairs = list(zip(labels.tolist(), predicted.tolist(), strict=True))[: len(shown)]
        captions = [verdict(label, prediction) for label, prediction in pairs]
        colors = [style.RIGHT if label == prediction else style.WRONG for label, prediction in pairs]
    else:
        known = labels if labels is not None else predicted
        if known is not None:
            captions = [str(label) for label in known[: len(shown)].tolist()]
    return mosaic(shown, captions, cols, colors=colors, cmap=cmap, ax=ax)


def verdict(label: object, prediction: object) -> str:
    """A prediction with a mark, and the label where they differ.

    >>> verdict(7, 7), verdict(7, 1)
    ('✓ 7', '✗ 1, is 7')
    """
    return f"✓ {prediction}" if prediction == label else f"✗ {prediction}, is {label}"


def _label_per_image(name: str, y: ArrayLike, n: int) -> np.ndarray:
    labels = as_labels(y, "grid", name)
    if len(labels) != n:
        raise errors.value_error("grid", f"{name} for each of the {n} images", f"{len(labels)} of them")
    return labels
