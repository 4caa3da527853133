"""The images that a model is least sure of, with its two most probable classes."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dragonet.core import arguments, checks, errors
from dragonet.inspect.performance.confusion import Confusing
from dragonet.plots import style
from dragonet.plots.images import verdict
from dragonet.plots.mosaic import as_images, mosaic

MEASURES = {
    "second": "second-best probability",
    "margin": "margin between the best two",
    "entropy": "entropy",
    "loss": "loss",
}


@arguments.leaving("x")
def most_confusing(
    result: Confusing, x: ArrayLike, cols: int = 5, *, cmap: str = "gray_r", ax: Axes | None = None
) -> Figure | Axes:
    """Draws the result of `inspect.most_confusing`: each image with the two most probable classes and, if known, the label.

    Shapes: x (n, h, w) or (n, h, w, channels), the x of `result`. Returns a new figure, or the given axes. Raises
    ValueError for an x that is not images, or with too few of them.

    >>> from dragonet.inspect import Confusing
    >>> result = Confusing("second", np.array([1]), np.array([0.4]), np.array([[0.6, 0.4]]), np.array([0]), None,
    ...     np.array([0, 1]))
    >>> print(most_confusing(result, np.zeros((2, 8, 8))).axes[0].texts[0].get_text())
    0
    0: 0.60, 1: 0.40
    """
    images = as_images("most_confusing", x)
    if result.indices.max() >= len(images):
        needs = f"the x that the result was made from, at least {result.indices.max() + 1} images"
        raise errors.value_error("most_confusing", needs, f"{len(images)} images")
    cols = min(checks.whole("most_confusing", "cols", cols), len(result))
    predictions = result.predictions.tolist()
    if result.labels is None:
        headings, colors = map(str, predictions), None
    else:
        labels = result.labels.tolist()
        headings = map(verdict, labels, predictions)
        colors = [style.RIGHT if a == b else style.WRONG for a, b in zip(predictions, labels, strict=True)]
    captions = ["\n".join([heading, *_details(result, i)]) for i, heading in enumerate(headings)]
    title = f"Most confusing, by {MEASURES[result.by]}"
    return mosaic(images[result.indices], captions, cols, colors=colors, title=title, cmap=cmap, ax=ax)


def _details(result: Confusing, i: int) -> list[str]:
    """The two most probable classes with their probabilities, and the measure where these two do not show it."""
    p = result.probabilities[i]
    best = np.argsort(-p, kind="stable")[:2]
    lines = [", ".join(f"{result.classes[j]}: {p[j]:.2f}" for j in best)]
    return [*lines, f"{result.by} {result.measure[i]:.2f}"] if result.by in ("entropy", "loss") else lines
