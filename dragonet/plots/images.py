"""A grid of images with their labels and, where there are any, the answers of a model."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dragonet.core import arguments, checks, errors
from dragonet.inspect.performance.labels import as_labels, paired_labels
from dragonet.plots import style
from dragonet.plots.mosaic import as_images, mosaic


@arguments.checked
def grid(
    x: Any,
    y: Any = None,
    rows: int | None = None,
    cols: int = 6,
    predictions: Any = None,
    *,
    cmap: str = "gray_r",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The first rows × cols images, their labels above; with predictions, ✓ and ✗ tell the right from the wrong.

    Shapes: x (n, h, w), or (n, h, w, channels) with 1, 3 or 4 of them; y (n,) labels or (n, k) one-hot rows;
    predictions (n,) labels, or as `predict` gives them. rows: as many as x fills, up to 4, unless given.
    Returns the figure, or the axes that were given. Raises ValueError for other shapes.

    >>> from dragonet.datasets import digits
    >>> figure = grid(*digits.load(), rows=2, cols=5)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
    """
    images = as_images("grid", x)
    cols = min(checks.whole("grid", "cols", cols), len(images))
    shown = images[: cols * (4 if rows is None else checks.whole("grid", "rows", rows))]
    labels = None if y is None else _one_each("y", y, len(images))
    answers = None if predictions is None else _one_each("predictions", predictions, len(images))

    captions, colors = [""] * len(shown), None
    if labels is not None and answers is not None:
        labels, answers = paired_labels("grid", labels, answers, ("y", "predictions"))
        pairs = list(zip(labels.tolist(), answers.tolist(), strict=True))[: len(shown)]
        captions = [verdict(label, answer) for label, answer in pairs]
        colors = [style.RIGHT if label == answer else style.WRONG for label, answer in pairs]
    elif labels is not None or answers is not None:
        captions = [str(label) for label in (answers if labels is None else labels)[: len(shown)].tolist()]
    return mosaic(shown, captions, cols, colors=colors, cmap=cmap, ax=ax)


def verdict(label: Any, answer: Any) -> str:
    """A model's answer beside the truth, in a few signs.

    >>> verdict(7, 7), verdict(7, 1)
    ('✓ 7', '✗ 1, is 7')
    """
    return f"✓ {answer}" if answer == label else f"✗ {answer}, is {label}"


def _one_each(name: str, y: Any, n: int) -> Any:
    labels = as_labels(y, "grid", name)
    if len(labels) != n:
        raise errors.value_error("grid", f"{name} for each of the {n} images", f"{len(labels)} of them")
    return labels
