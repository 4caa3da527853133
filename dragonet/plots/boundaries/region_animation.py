"""Decision regions during a training as an animation: a GIF, or with buttons in a notebook."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.animation import AbstractMovieWriter, FuncAnimation, PillowWriter
from numpy.typing import ArrayLike

from dragonet.core import arguments, atomic_write, errors
from dragonet.inspect.boundaries.regions import Regions
from dragonet.plots import style
from dragonet.plots.boundaries import regions

_DPI = 100  # keeps a GIF of sixty frames small


class Movie(FuncAnimation):
    """An animation that a notebook shows when it is the last line of a cell, and that `save` writes without ffmpeg."""

    milliseconds: float = 200  # that each frame is shown

    def save(
        self, filename: str | os.PathLike, writer: AbstractMovieWriter | str | None = None, **options: Any
    ) -> None:
        """Write a GIF by Pillow, or another format by the given writer, with matplotlib's own options (fps, dpi).

        Raises ValueError for a name that does not end in .gif where no writer is given.
        """
        if writer is None and not os.fspath(filename).lower().endswith(".gif"):
            instead = "For a video give writer='ffmpeg', which must be installed."
            raise errors.value_error("save", "a name that ends in .gif", repr(os.fspath(filename)), instead)
        if writer is None:
            writer = PillowWriter(fps=options.pop("fps", 1000 / self.milliseconds))
        with tempfile.TemporaryDirectory() as folder:  # a writer may be another program, which needs a path
            path = Path(folder, "movie" + Path(filename).suffix)
            super().save(path, writer=writer, **options)
            with atomic_write.written(filename) as file:
                file.write(path.read_bytes())

    def _repr_html_(self) -> str:
        return self.to_jshtml()

    def __del__(self) -> None:
        """Without matplotlib's warning about an animation that was never drawn."""


@arguments.leaving("y")
def animate_regions(
    frames: Sequence[Regions],
    x: arguments.Numbers | None = None,
    y: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    *,
    classes: Sequence[str] | None = None,
    interval: float = 200,
) -> Movie:
    """An animation of decision regions, each frame as `decision_regions` draws it.

    frames: those of an `inspect.RegionRecorder`, or the result of `inspect.regions_over_path`; interval: milliseconds
    per frame. `animate_regions(...).save("learning.gif")` writes a file; in a notebook it has buttons, and `to_jshtml()`
    returns that page. Shapes: x (n, 2), the x of the frames, y (n,) labels. Raises ValueError without frames, and for
    arguments that `decision_regions` refuses.

    >>> from dragonet.inspect import regions_over_path
    >>> from dragonet.perceptrons import Perceptron
    >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    >>> movie = animate_regions(regions_over_path(Perceptron(record=True).fit(x, y), x), x, y)
    """
    frames = list(frames)
    if not frames:
        raise errors.value_error("animate_regions", "at least one frame", "none", "Give the recorder to fit first.")
    figure = style.figure(5.6, 4)
    figure.set_dpi(_DPI)
    ax = figure.add_subplot()

    def draw(i: int) -> list:
        ax.clear()
        regions.draw(ax, frames[i], x, y, names, classes, beside=True)
        return []

    draw(0)
    figure.draw_without_rendering()  # computes the layout once, so that the axes do not move between frames
    figure.set_layout_engine("none")
    movie = Movie(
        figure, draw, frames=len(frames), interval=max(1, round(interval)), init_func=list, cache_frame_data=False
    )
    movie.milliseconds = interval
    return movie
