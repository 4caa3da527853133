"""animate_regions: a frame a moment, a GIF without ffmpeg, a page with buttons."""

import dataclasses
import gc

import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from dragonet import plots
from dragonet.datasets import toy
from dragonet.inspect import decision_regions

X, Y = toy.blobs(20, classes=2)
NOW = decision_regions(LogisticRegression().fit(X, Y), X, resolution=5)
FRAMES = [dataclasses.replace(NOW, moment=f"epoch {i}") for i in (1, 2)]


def test_a_gif_has_every_frame_for_its_time(tmp_path):
    movie = plots.animate_regions(FRAMES, X, Y, interval=400)
    movie.save(tmp_path / "learning.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["learning.gif"]
    with Image.open(tmp_path / "learning.gif") as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (2, 400, 0)
        assert gif.size == (560, 400)


def test_each_frame_is_drawn_anew_in_one_place():
    movie = plots.animate_regions(FRAMES, X, Y)
    (ax,) = movie._fig.axes
    before = ax.get_position().bounds
    for i, frame in enumerate(FRAMES):
        movie._draw_frame(i)
        assert ax.get_title(loc="left") == frame.moment
        assert len(ax.get_lines()) == 1
        movie._fig.draw_without_rendering()
        assert ax.get_position().bounds == before


def test_a_notebook_shows_it_with_buttons():
    page = plots.animate_regions(FRAMES, X, Y)._repr_html_()
    assert page.count("data:image/png;base64") == 2 and "<button" in page


def test_one_that_is_never_looked_at_is_no_warning():
    movie = plots.animate_regions(FRAMES[:1])
    del movie
    gc.collect()


def test_mistakes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"animate_regions needs at least one frame, but got none\. Give the recorder"):
        plots.animate_regions([])
    with pytest.raises(
        ValueError, match=r"save needs a name that ends in \.gif, but got .*a\.mp4'\. For a video give writer="
    ):
        plots.animate_regions(FRAMES[:1]).save(tmp_path / "a.mp4")
    with pytest.raises(ValueError, match=r"the x that the regions were made from"):
        plots.animate_regions(FRAMES, X[:3])
